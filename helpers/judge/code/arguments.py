"""Finds what each argument of a reader's function means: by its name, by its place, or because nothing else is left."""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.judge.code.letters import LETTER, among

RATE = 1.0
"""The learning rate of a backward that updates: by it the gradient is W before − W after."""
RATES = ("lr", "learning_rate", "learningRate", "eta", "step_size", "l_rate", "learn_rate")
KEEP = ("save_cache", "keep_cache", "store_cache", "save_for_backward", "retain_derived", "store", "remember")
"""Options that let forward keep what backward needs."""
TRAINING = ("training", "train", "is_training", "is_train", "train_mode", "trainable", "train_flg")
TRAINING += ("for_training", "for_trainning", "trainning", "training_mode", "istrain")
SWITCH = {"derivative", "derivate", "derive", "deriv", "der", "prime", "grad", "gradient", "diff", "backward"}
"""What an option may be called by which a function is its derivative."""
UPSTREAM = re.compile(r"d[A-Z_]\w*|d(y|z|a|out|output|values?|next|prev)|\w*(grad|delta|upstream|error)\w*|g")
"""What an upstream gradient may be called, by those who do not hand it over."""
TOLD = (
    dict.fromkeys(RATES, RATE) | dict.fromkeys(TRAINING, True) | {"mode": "train", "test": False, "_": None}
)
"""What is handed to an argument that says how, and not what."""


@dataclass(frozen=True)
class Way:
    """One way to call backward: the letters of what it is handed; `slope` where it returns h′(X) alone."""

    letters: tuple[str, ...]
    slope: bool = False


class Context(dict):
    """The ctx that a function may ask for: it keeps what forward puts in, as attributes or by a key."""

    saved_tensors: tuple = ()

    def save_for_backward(self, *arrays: Any) -> None:
        self.saved_tensors = arrays

    @property  # what minitorch, which is written in courses, calls them
    def saved_values(self) -> tuple:
        return self.saved_tensors


def parameters_of(f: Callable) -> list[inspect.Parameter] | None:
    """Return the arguments of f; None where it does not tell, as some functions of NumPy."""
    try:
        return list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return None


def positional(f: Callable) -> list[inspect.Parameter]:
    """Return the arguments of f that go by position."""
    return [p for p in parameters_of(f) or () if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def takes_any(f: Callable) -> bool:
    """Tell whether f takes *arguments, or does not tell what it takes."""
    known = parameters_of(f)
    return known is None or any(p.kind is p.VAR_POSITIONAL for p in known)


def names_of(f: Callable) -> list[str]:
    """Return the names of the arguments that f cannot do without."""
    return [p.name for p in positional(f) if p.default is p.empty]


def optional_names_of(f: Callable) -> list[str]:
    """Return the names of those that have a default."""
    return [p.name for p in positional(f) if p.default is not p.empty]


def letter(name: str, there: Iterable[str]) -> str | None:
    """Return what a name means among what is there, however it is spelled; None where it means none of it."""
    bare = name.strip("_")
    return among(name, there) or among(bare, there) or among(bare.lower(), there)


def meant(asked: Sequence[str], there: Iterable[str], argument_is_Y: bool) -> list[str | None]:
    """Return the letters behind the names; a loss may call its argument Y, its target y, its upstream gradient dY."""
    found = [letter(name, there) for name in asked]
    if "T" not in there:
        return found
    usual = [LETTER.get(name) for name in asked]
    if "T" not in found:
        found = ["T" if name in ("y", "Y") else one for name, one in zip(asked, found, strict=True)]
    for of, means in (("Y", "X" if argument_is_Y and "X" not in found else None), ("dY", "dL")):
        found = [means if one is None and u == of else one for one, u in zip(found, usual, strict=True)]
    return [one if one in there else None for one in found]


def filled(asked: Sequence[str], found: list[str | None], spare: Iterable[str]) -> list[str | None]:
    """Give what no name asks for to the names that say nothing, each in its order, if there is enough of it.

    Beside an X a name that means Y, such as P, gets nothing.
    """
    left = [one for one in spare if one not in found]
    open_ = [
        k for k, one in enumerate(found) if one is None and not (any(found) and LETTER.get(asked[k]) == "Y")
    ]
    given = dict(zip(open_, left, strict=False)) if len(open_) <= len(left) else {}
    return [given.get(k, one) for k, one in enumerate(found)]


def backward_ways(
    f: Callable, found: list[str | None], order: list[str], *, method: bool, loss: bool, learns: bool
) -> list[Way]:
    """Return the ways to call backward, the likeliest first; none where nothing is known of an argument.

    `order` begins with the upstream gradients, and says what follows where no name tells. Where none is handed over,
    what comes back is h′(X), unless the layer learns.
    """
    asked, upstream = names_of(f), [one for one in order if one.startswith("d")]
    found = with_upstream(asked, found, upstream)
    main = [*upstream, *(one for one in order if one == "cache")]
    if parameters_of(f) is None:
        tried = [order]
    elif not asked:
        hands = not loss and (takes_any(f) or bool(optional_names_of(f)))
        ignores = hands and any(
            UPSTREAM.fullmatch(name) for name in optional_names_of(f)
        )  # where it is no use
        tried = [upstream] * (hands and takes_any(f)) + [upstream[:1]] * hands + [[]] * (not ignores)
    else:
        tried = [upstream] * (method and not loss and (takes_any(f) or len(asked) == len(upstream)))
        tried += [filled(asked, found, some) for some in (main, main[::-1])]
        tried += [filled(asked, found, order)] * (not any(found))
        if loss and "cache" in order:  # what forward returned beside L may be called as X is, or P
            tried += [["cache" if one == "X" else one for one in filled(asked, found, order)]]
        tried += [["X", "T"]] * (method and loss and len(asked) == 2 and all(None in one for one in tried))
    known = dict.fromkeys(tuple(letters) for letters in tried if None not in letters)
    slopes = not (loss or learns)
    if slopes and len(asked) == 1 and "Y" in order and (found == [None] or ("X",) in known):
        known |= {("X",): None, ("Y",): None}  # h′ is often written in Y: Y (1 − Y)
    return [Way(letters, slopes and not {*letters} & {*upstream}) for letters in known]


def with_upstream(asked: Sequence[str], found: list[str | None], upstream: list[str]) -> list[str | None]:
    """Give the one upstream gradient to the one name that none of the letters has and that may be called so."""
    may = [k for k, name in enumerate(asked) if found[k] is None and UPSTREAM.fullmatch(name)]
    if len(may) != 1 or len(upstream) != 1 or upstream[0] in found:
        return found
    return [upstream[0] if k == may[0] else one for k, one in enumerate(found)]


def accepted(f: Callable, letters: Sequence[str]) -> list[str]:
    """Return the letters among these that f takes: by its names, else those that come next."""
    if takes_any(f):
        return list(letters)
    found = filled(names_of(f), [letter(name, letters) for name in names_of(f)], letters)
    return [
        one for one in letters if one in (*found, *(letter(name, letters) for name in optional_names_of(f)))
    ]

"""Judges a penalty on the weights, λ Σ W² or λ Σ |W|, and its gradient."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from helpers.compare.difference import diagnose_difference
from helpers.families import letters_of
from helpers.judge.code.arguments import names_of, positional
from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.draws import normal
from helpers.judge.code.guard import Endless, Raised, within
from helpers.judge.code.kind_of_mistake import agree
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

Penalty = tuple[Callable[[np.ndarray], float], Callable[[np.ndarray], np.ndarray]]
PENALTIES: dict[str, Penalty] = {
    "l2": (lambda W: (W * W).sum(), lambda W: 2 * W),
    "l1": (lambda W: np.abs(W).sum(), np.sign),
}
NAMED = {
    f"{known}{more}": known for known in PENALTIES for more in ("penalty", "regularization", "regulariser")
}
NAMED |= {f"{known}regularizer": known for known in PENALTIES} | {"l2": "l2", "ridge": "l2", "lasso": "l1"}
STRENGTH = 0.3


def penalty_meant(like: Any) -> str | None:
    """l2 or l1, by a name; None for what is no penalty."""
    return NAMED.get(letters_of(like)) if isinstance(like, str) else None


def judge_penalty(work: Any, like: str, seconds: float, options: Mapping[str, Any]) -> Diagnosis:
    """Hold a penalty and its gradient against λ Σ W², or ½ of it; λ is the one number that the work takes beside W."""
    name, W = getattr(work, "__name__", type(work).__name__), normal((4, 3), np.random.default_rng(0))
    for run in ways(work, options):
        try:
            given = W.copy()
            L, dW = within(seconds, run, given)
        except (Raised, Endless):
            continue
        if np.size(L) == 1 and isinstance(dW, np.ndarray):
            changed = [] if np.array_equal(given, W) else [wrong(Kind.MUTATES, "W")]
            said = verdicts(
                float(np.ravel(L)[0]), dW, W, *PENALTIES[penalty_meant(like)], strength(work, options)
            )
            return Diagnosis(name, (*changed, *said), (("penalty", {}),))
    return Diagnosis(name, (not_judged(Kind.INTERFACE, name, case="penalty"),))


def ways(work: Any, options: Mapping[str, Any]) -> Iterator[Callable[[np.ndarray], tuple[Any, Any]]]:
    """Yield ways to get L and dW: of two functions, of one that returns both, of an object."""

    def called(f: Callable, W: np.ndarray) -> Any:
        more = positional(f)[1:]
        chosen = {p.name: options[p.name] for p in more if p.name in options}
        asked = [p.name for p in more if p.default is p.empty and p.name not in chosen]
        return f(W, **chosen | dict.fromkeys(asked, STRENGTH))

    if isinstance(work, tuple):
        yield lambda W: (called(work[0], W), called(work[1], W))
        return
    layer = work(*(STRENGTH for _ in names_of(work))) if isinstance(work, type) else work
    if hasattr(layer, "backward"):
        yield lambda W: (layer.forward(W), layer.backward(*[W][: len(names_of(layer.backward))]))
    elif callable(layer):
        yield lambda W: tuple(called(layer, W))


def strength(work: Any, options: Mapping[str, Any]) -> float:
    """Return λ: as it is handed over, as the object has it, as the function has it by default, else STRENGTH."""
    numbers = [v for v in options.values() if isinstance(v, float)]
    if not isinstance(work, tuple | type) and hasattr(work, "backward"):
        numbers += [v for v in vars(work).values() if isinstance(v, float)]
    first = work[0] if isinstance(work, tuple) else work
    numbers += [p.default for p in positional(first)[1:] if isinstance(p.default, float)]
    return numbers[0] if numbers else STRENGTH


def verdicts(
    L: float, dW: np.ndarray, W: np.ndarray, f: Callable, slope: Callable, strength: float
) -> Iterator[Verdict]:
    """Yield what is to be said of L and of dW, by the ½ that L has or has not."""
    got, half = np.array(L), 1.0
    if agree(got, np.array(strength * f(W) / 2)):
        half = 0.5
        yield remark(Kind.OTHER_MEAN, "L", case="half")
    elif not agree(got, np.array(strength * f(W))):
        yield wrong(Kind.FACTOR, "L", diagnose_difference(got, np.array(strength * f(W))))
    want = half * strength * slope(W)
    if dW.shape != want.shape or not agree(dW, want):
        found = diagnose_difference(dW, want)
        named = found.kind in (Kind.SIGN, Kind.FACTOR, Kind.SHAPE)
        yield wrong(found.kind if named else Kind.WRONG_VALUE, "dW", found)

"""Says which known layer a stranger's may be: by its name, by what its author says of it, or by trying."""

import re
from collections.abc import Iterable
from typing import Any

from helpers.compare.reference import layer_named
from helpers.families import layers, letters_of, pattern, spelled
from helpers.judge.code.arguments import names_of
from helpers.judge.code.diagnose_work import diagnose
from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.files.found import Found, words
from helpers.verdict import Kind, State

ALSO = {  # what people call it, beside the headings of its family: the likeliest first
    "affine|dense|full(?:y)? ?connect(?:ed|ion)?|fc|inner product|mat ?mul": ("linear",),
    "soft ?max(?: with)?(?: cross entropy| ce| cce| nll)?(?: loss)": ("softmax cross entropy",),
    "soft ?max ?(?:with ?)?(?:cross ?entropy|c?ce)": ("softmax cross entropy",),
    "sigmoid (?:with )?(?:binary )?(?:cross entropy|b?ce)(?: with logits)?": ("bce with logits",),
    "binary cross entropy|bce|log loss|logistic loss": ("bce", "bce with logits"),
    "(?:categorical )?cross entropy|c?ce|log likelihood": ("softmax cross entropy", "cross entropy"),
    "nll": ("nll loss",),
    "mean squared?(?: error)?|l2 loss|quadratic|squared? error|sse|mse": ("mse",),
    "mean absolute|l1 loss|mae": ("l1",),
    "huber|smooth l1": ("huber", "smooth l1"),
    "spatial batch ?norm|batch ?norm(?:ali[sz]ation)? ?2 ?d": ("batch norm 2d",),
    "batch ?norm(?:ali[sz]ation)?|bn": ("batch norm 1d", "batch norm 2d"),
    "layer ?norm(?:ali[sz]ation)?|ln": ("layer norm",),
    "conv(?:olution(?:al)?)? ?1 ?d": ("conv 1d",),
    "conv(?:olution(?:al)?)?": ("conv 2d", "conv 1d"),
    "max ?pool(?:ing)?": ("max pool 2d",),
    "(?:av(?:era)?ge?|mean) ?pool(?:ing)?": ("avg pool 2d",),
    "embed(?:ding)?|lookup": ("embedding",),
    "drop ?out": ("dropout",),
    "lstm": ("lstm",), "gru": ("gru",), "rnn|recurrent": ("rnn",),
    "multi ?head|self attention": ("multihead attention", "attention"), "attention": ("attention",),
    "swish": ("silu",), "logistic|sigmoid|sigm": ("sigmoid",), "leaky|l ?re ?lu": ("leaky relu",),
}  # fmt: skip
MADE_WITH = {"in_channels": 2, "out_channels": 3, "kernel_size": 2, "num_groups": 2, "num_channels": 4}
ANY = ("relu", "sigmoid", "tanh", "softmax", "leaky relu", "elu", "softplus", "silu", "gelu", "log softmax")
ANY_LOSS = ("mse", "softmax cross entropy", "cross entropy", "bce", "bce with logits", "l1")
EMPTY = re.compile(r"\b(?:activations?|functions?|layers?(?! norm)|naive|fast|numpy|np|my|forward|step|op)\b")


def named(found: Found) -> tuple[list[str], bool]:
    """The known layers that a found one may be, and whether its name says so and no more; else by its docstring."""
    title, doc = (
        " ".join(EMPTY.sub(" ", text).split()) for text in (" ".join(words(found.name)), spelled(found.doc))
    )
    names, whole = named_in(title)
    return (names, whole) if names else (named_in(doc)[0], False)


def named_in(title: str) -> tuple[list[str], bool]:
    """The names that the longest words of a title mean, and whether these are all of it."""
    rows = [(pattern(heading), names) for heading, names in ALSO.items()]
    for family in layers():
        headings = (spelled(family.name), *(h for h in family.headings if not EMPTY.match(h)))
        rows += [(pattern(heading), (family.name,)) for heading in headings]
    found = [(m[0], names) for heading, names in rows if (m := re.search(heading, title))]
    longest = max((len(said) for said, _ in found), default=0)
    there = [(said, names) for said, names in found if len(said) == longest]
    known = {letters_of(name): name for _, names in there for name in names if known_by(name)}
    return list(known.values()), any(title in (said, f"{said} loss") for said, _ in there)


def known_by(name: str) -> bool:
    """Whether a diagnosis takes the name."""
    try:
        layer_named(name)
    except ValueError:
        return False
    return True


def usual(name: str) -> Any:
    """The known layer of a name: its class, or a layer of that, where it is made with more than its sizes."""
    kind = layer_named(name)
    asked = names_of(kind)
    more = {"kernel_size", "num_groups"} & {*asked} and {*asked} <= {*MADE_WITH}
    return kind(**{one: MADE_WITH[one] for one in asked}) if more else kind


def options_for(found: Found, like: Any) -> dict[str, dict[str, Any]]:
    """What the dicts of options that a function asks for hold, from the layer that it is held against."""
    there = {"mode": "train", "p": 0.5, "G": getattr(like, "num_groups", None)}
    for name, *known in (
        ("stride", "stride"),
        ("padding", "pad"),
        ("kernel_size", "pool_height", "pool_width"),
    ):
        value = getattr(like, name, None)
        while isinstance(value, tuple):
            value = value[0]
        there |= dict.fromkeys(known, value)
    options = {name: value for name, value in there.items() if value is not None}
    return {name: dict(options) for name in found.options}


def diagnosed(work: Any, found: Found, like: str | None) -> tuple[str, Diagnosis]:
    """The diagnosis under the first name whose forward fits, and that name; "" where it is by differences of forward.

    A name that says more than a known layer, or a docstring, is only a guess: where no forward fits it, it is none.
    What did not run as that, or is not right by its differences, may be any loss.
    """
    names, sure = ([like], True) if like else named(found)
    guesses = ANY_LOSS if found.form == "loss" else (*ANY, *ANY_LOSS)
    tried = held(work, found, names or guesses)
    if fits(tried[-1][1]):
        return tried[-1]
    if tried[-1][1].kind is Kind.LOOPS:
        return tried[-1][0] if names else "", tried[-1][1]
    best = next((one for one in tried if ran(one[1])), tried[0]) if names else None
    if best and (sure and not of_another_shape(best[1])):
        return best
    alone = diagnose(work)
    if best and not (ran(best[1]) and alone.right):
        another = held(work, found, ANY_LOSS)[-1]
        if fits(another[1]):
            return another
    return best if best and not (ran(alone) or alone.kind is Kind.TARGETS) else ("", alone)


def held(work: Any, found: Found, names: Iterable[str]) -> list[tuple[str, Diagnosis]]:
    """The diagnosis under each name that is known, up to the first whose forward fits, or that does not end."""
    tried = []
    for name in filter(known_by, names):
        known = usual(name)
        tried.append((name, diagnose(work, like=known, **options_for(found, known))))
        if fits(tried[-1][1]) or tried[-1][1].kind is Kind.LOOPS:
            break
    return tried


def ran(diagnosis: Diagnosis) -> bool:
    """Whether it could be run at all."""
    stopped = {Kind.INTERFACE, Kind.RAISES, Kind.LOOPS, Kind.TYPE, Kind.RETURNS_NOTHING}
    return diagnosis.state is not State.NOT_JUDGED and diagnosis.kind not in stopped


def fits(diagnosis: Diagnosis) -> bool:
    """Whether its forward is that of the layer it was held against."""
    return ran(diagnosis) and bool(diagnosis.stages) and not wrong_forward(diagnosis)


def wrong_forward(diagnosis: Diagnosis) -> bool:
    """Whether Y or L is wrong; held against differences of itself, it cannot be, unless it is another at each call."""
    return any(f.where in ("Y", "L") and f.kind is not Kind.MUTATES for f in diagnosis.findings)


def of_another_shape(diagnosis: Diagnosis) -> bool:
    """Whether its Y has another shape: a layer of the same name, and not the same layer."""
    return any(f.where in ("Y", "L") and f.kind is Kind.SHAPE for f in diagnosis.findings)

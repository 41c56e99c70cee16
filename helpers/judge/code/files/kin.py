"""Says which known layer a stranger's may be: by its name, by what its author says of it, or by trying."""

import re
from typing import Any

from helpers.compare.reference import layer_named
from helpers.families import layers, letters_of, pattern, spelled
from helpers.judge.code.diagnose_work import diagnose
from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.files.found import Found, words
from helpers.verdict import Kind, State

ALSO = {  # what people call it, beside the headings of its family: the likeliest first
    "affine|dense|full(?:y)? ?connect(?:ed|ion)?|fc|inner product|mat ?mul": ("linear",),
    "soft ?max(?: with)?(?: cross entropy| ce| cce| nll)?(?: loss)": ("softmax cross entropy",),
    "soft ?max ?(?:with ?)?(?:cross ?entropy|c?ce)": ("softmax cross entropy",),
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
ANY = ("relu", "sigmoid", "tanh", "softmax", "leaky relu", "elu", "softplus", "silu", "gelu", "log softmax")
ANY_LOSS = ("mse", "softmax cross entropy", "cross entropy", "bce", "bce with logits", "l1")
EMPTY = re.compile(r"\b(?:activations?|functions?|layers?|naive|fast|numpy|np|my|forward|step|op)\b")


def names_for(found: Found) -> list[str]:
    """The names of known layers that a found one may be, by what it is called, else by its docstring."""
    for title in (" ".join(words(found.name)), spelled(found.doc)):
        if names := named_in(" ".join(EMPTY.sub(" ", title).split())):
            return [name for name in names if known(name)]
    return []


def named_in(title: str) -> list[str]:
    """The names that the longest words of a title mean."""
    rows = [(pattern(heading), names) for heading, names in ALSO.items()]
    for family in layers():
        headings = (spelled(family.name), *(h for h in family.headings if not EMPTY.match(h)))
        rows += [(pattern(heading), (family.name,)) for heading in headings]
    found = [(len(m[0]), names) for heading, names in rows if (m := re.search(heading, title))]
    longest = max((length for length, _ in found), default=0)
    named = {letters_of(name): name for length, names in found if length == longest for name in names}
    return list(named.values())


def known(name: str) -> bool:
    """Whether a diagnosis takes the name."""
    try:
        layer_named(name)
    except ValueError:
        return False
    return True


def diagnosed(work: Any, found: Found, like: str | None) -> tuple[str, Diagnosis]:
    """The diagnosis under the first name whose forward fits, and that name; under none of them, by differences."""
    named = [like] if like else names_for(found)
    guessed = () if named else filter(known, ANY_LOSS if found.form == "loss" else (*ANY, *ANY_LOSS))
    tried = []
    for name in named or guessed:
        tried.append((name, diagnose(work, like=name)))
        if fits(tried[-1][1]):
            return tried[-1]
        if tried[-1][1].kind is Kind.LOOPS:
            break
    if not named:
        return "", tried[-1][1] if tried[-1][1].kind is Kind.LOOPS else diagnose(work)
    return next((one for one in tried if ran(one[1])), tried[0])


def ran(diagnosis: Diagnosis) -> bool:
    """Whether it could be run at all."""
    stopped = {Kind.INTERFACE, Kind.RAISES, Kind.LOOPS, Kind.TYPE, Kind.RETURNS_NOTHING}
    return diagnosis.state is not State.NOT_JUDGED and diagnosis.kind not in stopped


def fits(diagnosis: Diagnosis) -> bool:
    """Whether its forward is that of the layer it was held against."""
    return ran(diagnosis) and bool(diagnosis.stages) and not wrong_forward(diagnosis)


def wrong_forward(diagnosis: Diagnosis) -> bool:
    """Whether Y or L is wrong; held against differences of itself, it cannot be, unless it is another at each call."""
    return any(
        finding.where in ("Y", "L") and finding.kind is not Kind.MUTATES for finding in diagnosis.findings
    )

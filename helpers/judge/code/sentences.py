"""Writes all that a diagnosis says: one table turns a kind, and its case, into a sentence."""

from collections.abc import Mapping
from typing import Any

from helpers.compare.sentences import apart, difference_said, worst_said
from helpers.judge.code.door_sentences import DOOR
from helpers.judge.code.norm_sentences import NORMS
from helpers.judge.code.sequence_sentences import SEQUENCES
from helpers.judge.code.training.sentences import TRAINING
from helpers.verdict import Kind, State, Verdict

# fmt: off
OF_ANY_LAYER: dict[tuple[Kind, str], str] = {  # {of} is the quantity, {difference} what compare says of two arrays
    (Kind.SIGN, ""): "{of}: {difference}.",
    (Kind.FACTOR, ""): "{of} is {difference}.",
    (Kind.TRANSPOSED, ""): "{of} is transposed.",
    (Kind.TRANSPOSED, "shape"): "{of} is transposed: it has shape {got}, where {want} is right.",
    (Kind.TRANSPOSED, "rows and columns"): "{of} has rows and columns of the image exchanged: H for W, and W for H.",
    (Kind.TRANSPOSED, "parameter"):
        "{of} has {key}ᵀ where {key} is right, or the other way round. Square sizes let both run.",
    (Kind.TRANSPOSED, "only where square"): "{first} With {sizes} it runs, and then {seen}",
    (Kind.DIAGONAL_ONLY, ""):
        "{of} has only the diagonal of the Jacobian: X_j moves the other entries of its row too.",
    (Kind.ZERO, ""): "{of} is zero everywhere.",
    (Kind.WRONG_AXIS, "samples"): "{of} runs along the samples, where it runs along the classes: another axis.",
    (Kind.WRONG_ARRAY, "derivative"): "{of} has the derivative at {letter} where it is asked for at X.",
    (Kind.WRONG_ARRAY, "after the step"):
        "dX has the W after the step in it: W is updated, and only then stands in dX. Compute dX first.",
    (Kind.WRONG_ARRAY, "formula"): "{of} has X where Y belongs: the derivative is written in Y, as {formula}.",
    (Kind.FORWARD, "minus X"): "{of} is that of −X: the sign in an exponent, exp(−X), or that of X is lost.",
    (Kind.WRONG_VALUE, "minus X"): "{of} is that at −X: the sign in an exponent, exp(−X), or that of X is lost.",
    (Kind.WRONG_VALUE, ""): "{of} is wrong: {difference}.",
    (Kind.WRONG_VALUE, "fused one-hot"):
        "dX is a multiple of P − T, the gradient of softmax and cross-entropy together: of this loss alone it is "
        "−T / P, divided as L is.",
    (Kind.WRONG_VALUE, "fused binary"):
        "dX is a multiple of P − T, the gradient of sigmoid and cross-entropy together: of this loss alone it is "
        "(P − T) / (P (1 − P)), divided as L is.",
    (Kind.WRONG_VALUE, "stride"):
        "{of} is wrong: windows start at i, where they start at stride · i.",
    (Kind.WRONG_VALUE, "overlap"):
        "dX is wrong: where windows overlap, one of them overwrites the others: += and not =.",
    (Kind.NOT_SUMMED, "axis"): "{of} is not summed over axis {axes}: shape {got}, where {want} is right.",
    (Kind.NOT_SUMMED, "axes"): "{of} is not summed over axes {axes}: shape {got}, where {want} is right.",
    (Kind.NOT_SUMMED, "window"):
        "{of} is that of the {which} {only} alone: is a return inside of a loop, or an = where += is right?",
    (Kind.NOT_SUMMED, "one sample"):
        "{of} is that of the {which} sample alone: the gradients of all samples add up, += and not =.",
    (Kind.SHAPE, ""): "{of} has {difference}.",
    (Kind.SHAPE, "axes of 1"): "{of} has the right numbers in the shape {got}, where {want} is right.",
    (Kind.SHAPE, "axes of 1 in front"):
        "{of} has the right numbers, with an axis of 1 too many: shape {got}, where {want} is right. "
        "A step W −= λ dW in place would not take it.",
    (Kind.SHAPE, "axis"): "{of} is {difference}.",
    (Kind.SHAPE, "padding"): "{of} has its padding still on it: shape {got}, where {want} is right.",
    (Kind.SHAPE, "parameter"): "{of} has shape {got}, where {want} is right.",
    (Kind.SHAPE, "layout"): "{of} has shape {got}, where {want} is right, that of W (M, N).",
    (Kind.NAN, "no number"):
        "With {sizes} and ordinary numbers for X, {of} is NaN by itself: hand over an X of the range that it takes.",
    (Kind.NAN, ""): "{of}{index} is {entry.got:.4g}, where {entry.want:.4g} is right.",
    # of a layer or a loss
    (Kind.BIAS_AVERAGED, ""): "{of} is {difference}: a mean over the samples, where their sum is right.",
    (Kind.BIAS_SCALAR, ""): "{of} is one number, of shape {got}: each of the {outputs} outputs has its own.",
    (Kind.BIAS_NEVER_SET, "absent"): "{of} is not in grads after backward.",
    (Kind.BIAS_NEVER_SET, "zero"): "{of} is zero everywhere, as if it were never set.",
    (Kind.NEVER_SET, "absent"): "{of} is not in grads after backward.",
    (Kind.UPSTREAM_IGNORED, ""): "{of} does not depend on dY: multiply by the upstream gradient.",
    (Kind.DERIVATIVE_MISSING, ""): "dX is dY as it came: the derivative of the layer is not in it.",
    (Kind.DERIVATIVE_MISSING, "softmax of scores"):
        "dX is the gradient for P: the loss takes scores, and the softmax on the way to P has a derivative, too.",
    (Kind.DERIVATIVE_MISSING, "sigmoid of scores"):
        "dX is the gradient for P: the loss takes scores, and the sigmoid on the way to P has a derivative, too.",
    (Kind.APPLIED_TWICE, ""): "dX went through the Jacobian twice.",
    (Kind.APPLIED_TWICE, "softmax"):
        "dX has the softmax Jacobian in it twice: P − T went through softmax already.",
    (Kind.WEIGHT_DECAY, ""):
        "{of} has {decay:.4g} {key} too much: weight decay is the optimizer's, and no part of ∂L/∂{key}.",
    (Kind.FLIPPED, ""):
        "{of} has the kernel turned by 180° where it is right as it is, or as it is where it is turned.",
    (Kind.SWAPPED, ""): "{of} holds what is right for {other}. In which order are the results returned?",
    (Kind.EPSILON_IN_LOG, ""):
        "L has log(P + ε) with ε = {eps:.3g}: a loss off by about ε / P, and finite where P = 0.",
    (Kind.EPSILON_IN_LOG, "extremes"):
        "L stops at −log ε, with ε = {eps:.3g} in the logarithm: where P is smaller, it no longer tells how wrong the "
        "scores are. log P = X − log Σ exp X needs no ε.",
    (Kind.OTHER_MEAN, ""):
        "L = {own}, where PyTorch has {like}, and dX belongs to it: either is in use, and the learning rate "
        "makes up for it.",
    (Kind.ONE_BRANCH, ""): "{of} is right where X {right} 0 and wrong where X {other} 0: {worst}.",
    (Kind.ONE_BRANCH, "distance"):
        "{of} is right up to |X − T| = {most:.3g} and wrong beyond, on the branch of large errors: {worst}.",
    (Kind.FORWARD, ""): "{of} is wrong: {difference}.",
    (Kind.FORWARD, "number"): "L is {got}, where {want} is right.",
    (Kind.FORWARD, "parameter"): "Y is wrong: {key} does not enter.",
    (Kind.FORWARD, "parameter times"): "Y is wrong: what {key} adds is {difference}. Does it stand inside of a sum?",
    # where only some inputs show it: {seen} is what is wrong on these
    (Kind.WHEN_SQUARE, ""): "Right where the sizes differ, but with {sizes} {seen}",
    (Kind.WITH_ONE_SAMPLE, ""): "Right for seven samples, but for one {seen}",
    (Kind.WITH_ONE_TIME, ""): "Right for several times, but for one, {sizes}, {seen}",
    (Kind.AT_TIES, ""): "Where entries are equal or 0: {seen}",
    (Kind.AT_TIES, "kink"):
        "At a kink, dX has the slope {got:.4g} and PyTorch {torch:.4g}: any between the slopes on both sides is right.",
    (Kind.AT_TIES, "shared"):
        "Where several entries are the largest, they share dY, and PyTorch gives it to the first: either is "
        "a subgradient.",
    (Kind.AT_TIES, "handed out twice"):
        "Where several entries are the largest, each gets the whole of dY: {times:.0f} times dY go out where "
        "one came in. Give it to one of them, or share it.",
    (Kind.WITH_ONE_OUTPUT, ""): "Right for several inputs and outputs, but with {sizes} {seen}",
    (Kind.AT_EXTREMES, ""): "With entries up to ±10⁴: {seen}",
    (Kind.AT_EXTREMES, "clipped"):
        "With entries up to ±10⁴ {of} is off by {off:.2g}, as where an exponent or a probability is clipped: too "
        "little to matter.",
    (Kind.AT_EXTREMES, "unit"): "With probabilities near 0 and 1: {seen}",
    (Kind.AT_EXTREMES, "moderate"): "With entries up to ±20: {seen}",
    (Kind.AT_EXTREMES, "probabilities"): "With a probability of exactly 0: {seen}",
    (Kind.IN_FLOAT32, ""): "In float32: {seen}",
    # what code does beside computing
    (Kind.ACCUMULATES, "cleared"): "Gradients add up over calls: call {method}() before each backward.",
    (Kind.ACCUMULATES, "too"):
        "{of} adds up over calls, too: each backward starts from the one before. Use = and not +=.",
    (Kind.ACCUMULATES, ""):
        "{of} adds up over calls: the second backward gives twice the first. Use = and not +=.",
    (Kind.EARLIER_CALLS, ""):
        "{of} is right in a first call and wrong after others: something is kept that should not be.",
    (Kind.MUTATES, "result"):
        "backward overwrites {of}, which forward had returned: whoever keeps {of} has other numbers now. "
        "Work on a copy.",
    (Kind.MUTATES, ""): "{of} is another array after the call than before. Work on a copy.",
    (Kind.ALIASED, ""): "{of} and {argument} share their memory: if you change one, you change the other.",
    (Kind.DTYPE, "fewer digits"): "{of} comes out as {out}, where {into} went in: digits are lost.",
    (Kind.DTYPE, "float32 code"): "{of} comes out as float32, whatever goes in: three digits of it are compared.",
    (Kind.DTYPE, "more digits"):
        "{of} comes out as {out}, where {into} went in: no digit is wrong, but all that follows "
        "takes twice the time.",
    (Kind.TYPE, ""): "{of} is of type {type}; an array of numbers is asked for.",
    (Kind.TYPE, "dtype"): "{of} is an array of dtype {type}; an array of numbers is asked for.",
    (Kind.TYPE, "number"): "{of} is of type {type}; a number is asked for.",
    (Kind.TYPE, "dtype of a number"): "{of} is an array of dtype {type}; a number is asked for.",
    (Kind.TYPE, "parameter"): "The parameter {of} is of type {type}; an array of numbers is asked for.",
    (Kind.TYPE, "results"): "backward is asked for {asked}, and returned {count} results.",
    (Kind.TYPE, "one result"): "backward is asked for {asked}, and returned 1 result.",
    (Kind.RETURNS_NOTHING, ""): "{function} returns None where {of} is asked for. Is a return missing?",
    (Kind.RAISES, ""): "With {sizes}, {of} stops with {error}.",
    (Kind.RAISES, "maker"): "Making the layer failed: {error}.",
    (Kind.PRINTS, ""): "It prints “{first}”, at every call. Take that out when you are done.",
    (Kind.LOOPS, ""): "{of} did not return within {seconds:g} s. Which loop never ends?",
    (Kind.TOO_SLOW, ""):
        "The time limit of {seconds:g} s for all calls together struck before all was checked. "
        "Does a smaller layer do as well?",
}
SENTENCES = OF_ANY_LAYER | NORMS | SEQUENCES | DOOR | TRAINING
# fmt: on
ADDED = {  # what follows a sentence whose verdict has a piece of this name
    "line": " The line: {line}",
    "guessed": " Nothing says that it takes such an X: name what it is, like=..., or hand over another, X=...",
    "one_hot": " T is one-hot here, one row for each sample.",
    "still_running": " It could not be stopped and goes on behind: restart the kernel if all is slow now.",
    "reaches": " Wrong by it: {reaches}.",
    "own_sizes": " Was it made at the same sizes as like?",
}
CHECKED = {
    "penalty": "the penalty and its gradient",
    "spread": "{entries} weights: mean, standard deviation beside {formula}, distribution",
    "steps": "{steps} steps with {options}",
    "distinct sizes": "{sizes}: shapes, dtypes, values, arguments left alone, three times in a row",
    "forward": "one input; the rest comes when forward is right",
    Kind.WHEN_SQUARE: "{sizes}",
    Kind.WITH_ONE_SAMPLE: "{sizes}",
    Kind.WITH_ONE_TIME: "{sizes}",
    Kind.WITH_ONE_OUTPUT: "{sizes}",
    "three axes": "X of three axes, as of sequences",
    "two axes": "X of two axes only: with three, as of sequences, {of} is wrong",
    "mean": "a mean that is large beside σ",
    "unit": "probabilities near 0 and 1",
    "moderate": "entries up to ±20",
    Kind.AT_TIES: "entries that are equal, and exactly 0",
    Kind.AT_EXTREMES: "entries up to ±10⁴",
    "probabilities": "a probability of exactly 0",
    "a mask": "{name}, {said}",
    "evaluation": "evaluation after {batches} batches",
    Kind.IN_FLOAT32: "float32",
    "mask": "{entries} entries with p = {p:g}: share and scale of the mask",
    "gradient of dropout": "dX with that mask",
    "evaluation of dropout": "evaluation",
}
MARKS = {State.RIGHT: "✓", State.REMARK: "·", State.WRONG: "✗", State.NOT_JUDGED: "?"}


def sentence(verdict: Verdict) -> str:
    """Say a verdict, by the sort of inputs that alone show it, else by its kind and the case of it."""
    pieces, difference = verdict.pieces, verdict.difference
    words: dict[str, Any] = {"of": verdict.where, **pieces}
    words |= {name: sentence(piece) for name, piece in pieces.items() if isinstance(piece, Verdict)}
    words |= {name: ", ".join(map(str, piece)) for name, piece in pieces.items() if isinstance(piece, list)}
    if difference is not None:
        words["difference"] = difference_said(difference)
        if difference.shapes:
            words["got"], words["want"] = difference.shapes
        if entry := difference.entry:
            words |= {"entry": entry, "index": list(entry.index) or "", "worst": worst_said(difference)}
    elif isinstance(words.get("want"), float):
        words["got"], words["want"] = apart(words["got"], words["want"])
    template = SENTENCES[pieces.get("sort", (verdict.kind, pieces.get("case", "")))]
    added = "".join(more for name, more in ADDED.items() if pieces.get(name))
    return (template + added).format(**words)


def checked_said(stage: str, pieces: Mapping[str, Any]) -> str:
    """Say what one stage of the battery tried."""
    return CHECKED[stage].format(**pieces)


def headline_said(name: str, state: State, kind: Kind | str, passed_over: bool = False) -> str:
    """Say the first line of a diagnosis; `passed_over` where all is right that was looked at, and that is not all."""
    if passed_over:
        return f"{MARKS[State.REMARK]} {name}: right as far as looked"
    if state is State.NOT_JUDGED:
        return f"{MARKS[state]} {name}: not judged, {kind}"
    return f"{MARKS[state]} {name}: {kind}" if state is State.WRONG else f"✓ {name}: right"

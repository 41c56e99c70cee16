"""diagnose(work, like=...): from what a reader wrote to what is wrong with it."""

import inspect
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.compare.loss_ranges import Range, range_of
from helpers.compare.made import made
from helpers.compare.optimizer_steps import optimizer_meant
from helpers.compare.reference import layer_meant, layer_named
from helpers.judge.code.arguments import optional_names_of
from helpers.judge.code.axes import Axes, axes_of
from helpers.judge.code.battery import Battery
from helpers.judge.code.bench import Bench
from helpers.judge.code.dependence import learned, learned_with_loss, unlooked
from helpers.judge.code.diagnosis import Diagnosis, Trouble, as_guessed
from helpers.judge.code.dropout import Dropping, judges
from helpers.judge.code.experts import experts
from helpers.judge.code.fitting import Fitting, described
from helpers.judge.code.guard import listening
from helpers.judge.code.inputs import Inputs
from helpers.judge.code.layer_object import Object
from helpers.judge.code.limits import OutOfTime
from helpers.judge.code.making import own_options
from helpers.judge.code.normalised import sample_shape
from helpers.judge.code.reading import check_like, readings
from helpers.judge.code.samples import check_width, images_for, kernel_of, sizes_of, taken
from helpers.judge.code.sentences import sentence
from helpers.judge.code.sequence_layouts import ONE_STEP
from helpers.judge.code.slips import slips_of
from helpers.judge.code.steps import arguments_of, has_times, one_step, unrolled
from helpers.judge.code.subject import Subject
from helpers.judge.code.training.initialisation import initialisation_meant, judge_initialisation
from helpers.judge.code.training.optimizer import judge_optimizer
from helpers.judge.code.training.penalty import judge_penalty, penalty_meant
from helpers.judge.code.truth import Differences, Likewise, Torch, by_torch, parameters
from helpers.judge.code.windowed import whole_windows
from helpers.verdict import Kind, not_judged, remark

LIMIT, CALL_LIMIT = 4.0, 2.0  # seconds
MN = 4, 3
BESIDE = (  # what is no layer: who knows what is meant by like, and who judges it
    (optimizer_meant, judge_optimizer),
    (initialisation_meant, judge_initialisation),
    (penalty_meant, judge_penalty),
)


def diagnose(
    work: Any,
    like: Any = None,
    *,
    X: np.ndarray | None = None,
    seconds: float = LIMIT,
    call_seconds: float = CALL_LIMIT,
    **options: Any,
) -> Diagnosis:
    """What is wrong with a layer or a loss that a reader wrote, in words; nothing the reader has is changed.

        diagnose(MyLinear, like=Linear)                       a class: made anew at several sizes
        diagnose(MyLinear(4, 3), like=Linear(4, 3))           an object: used as a copy, at its own size
        diagnose((forward, backward), like=ELU(1.7), alpha=1.7)
        diagnose(backward, like="linear")                     Y is that of `like`

    `work` is an object or a class with a method forward and one backward, or functions, whose arguments are found by
    their names, by their order, or because nothing else is left. It is tried under the conventions of `adapters` in
    turn; the verdict names the one that is taken. A layer of
    several inputs, such as attention or an LSTM, gets them in their order or by their names, and backward returns their
    gradients in the same order; it may return (Y, states) and take (dY, dstates). A class is made with M and N, the
    sizes of its input and output (channels, in a convolution), or with nothing where it has no W; an Embedding with V
    and M, attention in heads with E and H; all else needs a default. `like` is a layer or loss or the name of one,
    "softmax", a module of torch.nn, or two functions that are right; without it backward is held against differences of
    forward. X is an input to take the shape from. No call may last longer than `call_seconds`, all together `seconds`.
    Raises TypeError or ValueError where `like` or X cannot be used.
    """
    for meant, judge in BESIDE:
        if meant(like):
            return judge(work, like, call_seconds, options)
    if isinstance(like, str):
        like = layer_named(like)
    with listening() as heard, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        name = getattr(work, "__name__", type(work).__name__)
        try:
            subjects = readings(work, seconds, call_seconds, options)
            check_like(work, like)
            bench = best_of(subjects, like, X, options)
        except Trouble as trouble:
            return Diagnosis(name, (trouble.verdict,))
    if heard.text.strip():
        first = heard.text.strip().splitlines()[0]
        bench.add(remark(Kind.PRINTS, first=first))
    return bench.diagnosis()


def best_of(subjects: list[Subject], like: Any, X: np.ndarray | None, options: dict[str, Any]) -> Bench:
    """Judge a work as that of its readings under which most agrees, the first of them where that does not tell."""
    tried: list[tuple[Bench, float]] = []
    alone = [
        one for one in subjects if like is not None or (one.own_forward and (one.loss or len(subjects) == 1))
    ]
    if not alone:
        raise Trouble(not_judged(Kind.INTERFACE, subjects[0].name, case="no forward"))
    like, cell = unrolled(like)
    for subject in alone:
        tried.append(judged(subject, like, X, options, cell))
        if tried[-1][1] < 0 and lacks_bias(tried[-1][0], like):
            subject.fresh()
            tried.append(judged(subject, like, X, options | {"bias": False}, cell))
        if tried[-1][1] < 0 and has_times(like) and not cell:
            subject.fresh()
            bench, agrees = judged(subject, like, X, options, step=True)
            tried.append((bench, agrees if ONE_STEP in subject.adapters else -2))
        if tried[-1][1] < 0 and X is None and (whole := whole_windows(like)) is not None:
            subject.fresh()
            tried.append(judged(subject, like, whole, options, cell))
            tried[-1][0].add(remark(Kind.TAKEN_AS, case="whole windows"))
        if tried[-1][1] == 1:
            break
    return max(tried, key=lambda one: (one[1], how_far(one[0])))[0]


def how_far(bench: Bench) -> int:
    """Return how far a work came: 0 where it lacks what it should have, 1 where forward is wrong, 2 beyond that."""
    kinds = {finding.kind for finding in bench.findings}
    return 0 if Kind.INTERFACE in kinds else 1 if Kind.FORWARD in kinds else 2


def lacks_bias(bench: Bench, like: Any) -> bool:
    """Tell whether a work was not judged for a b that it has not, where like may be made without."""
    missing = any(f.kind is Kind.INTERFACE and f.where == "b" for f in bench.findings)
    return missing and inspect.isclass(like) and "bias" in optional_names_of(like)


def judged(
    subject: Subject, like: Any, X: np.ndarray | None, options: dict[str, Any], step: bool = False
) -> tuple[Bench, float]:
    """Hold a work, or one step of it, against what is right, under the conventions that fit it.

    Return the bench, and how much agrees there.
    """
    if judges(subject, like):
        bench = Bench(subject, Differences(subject))
        Dropping(bench, like, X).run()
        return bench, 1
    bench, inputs = set_up(subject, like, X, options, step)
    try:
        battery = Battery(bench, inputs)
        square = inputs.W and inputs.W[0] == inputs.W[1] and battery.plain and battery.free
        case = battery.case(7, *(MN if square else ()))  # square sizes let W be laid out either way
        fitting = Fitting(subject, bench.truth, case, bench.experts).run()
        if fitting.undecided:
            raise Trouble(not_judged(Kind.TARGETS, "dX", how=described(subject.adapters)))
        battery.run()
        for verdict in (*fitting.remarks(), *unlooked(subject, inputs, bench)):
            bench.add(verdict)
        return bench, fitting.score / max(fitting.full, 1)
    except Trouble as trouble:
        bench.add(as_guessed(trouble.verdict, not isinstance(bench.truth, Differences)))
    except OutOfTime:
        bench.time_was_up()
    except Exception as error:
        bench.add(not_judged(Kind.INTERFACE, case="failed", error=f"{type(error).__name__}: {error}"))
    return bench, -1


def set_up(
    subject: Subject, like: Any, X: np.ndarray | None, options: dict[str, Any], step: bool
) -> tuple[Bench, Inputs]:
    """The truth that a subject is held against, and the inputs that both can take."""
    if X is not None and (X := np.asarray(X, float)).ndim < 2:
        raise ValueError(f"X has shape {X.shape}, where one row for each sample is asked for: (S, ...)")
    given, sizes = like, sizes_of(subject)
    if inspect.isclass(like) and axes_of(like):
        like = like(*arguments_of(subject, like))
    elif inspect.isclass(like):
        own = own_options(getattr(subject, "original", None) or subject.functions, like)
        like = made(like, sizes, kernel_of(subject), own | options)
    row = axes_of(getattr(subject, "original", None) if like is None else like)
    if getattr(like, "reduction", "mean") == "none":
        raise ValueError('a loss is one number here: its reduction is "mean" or "sum", not "none"')
    truth, loss = by_torch(like), hasattr(like, "reduction")
    if truth is None and like is not None:
        other = right_one(given, options)
        truth, loss, other.row = Likewise(other), loss or other.loss, row
    if truth is None:
        truth, loss = Differences(subject), subject.loss
    loss = loss and not row
    if isinstance(subject, Object):
        subject.like, subject.sizes_guessed = like, inspect.isclass(given) and not subject.is_class
    if not subject.own_forward:
        subject.borrowed = truth.values
        subject.fused = getattr(layer_meant(like), "fused_softmax", False)
    known = subject.original if like is None and isinstance(subject, Object) else like
    shapes = {key: A.shape for key, A in parameters(known).items()}
    more: dict[str, Any] = {}
    if like is None and isinstance(subject, Object) and (subject.loss or not shapes):
        shapes, X, more = learned_with_loss(subject, X) if subject.loss else (*learned(subject, X), {})
    if row:
        subject.row = row = taken_by(subject, one_step(row) if step else row)
        return Bench(subject, truth, slips=slips_of(like, truth)), Inputs(
            shapes, loss, Range(), None, row=row
        )
    if X is None and (shape := sample_shape(known, shapes)):
        X = np.zeros((1, *shape))
    if X is None and loss and np.ndim(weight := getattr(like, "weight", None)) == 1:
        X = np.zeros((1, len(weight)))  # a weight for each class
    check_width(X, shapes if like is not None else {})
    if X is None and layer_meant(like) is None and isinstance(truth, Torch) and not (loss or shapes):
        X = taken(truth)
    X = images_for((known, getattr(subject, "original", None)), known, shapes) if X is None else X
    return Bench(subject, truth, experts(known)), Inputs(
        shapes, loss, Range() if more else range_of(like, X), X, **more
    )


def taken_by(subject: Subject, row: Axes) -> Axes:
    """As much of a row as a work takes: what is optional may be missing."""
    inputs = subject.accepts(row.inputs, forward=True)
    upstream = subject.accepts(["dY", *(f"d{of}" for of in row.outputs), "cache"], forward=False)
    if "dY" not in upstream and len({*upstream} - {"cache"}) == 1:
        upstream = []  # what is called dh, and is alone, is that of all Y
    return replace(
        row,
        inputs=tuple(of for of in row.inputs if of in inputs or f"d{of}" not in row.optional),
        upstream=tuple(of for of in row.outputs if f"d{of}" in upstream),
    )


def right_one(like: Any, options: dict[str, Any]) -> Subject:
    """Return `like` as something to run: it has to be whole."""
    name = getattr(like, "__name__", repr(like))
    try:
        other, *_ = readings(like, np.inf, LIMIT, options)
    except Trouble as trouble:
        raise TypeError(f"like={name:.60} cannot be run. {sentence(trouble.verdict)}") from None
    if not other.own_forward:
        raise TypeError(f"like={name:.60} is one function, and two are needed: (forward, backward)")
    return other

"""The conventions of other people, one a row: how our arrays go in as theirs, and how their results come out as ours.

An adapter is tried where a work is not right as it is; it is taken where forward and backward agree under it, and the
verdict names it. The first of each table changes nothing. `LAYOUTS` say how samples lie in an array, and are tried
only where a work could not run otherwise; `TARGETS` what the target of a loss is; `LOSSES` what a loss is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.verdict import Difference, Kind, wrong

Change = Callable[[str, np.ndarray], np.ndarray]


def alone(case: Case) -> list[Case]:
    return [case]


def first(results: list[Arrays], case: Case) -> Arrays:
    return results[0]


@dataclass(frozen=True)
class Adapter:
    """A convention: `said` in words; the case as the cases that they take; their results as those that we take."""

    said: str = ""
    give: Callable[[Case], list[Case]] = alone
    take: Callable[[list[Arrays], Case], Arrays] = first
    fits: Callable[[Case], bool] = lambda case: True
    lists: bool = False
    whole: bool = True  # all samples at once
    last: bool = False  # only where the case cannot run as it is


AS_IT_IS = Adapter()


def through(adapters: tuple[Adapter, ...], call: Callable[[Case], Arrays], case: Case) -> Arrays:
    """Call with a case as the adapters give it, the first of them outermost."""
    if not adapters:
        return call(case)
    results = [through(adapters[1:], call, part) for part in adapters[0].give(case)]
    return adapters[0].take(results, case)


def laid(said: str, there: Change, back: Change, fits: Callable[[Case], bool]) -> Adapter:
    """Lay every array of the case out otherwise, by its letter, and every result back."""

    def give(case: Case) -> list[Case]:
        params = {key: there(key, A) for key, A in case.params.items()}
        return [replace(case.with_each(there), params=params)]

    def take(results: list[Arrays], case: Case) -> Arrays:
        return {of: back_in(of.removeprefix("d"), A, case.params) for of, A in results[0].items()}

    def back_in(letter: str, A: np.ndarray, params: Arrays) -> np.ndarray:
        column = letter in params and params[letter].ndim == 1 and A.shape == (len(params[letter]), 1)
        return A[:, 0] if column else back(letter, A)

    return Adapter(said, give, take, fits)


# how samples lie in an array


def matrices(case: Case) -> bool:
    return case.X.ndim == 2 and not case.row


def images(case: Case) -> bool:
    return case.X.ndim == 4 and not case.row


def as_columns(letter: str, A: np.ndarray) -> np.ndarray:
    """X (S, M) as (M, S), and a vector of parameters as one column."""
    if letter in ("X", "Y", "T"):
        return A.T
    return A[:, None] if A.ndim == 1 else A


def as_rows(letter: str, A: np.ndarray) -> np.ndarray:
    return A.T if letter in ("X", "Y", "T") else A


def with_channels(axis: int, to: int, kernel: tuple[int, ...]) -> Change:
    """Move the axis of the channels of X and Y, and the axes of a kernel."""

    def change(letter: str, A: np.ndarray) -> np.ndarray:
        if letter in ("X", "Y") and A.ndim == 4:
            return np.moveaxis(A, axis, to)
        return A.transpose(kernel) if letter == "W" and A.ndim == 4 else A

    return change


def as_is(letter: str, A: np.ndarray) -> np.ndarray:
    return A


def as_column(letter: str, A: np.ndarray) -> np.ndarray:
    return A[:, None] if A.ndim else A


def as_row(letter: str, A: np.ndarray) -> np.ndarray:
    return A[None] if A.ndim else A


def channels_behind(letter: str, A: np.ndarray) -> np.ndarray:
    return np.moveaxis(A, 0, -1)


def channels_before(letter: str, A: np.ndarray) -> np.ndarray:
    return np.moveaxis(A, -1, 0) if A.ndim == 3 else A


def of_one_channel(places: Change, kernel: Change = as_is) -> Change:
    """Return a change that leaves out the one channel of X, lays Y out, and the kernel without its channel."""

    def change(letter: str, A: np.ndarray) -> np.ndarray:
        if letter == "W":
            return A if kernel is as_is else kernel(letter, A[:, 0])
        return A[0] if letter == "X" else places(letter, A)

    return change


def with_channel(places: Change, kernel: Change = as_is) -> Change:
    """Return the change back."""

    def change(letter: str, A: np.ndarray) -> np.ndarray:
        if letter == "W":
            return A if kernel is as_is else kernel(letter, A)[:, None]
        return A if letter == "X" else places(letter, A)

    return change


def one_by_one(
    said: str, axes: int, there: Change = as_is, back: Change = as_is, one_channel: bool = False
) -> Adapter:
    """Hand over one sample at a time; the gradients of the parameters are summed, and so is what is said of a loss."""

    def give(case: Case) -> list[Case]:
        samples = [case.sample(s) for s in range(len(case.X))]
        params = case.params | (
            {"W": there("W", case.params["W"])} if axes == 4 and "W" in case.params else {}
        )
        return [replace(sample.with_each(lambda of, A: there(of, A[0])), params=params) for sample in samples]

    def take(results: list[Arrays], case: Case) -> Arrays:
        over = 1 if case.T is None else len(results)

        def joined(of: str) -> np.ndarray:
            letter = of if of == "Y" else of[1:]
            each = np.stack([laid_back(letter, result[of], case.params) for result in results])
            if of not in ("Y", "dX"):
                return each.sum(0) / over
            whole = case.X if of == "dX" else case.dY
            fits = whole is not None and each.size == whole.size
            return (each.reshape(whole.shape) if fits else each) / (over if of == "dX" else 1)

        return {of: joined(of) for of in results[0]}

    def laid_back(letter: str, A: np.ndarray, params: Arrays) -> np.ndarray:
        return A if letter in params and (axes != 4 or letter != "W") else back(letter, A)

    def fits(case: Case) -> bool:
        return case.X.ndim == axes and not case.row and (case.X.shape[1] == 1 or not one_channel)

    return Adapter(said, give, take, fits, whole=False)


LISTS = Adapter("X as a list of lists", lists=True, whole=False)
CHANNELS_LAST = "images with the channels last, X (S, H, W, C)"
LAYOUTS = (
    AS_IT_IS,
    laid("samples as columns, X (M, S)", as_columns, as_rows, matrices),
    *(
        laid(said, with_channels(1, -1, there), with_channels(-1, 1, back), images)
        for said, there, back in (
            (f"{CHANNELS_LAST} and W (H, W, C, O)", (2, 3, 1, 0), (3, 2, 0, 1)),
            (f"{CHANNELS_LAST} and W (O, H, W, C)", (0, 2, 3, 1), (0, 3, 1, 2)),
            (f"{CHANNELS_LAST} and W (O, C, H, W)", (0, 1, 2, 3), (0, 1, 2, 3)),
        )
    ),
    one_by_one("one sample at a time, X (M,)", 2),
    one_by_one("one sample at a time, as a column X (M, 1)", 2, as_column),
    one_by_one("one sample at a time, as a row X (1, M)", 2, as_row),
    one_by_one("one image at a time, X (C, H, W)", 4),
    one_by_one("one image at a time, X (H, W, C)", 4, channels_behind, channels_before),
    one_by_one(
        "one image of one channel at a time, X (H, W)", 4, lambda of, A: A if of == "W" else A[0], as_is, True
    ),
    *(
        one_by_one(
            f"one image of one channel at a time, X (H, W), {said}",
            4,
            of_one_channel(*there),
            with_channel(*back),
            one_channel=True,
        )
        for said, there, back in (
            ("Y (H, W, O)", (channels_behind,), (channels_before,)),
            ("Y (O, H, W)", (as_is,), (as_is,)),
            (
                "Y (H, W, O) and W (H, W, O)",
                (channels_behind, channels_behind),
                (channels_before, channels_before),
            ),
        )
    ),
    LISTS,
)

# how W lies, where it is an argument


def turned(letter: str, A: np.ndarray) -> np.ndarray:
    return A.T if letter == "W" else A


def turned_back(results: list[Arrays], case: Case) -> Arrays:
    """Lay dW out as our W (N, M) is, where theirs is (M, N)."""
    values, W = results[0], case.params["W"]
    if "dW" not in values:
        return values
    if values["dW"].shape != W.T.shape:
        shapes = Difference(Kind.SHAPE, shapes=(values["dW"].shape, W.T.shape))
        raise Trouble(wrong(Kind.SHAPE, "dW", shapes, case="layout"))
    return values | {"dW": values["dW"].T}


WEIGHTS = (
    AS_IT_IS,
    Adapter(
        give=lambda case: [replace(case, params=case.params | {"W": case.params["W"].T})],
        take=turned_back,
        fits=lambda case: case.params.get("W", np.empty(0)).ndim == 2,
    ),
)

# what the target of a loss is


def targets(said: str, change: Callable[[np.ndarray], np.ndarray]) -> Adapter:
    """Hand over another form of a target that is one-hot."""

    def give(case: Case) -> list[Case]:
        return [replace(case, T=change(case.T))]

    return Adapter(said, give, fits=lambda case: of_0_and_1(case) and (case.T.sum(1) == 1).all())


def of_0_and_1(case: Case) -> bool:
    """Tell whether T is a matrix of 0 and 1."""
    return case.T is not None and case.T.ndim == 2 and bool(np.isin(case.T, (0, 1)).all())


def yes_or_no(said: str, shape: tuple[int, ...]) -> Adapter:
    """Hand over each entry of X (S, N) as the one score of a sample of its own, with T as integers 0 and 1."""

    def give(case: Case) -> list[Case]:
        return [replace(case, X=case.X.reshape(shape), T=case.T.reshape(shape).astype(int))]

    def take(results: list[Arrays], case: Case) -> Arrays:
        values, there = results[0], give(case)[0].X.shape
        fits = "dX" in values and values["dX"].shape == there
        return values | ({"dX": values["dX"].reshape(case.X.shape)} if fits else {})

    return Adapter(
        said, give, take, lambda case: of_0_and_1(case) and case.X.shape == case.T.shape, last=True
    )


TARGETS = (
    AS_IT_IS,
    targets("T as class ids, 0 to N − 1", lambda T: T.argmax(1)),
    targets("T as class ids in a column, (S, 1)", lambda T: T.argmax(1)[:, None]),
    targets("T as class ids from 1 to N", lambda T: T.argmax(1) + 1),
    yes_or_no("one score for each of S N samples, X (S N,), and T (S N,) of 0 and 1", (-1,)),
    yes_or_no("one score for each of S N samples, X (S N, 1), and T (S N, 1) of 0 and 1", (-1, 1)),
)

# what a loss is


def losses(said: str, L: Callable[[np.ndarray], np.ndarray], divided: bool = False) -> Adapter:
    """Take one number from a loss that is an array."""

    def take(results: list[Arrays], case: Case) -> Arrays:
        if not results[0]["L"].ndim:
            raise ValueError("L is one number already")
        values = results[0] | {"L": np.asarray(L(results[0]["L"]))}
        over = results[0]["L"].size if divided else 1
        return values | ({"dX": values["dX"] / over} if "dX" in values else {})

    return Adapter(said, take=take, fits=lambda case: case.T is not None)


LOSSES = (
    AS_IT_IS,
    losses("L as an array of one number", lambda L: L.reshape(()) if L.size == 1 else L),
    losses("a loss of each sample, whose mean is L", lambda L: L.mean()),
    losses("a loss of each sample, whose mean is L, and the gradient of each", lambda L: L.mean(), True),
    losses("a loss of each entry, whose sum over S is L", lambda L: L.sum() / len(L)),
)

"""Small problems with drawn numbers, as many as one likes.

    problem = drill(13)      # the first of notebook 13; run the cell again for the next one
    problem.mark(answer)

A notebook's problems stand in `drills/`, in a tuple PROBLEMS of functions that draw one:

    def doubled(rng):
        x = rng.integers(2, 9)
        return Problem(
            question=f"What is twice {x}?",
            answer=2 * x,
            worked=f"$2 \\cdot {x} = {2 * x}$.",
            mistakes={"That is its square.": x * x},
        )

The answer and the answers of those who make a mistake are computed from what was drawn, never typed.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np

from helpers.compare import diagnose_difference
from helpers.exercises.machine.checks import RIGHT, of_type, told
from helpers.exercises.machine.exercise import Check, Mark, guarded, is_blank, wrong_again
from helpers.verdict import Difference, Kind, Verdict, wrong

DRILLS = {
    0: "start_here",
    1: "chain_rule",
    2: "index_notation",
    3: "linear",
    4: "activations",
    5: "softmax",
    6: "cross_entropy",
    7: "mlp",
    8: "mlp_torch",
    9: "batch_norm",
    10: "layer_norm",
    11: "convolution",
    12: "cnn",
    13: "recurrent",
    14: "attention",
    15: "transformer",
    16: "second_order",
    17: "find_the_mistake",
    18: "your_own_layer",
    99: "all_of_them",
}
"""The file in drills/ that draws for a notebook."""

Maker = Callable[[np.random.Generator], "Problem"]
"""What draws a problem."""

SHOWN: Counter[int] = Counter()  # how many problems of each notebook were asked for, in this session
SOLVED: set[tuple[int, int]] = set()  # notebook and number of those that were solved
TELLING = {Kind.SIGN, Kind.FACTOR, Kind.ZERO, Kind.TRANSPOSED, Kind.NOT_SUMMED, Kind.SHAPE}
"""Kinds of difference that say what is wrong without the right number in the sentence."""


@dataclass(frozen=True)
class Problem:
    """A question (HTML with $mathematics$), its answer, and how one gets there.

    The answer is a number, an array, a word, or a set of words or numbers whose order does not matter. A number counts
    within `tolerance` of it, relative to the largest entry. mistakes: what is said of a wrong answer, and that answer.
    Where a `check` judges, as it does lines of text, the answer is one of those that are right, and the mistakes are
    wrong ones by their kinds.
    """

    question: str
    answer: Any
    worked: str
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 0.01
    check: Check | None = None
    notebook: int = 0
    number: int = 0

    hints = ()

    @property
    def title(self) -> str:
        return f"Problem {self.number} of drill {self.notebook}"

    @property
    def progress(self) -> str:
        return f"{sum(notebook == self.notebook for notebook, _ in SOLVED)} solved"

    @property
    def unfolded(self) -> str:
        """The worked solution as it is shown after a try."""
        return f"<p>{self.worked}</p>"

    def mark(self, answer: Any) -> Mark:
        """Marks an answer, a list or an array of numbers, a word or a set. Raises nothing."""
        verdict = guarded(self.verdict, answer)
        if verdict:
            SOLVED.add((self.notebook, self.number))
        return Mark(self, verdict, self.progress, wrong_again(self.title, verdict))

    def verdict(self, answer: Any) -> Verdict | None:
        """The verdict on an answer, None where nobody tried."""
        if is_blank(answer):
            return None
        if self.check:
            return self.check(answer)
        got = as_answer(answer, self.answer)
        if got is None:
            return of_type("A " + ("number is" if np.ndim(self.answer) == 0 else "list is"), answer)
        if same(got, self.answer, self.tolerance):
            return RIGHT
        for why, mistaken in self.mistakes.items():
            if same(got, mistaken, self.tolerance):
                return told(why)
        return unnamed(got, self.answer, self.tolerance)

    @property
    def clear(self) -> bool:
        """Whether no mistake gives the right answer here, nor what another mistake gives."""
        if self.check:
            return True
        answers = [self.answer, *self.mistakes.values()]
        return not any(same(a, b, 3 * self.tolerance) for a, b in combinations(answers, 2))

    def __repr__(self) -> str:
        return f"{self.title}: {self.question}"

    def _repr_html_(self) -> str:
        return f"<p><strong>{self.title}.</strong></p>\n<p>{self.question}</p>"


def drill(notebook: int, number: int | None = None) -> Problem:
    """The next problem of a notebook, or the one of this number. Raises ValueError where a notebook has no drill."""
    if notebook not in DRILLS:
        raise ValueError(f"notebook {notebook} has no drill: {', '.join(map(str, DRILLS))} have one")
    if number is None:
        SHOWN[notebook] += 1
        number = SHOWN[notebook]
    makers = import_module(f"helpers.exercises.drills.{DRILLS[notebook]}").PROBLEMS
    problem = drawn(makers[(number - 1) % len(makers)], np.random.default_rng([notebook, number]))
    return replace(problem, notebook=notebook, number=number)


def drawn(make: Maker, rng: np.random.Generator) -> Problem:
    """A problem whose numbers tell each mistake from the right answer; others are drawn again."""
    for _ in range(100):
        if (problem := make(rng)).clear:
            return problem
    raise ValueError(f"{make.__name__} draws no numbers that tell its mistakes from the right answer")


def as_answer(answer: Any, right: Any) -> Any:
    """The answer in the form of the right one, None where it is nothing of the kind."""
    try:
        if isinstance(right, str):
            return answer if isinstance(answer, str) else None
        if isinstance(right, set | frozenset):
            return None if isinstance(answer, str) else set(answer)
        return None if isinstance(answer, bool | str) else np.asarray(answer, float)
    except (TypeError, ValueError):
        return None


def same(got: Any, want: Any, tolerance: float) -> bool:
    """Are two answers the same: words, sets, or numbers within the tolerance?"""
    if isinstance(want, str):
        return str(got).strip().casefold() == want.casefold()
    if isinstance(want, set | frozenset):
        return set(got) == want
    got, want = np.asarray(got, float), np.asarray(want, float)
    close = tolerance * max(abs(want).max(initial=0), 1e-12)
    return got.shape == want.shape and bool((abs(got - want) <= close).all())


def unnamed(got: Any, want: Any, tolerance: float) -> Verdict:
    """A wrong answer that is no known mistake, in words that do not give the right one away."""
    if isinstance(want, str):
        return told("That is another one.", Kind.WRONG_VALUE)
    if isinstance(want, set | frozenset):
        beyond, lacking = len(got - want), len(want - got)
        return told(f"{beyond} of yours do not belong there, and {lacking} are missing.", Kind.WRONG_VALUE)
    found = diagnose_difference(got, want, tolerance=tolerance) or Difference(Kind.WRONG_VALUE)
    plain = found.factor is None or found.factor.names or abs(abs(found.factor.value) - 1) < 1e-3
    if found.kind in TELLING and plain:
        return wrong(found.kind, difference=found, around="{}.")
    return told(
        f"{found.many} of {found.size} numbers differ." if found.size > 1 else "That is another number.",
        Kind.WRONG_VALUE,
    )

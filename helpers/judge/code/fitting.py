"""Finds the conventions under which a work is judged: those under which forward and backward are right."""

import itertools
from collections.abc import Iterator, Sequence

from helpers.judge.code.adapters import AS_IT_IS, LAYOUTS, LOSSES, TARGETS, WEIGHTS, Adapter
from helpers.judge.code.arguments import Way
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.expert import Expert
from helpers.judge.code.gate_packings import BY_THE_RIGHT, PACKINGS
from helpers.judge.code.kind_of_mistake import agree, as_computed
from helpers.judge.code.sequence_layouts import SEQUENCES
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Differences, Truth
from helpers.verdict import Kind, Verdict, remark

STOPPED, RAN, SHAPED, RIGHT = range(4)
"""How far a work comes: it stops; it returns something; that has the right shape; it is right."""

Adapters = tuple[Adapter, ...]
HOUSE: Adapters = (AS_IT_IS,) * 4
MISLAID = ValueError, IndexError, KeyError, TypeError, AttributeError  # results that no adapter can lay back


SMALL = 500  # entries of X up to which other layouts are tried on what could be run as it was


class Fitting:
    """Tries the adapters in turn on one case, and leaves the subject under those that fit.

    `score` is how many results agree then, of `full`; `also` says what else would fit, and `otherwise` under which
    other layout all agrees, where something is wrong. `undecided` tells that T is a guess, under which something is
    wrong, and that another T fits forward as well, with which backward comes to something else.
    """

    def __init__(self, subject: Subject, truth: Truth, case: Case, experts: Sequence[Expert] = ()) -> None:
        self.subject, self.truth, self.case, self.experts = subject, truth, case, experts
        self.unmet: list[Adapter] = []  # packings under names that the work does not have
        self.score, self.full, self.also, self.otherwise = -1, 0, "", ""
        self.undecided = False

    def run(self) -> "Fitting":
        found: list[tuple[int, Adapters]] = []
        for layout in (*LAYOUTS, *SEQUENCES) if self.subject.own_forward else LAYOUTS[:1]:
            found += self.forwards(layout)
            if self.settled(found):
                break
        best = max(far for far, _ in found)
        likely = [adapters for far, adapters in found if far == best]
        self.choose(likely if best > STOPPED else likely[:1])
        if best < RIGHT and found[0][0] > STOPPED and not (self.case.T is not None and self.fits):
            found, best = found[:1], found[0][0]  # what is wrong anyway is judged as it is
            self.choose([found[0][1]])
        if self.score < 0 and best > RAN and (RIGHT, HOUSE) not in found and self.subject.own_forward:
            self.one_at_a_time()
        if best == SHAPED and self.score < self.full and self.case.X.size <= SMALL:
            self.look_elsewhere(found[0][1][1])
        self.subject.watching = False
        self.subject.fresh()
        return self

    @property
    def fits(self) -> bool:
        """Whether all results agree."""
        return self.score == self.full > 0

    def settled(self, found: list[tuple[int, Adapters]]) -> bool:
        """Tell whether no other layout has to be tried.

        What takes the case as it is would answer another question in another layout. Not so a sequence, whose axes are
        many: there forward has to be right, and backward to run.
        """
        if not self.case.row:
            return any(far == RIGHT or (far == SHAPED and row[1] is AS_IT_IS) for far, row in found)
        if right := [adapters for far, adapters in found if far == RIGHT]:
            self.choose(right)
        return bool(right) and self.score >= 0

    def forwards(self, layout: Adapter) -> list[tuple[int, Adapters]]:
        """Return how far forward comes in a layout, under each combination of the other adapters."""
        weights = (*WEIGHTS[:1], *PACKINGS)  # how W lies is seen by its shape, of an object
        if not self.subject.method:
            weights = (*WEIGHTS, *PACKINGS, *BY_THE_RIGHT)
        weights = [weight for weight in weights if weight not in self.unmet]
        found: list[tuple[int, Adapters]] = []
        self.subject.fresh()  # in another layout a class may have to be made otherwise
        for target, weight, loss in itertools.product(TARGETS, weights, LOSSES):
            row = target, layout, weight, loss
            if target.last and (layout is not AS_IT_IS or found[0][0] > STOPPED):
                break
            if all(adapter.fits(self.case) for adapter in row):
                found.append((self.forward(row), row))
                if found[-1] == (RIGHT, HOUSE) and self.subject.own_forward:
                    break
                if self.case.row and found[-1][0] == RIGHT:
                    break
        return found

    def forward(self, adapters: Adapters) -> int:
        """Tell how far forward comes."""
        self.take(adapters)
        try:
            Y = self.subject.forward(self.case)[self.case.value]
            want = self.truth.values(self.case)[self.case.value]
        except Trouble as trouble:
            if trouble.verdict.kind is Kind.LOOPS:
                raise
            if trouble.verdict.kind is Kind.INTERFACE and adapters[2] is not AS_IT_IS:
                self.unmet.append(adapters[2])
            return STOPPED if trouble.verdict.kind in (Kind.RAISES, Kind.INTERFACE, Kind.SHAPE) else RAN
        except MISLAID:
            return RAN
        if Y.shape != want.shape:
            return RAN
        return RIGHT if agree(Y, want) else SHAPED

    def choose(self, candidates: list[Adapters]) -> None:
        """Take the first combination, and way to call backward, under which most results agree."""
        fits: list[tuple[int, Adapters, Way | None]] = []
        for adapters in candidates:
            self.take(adapters)
            for way in self.ways():
                self.subject.way = way
                fits.append((self.agreeing(), adapters, way))
                if fits[-1][0] == self.full and not described(adapters, way):
                    self.score = self.full
                    return  # right as it is
        self.score = max(score for score, *_ in fits)
        self.undecided = self.guessed and self.score < self.full and not self.alike(fits)
        best = [(adapters, way) for score, adapters, way in fits if score == self.score]
        self.take(*best[0])
        if self.score == self.full:
            other = (adapters for adapters, _ in best if described(adapters) != described(best[0][0]))
            self.also = described(next(other, ()))

    @property
    def guessed(self) -> bool:
        """Whether nothing but forward says what T is."""
        return self.case.T is not None and isinstance(self.truth, Differences)

    def alike(self, fits: list[tuple[int, Adapters, Way | None]]) -> bool:
        """Tell whether as much agrees under each T that fits forward."""
        best: dict[Adapters, int] = {}
        for score, adapters, _ in fits:
            best[adapters] = max(score, best.get(adapters, -1))
        return len({*best.values()}) == 1

    def ways(self) -> list[Way | None]:
        """Return the ways to call backward, once it was called."""
        self.agreeing()
        return list(self.subject.ways) or [None]

    def agreeing(self) -> int:
        """Return how many results agree, −1 where none comes out; one that is missing is looked for by what changes."""
        try:
            right = self.truth(self.case)
            self.full = len(right)
            values = self.subject.run(self.case).values
            if not right.keys() <= values.keys() and not self.subject.watching:
                self.subject.watching = True
                values = self.subject.run(self.case).values
            values = as_computed(values, self.case)
        except Trouble as trouble:
            if trouble.verdict.kind is Kind.LOOPS:
                raise
            return -1
        except MISLAID:
            return -1
        finally:
            self.subject.fresh()
        return max(same(values, right) for right in (right, *self.by_other_means(values)))

    def by_other_means(self, values: Arrays) -> Iterator[Arrays]:
        """Yield what is right of a loss that is divided by other sizes, or halved."""
        if self.case.T is not None:
            for expert in self.experts:
                for _, truth in expert.conventions(values, self.case, self.truth):
                    yield truth(self.case)

    def one_at_a_time(self) -> None:
        """Where forward takes all samples in its own way and backward none, take a layout in which both do one."""
        kept = self.subject.adapters, self.subject.way
        layouts = [layout for layout in LAYOUTS if not layout.whole]
        right = [row for layout in layouts for far, row in self.forwards(layout) if far == RIGHT]
        if right:
            self.choose(right)
        if self.score < 0:
            self.subject.adapters, self.subject.way = kept

    def look_elsewhere(self, taken: Adapter) -> None:
        """Find another layout of all samples at once under which all agrees."""
        kept = self.subject.adapters, self.subject.way, self.score
        for layout in LAYOUTS:
            right = (
                [row for far, row in self.forwards(layout) if far == RIGHT]
                if layout.whole and layout is not taken
                else []
            )
            if right:
                self.choose(right)
                if self.score == self.full:
                    self.otherwise = layout.said
                    break
        self.subject.adapters, self.subject.way, self.score = kept
        self.also = ""

    def remarks(self) -> Iterator[Verdict]:
        """Yield what a verdict has to say of how the work was taken."""
        how = [described(self.subject.adapters, self.subject.way), *self.subject.noted.values()]
        if any(how):
            yield remark(Kind.TAKEN_AS, how="; ".join(filter(None, how)))
        if self.also:
            yield remark(Kind.TAKEN_AS, case="both", also=self.also)
        if self.otherwise:
            yield remark(Kind.TAKEN_AS, case="otherwise", otherwise=self.otherwise)

    def take(self, adapters: Adapters, way: Way | None = None) -> None:
        self.subject.adapters, self.subject.way = () if adapters == HOUSE else adapters, way


def same(values: Arrays, right: Arrays) -> int:
    """Count the results that are right."""
    return sum(of in values and agree(values[of], want) for of, want in right.items())


def described(adapters: Adapters, way: Way | None = None) -> str:
    """Say under which conventions a work is judged, "" where they are those of the house."""
    said = [adapter.said for adapter in adapters if adapter.said]
    if way and way.slope:
        written = ", written in Y: it is handed Y, and not X" * (way.letters == ("Y",))
        said.append(f"what backward returns as h′(X), times dY{written}")
    return "; ".join(said)

"""How well the judge does: slips planted in right lines, and right lines that must stay unflagged.

    python -m tests.corpus.planted [--every N]

Each line that the machine derives is printed as LaTeX, given one slip, printed again, read and judged, as a reader's
line would be. A slip after which the line has the same value is no mistake: it is excluded by evaluation and counted.
Then the five written reports, of which A has no mistake; tests/test_reports.py knows the mistakes of the others.
Last the mistakes planted in code, as `python -m tests.corpus.mistakes` counts them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sympy as sp

from helpers.derive import Derivation, L, Partial, gradient, jacobian, latex
from helpers.exercises.reports import REPORTS
from helpers.judge.lines import MarkedLine, mark
from helpers.judge.lines.line_by_line import marker_of
from helpers.read import read
from helpers.read.question import QUESTIONS, Question
from tests.corpus.mistakes.__main__ import main as print_code_mistakes
from tests.corpus.slips import NAMED, Slip, slips

TRIED = ("linear", "activation", "softmax", "cross_entropy", "softmax_cross_entropy")


@dataclass
class Count:
    """What was tried and what came of it, and every case that went wrong, as text."""

    right_lines: int = 0
    false_alarms: list[str] = field(default_factory=list)
    planted: Counter = field(default_factory=Counter)
    equal: Counter = field(default_factory=Counter)
    caught: Counter = field(default_factory=Counter)
    named: Counter = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)

    @property
    def mistakes(self) -> int:
        """The slips that change the value."""
        return self.planted.total() - self.equal.total()

    def __repr__(self) -> str:
        rows = [f"{'slip':18}{'planted':>9}{'equal':>9}{'caught':>9}{'named':>9}"]
        counters = self.planted, self.equal, self.caught, self.named
        for kind in self.planted:
            rows.append(f"{kind:18}" + "".join(f"{c[kind]:9}" for c in counters))
        rows.append(f"{'all':18}" + "".join(f"{c.total():9}" for c in counters))
        share = self.named.total() / max(self.caught.total(), 1)
        rows.append(
            f"{self.mistakes} mistakes: {self.caught.total()} caught, {len(self.missed)} missed, "
            f"{share:.1%} of the caught named right"
        )
        rows.append(f"{self.right_lines} right lines: {len(self.false_alarms)} false alarms")
        return "\n".join(rows)


def derivations(question: Question) -> Iterator[Derivation]:
    """Every gradient of a question, and every Jacobian of its output."""
    chain, facts = question.definitions, question.facts
    for x in chain.leaves:
        yield gradient(chain, x, facts=facts)
        if chain.output.tensor != L:
            yield jacobian(chain, x, facts=facts)


def marked(question: Question, left: sp.Expr, line: sp.Expr) -> MarkedLine:
    """left = line as LaTeX, read and judged."""
    (statement,) = read(rf"$${latex(left)} = {latex(line)}$$", question)
    return marker_of(question).mark(statement)[-1]


def try_out(question: Question, count: Count, tried: Callable[[int], bool] = lambda number: True) -> None:
    """Each line of each derivation as it is, then with one slip; of each kind of slip those whose number is tried."""
    met: Counter[str] = Counter()
    for d in derivations(question):
        judge = marker_of(question).judge(d.left, d.free)
        for line in d.lines:
            count.right_lines += 1
            found = marked(question, d.left, line.expression)
            if not found.right:
                count.false_alarms.append(f"{d.name}: {line.expression} | {found.word}: {found.said}")
            for slip in slips(line.expression, d.free) if not line.expression.has(Partial) else ():
                met[slip.kind] += 1
                if tried(met[slip.kind]):
                    plant(question, d.left, slip, judge.verdict(slip.line).right, count)


def plant(question: Question, left: sp.Expr, slip: Slip, equal: bool, count: Count) -> None:
    """One slip: excluded, caught, named?"""
    count.planted[slip.kind] += 1
    if equal:
        count.equal[slip.kind] += 1
        return
    found = marked(question, left, slip.line)
    text = f"{slip.kind}: {left} = {slip.line} | {found.word}: {found.said}"
    if not found.wrong:
        count.missed.append(text)
        return
    count.caught[slip.kind] += 1
    if found.kind in NAMED[slip.kind]:
        count.named[slip.kind] += 1
    else:
        count.misnamed.append(text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.corpus.planted", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="of each kind of slip every N-th")
    parser.add_argument("--list", action="store_true", help="print every case that went wrong")
    chosen = parser.parse_args(arguments)
    count = Count()
    for name in TRIED:
        try_out(QUESTIONS[name](), count, lambda number: number % chosen.every == 0)
    print(count)
    for name, text in REPORTS.items():
        print(f"report {name.upper()}: {mark(None, text).summary}")
    if chosen.list:
        print("\n".join([*count.false_alarms, *count.missed, *count.misnamed]))
    print_code_mistakes()
    return int(bool(count.missed or count.false_alarms))


if __name__ == "__main__":
    sys.exit(main())

"""Equations that are to be solved: a gradient that is 0, and the letter that makes it so.

An equation such as ∇J = 0 holds at its solution alone. Where the text gives one, w = (XᵀX)⁻¹Xᵀy, both are held against
numbers: the solution is put in, and the gradient must vanish there, and must not vanish elsewhere.
"""

from dataclasses import dataclass, field, replace

from helpers.compare.readings.room import OTHERS, Definition
from helpers.read.claims.asking import is_zero, names_in
from helpers.read.claims.letters import Letters, script
from helpers.read.claims.parts import Statement
from helpers.read.claims.trees import Derivative
from helpers.read.definitions.syntax import Letter, Minus, Node, Number, Plus, walk

SOLVED = r"(?:to|=|equals?) (?:zero|0\b)|normal equation|closed[- ]form|minimi[sz]|maximi[sz]|optimal|optimum"
ACCENTS = ("hat", "tilde", "bar")


@dataclass
class Equations:
    """What must vanish at the solutions of a section, and the solutions; `derived` are its derivatives so far."""

    zero: list[Node] = field(default_factory=list)
    derived: list[Derivative] = field(default_factory=list)
    solutions: list[Definition] = field(default_factory=list)
    open: bool = False
    """Has an equation just been set, so that those behind it follow from it?"""

    def note(self, s: Statement, letters: Letters, solving: bool) -> None:
        """What a statement adds; `solving` says whether the text speaks of solving at all."""
        nodes = [p.node for p in s.parts if p.node is not None]
        if any(is_zero(n) for n in nodes):
            self.zero += [n for n in nodes if not is_zero(n)][:1]
            self.open = s.equation = True
        elif len(nodes) > 1 and (found := self.solution(nodes, letters, solving)) is not None:
            self.solutions.append(found)
            s.solves = found
        elif self.open and not any(isinstance(n, Derivative) for node in nodes for n in walk(node)):
            unknown = {x for n in self.zero for x in names_in(n)}
            if len(nodes) > 1 and unknown & names_in(nodes[0]) and not isinstance(nodes[0], Letter):
                s.equation = True
                self.zero.append(Plus(nodes[0].place, (nodes[0], Minus(nodes[1].place, nodes[1]))))
        else:
            self.open = False
        self.derived += [n for node in nodes for n in walk(node) if isinstance(n, Derivative)]

    def solution(self, nodes: list[Node], letters: Letters, solving: bool) -> Definition | None:
        """The unknown letter of an equation, given by what does not have it."""
        left, right = nodes[0], nodes[1]
        if not isinstance(left, Letter) or letters.is_loss(left) or isinstance(right, Number):
            return None
        asked = {x for n in self.zero for x in names_in(n)}
        by = {d.by.name for d in self.derived if isinstance(d.by, Letter)}
        of = {d.of.name for d in self.derived if isinstance(d.of, Letter)}
        for x in unlabelled(left):
            if x.name in names_in(right) or x.name not in asked | (by - of if solving else set()):
                continue
            if x.name not in asked:
                self.zero += [d for d in self.derived if d.by == x][:1]
            return Definition(x, right, letters)
        return None


def unlabelled(left: Letter) -> list[Letter]:
    """w for w, w^*, ŵ and w_{MLE}; ŵ may be a letter of its own."""
    if any(script(x) not in OTHERS for x in (*left.below, *left.above)):
        return [] if left.above else [left]
    names = dict.fromkeys([left.name, *(left.name.removesuffix(accent) for accent in ACCENTS)])
    return [replace(left, name=name, below=(), above=()) for name in names if name]

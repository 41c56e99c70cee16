"""Both sides of a claim in numbers, under one reading: equal, or by what they differ."""

from dataclasses import replace

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHANGES, CHOICES, Merged, Misfit, NoReading, NotJudged
from helpers.compare.readings.claims import Claim, Outcome
from helpers.compare.readings.derivatives import ManyAxes
from helpers.compare.readings.differing import TOLERANCE, difference, equal
from helpers.compare.readings.einstein import summed
from helpers.compare.readings.evaluate import Evaluator
from helpers.compare.readings.factors import SAID, as_factor, is_number_factor
from helpers.compare.readings.functions import ELEMENTWISE, GAUSSIAN
from helpers.compare.readings.room import Room
from helpers.compare.readings.values import Special, Value
from helpers.compare.readings.world import World
from helpers.compare.readings.worlds import world_of
from helpers.read.claims.asking import bases, is_zero, names_in
from helpers.read.claims.letters import indices_of
from helpers.read.claims.parts import Part
from helpers.read.claims.spoken import spoken
from helpers.read.claims.trees import Applied, Derivative, Either
from helpers.read.definitions.syntax import (
    Call,
    Letter,
    Minus,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    walk,
)
from helpers.verdict import Kind

DRAWS, MORE_DRAWS = (0, 1), (0, 1, 2, 3, 4)
NUMBER = tuple(CHOICES["number"])
LOOSE = {
    ("diagonal Jacobian", "entries"),
    ("small letters", "numbers"),
    ("small letters beside bold ones", "numbers"),
}
OF_NUMBERS = (Applied, Derivative, Either, Letter, Minus, Number, Over, Plus, Power, Times)
"""What a formula about functions of one number is made of, beside the functions."""
NOWHERE = "its condition never holds here"
IDLE = "the loss does not change here: whatever its gradient is multiplied by, it stays 0"
FAILURES = (RuntimeError, IndexError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError)
"""What numbers raise that have no value."""


class NumberBeside(Misfit):
    """A number stands on one side, and more than one on the other."""


def outcome(room: Room, claim: Claim, choices: dict[str, str]) -> Outcome:
    """A claim under a reading, in draws that tell something of it; the first that is not right counts."""
    found, told = Outcome("unread", NOWHERE), 0
    for draw in MORE_DRAWS:
        here = in_draw(room, claim, choices, draw)
        if here.why in (NOWHERE, IDLE):
            found = found if told else here
            continue
        found, told = here, told + 1
        if found.word == "unread" and (claim.solves or claim.statement.equation) and room.solutions:
            found = in_draw(room, claim, choices, -1 - draw)
        if found.word != "right" or (told == len(DRAWS) and claim.part.where is None):
            return found
    return found


def in_draw(room: Room, claim: Claim, choices: dict[str, str], draw: int) -> Outcome:
    for _ in range(40):
        world = world_of(room, choices, draw)
        world.reading.idle = False
        try:
            try:
                found = compared(world, claim)
                return Outcome("unread", IDLE) if world.reading.idle and found.word == "right" else found
            except Misfit as why:
                if not world.settle():
                    kind = Kind.SHAPE if isinstance(why, NumberBeside) else Kind.WRONG_AXIS
                    return Outcome("wrong", str(why), kind=kind)
        except Merged:
            room.forget(choices)
        except NotJudged as why:
            return Outcome("none" if isinstance(why, NoReading) else "unread", str(why))
        except RecursionError:
            return Outcome("unread", "brackets stand too deep")
        except FAILURES:
            return Outcome("unread", "it has no value here")
    return Outcome("unread", "its sizes do not settle")


def compared(world: World, claim: Claim) -> Outcome:
    """A claim as an equality of any numbers; an equation to be solved at its solution, if the text gives one."""
    if claim.solves:
        return solution(world, claim)
    world = of_a_number(world, claim)
    left, right_side = (unknown(world, node) for node in (claim.left.node, claim.part.node))
    if right_side and right_side <= left:
        return for_any(world, claim, left)
    zero = (is_zero(claim.left.node) or is_zero(claim.part.node)) and not is_limited(claim.part)
    if not zero and not claim.statement.equation:
        try:
            held = Held(world, claim)
        except ManyAxes:
            return with_many_axes(world, claim)
        return with_open_loss(world, held, claim.part.node)
    try:
        found = Held(world, claim).against(claim.part.node)
    except Misfit:
        found = Outcome("wrong")
    if found.word == "right":
        return found
    for given in world.room.solutions:
        there = Held(world.solved(given), claim).against(claim.part.node)
        if there.word == "right" and (zero or not there.vanishes):
            return replace(there, why="at the solution that the text gives", vanishes=False)
    return Outcome("unread", "an equation to be solved")


def with_many_axes(world: World, claim: Claim) -> Outcome:
    """A derivative by a matrix: equal in each of its entries, or the factor that stands for it; else not judged."""
    other = world.beside(dict(world.tensors))
    other.whole_axes = True
    try:
        if (found := Held(other, claim).against(claim.part.node)).word == "right":
            return found
    except (NotJudged, Misfit):
        pass
    try:
        return Held(world, claim).against(claim.part.node)
    except ManyAxes as left:
        return as_factor(world, claim, left)


def of_a_number(world: World, claim: Claim) -> World:
    r"""The same, in which x is a number if a claim is one about functions of x alone: \frac{d}{dx} \tanh(x) = ..."""
    left, right_side = claim.left.node, claim.part.node
    x = argument_of(left)
    if not isinstance(x, Letter):
        return world
    functions = {*world.letters.text.notation.functions, *ELEMENTWISE, *GAUSSIAN}
    others = {y for tree in (left, right_side) for y in bases(tree) if y.name not in functions}
    plain = all(
        isinstance(n, OF_NUMBERS) or is_entrywise(n) for tree in (left, right_side) for n in walk(tree)
    )
    key = world.concrete(world.letters.slots(x).key)
    if others != {x} or x.below or x.above or not plain or world.definition_of(key):
        return world
    other = world.beside(dict(world.tensors))
    number = torch.tensor(0.37 + 0.21 * world.reading.draw, dtype=torch.float64, requires_grad=True)
    other.tensors[key], other.given = number, {key}
    return other


def argument_of(left: Node) -> Node | None:
    r"""x of \frac{d}{dx} f(x), of f'(x) and of \tanh(x)."""
    match left:
        case Derivative(of=Node(), by=x):
            return x
        case Applied(function=f, argument=x) if f.name in ELEMENTWISE:
            return x
        case Call(arguments=(x,)) if is_entrywise(left):
            return x
    return None


def is_entrywise(n: Node) -> bool:
    return isinstance(n, Call) and n.name in ELEMENTWISE


def with_open_loss(world: World, held: "Held", node: Node) -> Outcome:
    """The gradient of a loss that the text leaves open is no formula without that loss: not judged, if not right."""
    try:
        found = held.against(node)
    except Misfit:
        found = None
    if found is not None and found.word == "right":
        return found
    if isinstance(node, Plus) and held.claim.left.node in node.terms:
        raise NotJudged("the left side stands on the right too: is something added to it?")
    if world.unclear:
        raise NotJudged(
            "which of the vectors behind a matrix are multiplied first? write \\odot between them"
        )
    if held.of_open_loss and world.asked_open == held.of_open_loss:
        raise NotJudged(f"nothing says what the loss {world.room.loss} is")
    return found if found is not None else held.against(node)


def is_limited(part: Part) -> bool:
    """Is a claim made for some entries only?"""
    return part.indices is not None or part.where is not None


def unknown(world: World, node: Node) -> set[str]:
    """The letters of a formula that neither a definition nor a derivative has."""
    letters = world.letters
    found = {x.name for x in bases(node) if not letters.is_size(x) and x.name not in letters.bound}
    return found - world.room.known - letters.losses - {"delta", "pi", "I", "e", "𝟙"}


def for_any(world: World, claim: Claim, common: set[str]) -> Outcome:
    """An equality of letters that nothing defines: right if it holds for all numbers, and else nothing is known."""
    other = world.beside({k: t for k, t in world.tensors.items() if k[0] not in common})
    other.common = common
    try:
        if (found := Held(other, claim).against(claim.part.node)).word == "right":
            return found
    except Misfit:
        pass
    raise NotJudged(f"nothing says what {spoken(min(common))} is: write {spoken(min(common))} = ...")


def solution(world: World, claim: Claim) -> Outcome:
    """A solution must make a gradient vanish that does not vanish elsewhere."""
    there = world.solved(claim.solves)
    for node in world.room.zero:
        try:
            here, at = (evaluated(w, node) for w in (world, there))
        except (NotJudged, Misfit):
            continue
        if float(at.abs().max()) <= TOLERANCE * float(here.abs().max()):
            return Outcome("right", "it makes the gradient 0")
    return Outcome("unread", "no gradient of the text is found that is 0 there")


def evaluated(world: World, node: Node) -> Tensor:
    ev = world.evaluator
    ev.frame = ({}, frozenset(indices_of(node, world.letters)))
    ev.scan(node)
    return ev.real(node).t.detach()


class Held:
    """The left side of a claim in numbers; right sides are held against it."""

    def __init__(self, world: World, claim: Claim) -> None:
        self.world, self.claim, self.evaluator = world, claim, world.evaluator
        ev = self.evaluator
        self.bound = frozenset(indices_of(claim.left.node, world.letters))
        ev.frame = ({}, self.bound)
        ev.scan(claim.left.node, claim.part.node)
        ev.chain = tuple(p.node for p in claim.statement.parts if p.node is not None)
        world.asked_open, world.unclear = 0, False
        refuse_any_function(world, claim.left.node)
        self.left = ev.value(claim.left.node)
        self.of_open_loss = world.asked_open
        if isinstance(self.left, Special):
            ev.value(claim.part.node)
            raise NotJudged("the identity on the left")
        self.left = summed(ev, self.left, claim.left.node)
        self.sizes = ev.frame[0]

    def of_layers(self, condition: Node) -> bool:
        """l < L, l > 1: which holds for every layer that a claim is held at."""
        steps = self.world.letters.steps | self.world.letters.tops
        return names_in(condition) <= steps

    def is_of_no_loss(self, left: Node) -> bool:
        """Is it ∂y/∂x of small letters that are numbers, one for each index, and no gradient of a loss?"""
        of = left.of if isinstance(left, Derivative) else None
        numbers = self.world.reading.choices.get("small letters") == "numbers"
        return numbers and isinstance(of, Letter) and not self.world.letters.is_loss(of)

    def against(self, node: Node) -> Outcome:
        """A right side against it."""
        ev, a = self.evaluator, self.left
        whole = whole_of(ev, a)
        of_whole = zip(whole, a.shape if len(whole) == 2 else (max(a.shape),), strict=False)
        ev.frame = ({**self.sizes, **dict(of_whole)}, self.bound | {*a.names, *whole})
        ev.scan(node)
        b = ev.value(node)
        b = summed(ev, b, node) if isinstance(b, Value) else b
        if isinstance(b, Special):
            if a.is_number:
                raise NotJudged("the identity for a number")
            b = ev.algebra.sized(b, a)
        b = as_array(ev, whole, b)
        if loose := free_indices(ev, node, a, b):
            return loose
        names, (x, y) = ev.algebra.align(a, b)
        if self.is_of_no_loss(self.claim.left.node) and is_number_factor(a, b):
            return Outcome("right", SAID)
        if x.shape[-2:] != y.shape[-2:]:
            y = same_shape(self.world, a, b, x, y)
        sizes = self.world.reading.sizes
        letters = {name: sizes.of(axis, self.world.reading.draw) for name, axis in sizes.letters.items()}
        x, y = torch.broadcast_tensors(x, y)
        if self.claim.part.where is not None and not self.of_layers(self.claim.part.where):
            x, y = only_where(ev, self.claim.part.where, names, x, y)
        found = difference(self.claim, names, x, y, letters)
        constants = self.world.reading.choices.get(CHANGES) == "own" and not self.world.letters.constants
        if found.word == "right" and constants:
            raise NotJudged("it is right if the other letters are constants, and the text does not say so")
        return found


def refuse_any_function(world: World, left: Node) -> None:
    """f' = 1 − f² says which function f is, where nothing else does."""
    if not isinstance(left, Applied) or not left.primes:
        return
    name = left.function.name
    if name not in world.letters.described and name not in ELEMENTWISE:
        raise NotJudged(f"which function {name} is is not said in a formula")


def only_where(ev: Evaluator, condition: Node, names: tuple, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Both sides where a condition holds, and 0 elsewhere."""
    mask = ev.mask(condition)
    if not set(mask.names) <= set(names) or (not mask.is_number and mask.shape != tuple(x.shape[-2:])):
        raise NotJudged("for which entries does the condition hold?")
    _, (here, _) = ev.algebra.align(mask, Value(names, x))
    if not here.any():
        raise NotJudged(NOWHERE)
    return x * here, y * here


def whole_of(ev: Evaluator, a: Value) -> tuple[str, ...]:
    """(k, l) where ∂/∂X stands on the left, and its chain goes on with what it is at X_{kl}; or ()."""
    if a.names or a.is_number:
        return ()
    by = (n.by for side in ev.chain for n in walk(side) if isinstance(n, Derivative))
    orders = [ev.letters.slots(x).indices for x in by if isinstance(x, Letter)]
    axes = 1 if a.is_vector else 2
    return next((o for o in orders if len({*o}) == len(o) == axes and not any(map(str.isdigit, o))), ())


def as_array(ev: Evaluator, order: tuple[str, ...], b: Value) -> Value:
    """The array of which the right side is an entry."""
    if not order or not b.is_number or {*order} != {*b.names}:
        return b
    return ev.entries(b.t[..., 0, 0].permute(*[b.names.index(i) for i in order]), ())


def free_indices(ev: Evaluator, node: Node, a: Value, b: Value) -> Outcome | None:
    """Indices that only the right side has, where their sum is what is meant: a mistake if other sums are written."""
    loose = [n for n in b.names if n not in a.names]
    if not loose or a.shape != b.shape:
        return None
    for n in loose:
        b = b.summed(n)
    _, (x, y) = ev.algebra.align(a, b)
    if x.shape == y.shape and equal(x, y, torch.ones_like(x)):
        if any(isinstance(n, Total) for n in walk(node)):
            return Outcome("wrong", f"index {', '.join(loose)} is still free", kind=Kind.FREE_INDEX)
        raise NotJudged(f"it is right if it is summed over {', '.join(loose)}, and nothing says so")
    return None


def same_shape(world: World, a: Value, b: Value, x: Tensor, y: Tensor) -> Tensor:
    """A row is held against a column entry by entry; any other misfit is one."""
    if a.is_vector and b.is_vector and max(a.shape) == max(b.shape):
        return y.transpose(-1, -2)
    if b.is_number and not b.t.any():
        return y
    if b.is_number and set(b.names) - set(a.names):
        raise NotJudged("its left side has no indices")
    loose = LOOSE & set(world.reading.choices.items())  # with these 1 would stand for the identity
    stands = b.is_number and not loose and equal(x, y, torch.ones_like(x))
    if stands and world.choose("number", *NUMBER) != NUMBER[0]:
        return y
    if a.is_number and b.is_vector and set(a.names) - set(b.names):
        raise NotJudged("its right side has not all the indices of the left one")
    if not a.is_vector and not b.is_vector and not a.is_number and not b.is_number:
        world.reading.fit(a.shape[0], b.shape[0])
        world.reading.fit(a.shape[1], b.shape[1])
    elif a.is_vector and b.is_vector:
        world.reading.fit(max(a.shape), max(b.shape))
    if a.is_number and a.names:
        raise NotJudged("one entry stands on the left, and more than one on the right")
    said = f"{a.shape[0]} × {a.shape[1]} on the left, {b.shape[0]} × {b.shape[1]} on the right"
    raise NumberBeside(said) if a.is_number or b.is_number else Misfit(said)

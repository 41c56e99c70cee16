"""The nodes that only claims have: derivatives, differentials, functions of the text, formulas of NumPy."""

from dataclasses import dataclass

from helpers.read.definitions.syntax import Letter, Node


@dataclass(frozen=True)
class Derivative(Node):
    """The derivative of something, or of the loss (None), by a letter."""

    of: Node | None
    by: Node
    short: bool = False
    """Is it typed as dW, which might be a differential too?"""


@dataclass(frozen=True)
class Either(Node):
    """A formula with two meanings, and the choice that tells which: how far a derivative or a quotient reaches."""

    first: Node
    second: Node
    choice: str = "reach"

    @property
    def second_parts(self) -> tuple[Node, str, Node]:
        return self.second.left, self.second.sign, self.second.right


@dataclass(frozen=True)
class Differential(Node):
    """∂x or dx alone."""

    of: Node
    sign: str


@dataclass(frozen=True)
class Arguments(Node):
    """Several arguments of one function: x, w of f(x, w)."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Applied(Node):
    """f(x), f(x, w), f'(x), h_θ(x): a function of the text, and how often it is derived."""

    function: Letter
    argument: Node
    primes: int = 0


@dataclass(frozen=True)
class Program(Node):
    """A formula of NumPy: arrays of any number of axes, which broadcast from the right."""

    of: Node

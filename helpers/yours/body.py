"""The lines of NumPy that a layer runs: the definitions forward, and of the gradients what the layer is asked for."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from helpers.derive import Chain, Derivation
from helpers.derive.names import code_name, name_of
from helpers.derive.program import backward_source, forward_source
from helpers.yours.roles import Roles


@dataclass(frozen=True)
class Body:
    """Forward and backward of a chain as statements, one for each quantity."""

    roles: Roles
    gradients: Mapping[str, Derivation]

    @property
    def chain(self) -> Chain:
        return self.roles.chain

    @cached_property
    def forward(self) -> list[str]:
        return statements(forward_source(self.chain))

    @cached_property
    def backward(self) -> list[str]:
        """The gradients of inputs and parameters, and of the quantities between only those that these need."""
        lines = statements(backward_source(self.chain, self.gradients))
        return needed(lines, {*self.input_gradients, *self.parameter_gradients})

    @property
    def inputs(self) -> list[str]:
        return [code(t) for t in self.roles.inputs]

    @property
    def parameters(self) -> list[str]:
        return [code(t) for t in self.roles.parameters]

    @property
    def input_gradients(self) -> list[str]:
        return [gradient_name(t) for t in self.roles.inputs if not t.label.is_integer]

    @property
    def parameter_gradients(self) -> list[str]:
        return [gradient_name(t) for t in self.roles.parameters]

    @property
    def upstream(self) -> str:
        return gradient_name(self.roles.output)

    @property
    def constants(self) -> list[str]:
        return [code(s) for s in self.roles.constants]

    @property
    def numbers(self) -> list[str]:
        """The names that are no arrays: sizes, and the numbers that one chooses."""
        return [*map(code, (*self.roles.sizes, *self.chain.derived_sizes)), *self.constants]

    @property
    def first_float(self) -> str:
        """The first input or parameter that is made of floats."""
        leaves = [*self.roles.inputs, *self.roles.parameters]
        return code(next((t for t in leaves if not t.label.is_integer), leaves[0]))

    @property
    def output(self) -> str:
        return code(self.roles.output)

    @cached_property
    def kept(self) -> list[str]:
        """The arrays that backward reads and forward has: inputs and what is computed from them, no parameters."""
        asked = read_first(self.backward)
        made = list(dict.fromkeys(name for line in self.forward for name in assigned(line)))
        return [name for name in (*self.inputs, *made) if name in asked]

    def read_by(self, lines: list[str], names: list[str]) -> list[str]:
        """Those of the names that the lines read before they assign them."""
        asked = read_first(lines)
        return [name for name in names if name in asked]


def code(thing: object) -> str:
    return code_name(name_of(thing))


def gradient_name(thing: object) -> str:
    """dW, as the derivations call it."""
    return f"d{name_of(thing)}"


def statements(source: str) -> list[str]:
    """The statements of a source, a loop as one of several lines."""
    return [ast.get_source_segment(source, node) for node in ast.parse(source).body]


def assigned(line: str) -> list[str]:
    """The names that a statement gives a value."""
    nodes = list(ast.walk(ast.parse(line)))
    letters = {base(node.target) for node in nodes if isinstance(node, ast.For)}
    stored = [n for n in nodes if isinstance(n, ast.Name | ast.Subscript) and isinstance(n.ctx, ast.Store)]
    return [base(node) for node in stored if base(node) not in letters]


def base(node: ast.expr) -> str:
    """The name in dW or dW[t]."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return getattr(node, "id", "")


def read(line: str) -> set[str]:
    """The names that a statement reads; the letter of a loop is its own."""
    nodes = list(ast.walk(ast.parse(line)))
    loads = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    augmented = {base(n.target) for n in nodes if isinstance(n, ast.AugAssign)}
    return (loads | augmented) - {base(n.target) for n in nodes if isinstance(n, ast.For)}


def read_first(lines: list[str]) -> set[str]:
    """The names that lines read before a line gives them a value."""
    known: set[str] = set()
    asked: set[str] = set()
    for line in lines:
        asked |= read(line) - known
        known |= set(assigned(line))
    return asked


def needed(lines: list[str], wanted: set[str]) -> list[str]:
    """The lines without those whose result neither is wanted nor stands in a later line that is."""
    kept: list[str] = []
    wanted = set(wanted)
    for line in reversed(lines):
        if wanted & set(assigned(line)):
            wanted |= read(line)
            kept.append(line)
    return kept[::-1]

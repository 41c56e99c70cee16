"""Lines of NumPy as equalities, by Python's own parser; nothing is ever run.

A line that changes an array in place says with those before it what the array is:

    dX = Y - T; dX /= S                           dX = (Y - T) / S
    dX = dY.copy(); dX[X <= 0] = 0                dX = np.where(X <= 0, 0, dY)
"""

import ast
import re
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import replace

from helpers.read.claims.grammar import parsed
from helpers.read.claims.notation import Notation
from helpers.read.claims.parts import Part, Statement
from helpers.read.claims.trees import Applied, Differential, Program
from helpers.read.definitions.errors import Place, ReadingError
from helpers.read.definitions.names import NAMES
from helpers.read.definitions.numpy_text import is_numpy, lines_of
from helpers.read.definitions.program_text import ProgramReader
from helpers.read.definitions.syntax import Letter, Node
from helpers.read.definitions.tokens import tokens_of
from helpers.read.passages import Row

BY = re.compile(rf"d(?:[A-Za-z]|{'|'.join(NAMES)})(?:_?hat)?_?\d*")
STEP = "a step of a program: nothing says what the array was before"


class LineReader(ProgramReader):
    """Turns Python's tree into ours, with dW for a gradient, in the notation of the text."""

    def __init__(self, text: str, notation: Notation, known: Collection[str]) -> None:
        super().__init__(text)
        self.notation, self.known = notation, known

    def name(self, at: Place, name: str) -> Node:
        """W, W1, x_hat; dW, the gradient by W."""
        if BY.fullmatch(name) or (name[0] == "d" and name[1:] in self.known):
            return Differential(at, self.letter(at, name[1:]), "d")
        return self.letter(at, name)

    def letter(self, at: Place, name: str) -> Letter:
        try:
            found = parsed(tokens_of(name), self.notation, at)
        except ReadingError:
            return Letter(at, name)
        return replace(found, place=at) if isinstance(found, Letter) else Letter(at, name)

    def unknown(self, at: Place, name: str, arguments: list[Node]) -> Node | None:
        return Applied(at, Letter(at, name), Program(at, arguments[0])) if len(arguments) == 1 else None


class Programs:
    """The lines of a program that were read so far: what each array is, and the statement that said it."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.before: dict[str, tuple[ast.expr, Statement]] = {}

    def note(self, text: str, statement: Statement) -> None:
        """Remember what a line says that is as well mathematics: dX = Y - T."""
        line = line_of_python(text)
        if isinstance(line, ast.Assign) and (target := target_of(line)) is not None:
            self.before[target.id] = line.value, statement

    def statement(self, line: ast.stmt, row: Row, section: int) -> Statement:
        """What a line says, without parts where that is nothing; a step before it says no more what it says with it."""
        text = str(row.text)
        target = target_of(line)
        if target is None:
            return Statement([Part(text, row.place, error="write lines such as dW = X.T @ dZ")], section)
        before, step = self.before.get(target.id, (None, None))
        whole = changed(line, target.id, before)
        if whole is None:
            is_update = not target.id.startswith("d")  # W -= lr * dW claims nothing
            return Statement([] if is_update else [Part(text, row.place, error=STEP)], section)
        if step is not None and whole is not line.value:
            step.parts = step.parts[:1]
        found = Statement(list(self.sides(row, text, target, whole, line.value)), section)
        self.before[target.id] = whole, found
        return found

    def sides(
        self, row: Row, text: str, target: ast.expr, whole: ast.expr, value: ast.expr
    ) -> Iterator[Part]:
        reader = LineReader(text, self.notation, self.before)
        lead = len(text) - len(text.lstrip())
        for side, tree in ((target, target), (value, whole)):
            start = lead + side.col_offset
            typed = ast.get_source_segment(text[lead:], side) if tree is side else ast.unparse(tree)
            part = Part(typed, row.text.at(min(start, max(len(row.text) - 1, 0))))
            part.begin, part.typed = start, True
            try:
                node = reader.node(tree)
                part.node = node if side is target else Program(node.place, node)
            except ReadingError as error:
                part.error = error.message
            yield part


def line_of_python(text: str) -> ast.stmt | None:
    """A line as Python has it; None where it is none, or several."""
    lines = lines_of(text) or []
    return lines[0] if len(lines) == 1 else None


def is_program(text: str, line: ast.stmt | None, among: bool) -> bool:
    """Is a line of Python about arrays: with what only NumPy has, by changing one in place, or `among` such lines?"""
    if isinstance(line, ast.AugAssign) or (among and isinstance(line, ast.Assign)):
        return True
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Subscript):
        return any(isinstance(n, ast.Compare) for n in ast.walk(line.targets[0]))
    return line is not None and is_numpy(text)


def target_of(line: ast.stmt) -> ast.Name | None:
    """dX of dX = ..., dX /= ... and dX[X < 0] = ..."""
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        target = line.targets[0]
    elif isinstance(line, ast.AugAssign):
        target = line.target
    else:
        return None
    target = target.value if isinstance(target, ast.Subscript) else target
    return target if isinstance(target, ast.Name) else None


def changed(line: ast.Assign | ast.AugAssign, name: str, before: ast.expr | None) -> ast.expr | None:
    """What an array is after a line, in one formula; None where that needs what it was before, and nothing says it."""
    value, old = line.value, ast.copy_location(ast.Name(name, ast.Load()), line.value)
    place = line.targets[0] if isinstance(line, ast.Assign) else line.target
    if isinstance(place, ast.Subscript):
        value = Put(ast.unparse(place), old).visit(deepcopy(value))
    if isinstance(line, ast.AugAssign):
        value = ast.BinOp(old, line.op, value)
    if isinstance(place, ast.Subscript):
        where = ast.Attribute(ast.Name("np", ast.Load()), "where", ast.Load())
        value = ast.Call(where, [place.slice, value, old], [])
    if not any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value)):
        return value
    if before is None:
        return None
    value = Put(name, ast.copy_location(deepcopy(before), line.value)).visit(deepcopy(value))
    return ast.fix_missing_locations(ast.copy_location(value, line.value))


class Put(ast.NodeTransformer):
    """Puts a formula in the place of another."""

    def __init__(self, old: str, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name | ast.Subscript) and ast.unparse(node) == self.old:
            return self.new
        return self.generic_visit(node)

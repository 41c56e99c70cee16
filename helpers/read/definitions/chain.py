r"""A text to a chain of definitions: the door of this room.

>>> define("Y = X W^T + b").output
Y[s, n] = b[n] + Sum(W[n, m]*X[s, m], (m, 0, M - 1))
"""

from dataclasses import dataclass

import sympy as sp

from helpers.derive.chain import Chain
from helpers.derive.definition import Definition
from helpers.derive.notation import L, Tensor, free_indices
from helpers.read.definitions.axes import ONE, Axis
from helpers.read.definitions.errors import Ambiguous, ReadingError, Unreadable, place_in
from helpers.read.definitions.letters import Text
from helpers.read.definitions.names import GREEK, LOSSES
from helpers.read.definitions.run import Found, Run
from helpers.read.definitions.scope import Scope
from helpers.read.definitions.search import best_reading
from helpers.read.definitions.statements import Defined, Statements, statements_of
from helpers.read.definitions.survey import text_of
from helpers.read.definitions.syntax import Letter, Node, Times, Transposed, walk
from helpers.read.definitions.tokens import LONGEST

MOST_DEFINITIONS = 40
USUAL = {
    "X": "S M",
    "x": "M N",
    "W": "N M",
    "Y": "S N",
    "T": "S N",
    "P": "S N",
    "Z": "S N",
    "b": "N",
    "H": "S K",
}


@dataclass(frozen=True)
class Reading:
    """A text that was read: its chain, the definitions as trees in the same order, the tensor of each letter, and
    what was taken for granted: how many axes a letter has, whether vectors are rows."""

    text: str
    chain: Chain
    defined: tuple[Defined, ...]
    tensors: dict[str, Tensor]
    choices: dict[tuple[str, str], str]
    statements: Statements


def define(text: str) -> Chain:
    """The definitions of a text, in index notation, matrix notation, LaTeX, from the keyboard or in NumPy, as a chain.

    Sizes, letters and axes follow from the whole text; it may say `x in R^(S×N)`, `x is a number`, `where ...`. Raises
    `Unreadable` for what has no meaning, `Ambiguous` with a question for what has two; both say line and column.
    """
    return read_definitions(text).chain


def read_definitions(text: str) -> Reading:
    """The same, with the trees that it was read from and the choices that were made."""
    if not isinstance(text, str):
        raise TypeError(f"define reads a text, not {type(text).__name__}: define('Y = X W^T + b')")
    try:
        return reading(text)
    except ReadingError as error:
        raise error.within(text) from None
    except RecursionError:
        raise Unreadable("this formula is nested too deep: name parts of it", place_in(text, 0, 0)) from None


def reading(text: str) -> Reading:
    if len(text) > LONGEST:
        said = f"the text has {len(text)} characters: at most {LONGEST} are read; leave prose out"
        raise Unreadable(said, place_in(text, 0, 1))
    statements = statements_of(text)
    if not statements.defined:
        raise Unreadable("no definition was found: write Y = X W^T + b", place_in(text, 0, 0))
    facts = text_of(statements)
    if not facts.definitions:
        raise Unreadable("only functions are defined here: write Y = f(X) as well", place_in(text, 0, 0))
    if len(facts.definitions) > MOST_DEFINITIONS:
        said = f"more than {MOST_DEFINITIONS} definitions: hand over those that the output needs"
        raise Unreadable(said, place_in(text, 0, 1))
    run = best_reading(facts)
    ask_of_capitals(facts, run)
    run.scope = Scope(letters_taken(facts, run), sizes_wanted(facts, run))
    name_sizes(run)
    definitions = [definition(run, found, found is run.found[-1]) for found in run.found]
    chain = chain_of(definitions, run)
    tensors = {name: run.tensor(name) for name in run.letters if name in run.tensors}
    sources = tuple(found.of.source for found in run.found)
    return Reading(text, chain, sources, tensors, run.choices, statements)


def ask_of_capitals(text: Text, run: Run) -> None:
    """A capital letter in a product of arrays that nothing says is a number: A of xᵀ A x is a matrix as a rule."""
    sizes = {*text.sizes, *run.suggested, *run.size_axes, *GREEK}
    for product in (n for found in run.found for n in walk(found.of.right) if isinstance(n, Times)):
        factors = factors_of(product)
        letters = [x for x in factors if isinstance(x, Letter) and not text.split(x)[1]]
        for x in letters if any(isinstance(f, Transposed) for f in factors) else ():
            array = run.letters.get(x.name)
            plain = array is not None and not array.axes and x.name not in {*sizes, *text.definitions}
            if plain and x.name[:1].isupper() and not text.is_said(x.name):
                said = f"is {x.name} a number? say {x.name} is a number, or {x.name} in R^(M×N)"
                raise Ambiguous(said, x.place, x.name)


def factors_of(n: Node) -> list[Node]:
    return [*factors_of(n.left), *factors_of(n.right)] if isinstance(n, Times) else [n]


def chain_of(definitions: list[Definition], run: Run) -> Chain:
    try:
        return Chain(definitions)
    except (ValueError, TypeError, NotImplementedError) as why:
        first = run.found[0].of
        raise Unreadable(str(why), first.left.place, first.name) from None


def letters_taken(text: Text, run: Run) -> set[str]:
    """The letters that no index and no size may have: those of tensors, numbers and losses."""
    return {*run.letters, *text.definitions, "L"} - set(run.suggested) - set(text.sizes)


def sizes_wanted(text: Text, run: Run) -> dict[Axis, str]:
    """Sizes with a name: said, or read off 1/N Σ_n."""
    wanted = {axis.root: name for name, axis in run.size_axes.items() if not name.isdigit()}
    for name, axis in run.suggested.items():
        known = run.letters.get(name)
        if known is None or not known.axes:
            wanted.setdefault(axis.root, name)
    return wanted


def name_sizes(run: Run) -> None:
    """A size for each axis: those of the usual letters first."""
    for name, axis in run.bound:
        if name in "tsnmkdc":
            run.scope.size(axis, name.upper())
    usual = [name for name in USUAL if name in run.letters]
    for name in [*usual, *(name for name in run.letters if name not in USUAL)]:
        vector = "N M K D" if name[:1].islower() else ""
        for axis, like in zip(
            run.letters[name].axes, USUAL.get(name, "").split() or [vector] * 99, strict=False
        ):
            run.scope.size(axis, like)
    for found in run.found:
        for name, axis in found.indices:
            run.scope.letter(axis, name)


def definition(run: Run, found: Found, last: bool) -> Definition:
    """One definition as SymPy has it."""
    run.arrays = found.of.source.arrays
    scope, d, value = run.scope, found.of, found.value
    scope.open, scope.indices = [], {}
    letters = []
    for name, axis in found.indices:
        k = scope.letter(axis, name)
        scope.open.append(k)
        scope.indices[name] = k
        letters.append(k)
    inner: list = []
    for axis in value.axes:
        if axis.size == 1 and axis.root is axis and not axis.owners:
            inner.append(None)
            continue
        k = scope.letter(axis)
        scope.open.append(k)
        inner.append(k)
        letters.append(k)
    right = value.at(tuple(inner))
    if not letters:
        name = d.name.split("_")[0]
        left = L if last and name in LOSSES else run.entry(d.name, ())
        return made(run, found, left, right, ())
    left = run.tensor(d.name)[tuple(letters)]
    missing = tuple(k for k in letters if k not in free_indices(right))
    if d.name in run.recursive:
        return state(run, found, left, right, missing, inner)
    return made(run, found, left, right, missing)


def state(run: Run, found: Found, left: sp.Expr, right: sp.Expr, missing: tuple, inner: list) -> Definition:
    """H_t of H_{t−1}: the same with the state before the first step, 0 where the text says nothing."""
    d, value = found.of, found.first
    first = sp.S.Zero
    if value is not None:
        proper = iter(k for k in inner if k is not None)
        first = value.at(tuple(None if a is ONE else next(proper) for a in value.axes))
    try:
        return Definition(left, right, broadcast=missing, first=first)
    except (ValueError, TypeError) as why:
        raise Unreadable(str(why), d.left.place, d.name) from None


def made(run: Run, found: Found, left: sp.Expr, right: sp.Expr, missing: tuple) -> Definition:
    """The definition, or what the engine has against it, at its place."""
    try:
        return Definition(left, right, broadcast=missing)
    except (ValueError, TypeError) as why:
        raise Unreadable(str(why), found.of.left.place, found.of.name) from None

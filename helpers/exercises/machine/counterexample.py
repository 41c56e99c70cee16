"""Judges a reader's own counterexample: functions f, g, h for which a formula of ∂²L/∂x² is wrong.

Text is read by the grammar of reading/, which knows y**2 z, sin(y z), e^y and LaTeX, and runs nothing.
"""

import math

import sympy as sp
from sympy import Indexed

from helpers.derive import Chain
from helpers.derive.checks import scalars
from helpers.derive.formulas.two_path_graph import VARIABLES, Trial, missing_terms, second_derivative, trial
from helpers.derive.names import name_of
from helpers.derive.notation import Elementwise
from helpers.derive.rewrite import everywhere
from helpers.exercises.machine.checks import RIGHT, told
from helpers.read.arrays import Arrays
from helpers.read.grammar import Grammar
from helpers.read.question import Question
from helpers.read.tokens import Unreadable, tokenize
from helpers.verdict import Kind, Verdict

PLACES = [sp.Rational(*fraction) for fraction in ((7, 10), (-2, 5), (13, 10), (-9, 5), (2, 1))]
KINKED = sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling, sp.Piecewise

INVERSES = {
    "sin": sp.asin,
    "cos": sp.acos,
    "tan": sp.atan,
    "sinh": sp.asinh,
    "cosh": sp.acosh,
    "tanh": sp.atanh,
}
FUNCTIONS = {
    "tan": sp.tan,
    **{f"{prefix}{name}": f for name, f in INVERSES.items() for prefix in ("a", "arc")},
}
"""Beyond sin, cos, sinh, cosh, tanh, exp, log, sqrt and e, which every question knows."""


MOST_TERMS = 2_000
"""So many terms are multiplied out; a counterexample has two or three."""


def function_of(name: str, answer: object) -> sp.Expr:
    """A reader's f, g or h, text or SymPy, in our letters. Raises ValueError with what is wrong with it."""
    letters = {name_of(v.base): v for v in VARIABLES[name]}
    if isinstance(answer, str):
        question = Question(name, Chain(), names=letters | {"pi": sp.pi}, functions=FUNCTIONS)
        try:
            answer = Grammar(tokenize(answer), question, Arrays(), {}).read().entry
        except (Unreadable, TypeError, ArithmeticError, AttributeError) as reason:
            if getattr(reason, "name", ""):
                raise stranger(name, reason.name) from None
            raise ValueError(f"{name} = {answer} cannot be read: {reason}") from None
    try:
        e = sp.sympify(answer, strict=True)
    except sp.SympifyError:
        e = None
    if not isinstance(e, sp.Expr):
        raise ValueError(f"{name} is to be an expression, and this is of type {type(answer).__name__}")
    e = everywhere(e, lambda node: letters.get(node.name, node) if isinstance(node, sp.Symbol) else node)
    entries = e.atoms(Indexed) - set(letters.values())
    if others := sorted(map(name_of, scalars(e) | {v.base for v in entries})):
        raise stranger(name, others[0])
    if e.has(*KINKED):
        raise ValueError(f"{name} has a kink or a jump: second derivatives need smooth functions")
    if terms(e) > MOST_TERMS:
        raise ValueError(
            f"{name} has more than {MOST_TERMS} terms when it is multiplied out: take a smaller one"
        )
    return e


def terms(e: sp.Expr) -> float:
    """How many terms an expression has at most when it is multiplied out: (y + z)^9 has 10."""
    if e.is_Add:
        return sum(map(terms, e.args))
    if e.is_Pow and e.exp.is_Integer:
        k, n = terms(e.base), abs(int(e.exp))
        return (
            k
            if k == 1 or n == 0
            else math.inf
            if max(k, n) > MOST_TERMS
            else math.comb(n + int(k) - 1, int(k) - 1)
        )
    return math.prod(map(terms, e.args)) if e.args else 1


def stranger(name: str, letter: str) -> ValueError:
    letters = " and ".join(name_of(v.base) for v in VARIABLES[name])
    return ValueError(f"{name} is a function of {letters} alone, and {letter} stands in it")


def trials_of(f: object, g: object, h: object, proposed: sp.Expr) -> list[Trial]:
    """The formula and the truth for these functions, at every place where all of it is a real number."""
    functions = {name: function_of(name, answer) for name, answer in {"f": f, "g": g, "h": h}.items()}
    (y, z), (x,) = VARIABLES["f"], VARIABLES["g"]
    l = functions["f"].xreplace({y: functions["g"], z: functions["h"]})
    found = []
    for place in PLACES:
        values = [e.xreplace({x: place}) for e in (functions["g"], functions["h"], l)]
        tried = trial(proposed, *functions.values(), place)
        if all(e.is_number and e.evalf().is_real for e in (*values, tried.true, tried.proposed)):
            found.append(tried)
    return found


def judge_counterexample(f: object, g: object, h: object, proposed: sp.Expr | None = None) -> Verdict:
    """What keeps f, g, h from refuting a formula of ∂²L/∂x²; right where they refute it.

    Without a formula it is the report's, which lacks 2 f_yz g' h'.
    """
    proposed = second_derivative(mixed=False) if proposed is None else proposed
    try:
        tried = trials_of(f, g, h, proposed)
    except ValueError as refusal:
        return told(f"{refusal}.", Kind.NOT_READABLE)
    if not tried:
        return told("f(g(x), h(x)) has no second derivative that is a real number at the places tried.")
    if any(t.differs for t in tried):
        return RIGHT
    f, g, h = tried[0].functions.values()
    (y, z), (x,) = VARIABLES["f"], VARIABLES["g"]
    for name, e in (("g", g), ("h", h)):
        if sp.expand(e.diff(x)) == 0:
            return told(f"{name} = {e} does not change with x: its path contributes nothing.")
    if sp.expand(f.diff(y, z)) == 0 and all(has_f_yz(t) for t in missing_terms(proposed)):
        return told("f is separable, a(y) + b(z): f_yz = 0, and the term that is left out is 0 too.")
    return told(f"The formula is right for these, at {len(tried)} places: see {tried[0]}.")


def has_f_yz(term: sp.Expr) -> bool:
    return any(node.name == "f" and set(node.slots) == {0, 1} for node in term.atoms(Elementwise))

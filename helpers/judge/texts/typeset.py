r"""A tree as LaTeX again, in the author's letters: \frac{2}{n} (x_i - \mu)."""

import re

from helpers.read.claims.letters import script
from helpers.read.claims.trees import Applied, Arguments, Derivative, Differential, Either, Program
from helpers.read.definitions.names import GREEK
from helpers.read.definitions.syntax import (
    Call,
    Cases,
    Compared,
    Einsum,
    Entry,
    Indicator,
    Letter,
    Minus,
    Node,
    Norm,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    Transposed,
    walk,
)

ACCENTS = ("hat", "tilde", "bar", "dot", "vec")
SIGNS = {"": " ", "∘": r" \odot ", "·": r" \cdot ", "×": r" \times ", "*": " * ", "@": " ", ":": " : "}
COMPARED = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}
TOTALS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
NAMES = {"exp", "log", "tanh", "sin", "cos", "sinh", "cosh", "det", "max", "min"}
NORMS = {"1": "_1", "2": "_2", "F": "_F"}


def latex(node: Node) -> str:
    """A formula as one would type it."""
    match node:
        case Number():
            return {"π": r"\pi", "∞": r"\infty"}.get(node.text, node.text)
        case Letter():
            return letter(node)
        case Minus():
            return "-" + factor(node.of)
        case Plus():
            return joined([latex(term) for term in node.terms])
        case Times():
            return factor(node.left) + SIGNS.get(node.sign, " ") + factor(node.right)
        case Over():
            return rf"\frac{{{latex(node.top)}}}{{{latex(node.bottom)}}}"
        case Power():
            return f"{base(node.base)}^{{{latex(node.exponent)}}}"
        case Transposed():
            return f"{base(node.of)}^T"
        case Derivative():
            return derivative(node)
        case Either():
            return latex(node.first)
        case Program():
            return latex(node.of) if is_mathematics(node.of) else ""
        case Differential():
            return ("d " if node.sign == "d" else r"\partial ") + base(node.of)
        case Arguments():
            return ", ".join(map(latex, node.items))
        case Applied():
            return f"{letter(node.function)}{chr(39) * node.primes}({latex(node.argument)})"
        case Call():
            return call(node)
        case Total():
            return total(node)
        case Norm():
            return rf"\|{latex(node.of)}\|{NORMS.get(node.order, '')}"
        case Entry():
            return f"({latex(node.of)}){scripts('_', node.at)}"
        case Compared():
            return f"{latex(node.left)} {COMPARED.get(node.sign, node.sign)} {latex(node.right)}"
        case Indicator():
            return rf"\mathbb{{1}}[{latex(node.condition)}]"
        case Cases():
            rows = [f"{latex(of)} & {case_of(condition)}" for of, condition in node.pieces]
            return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
    return r"\ldots"


def is_mathematics(node: Node) -> bool:
    """Has a formula of NumPy no axes, and nothing else that only programs have?"""
    axes = (isinstance(n, Einsum | Entry) or getattr(n, "axis", None) is not None for n in walk(node))
    return not any(axes)


def joined(terms: list[str]) -> str:
    """The terms with their signs between."""
    first, *rest = terms
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in rest)


def factor(node: Node) -> str:
    """A factor: a sum in brackets, and what would swallow what stands behind it."""
    return f"({latex(node)})" if isinstance(node, Plus | Minus) else latex(node)


def base(node: Node) -> str:
    """What a power or a T stands on."""
    simple = isinstance(node, Letter | Number | Applied | Call | Norm)
    return latex(node) if simple and "^" not in latex(node) else f"({latex(node)})"


def letter(node: Letter) -> str:
    """A letter with its accent and its scripts; σ² of a text that has it as a letter."""
    name, square = node.name.removesuffix("²"), "^2" if node.name.endswith("²") else ""
    accent = next((a for a in ACCENTS if name.endswith(a) and len(name) > len(a)), "")
    plain = name.removesuffix(accent) if accent else name
    typed = f"\\{plain}" if plain in GREEK or plain in ("ell", "nabla") else plain
    if re.fullmatch(r"[A-Za-z]\w+", typed):
        typed = rf"\mathrm{{{typed}}}"
    typed = rf"\{accent}{{{typed}}}" if accent else typed
    return typed + scripts("_", node.below) + (square or above(node))


def above(node: Letter) -> str:
    typed = [latex(s) for s in node.above]
    return "^{(" + ",".join(typed) + ")}" if typed else ""


def scripts(sign: str, items: tuple[Node | None, ...]) -> str:
    if not items:
        return ""
    typed = [latex(s) if s is not None else ":" for s in items]
    apart = "," if any(not isinstance(script(s), str) for s in items if s is not None) else ""
    return f"{sign}{{{apart.join(typed)}}}" if len("".join(typed)) > 1 else sign + typed[0]


def derivative(node: Derivative) -> str:
    if node.short:
        return f"d{latex(node.by)}"
    if node.of is None:
        return rf"\nabla_{{{latex(node.by)}}}"
    if isinstance(node.of, Letter):
        return rf"\frac{{\partial {latex(node.of)}}}{{\partial {latex(node.by)}}}"
    return rf"\frac{{\partial}}{{\partial {latex(node.by)}}} ({latex(node.of)})"


def call(node: Call) -> str:
    name = rf"\{node.name}" if node.name in NAMES else rf"\operatorname{{{node.name}}}"
    inner = ", ".join(map(latex, node.arguments))
    return rf"\sqrt{{{inner}}}" if node.name == "sqrt" else f"{name}{scripts('_', node.below)}({inner})"


def total(node: Total) -> str:
    below = ", ".join(latex(b.only) if b.only is not None else b.letter for b in node.bound)
    end = node.bound[-1].upto if node.bound else None
    start = node.bound[0].start if node.bound else None
    if end is not None:
        below += "=" + (latex(start) if start is not None else "1")
    upto = f"^{{{latex(end)}}}" if end is not None else ""
    return f"{TOTALS.get(node.kind, node.kind)}_{{{below}}}{upto} {factor(node.body)}"


def case_of(condition: Node | None) -> str:
    return r"\text{otherwise}" if condition is None else rf"\text{{if }} {latex(condition)}"

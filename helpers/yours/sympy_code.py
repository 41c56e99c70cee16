"""Definitions as the Python that makes them: sizes, indices, tensors, and Definition(...)."""

import ast
from collections.abc import Iterable

import sympy as sp
from sympy import Idx
from sympy.printing.str import StrPrinter

from helpers.derive import Chain, Fact, L
from helpers.derive.checks import scalars
from helpers.derive.definition import Definition
from helpers.derive.names import name_of
from helpers.derive.notation import Cases, Elementwise, Iverson, Tensor, is_number
from helpers.derive.rewrite import size_of
from helpers.yours.body import code
from helpers.yours.letters import ASSUMED
from helpers.yours.python_text import quoted

DERIVE = "Chain", "Definition", "Fact", "Iverson", "L", "elementwise", "indices", "sizes", "tensor"


class AsCode(StrPrinter):
    """SymPy's plain text, as Python that gives the same expression: no fraction that Python would divide."""

    printmethod = "_code"  # not SymPy's own way for an entry

    def _print_Sum(self, s) -> str:
        letters = ", ".join(self._print(limit[0]) for limit in s.limits)
        return f"Sum({self._print(s.function)}, {letters})"

    def _print_Idx(self, k) -> str:
        return str(k.label)

    def _print_Indexed(self, e) -> str:
        return code(e.base) if is_number(e) else f"{code(e.base)}[{', '.join(map(self._print, e.indices))}]"

    def _print_Symbol(self, s) -> str:
        return code(s)

    def _print_Rational(self, e) -> str:
        return str(e) if e.q == 1 else f"Rational({e.p}, {e.q})"

    def _print_Half(self, e) -> str:
        return "Rational(1, 2)"

    def _print_Elementwise(self, e: Elementwise) -> str:
        return f"{e.name}({', '.join(map(self._print, e.arguments))})"

    def _print_Cases(self, e: Cases) -> str:
        return f"Piecewise({', '.join(map(self._print, e.args))})"

    def _print_Iverson(self, e: Iverson) -> str:
        return f"Iverson({self._print(e.entry)}, {self._print(e.size)})"

    def _print_OverIndex(self, e: sp.Expr) -> str:
        raise NotImplementedError(
            f"{e} has no code here: write the definition as text, which a notebook quotes"
        )

    _print_OfMatrix = _print_OverIndex

    def _print_Relational(self, e) -> str:
        return f"{type(e).__name__}({self._print(e.lhs)}, {self._print(e.rhs)})"


def as_code(e: sp.Expr) -> str:
    return AsCode().doprint(e)


def definitions_code(chain: Chain, facts: Iterable[Fact] = ()) -> str:
    """Lines that make the chain and the facts, as a reader would type them."""
    tensors = sorted(chain.tensors - {L}, key=name_of)
    of_facts = {k for f in facts for k in f.left.atoms(Idx)}
    letters = sorted({k for d in chain for k in (*d.indices, *d.right.atoms(Idx))} | of_facts, key=str)
    lengths = [*(n for t in tensors for n in t.shape), *map(size_of, letters)]
    sizes = sorted({s for n in lengths for s in n.free_symbols}, key=str)
    constants = sorted(set().union(*(scalars(d.right) for d in chain)) - set(sizes) - {L}, key=str)
    lines = [f"{names(sizes)} = sizes({words(sizes)})"] if sizes else []
    for n in dict.fromkeys(map(size_of, letters)):
        own = [k for k in letters if size_of(k) == n]
        lines.append(f"{names(own)} = indices({words(own)}, {as_code(n)})")
    lines += [tensor_code(t) for t in tensors]
    lines += [f'{code(s)} = Symbol("{s}"{assumptions(s)})' for s in constants]
    definitions = ",\n".join(f"    {definition_code(d)}" for d in chain)
    known = [f'Fact("{quoted(f.name)}", {as_code(f.left)}, {as_code(f.right)})' for f in facts]
    lines += ["", f"definitions = (\n{definitions},\n)"]
    return "\n".join([*lines, f"facts = [{', '.join(known)}]"] if known else lines)


def names(letters: list) -> str:
    return ", ".join(map(code, letters)) if len(letters) > 1 else f"({code(letters[0])},)"


def words(letters: list) -> str:
    return f'"{" ".join(map(str, letters))}"'


def tensor_code(t: Tensor) -> str:
    shape = ", ".join(map(as_code, t.shape))
    entry = "[0]" if t.shape == (1,) else ""
    return f'{code(t)} = tensor("{name_of(t)}", {shape}{assumptions(t.label)}){entry}'


def assumptions(symbol: sp.Symbol) -> str:
    return "".join(f", {name}=True" for name in ASSUMED if symbol.assumptions0.get(name))


def definition_code(d: Definition) -> str:
    broadcast = f", broadcast=({''.join(f'{k}, ' for k in d.broadcast)})" if d.broadcast else ""
    return f"Definition({as_code(d.left)}, {as_code(d.right)}{broadcast})"


def sympy_names(source: str) -> list[str]:
    """What of SymPy the lines read."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    own = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    return sorted(name for name in {node.id for node in nodes} - own - set(DERIVE) if hasattr(sp, name))

r"""From an index expression to matrix notation: Σₘ dYₘᵢ Xₘⱼ is dYᵀ X.

Vectors are columns, 𝟏 is a vector of ones, ∘ and ⊘ multiply and divide entry by entry.
"""

from collections.abc import Sequence

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow
from sympy.printing.printer import Printer

from helpers.derive.arrays import Contraction, Piece, in_contractions, require_known
from helpers.derive.functions import FUNCTIONS
from helpers.derive.indexing import one_hot
from helpers.derive.matrices import Determinant, InverseEntry, LogDeterminant
from helpers.derive.names import name_of, symbol
from helpers.derive.notation import Cases, Elementwise, Tensor, Upstream, free_indices, is_number
from helpers.derive.print_order import fraction, signed_terms
from helpers.derive.rewrite import size_of
from helpers.derive.typeset import braced, latex, partial

Axis = Idx | None  # None: an axis of size 1
ONES = r"\mathbf{1}"


def matrix_form(e: sp.Expr, free: Sequence[Idx]) -> str:
    """LaTeX of the matrix, vector or number that `e` is over its two, one or no free indices.

    Raises ValueError for an index left free, NotImplementedError for what has no matrix form: an array of
    three axes, also one inside a sum. `einsum_source` has no such limit.
    """
    e = sp.sympify(e)
    require_known(e, free)
    if len(free) > 2:
        letters = ", ".join(map(str, free))
        raise NotImplementedError(f"an array over {letters} has no matrix form; einsum_source writes it")
    e, printer = in_contractions(one_hot(e, free), free), MatrixPrinter()
    ways = [(*free, None, None)[:2]]
    if len(free) == 1:
        ways.append((None, *free))
    return min((printer.matrix(e, *way) for way in ways), key=effort).text


class MatrixPrinter(Printer):
    """Prints an expression as LaTeX of the matrix with these rows and columns."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[sp.Expr, Axis, Axis], Piece] = {}

    def matrix(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        """The shorter of two, as it stands or turned and transposed; spread along what `e` lacks."""
        if (e, r, c) not in self.known:
            own = free_indices(e)
            if not own and (r or c):
                piece = self.spread_number(e, r, c)
            elif r and r not in own:
                piece = Piece(f"{ONES} {bracketed(self.matrix(e, None, c), 'atom power')}", "matmul")
            elif c and c not in own:
                piece = Piece(f"{bracketed(self.matrix(e, r, None), 'atom power')} {ONES}^T", "matmul")
            else:
                piece = self._print(e, r=r, c=c)
                if own and not isinstance(e, Indexed):
                    piece = min(piece, transposed(self._print(e, r=c, c=r)), key=effort)
            self.known[e, r, c] = piece
        return self.known[e, r, c]

    def spread_number(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        if e == 0:
            return Piece(r"\mathbf{0}", "atom")
        number = "" if e == 1 else bracketed(self.matrix(e, None, None), "atom power") + " "
        ones = f"{ONES} {ONES}^T" if r and c else ONES if r else f"{ONES}^T"
        return Piece(f"{number}{ones}", "matmul")

    def inner(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        """An argument of an elementwise function: a number in it need not be spread."""
        return self.matrix(e, r, c) if free_indices(e) else self.matrix(e, None, None)

    def call(self, function: str, *args: sp.Basic, r: Axis, c: Axis) -> Piece:
        inside = ", ".join(self.inner(a, r, c).text for a in args)
        return Piece(rf"{function}\left({inside}\right)", "atom")

    def emptyPrinter(self, e: sp.Basic) -> Piece:
        raise NotImplementedError(f"{type(e).__name__} has no matrix form yet: {e}")

    # leaves

    def _print_Indexed(self, e: Indexed, r: Axis, c: Axis) -> Piece:
        if is_number(e):
            return Piece(symbol(name_of(e.base)), "atom")
        axes = tuple(k for k in (r, c) if k)
        if not free_indices(e):
            return Piece(latex(e), "atom")
        if not all(isinstance(k, Idx) for k in e.indices) and free_indices(e) == set(axes):
            return self.in_entries(e, r, c)
        if len(e.indices) != len(axes) or set(e.indices) != set(axes):
            raise NotImplementedError(f"{e} has no matrix form; einsum_source may write it")
        text = bold(e.base)
        piece = Piece(text, "power" if "^" in text or isinstance(e.base, Upstream) else "atom")
        return piece if e.indices in ((r, c), (r,)) else transposed(piece)

    def _print_KroneckerDelta(self, e: KroneckerDelta, r: Axis, c: Axis) -> Piece:
        square = len({size_of(k) for k in e.args if isinstance(k, Idx)}) == 1
        if set(e.args) == {r, c} and square:
            return Piece(r"\mathbf{I}", "atom")
        return self.row_of_identity(e, r, c)

    def _print_Symbol(self, e: sp.Symbol, r: Axis, c: Axis) -> Piece:
        return Piece(sp.latex(e), "atom")

    def _print_Idx(self, e: Idx, r: Axis, c: Axis) -> Piece:
        row = rf"(0, 1, \dots, {latex(e.upper)})"
        return Piece(f"{row}^T", "power") if e == r else Piece(row, "atom")

    def _print_Integer(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        return Piece(sp.latex(e), "atom" if e >= 0 else "sum")

    _print_Float = _print_Integer

    def _print_NumberSymbol(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        return Piece(sp.latex(e), "atom")

    # elementwise

    def _print_Add(self, e: Add, r: Axis, c: Axis) -> Piece:
        text = ""
        for negative, term in signed_terms(e):
            sign = (" - " if negative else " + ") if text else "-" * negative
            text += sign + bracketed(self.matrix(term, r, c), "atom power matmul product")
        return Piece(text, "sum")

    def _print_Mul(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        negative, above, below = fraction(e)
        numbers = [[f for f in fs if not free_indices(f)] for fs in (above, below)]
        above, below = ([f for f in fs if free_indices(f)] for fs in (above, below))
        coefficient = self.coefficient(*numbers, alone=not above and not below)
        if not above and not below:
            return Piece(f"-{coefficient}", "sum") if negative else Piece(coefficient, "matmul")
        product = self.entrywise(above, below, r, c)
        if coefficient:
            kind = "product" if product.kind == "product" else "matmul"
            product = Piece(f"{coefficient} {bracketed(product, 'atom power matmul product')}", kind)
        return Piece(f"-{bracketed(product, 'atom power matmul product')}", "sum") if negative else product

    _print_Rational = _print_Mul

    def coefficient(self, above: Sequence[sp.Expr], below: Sequence[sp.Expr], alone: bool) -> str:
        r"""A product of numbers, `\frac{2}{S N}`; a sum over tensors stands behind, in brackets unless alone."""
        sums = [f for f in above if f.has(Indexed)]
        plain = [f for f in above if f not in sums]
        tops, bottoms, sums = (
            " ".join(bracketed(self.matrix(f, None, None), kinds) for f in fs)
            for fs, kinds in (
                (plain, "atom power matmul"),
                (below, "atom power"),
                (sums, "atom power matmul" if alone and len(sums) == 1 else "atom power"),
            )
        )
        return " ".join(filter(None, [rf"\frac{{{tops or 1}}}{{{bottoms}}}" if bottoms else tops, sums]))

    def entrywise(self, above: Sequence[sp.Expr], below: Sequence[sp.Expr], r: Axis, c: Axis) -> Piece:
        r"""`A \circ B \oslash C`; vectors are multiplied first, and alone make an outer product."""
        if r and c:
            if not any({r, c} <= free_indices(f) for f in (*above, *below)):
                column, row = (
                    Mul(*(f for f in (*above, *(1 / f for f in below)) if k in free_indices(f)))
                    for k in (r, c)
                )
                return matmul([self.matrix(column, r, None), self.matrix(row, None, c)])
            above, below = over_each_other(together(above), together(below))
        times, over = ([self.matrix(f, r, c) for f in fs] for fs in (above, below))
        if not times:
            return self.power(Mul(*below), sp.S.NegativeOne, r, c)
        if len(times) == 1 and not over:
            return times[0]
        text = r" \circ ".join(bracketed(p, "atom power") for p in times)
        return Piece(text + "".join(rf" \oslash {bracketed(p, 'atom power')}" for p in over), "product")

    def _print_Pow(self, e: Pow, r: Axis, c: Axis) -> Piece:
        if fraction(e)[2]:
            return self._print_Mul(e, r, c)
        if e.exp == sp.S.Half:
            return Piece(rf"\sqrt{{{self.matrix(e.base, r, c).text}}}", "atom")
        return self.power(e.base, e.exp, r, c)

    def power(self, base: sp.Expr, exponent: sp.Expr, r: Axis, c: Axis) -> Piece:
        circle = r"\circ " if free_indices(base) else ""
        text = bracketed(self.matrix(base, r, c), "atom")
        return Piece(f"{text}^{{{circle}{sp.latex(exponent)}}}", "power")

    def _print_Function(self, e: sp.Function, r: Axis, c: Axis) -> Piece:
        if isinstance(e, sp.core.function.AppliedUndef):
            return self.call(symbol(type(e).__name__), *e.args, r=r, c=c)
        if type(e) not in FUNCTIONS:
            return self.emptyPrinter(e)
        return self.call(FUNCTIONS[type(e)].tex, *e.args, r=r, c=c)

    def _print_polygamma(self, e: sp.polygamma, r: Axis, c: Axis) -> Piece:
        return self.call(rf"\psi{chr(39) * e.args[0]}", e.args[1], r=r, c=c)

    def _print_Elementwise(self, e: Elementwise, r: Axis, c: Axis) -> Piece:
        derivative = "'" * e.order if len(e.arguments) == 1 else f"_{{{e.by}}}" * bool(e.order)
        return self.call(symbol(e.name) + derivative, *e.arguments, r=r, c=c)

    def _print_Heaviside(self, e: sp.Heaviside, r: Axis, c: Axis) -> Piece:
        x, at_zero = e.args
        if at_zero not in (0, 1):
            return self.call(r"\theta", x, r=r, c=c)
        sign = r"\ge" if at_zero else ">"
        return Piece(rf"\left[{self.matrix(x, r, c).text} {sign} 0\right]", "atom")

    def _print_Max(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        args = sorted(e.args, key=lambda a: (not free_indices(a), str(a)))
        return self.call(rf"\{type(e).__name__.lower()}", *args, r=r, c=c)

    _print_Min = _print_Max

    def _print_Cases(self, e: Cases, r: Axis, c: Axis) -> Piece:
        rows = []
        for value, condition in e.args:
            always = condition is sp.true
            when = r"\text{otherwise}" if always else rf"\text{{where }} {self.condition(condition, r, c)}"
            rows.append(f"{self.inner(value, r, c).text} & {when}")
        return Piece(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", "sum")

    _print_Piecewise = _print_Cases

    def condition(self, e: sp.Basic, r: Axis, c: Axis) -> str:
        if not isinstance(e, sp.core.relational.Relational):
            return self.emptyPrinter(e)
        sign = sp.latex(e.func(*sp.symbols("a b"), evaluate=False))[2:-2]
        return f"{self.inner(e.lhs, r, c).text} {sign} {self.inner(e.rhs, r, c).text}"

    # sums

    def _print_Contraction(self, e: Contraction, r: Axis, c: Axis) -> Piece:
        """A factor belongs to the left, (r, k), or to the right, (k, c), or is a vector over k."""
        (k,) = e.bound
        left, right, vectors = [], [], []
        for f in e.factors:
            if r and c and {r, c} <= free_indices(f):
                axes = f"{r}, {c} and {k}"
                raise NotImplementedError(
                    f"a sum over arrays of {axes} has no matrix form; einsum_source writes it"
                )
            (left if r in free_indices(f) else right if c in free_indices(f) else vectors).append(f)
        if not r and not c:  # Σₖ uₖ vₖ
            left, right, vectors = vectors[:-1], vectors[-1:], []
        elif not r:
            left, vectors = vectors, []
        elif not c:
            right, vectors = vectors, []
        ones = Piece(f"{ONES}^T", "power"), Piece(ONES, "atom")
        parts = [self.matrix(Mul(*left), r, k) if left else ones[0]]
        parts += [self.call(r"\operatorname{diag}", Mul(*vectors), r=k, c=None)] if vectors else []
        parts += [self.matrix(Mul(*right), k, c) if right else ones[1]]
        ways = [matmul(parts)]
        if not r and not c and not left:
            ways.append(matmul([self.matrix(Mul(*right), None, k), ones[1]]))
        return min(ways, key=effort)

    # what runs over an index, and functions of a matrix

    def in_entries(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        """What has no letter of its own, by its entries: [Π_{k≠j} X_ik]_ij; a bracket has brackets already."""
        text, letters = latex(e), "".join(str(k) for k in (r, c) if k)
        text = text if text.startswith("[") or not letters else rf"\left[{text}\right]"
        return Piece(f"{text}_{{{letters}}}" if letters else text, "atom" if letters else "matmul")

    _print_Product = _print_Largest = _print_OtherFactors = _print_Selection = _print_Iverson = in_entries

    def row_of_identity(self, e: KroneckerDelta, r: Axis, c: Axis) -> Piece:
        """The matrix whose rows are one-hot, δ(v, t_s); for a number the unit vector, δ(n, 0)."""
        k, place = sorted(e.args, key=lambda k: not isinstance(k, Idx))
        if not free_indices(place) and k in (r, c):
            piece = Piece(rf"\mathbf{{e}}_{{{latex(place + 1)}}}", "atom")
            return piece if k == r else transposed(piece)
        if isinstance(place, Indexed) and len(place.indices) == 1 and {*place.indices, k} == {r, c}:
            piece = Piece(rf"\mathbf{{I}}_{{{bold(place.base)}}}", "atom")
            return piece if k == c else transposed(piece)
        return self.in_entries(e, r, c) if free_indices(e) == {r, c} - {None} else self.emptyPrinter(e)

    def _print_Determinant(self, e: Determinant, r: Axis, c: Axis) -> Piece:
        return Piece(latex(e), "atom")

    def _print_LogDeterminant(self, e: LogDeterminant, r: Axis, c: Axis) -> Piece:
        return Piece(latex(e), "matmul")

    def _print_InverseEntry(self, e: InverseEntry, r: Axis, c: Axis) -> Piece:
        if not free_indices(e):
            return Piece(latex(e), "atom")
        if e.indices not in ((r, c), (c, r)):
            return self.emptyPrinter(e)
        return Piece(f"{bold(e.matrix)}^{{-{'1' if e.indices == (r, c) else 'T'}}}", "power")


def bold(tensor: Tensor) -> str:
    r"""A tensor as a matrix, `\mathbf{W}^{(1)}`; an upstream gradient as ∂L/∂Y."""
    if isinstance(tensor, Upstream):
        return partial("L", symbol(tensor.of, bold=True))
    return symbol(name_of(tensor), bold=True)


def together(factors: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Factors with all axes as they are, then for each axis the product of the vectors along it."""
    vectors: dict[frozenset[Idx], sp.Expr] = {}
    for f in factors:
        if len(own := frozenset(free_indices(f))) == 1:
            vectors[own] = vectors.get(own, sp.S.One) * f
    return [f for f in factors if len(free_indices(f)) == 2] + list(vectors.values())


def over_each_other(
    above: Sequence[sp.Expr], below: Sequence[sp.Expr]
) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """Vectors along the same axis as one quotient, which is then spread once: 𝟏 (γ ⊘ σ)ᵀ."""
    pairs = {f: g for f in above for g in below if free_indices(f) == free_indices(g) and is_vector(f)}
    return [f / pairs[f] if f in pairs else f for f in above], [g for g in below if g not in pairs.values()]


def is_vector(f: sp.Expr) -> bool:
    return len(free_indices(f)) == 1


def matmul(parts: Sequence[Piece]) -> Piece:
    return Piece(" ".join(bracketed(p, "atom power matmul") for p in parts), "matmul")


def transposed(piece: Piece) -> Piece:
    return Piece(f"{bracketed(piece, 'atom')}^T", "power")


def bracketed(piece: Piece, kinds: str) -> str:
    """The text, in brackets unless its kind is one of these."""
    return piece.text if piece.kind in kinds.split() else braced(piece.text)


def effort(piece: Piece) -> tuple[int, int]:
    """Transposes first, then length."""
    return piece.text.count("^T"), len(piece.text)

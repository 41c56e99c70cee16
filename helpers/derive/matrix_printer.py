r"""Writes an index expression as matrices: Σₘ dYₘᵢ Xₘⱼ is dYᵀ X.

Vectors are columns, 𝟏 is a vector of ones, ∘ and ⊘ multiply and divide entry by entry.
"""

from collections.abc import Iterable, Sequence
from itertools import starmap, takewhile

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow
from sympy.printing.printer import Printer

from helpers.derive.arrays import Contraction, Piece, triangle
from helpers.derive.functions import FUNCTIONS
from helpers.derive.matrices import Determinant, InverseEntry, LogDeterminant
from helpers.derive.names import name_of, symbol
from helpers.derive.notation import Cases, Elementwise, Iverson, Upstream, free_indices, is_number
from helpers.derive.pieces import bold, bracketed, effort, matmul, transposed
from helpers.derive.places import is_letter
from helpers.derive.print_order import fraction, signed_terms
from helpers.derive.rewrite import size_of
from helpers.derive.typeset import IndexPrinter, latex

Axis = Idx | None  # None: an axis of size 1
ONES = r"\mathbf{1}"
LETTERS = IndexPrinter()


class MatrixPrinter(Printer):
    """Prints an expression as LaTeX of the matrix with these rows and columns.

    The `fixed` letters have one value and are no axes: Y_smn with s fixed is the matrix Y_s, a sum over one stays a Σ.
    """

    def __init__(self, fixed: Iterable[Idx] = ()) -> None:
        super().__init__()
        self.fixed = frozenset(fixed)
        self.known: dict[tuple[sp.Expr, Axis, Axis], Piece] = {}

    def axes(self, e: sp.Basic) -> set[Idx]:
        """The letters that e is an array over."""
        return free_indices(e) - self.fixed

    def matrix(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        """The shorter of two, as it stands or turned and transposed; spread along what `e` lacks."""
        if (e, r, c) not in self.known:
            own = self.axes(e)
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
        return self.matrix(e, r, c) if self.axes(e) else self.matrix(e, None, None)

    def call(self, function: str, *args: sp.Basic, r: Axis, c: Axis) -> Piece:
        inside = ", ".join(self.inner(a, r, c).text for a in args)
        return Piece(rf"{function}\left({inside}\right)", "atom")

    def emptyPrinter(self, e: sp.Basic) -> Piece:
        raise NotImplementedError(f"{type(e).__name__} has no matrix form yet: {e}")

    # leaves

    def _print_Indexed(self, e: Indexed, r: Axis, c: Axis) -> Piece:
        if is_number(e):
            return Piece(symbol(name_of(e.base)), "atom")
        if not self.axes(e):
            return Piece(latex(e), "atom")
        axes = tuple(k for k in (r, c) if k)
        places = [place for place in zip(e.indices, e.base.shape, strict=True) if self.axes(place[0])]
        if not all(starmap(is_letter, places)) and self.axes(e) == set(axes):
            return self.in_entries(e, r, c)
        own = tuple(k for k in e.indices if self.axes(k))
        if len(own) != len(axes) or set(own) != set(axes):
            raise NotImplementedError(f"{e} has no matrix form; einsum_source may write it")
        text = self.slice(e)
        piece = Piece(text, "power" if "^" in text or isinstance(e.base, Upstream) else "atom")
        return piece if own in ((r, c), (r,)) else transposed(piece)

    def slice(self, e: Indexed) -> str:
        r"""`\mathbf{Y}_{s}` of Y_smn with s fixed, `\mathbf{B}_{:,e,:}` where the fixed letter is not the first."""
        if is_number(e):
            return bold(e.base)
        if not self.axes(e):
            return latex(e)
        at = [":" if self.axes(k) else LETTERS.place(k) for k in e.indices]
        lead = [*takewhile(":".__ne__, at)]
        at = lead if {*at[len(lead) :]} <= {":"} else at
        return bold(e.base, (" " if all(len(k) == 1 for k in lead) and at is lead else ", ").join(at))

    def _print_KroneckerDelta(self, e: KroneckerDelta, r: Axis, c: Axis) -> Piece:
        """The identity; δ(v, t_s) is the matrix whose rows are one-hot, and δ(n, 0) a unit vector."""
        own, (k, place) = self.axes(e), sorted(e.args, key=lambda k: k not in (r, c))
        if not own:
            return Piece(latex(e), "atom")
        if own == {k, place} == {r, c} and size_of(k) == size_of(place):
            return Piece(r"\mathbf{I}", "atom")
        if own == {k} and not free_indices(place):
            unit = Piece(rf"\mathbf{{e}}_{{{LETTERS.place(place)}}}", "atom")
            return unit if k == r else transposed(unit)
        if isinstance(place, Indexed) and own == {k, *place.indices} == {r, c}:
            one_hot = self.call(r"\operatorname{onehot}", place, r=r if k == c else c, c=None)
            return one_hot if k == c else transposed(one_hot)
        return self.emptyPrinter(e) if own == {k} else self.in_entries(e, r, c)

    def _print_Iverson(self, e: Iverson, r: Axis, c: Axis) -> Piece:
        """[0 ≤ t − k < T] over t and k is 1 on and below the diagonal."""
        below = Piece(rf"\operatorname{{tril}}\left({ONES} {ONES}^T\right)", "atom")
        if (axes := triangle(e)) is None or {*axes} != {r, c}:
            return self.in_entries(e, r, c)
        return below if axes == (r, c) else transposed(below)

    def _print_Symbol(self, e: sp.Symbol, r: Axis, c: Axis) -> Piece:
        return Piece(sp.latex(e), "atom")

    def _print_Idx(self, e: Idx, r: Axis, c: Axis) -> Piece:
        if e in self.fixed:
            return Piece(str(e), "atom")
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
        numbers = [[f for f in fs if not self.axes(f)] for fs in (above, below)]
        above, below = ([f for f in fs if self.axes(f)] for fs in (above, below))
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
            if (delta := KroneckerDelta(r, c)) in above and len(above) + len(below) > 1:
                own = Mul(*(f for f in above if f != delta), *(1 / f for f in below))
                return self.call(r"\operatorname{diag}", own.xreplace({c: r}), r=r, c=None)
            if not any({r, c} <= self.axes(f) for f in (*above, *below)):
                column, row = (
                    Mul(*(f for f in (*above, *(1 / f for f in below)) if k in self.axes(f))) for k in (r, c)
                )
                return matmul([self.matrix(column, r, None), self.matrix(row, None, c)])
            above, below = self.over_each_other(self.together(above), self.together(below))
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
        circle = r"\circ " if self.axes(base) else ""
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
        args = sorted(e.args, key=lambda a: (not self.axes(a), str(a)))
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
        if k in self.fixed:
            return self.kept_sum(e, r, c)
        left, right, vectors = [], [], []
        for f in e.factors:
            if r and c and {r, c} <= self.axes(f):
                axes = f"{r}, {c} and {k}"
                raise NotImplementedError(
                    f"a sum over arrays of {axes} has no matrix form; einsum_source writes it"
                )
            (left if r in self.axes(f) else right if c in self.axes(f) else vectors).append(f)
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

    def kept_sum(self, e: Contraction, r: Axis, c: Axis) -> Piece:
        r"""`\sum_{s} \mathbf{Y}_{s}` over a letter that is no axis."""
        letters, inner, body = [], e, sp.S.One
        while inner is not None:
            letters.append(str(inner.bound[0]))
            kept = [f for f in inner.factors if isinstance(f, Contraction) and f.bound[0] in self.fixed]
            body *= Mul(*(f for f in inner.factors if f not in kept[:1]))
            inner = kept[0] if kept else None
        inside = bracketed(self.matrix(body, r, c), "atom power matmul product")
        return Piece(rf"\sum_{{{','.join(sorted(letters))}}} {inside}", "sum")

    def together(self, factors: Sequence[sp.Expr]) -> list[sp.Expr]:
        """Factors with all axes as they are, then for each axis the product of the vectors along it."""
        vectors: dict[frozenset[Idx], sp.Expr] = {}
        for f in factors:
            if len(own := frozenset(self.axes(f))) == 1:
                vectors[own] = vectors.get(own, sp.S.One) * f
        return [f for f in factors if len(self.axes(f)) == 2] + list(vectors.values())

    def over_each_other(
        self, above: Sequence[sp.Expr], below: Sequence[sp.Expr]
    ) -> tuple[list[sp.Expr], list[sp.Expr]]:
        """Vectors along the same axis as one quotient, which is then spread once: 𝟏 (γ ⊘ σ)ᵀ."""
        pairs = {
            f: g for f in above for g in below if self.axes(f) == self.axes(g) and len(self.axes(f)) == 1
        }
        return [f / pairs[f] if f in pairs else f for f in above], [
            g for g in below if g not in pairs.values()
        ]

    # what runs over an index, and functions of a matrix

    def in_entries(self, e: sp.Expr, r: Axis, c: Axis) -> Piece:
        """What has no letter of its own, by its entries: [Π_{k≠j} X_ik]_ij; a bracket has brackets already."""
        letters = "".join(str(k) for k in (r, c) if k)
        if not letters:
            return Piece(latex(e), "matmul")
        text = latex(e) if latex(e).startswith("[") else rf"\left[{latex(e)}\right]"
        return Piece(f"{text}_{{{letters}}}", "atom")

    _print_Product = _print_Largest = _print_OtherFactors = _print_Selection = in_entries

    def _print_Determinant(self, e: Determinant, r: Axis, c: Axis) -> Piece:
        return Piece(latex(e), "atom")

    def _print_LogDeterminant(self, e: LogDeterminant, r: Axis, c: Axis) -> Piece:
        return Piece(latex(e), "matmul")

    def _print_InverseEntry(self, e: InverseEntry, r: Axis, c: Axis) -> Piece:
        if not self.axes(e):
            return Piece(latex(e), "atom")
        if e.indices not in ((r, c), (c, r)):
            return self.emptyPrinter(e)
        return Piece(f"{bold(e.matrix)}^{{-{'1' if e.indices == (r, c) else 'T'}}}", "power")

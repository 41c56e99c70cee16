"""Prints what stands in an index expression as NumPy, each array in the layout that it is used in."""

from collections.abc import Sequence
from itertools import permutations

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Product
from sympy.printing.printer import Printer

from helpers.derive.arrays import Contraction, Piece, triangle
from helpers.derive.bound import OtherFactors, Selection, bound_by
from helpers.derive.functions import FUNCTIONS
from helpers.derive.indexing import Padded, is_plain, source
from helpers.derive.layout import Layout, aligned, bracketed, effort
from helpers.derive.matrices import Determinant, InverseEntry, LogDeterminant
from helpers.derive.names import code_name
from helpers.derive.notation import Cases, Elementwise, Iverson, Largest, free_indices, is_number
from helpers.derive.places import is_inside
from helpers.derive.print_order import fraction, place_terms, signed_terms
from helpers.derive.rewrite import rename_apart, size_of
from helpers.derive.windows import Sizes, Windows
from helpers.derive.windows import source as windows_source

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NumpyPrinter(Printer):
    """Prints an expression as source of an array that broadcasts against a layout."""

    def __init__(self, where: Sizes | None = None) -> None:
        super().__init__()
        self.where = where
        self.known: dict[tuple[sp.Expr, Layout], Piece] = {}

    def array(self, e: sp.Expr, layout: Layout) -> Piece:
        """The shortest of two: in the layout itself, or the other way round and transposed."""
        if (e, layout) not in self.known:
            ways = [self._print(e, layout=layout)]
            own = tuple(k for k in layout if k in free_indices(e))
            if len(own) == 2 and not isinstance(e, Indexed):
                ways.append(aligned(self._print(e, layout=own[::-1]), own[::-1], layout))
            self.known[e, layout] = min(ways, key=effort)
        return self.known[e, layout]

    def emptyPrinter(self, e: sp.Basic) -> Piece:
        raise NotImplementedError(f"{type(e).__name__} has no NumPy source yet: {e}")

    def call(self, function: str, *args: sp.Basic, layout: Layout) -> Piece:
        return Piece(f"{function}({', '.join(self.array(a, layout).text for a in args)})", "atom")

    # leaves

    def _print_Indexed(self, e: Indexed, layout: Layout) -> Piece:
        if is_number(e):
            return Piece(code_name(e.base.label), "atom")
        if not is_plain(e):
            return self.indexed(code_name(e.base.label), e.indices, e.base.shape, layout)
        if len(set(e.indices)) < len(e.indices):
            return self.einsum([e], layout)
        return aligned(Piece(code_name(e.base.label), "atom"), e.indices, layout)

    def _print_Windows(self, e: Windows, layout: Layout) -> Piece:
        return aligned(Piece(windows_source(e, self.number, self.where), "atom"), e.axes, layout)

    def along(self, e: sp.Expr, layout: Layout) -> str:
        """An index such as y + p - h r as an array of integers that broadcasts against the layout."""
        text = ""
        for negative, fs in place_terms(e):
            sign = (" - " if negative else " + ") if text else "-" * negative
            pieces = [self.array(f, layout if free_indices(f) else ()) for f in fs]
            kinds = "atom power product sum" if [negative, *fs] == [False, e] else "atom power product"
            text += sign + " * ".join(bracketed(piece, kinds) for piece in pieces)
        return text

    def _print_Iverson(self, e: Iverson, layout: Layout) -> Piece:
        if axes := triangle(e):
            return aligned(Piece(f"np.tri({size_of(axes[0])})", "atom"), axes, layout)
        place, axes = self.along(e.entry, layout), tuple(k for k in layout if k in free_indices(e))
        return aligned(
            Piece(f"(0 <= {place}) & ({place} < {self.array(e.size, ()).text})", "sum"), axes, axes
        )

    def _print_KroneckerDelta(self, e: KroneckerDelta, layout: Layout) -> Piece:
        if not all(isinstance(k, Idx) for k in e.args):
            if row := self.row_of_identity(e, layout):
                return row
            left, right = sorted(e.args, key=lambda k: not isinstance(k, Idx))
            if isinstance(right, Indexed):
                return self.one_hot(left, right, layout)
            return Piece(f"{self.along(left, layout)} == {self.along(right, layout)}", "sum")
        i, j = sorted(e.args, key=layout.index)
        n, m = size_of(i), size_of(j)
        return aligned(Piece(f"np.eye({n})" if n == m else f"np.eye({n}, {m})", "atom"), (i, j), layout)

    def one_hot(self, k: Idx, label: Indexed, layout: Layout) -> Piece:
        """δ of an index and a label x_s: the row x_s of the unit matrix."""
        rows = self.array(label, label.indices)
        return aligned(Piece(f"np.eye({size_of(k)})[{rows.text}]", "atom"), (*label.indices, k), layout)

    def _print_Symbol(self, e: sp.Symbol, layout: Layout) -> Piece:
        return Piece(code_name(e), "atom")

    def _print_Integer(self, e: sp.Integer, layout: Layout) -> Piece:
        return Piece(str(e), "atom" if e >= 0 else "sum")

    def _print_Float(self, e: sp.Float, layout: Layout) -> Piece:
        return Piece(repr(float(e)), "atom" if e >= 0 else "sum")

    def _print_NumberSymbol(self, e: sp.Expr, layout: Layout) -> Piece:
        return Piece({sp.pi: "np.pi", sp.E: "np.e"}.get(e, repr(float(e))), "atom")

    def _print_Infinity(self, e: sp.Expr, layout: Layout) -> Piece:
        return Piece("np.inf", "atom")

    def _print_Idx(self, e: Idx, layout: Layout) -> Piece:
        """An index that stands as a number, the t of t θ."""
        return aligned(Piece(f"np.arange({size_of(e)})", "atom"), (e,), layout)

    # elementwise

    def _print_Add(self, e: Add, layout: Layout) -> Piece:
        text = ""
        for negative, term in signed_terms(e):
            sign = (" - " if negative else " + ") if text else "-" * negative
            if sign == "-" and fraction(term)[1] and is_truth(fraction(term)[1][0]):
                text = self.counted(-term, layout).text
                continue
            text += sign + bracketed(self.counted(term, layout), "atom power matmul product")
        return Piece(text, "sum")

    def counted(self, e: sp.Expr, layout: Layout) -> Piece:
        """Truths as numbers, where they are added: NumPy's True + True is True."""
        piece = self.array(e, layout)
        return Piece(f"1.0 * {bracketed(piece, 'atom')}", "product") if is_truth(e) else piece

    def _print_Mul(self, e: sp.Expr, layout: Layout) -> Piece:
        arrays = [f for f in Mul.make_args(e) if free_indices(f)]
        if len(free_indices(e)) > 2 and all(free_indices(f) != free_indices(e) for f in arrays):
            scalars = [f for f in Mul.make_args(e) if not free_indices(f)]
            product = self.einsum(arrays, layout)
            return self.quotient(Mul(*scalars), layout, product) if scalars else product
        return self.quotient(e, layout)

    _print_Rational = _print_Mul

    def quotient(self, e: sp.Expr, layout: Layout, last: Piece | None = None) -> Piece:
        """Numerators over denominators; `last` is a numerator that is printed already."""
        negative, above, below = fraction(e)
        above = sorted(above, key=is_truth) if negative else above  # a bracket has no minus
        pieces = [self.array(f, layout) for f in above] + ([last] if last else [])
        if len(pieces) == 1 and not below and not negative:
            return pieces[0]
        text = " * ".join(bracketed(p, "atom power") for p in pieces) or "1"
        text = f"1.0 * {text}" if negative and above and not last and is_truth(Mul(*above)) else text
        under = [bracketed(self.array(f, layout), "atom power") for f in below]
        if under:
            text += f" / {under[0]}" if len(under) == 1 else f" / ({' * '.join(under)})"
        return Piece("-" * negative + text, "sum" if negative else "product")

    def _print_Pow(self, e: Pow, layout: Layout) -> Piece:
        if fraction(e)[2]:
            return self.quotient(e, layout)
        if e.exp == sp.S.Half and not e.base.is_number:
            return self.call("np.sqrt", e.base, layout=layout)
        base = bracketed(self.array(e.base, layout), "atom")
        # 2**0.5 and not np.sqrt(2), which would make float32 arrays float64
        power = "0.5" if e.exp == sp.S.Half else bracketed(self.array(e.exp, layout), "atom")
        return Piece(
            f"{base}**{power}" if base.isidentifier() or e.is_number else f"{base} ** {power}", "power"
        )

    def _print_Function(self, e: sp.Function, layout: Layout) -> Piece:
        if isinstance(e, sp.core.function.AppliedUndef) and len(e.args) == 1:
            return self.call(code_name(type(e).__name__), *e.args, layout=layout)
        if type(e) not in FUNCTIONS:
            return self.emptyPrinter(e)
        return self.call(FUNCTIONS[type(e)].numpy, *e.args, layout=layout)

    def _print_Elementwise(self, e: Elementwise, layout: Layout) -> Piece:
        derivative = "_prime" * e.order if len(e.arguments) == 1 else f"_{e.by}" * bool(e.order)
        return self.call(code_name(e.name) + derivative, *e.arguments, layout=layout)

    def _print_Heaviside(self, e: sp.Heaviside, layout: Layout) -> Piece:
        return self.call("np.heaviside", *e.args, layout=layout)

    def _print_Max(self, e: sp.Expr, layout: Layout) -> Piece:
        first, *rest = sorted(e.args, key=lambda a: (not free_indices(a), str(a)))
        text = self.array(first, layout).text
        for a in rest:
            text = f"np.{type(e).__name__.lower()}imum({text}, {self.array(a, layout).text})"
        return Piece(text, "atom")

    _print_Min = _print_Max

    def _print_Cases(self, e: Cases, layout: Layout) -> Piece:
        text = "np.nan"
        for value, condition in reversed(e.args):
            branch = self.array(value, layout).text
            where = "" if condition is sp.true else self.condition(condition, layout)
            text = f"np.where({where}, {branch}, {text})" if where else branch
        return Piece(text, "atom")

    _print_Piecewise = _print_Cases

    def condition(self, e: sp.Basic, layout: Layout) -> str:
        if not isinstance(e, sp.core.relational.Relational):
            return self.emptyPrinter(e)
        return f"{self.array(e.lhs, layout).text} {e.rel_op} {self.array(e.rhs, layout).text}"

    # sums

    def _print_Contraction(self, e: Contraction, layout: Layout) -> Piece:
        axes, (k,) = tuple(a for a in layout if a in free_indices(e)), e.bound
        if is_plain_sum(e):
            return self.plain_sum(e, axes, layout)
        groups = {a: Mul(*(f for f in e.factors if free_indices(f) == {a, k})) for a in axes}
        vector = Mul(*(f for f in e.factors if free_indices(f) == {k}))
        if any(len(free_indices(f)) > 2 for f in e.factors) or sp.S.One in groups.values():
            return self.einsum(e.factors, layout)
        if len(axes) == 2:
            a, b = axes
            return aligned(self.matmul(groups[a] * vector, (a, k), groups[b], (k, b)), axes, layout)
        if len(axes) == 1:
            (a,) = axes
            ways = self.matmul(groups[a], (a, k), vector, (k,)), self.matmul(vector, (k,), groups[a], (k, a))
            return aligned(min(ways, key=effort), axes, layout)
        return self.einsum(e.factors, layout)

    def matmul(self, A: sp.Expr, left: Layout, B: sp.Expr, right: Layout) -> Piece:
        a = bracketed(self.counted(A, left) if is_truth(B) else self.array(A, left), "atom matmul")
        return Piece(f"{a} @ {bracketed(self.array(B, right), 'atom')}", "matmul")

    def plain_sum(self, e: Contraction, axes: Layout, layout: Layout) -> Piece:
        """`.sum(1)` of a product; keepdims where the layout wants the axis."""
        bound = list(e.bound)
        while is_plain_sum(e.product):
            e = e.product
            bound += e.bound
        return self.reduced("sum", e.product, bound, layout)

    def reduced(self, method: str, of: sp.Expr, bound: Sequence[Idx], layout: Layout) -> Piece:
        """`.sum(1)`, `.max(1)`, `.prod(1)` of an array; keepdims where the layout wants the axis."""
        axes = tuple(k for k in layout if k in free_indices(of) and k not in bound)
        gap = tuple(k if k in axes else None for k in layout[layout.index(axes[0]) :]) if axes else ()
        ways = []
        for inner in permutations((*axes, *bound)):
            text = bracketed(self.array(of, inner), "atom")
            at = [inner.index(k) for k in sorted(bound, key=inner.index)]
            where = "" if not axes else str(at[0]) if len(at) == 1 else str(tuple(at))
            if axes and gap == tuple(None if k in bound else k for k in inner):
                ways.append(Piece(f"{text}.{method}({where}, keepdims=True)", "atom"))
            else:
                kept = tuple(k for k in inner if k in axes)
                ways.append(aligned(Piece(f"{text}.{method}({where})", "atom"), kept, layout))
        return min(ways, key=effort)

    # what runs over an index, and functions of a matrix

    def _print_Product(self, e: Product, layout: Layout) -> Piece:
        missing = set(letters := bound_by(e)) - free_indices(e.function)
        if missing:
            return self.array(e.function ** Mul(*map(size_of, sorted(missing, key=str))), layout)
        return self.reduced("prod", e.function, letters, layout)

    def _print_Largest(self, e: Largest, layout: Layout) -> Piece:
        same = e.letter not in free_indices(e.of)
        return self.array(e.of, layout) if same else self.reduced("max", e.of, (e.letter,), layout)

    def _print_OtherFactors(self, e: OtherFactors, layout: Layout) -> Piece:
        """The factors with a 1 for those that are left out, and their product along the last axis."""
        own = tuple(k for k in layout if k in free_indices(e))
        e = rename_apart(e, own)
        wide, n = (*own, e.letter), size_of(e.letter)
        left_out = [
            f"{aligned(Piece(f'np.eye({n})', 'atom'), (k, e.letter), wide).text} == 1"
            if isinstance(k, Idx)
            else f"{self.along(e.letter, wide)} == {self.along(k, wide)}"
            for k in e.beside
        ]
        where = left_out[0] if len(left_out) == 1 else " | ".join(map("({})".format, left_out))
        text = f"np.where({where}, 1, {self.array(e.of, wide).text}).prod({len(own) or ''})"
        return aligned(Piece(text, "atom"), own, layout)

    def _print_Selection(self, e: Selection, layout: Layout) -> Piece:
        """Rows of the identity, those where the largest entries are."""
        axes = tuple(k for k in layout if k in free_indices(e.of) - {e.letter})
        e = rename_apart(e, axes)
        n = size_of(e.letter)
        places = self.reduced("argmax", e.of, (e.letter,), axes)
        name, indices, shape = f"np.eye({n})[{places.text}]", (*axes, e.at), (*map(size_of, axes), n)
        return self.indexed(name, indices, shape, layout)

    def row_of_identity(self, e: KroneckerDelta, layout: Layout) -> Piece | None:
        """δ(v, t_s) as rows of the identity, np.eye(V)[t]; δ(n, 0) as its first one, np.eye(N)[0]."""
        k, place = sorted(e.args, key=lambda k: not isinstance(k, Idx))
        if not isinstance(k, Idx) or not is_inside(place, size_of(k)):
            return None
        if not free_indices(place):
            at, axes = str(place - size_of(k) if not place.is_Integer else place), ()
        elif isinstance(place, Indexed) and is_plain(place) and k not in place.indices:
            at, axes = code_name(place.base.label), place.indices
        else:
            return None
        return aligned(Piece(f"np.eye({size_of(k)})[{at}]", "atom"), (*axes, k), layout)

    def indexed(
        self, name: str, indices: Sequence[sp.Expr], shape: Sequence[sp.Expr], layout: Layout
    ) -> Piece:
        """What stands at these indices of an array, `E[t]`."""
        own = tuple(k for k in layout if any(k in free_indices(place) for place in indices))
        text, axes = source(name, indices, shape, own, self.number, lambda k: self.along(k, own))
        return aligned(Piece(text, "atom"), axes, layout)

    def _print_Padded(self, e: Padded, layout: Layout) -> Piece:
        own = tuple(k for k in layout if k in free_indices(e))
        e = rename_apart(e, own)
        text = self.array(e.of, tuple(e.letter if k == e.place else k for k in own)).text
        here, nothing = f"({self.number(e.before)}, {self.number(e.after)})", "(0, 0)"
        pads = ", ".join(here if k == e.place else nothing for k in own)
        return aligned(
            Piece(f"np.pad({text}, {pads if len(own) == 1 else f'({pads})'})", "atom"), own, layout
        )

    def number(self, e: sp.Expr) -> str:
        return self.array(e, ()).text

    def _print_polygamma(self, e: sp.polygamma, layout: Layout) -> Piece:
        order, x = e.args
        return (
            self.call("digamma", x, layout=layout)
            if order == 0
            else self.call("polygamma", *e.args, layout=layout)
        )

    def _print_Determinant(self, e: Determinant, layout: Layout) -> Piece:
        return Piece(f"np.linalg.det({code_name(e.letter)})", "atom")

    def _print_LogDeterminant(self, e: LogDeterminant, layout: Layout) -> Piece:
        return Piece(f"np.linalg.slogdet({code_name(e.letter)})[1]", "atom")

    def _print_InverseEntry(self, e: InverseEntry, layout: Layout) -> Piece:
        name, (i, j) = f"np.linalg.inv({code_name(e.letter)})", e.indices
        if i == j and isinstance(i, Idx):
            return aligned(Piece(f"{name}.diagonal()", "atom"), (i,), layout)
        return self.indexed(name, e.indices, e.matrix.shape, layout)

    def einsum(self, factors: Sequence[sp.Expr], layout: Layout) -> Piece:
        """One np.einsum over all factors; what the layout has not is summed."""
        every = set().union(*map(free_indices, factors))
        axes = tuple(k for k in layout if k in every)
        order = (*axes, *sorted(every - set(axes), key=str))
        letters: dict[Idx, str] = {}
        for k in order:
            free_letters = [c for c in str(k)[0] + LETTERS if c not in letters.values() and c in LETTERS]
            letters[k] = free_letters[0]
        inputs, operands = [], []
        for f in factors:
            own = tuple(k for k in order if k in free_indices(f))
            if isinstance(f, Indexed) and is_plain(f):
                own, operand = f.indices, code_name(f.base.label)
            elif isinstance(f, Windows):
                own, operand = f.axes, self.array(f, f.axes).text
            else:
                own = min(permutations(own), key=lambda axes: effort(self.array(f, axes)))
                operand = self.array(f, own).text
            inputs.append("".join(letters[k] for k in own))
            operands.append(operand)
        truths = [k for k, f in enumerate(factors) if is_truth(f)]
        beside = set().union(*(free_indices(f) for f in factors if not is_truth(f)), axes)
        if any(free_indices(factors[k]) - beside for k in truths):  # summed over truths alone
            for k in truths:
                operands[k] = f"1.0 * ({operands[k]})"
        equation = f"{','.join(inputs)}->{''.join(letters[k] for k in axes)}"
        if any("np.arange" in operand for operand in operands):  # pair by pair, not all of them at once
            operands.append("optimize=True")
        return aligned(Piece(f'np.einsum("{equation}", {", ".join(operands)})', "atom"), axes, layout)


class EinsumPrinter(NumpyPrinter):
    """The same with every sum by np.einsum."""

    def _print_Contraction(self, e: Contraction, layout: Layout) -> Piece:
        return self.einsum(e.factors, layout)


def is_truth(e: sp.Expr) -> bool:
    """Is it printed as True and False, a bracket or a product of brackets?"""
    return all(
        isinstance(f, Iverson)
        or (isinstance(f, KroneckerDelta) and not any(isinstance(k, Idx) for k in f.args))
        for f in Mul.make_args(e)
    )


def is_plain_sum(e: sp.Expr) -> bool:
    """Whether all factors under the sum have the same axes: a sum over an axis, no matrix product."""
    return isinstance(e, Contraction) and len({frozenset(free_indices(f)) for f in e.factors}) == 1

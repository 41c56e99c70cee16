"""Finds the one change that makes a wrong line right: the name of a mistake is the change that undoes it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, permutations, product
from math import prod

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.compare.left_side import TOLERANCE, LeftSide
from helpers.derive import Chain, Partial, free_indices, upstream
from helpers.derive.notation import Elementwise, Tensor
from helpers.derive.rewrite import fresh, parts, rebuild, size_of
from helpers.verdict import Kind

MOST = 1500  # changes of one line that are looked at
FEWEST, EVALUATED = (
    50,
    500,
)  # and evaluated; of the planted slips and the reports, the last one that is found is the 446th
WORK = 100_000_000  # entries that are computed for one line with all its changes: about a second
NODE, PARTIAL = (
    1_000,
    100_000,
)  # entries that take as long as one operation, and as one derivative by autograd

Put = Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True)
class Repair:
    """The kind of the mistake, what was written, what belongs there (None: nothing), the line made right.

    A letter that is changed in several places is changed `within` an expression.
    """

    kind: Kind
    old: sp.Basic | None
    new: sp.Basic | None
    line: sp.Expr
    within: sp.Expr | None = None


def places(e: sp.Expr, letters: frozenset[Idx] = frozenset()) -> Iterator[tuple[sp.Expr, frozenset, Put]]:
    """Each (node, the letters in its reach, a function that puts another node in its place)."""
    yield e, letters, lambda new: new
    inside = letters | {limit[0] for limit in e.limits} if isinstance(e, Sum) else letters
    old = parts(e)
    for k, part in enumerate(old):
        if isinstance(part, sp.Expr):
            for node, reach, put in places(part, inside):
                yield node, reach, lambda new, k=k, put=put: rebuild(e, [*old[:k], put(new), *old[k + 1 :]])


def repair(judge: LeftSide, e: sp.Expr, right_lines: Iterable[sp.Expr] = ()) -> Repair | None:
    """The likeliest single change of e after which it agrees with the left side; None where none of the first does.

    What stands in right lines is tried as a factor that is missing.
    """
    seen, left = {e}, tries(judge, e)
    for change in islice(changes(e, judge, right_lines), MOST):
        if change.line in seen or free_indices(change.line) - set(judge.free):
            continue
        if agrees(judge, change.line):
            return change
        seen.add(change.line)
        left -= 1
        if not left:
            return None
    return None


def tries(judge: LeftSide, e: sp.Expr) -> int:
    """How many changes of a line are evaluated: fewer where that takes long, and the same number on every machine."""
    work, sizes = 0, judge.numbers.sizes
    for node in sp.preorder_traversal(e):
        if isinstance(node, sp.Expr):
            entries = prod(sizes.get(size_of(k), 9) for k in free_indices(node))
            work += entries + (PARTIAL if isinstance(node, Partial) else NODE)
    return min(max(WORK // work, FEWEST), EVALUATED)


def agrees(judge: LeftSide, e: sp.Expr) -> bool:
    """Does e equal the left side? What cannot be evaluated does not."""
    if free_indices(e) - set(judge.free):
        return False
    try:
        return judge.error(e) <= TOLERANCE
    except (ValueError, TypeError, IndexError, NotImplementedError):
        return False


def changes(e: sp.Expr, judge: LeftSide, right_lines: Iterable[sp.Expr] = ()) -> Iterator[Repair]:
    """Every single change, the likeliest first."""
    free = frozenset(judge.free)
    everywhere = list(places(e, free | free_indices(e)))
    known = Vocabulary(judge.derivation.chain, tuple(right_lines))
    if isinstance(e, Indexed):
        yield from (Repair(Kind.DELTA_MISSING, None, d, e * d) for d in every_delta(free | free_indices(e)))
    for i, j in combinations(judge.free, 2):
        yield Repair(Kind.TRANSPOSED, None, None, e.xreplace({i: j, j: i}))
    first = (letters, deltas) if e.has(Partial) else (deltas, letters)
    likely = sums, signs, known.sizes_missing, *first, variables, factors_too_many, powers, primes, axes
    for kind in (*likely, known.tensors, known.factors_missing):
        for node, reach, put in everywhere:
            for name, old, new, changed, *within in kind(node, reach):
                yield Repair(name, old, new, put(changed), *within)
    for k in sorted(free_indices(e) - free, key=str):
        yield Repair(Kind.FREE_INDEX, None, k, Sum(e, k))


Change = tuple  # what a Repair is made of: the kind, old, new, the changed node, within


def sums(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """A sum too many: Σ_n of what has no n."""
    if isinstance(node, Sum):
        for limit in node.limits:
            if limit[0] not in free_indices(node.function):
                left = [other for other in node.limits if other is not limit]
                yield Kind.USELESS_INDEX, limit[0], None, Sum(node.function, *left) if left else node.function


def axes(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """A sum along the other axis: Σ_n Y_in where Σ_m Y_mj stands."""
    if isinstance(node, Sum) and len(node.limits) == 1:
        k = node.limits[0][0]
        for i in sorted(reach - {k}, key=str):
            for j in sorted(free_indices(node), key=str):
                if size_of(i) == size_of(k) and i != j:
                    q = fresh(j, reach | {k})
                    yield Kind.WRONG_AXIS, k, q, Sum(node.function.xreplace({k: i, j: q}), q), node


def signs(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """The other sign for one term of a sum."""
    if isinstance(node, Add):
        for t in node.args:
            yield Kind.SIGN, t, -t, node - 2 * t


def deltas(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """One δ more."""
    if isinstance(node, Indexed | KroneckerDelta | Pow) or (node.is_number and abs(node) != 1):
        return
    node, put = inside_of(node)
    for delta in every_delta(reach | free_indices(node)):
        yield Kind.DELTA_MISSING, None, delta, put(node * delta)


def every_delta(letters: frozenset[Idx]) -> Iterator[KroneckerDelta]:
    """δ of each two letters with one range."""
    pairs = combinations(sorted(letters, key=str), 2)
    yield from (KroneckerDelta(a, b) for a, b in pairs if size_of(a) == size_of(b))


def inside_of(node: sp.Expr) -> tuple[sp.Expr, Put]:
    """What a sum sums, and the sum around something else; any other node is its own inside."""
    if isinstance(node, Sum):
        return node.function, lambda new: Sum(new, *node.limits)
    return node, lambda new: new


def letters(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """Another letter in one entry, two letters exchanged, or one letter for another in several entries."""
    if isinstance(node, Indexed | KroneckerDelta):
        for changed in other_letters(node, reach):
            exchanged = isinstance(node, Indexed) and sorted(changed.indices, key=str) == sorted(
                node.indices, key=str
            )
            yield Kind.TRANSPOSED if exchanged else Kind.WRONG_INDEX, node, changed, changed
    elif square := as_square(node):
        entry = square.atoms(Indexed).pop()
        for changed in other_letters(entry, reach):
            yield Kind.WRONG_INDEX, square, changed, square * square.xreplace({entry: changed})
    elif node.args:
        for a, b in permutations(sorted(reach, key=str), 2):
            if node.has(a) and fits(node, a, b):
                for chosen in some_factors(node, a):
                    rest = Mul(*[f for f in Mul.make_args(node) if f not in chosen])
                    group = Mul(*chosen)
                    yield Kind.WRONG_INDEX, a, b, rest * group.xreplace({a: b}), group


def fits(node: sp.Expr, a: Idx, b: Idx) -> bool:
    """Can b stand wherever a stands in the entries of a node?"""
    there = [n for x in node.atoms(Indexed) for k, n in zip(x.indices, x.base.shape, strict=True) if k == a]
    return all(n == size_of(b) for n in there or [size_of(a)])


def as_square(node: sp.Expr) -> sp.Expr | None:
    """Y of Y², e^X of e^2X: two equal entries, of which one may be miswritten."""
    if isinstance(node, Pow) and node.exp == 2 and isinstance(node.base, Indexed):
        return node.base
    if isinstance(node, sp.exp) and isinstance(node.args[0] / 2, Indexed):
        return sp.exp(node.args[0] / 2)
    return None


def variables(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """Another letter in what is differentiated by."""
    if isinstance(node, Partial):
        for changed in other_letters(node.x, reach):
            yield Kind.WRONG_INDEX, node, Partial(node.f, changed), Partial(node.f, changed)


def some_factors(node: sp.Expr, k: Idx) -> Iterator[tuple[sp.Expr, ...]]:
    """The whole of a node, and the pairs of its factors, in which a letter stands."""
    fs = [f for f in Mul.make_args(node) if f.has(k)]
    yield tuple(fs)
    if len(fs) > 2:
        yield from combinations(fs, 2)


def other_letters(entry: Indexed | KroneckerDelta, reach: frozenset[Idx]) -> Iterator[sp.Expr]:
    """The entry with two letters exchanged, or with one other letter of the right range."""
    indexed = isinstance(entry, Indexed)
    at = entry.indices if indexed else entry.args
    make = (lambda new: Indexed(entry.base, *new)) if indexed else (lambda new: KroneckerDelta(*new))
    if indexed:
        for p, q in combinations(range(len(at)), 2):
            new = list(at)
            new[p], new[q] = at[q], at[p]
            yield make(new)
    for axis, k in enumerate(at):
        size = entry.base.shape[axis] if indexed else size_of(k) if isinstance(k, Idx) else None
        for other in sorted(reach, key=str):
            if other != k and size_of(other) == size:
                yield make([*at[:axis], other, *at[axis + 1 :]])


def factors_too_many(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """Without one factor of a product, or of each term of a sum."""
    if isinstance(node, Mul):
        for f in node.args:
            if f != -1:
                yield Kind.FACTOR, f, None, Mul(*[g for g in node.args if g is not f])
    if isinstance(node, Add):
        shared = set.intersection(*[set(single_factors(t)) for t in node.args])
        for f in sorted(shared - {sp.S.NegativeOne}, key=str):
            yield Kind.FACTOR, f, None, Add(*[t / f for t in node.args])
    if isinstance(node, sp.exp) and isinstance(node.args[0], Add):
        for f in single_factors(node):
            yield Kind.FACTOR, f, None, node / f
    if isinstance(node, Indexed | KroneckerDelta | Sum | Elementwise | sp.exp):
        yield Kind.FACTOR, node, None, sp.S.One


def single_factors(e: sp.Expr) -> list[sp.Expr]:
    """The factors of a product, those of e^(a + b) one by one."""
    found = []
    for f in Mul.make_args(e):
        exponents = Add.make_args(f.args[0]) if isinstance(f, sp.exp) else ()
        found += [sp.exp(t) for t in exponents] or [f]
    return found


def powers(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """Another exponent."""
    if isinstance(node, Pow) and node.exp.is_Integer:
        for n in (node.exp - 1, node.exp + 1, -node.exp):
            yield Kind.FACTOR, node, node.base**n, node.base**n
    elif isinstance(node, Indexed | Sum | sp.exp):
        yield Kind.FACTOR, node, node**2, node**2
        yield Kind.FACTOR, node, 1 / node, 1 / node


def primes(node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
    """h' in place of h, and the other way round."""
    if isinstance(node, Elementwise):
        fewer = [node.at(*node.slots[1:])] if node.order else []
        for new in (*fewer, *(node.derivative(slot) for slot in range(len(node.arguments)))):
            yield Kind.WRONG_FUNCTION, node, new, new


@dataclass(frozen=True)
class Vocabulary:
    """What can stand in a line: the letters of the definitions, and whatever stands in right lines."""

    chain: Chain
    right_lines: tuple[sp.Expr, ...]

    def tensors(self, node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
        """Another tensor of the same shape in place of one: Y for X, dY for Y."""
        written = {x.base for line in (*self.right_lines, node) for x in line.atoms(Indexed)}
        known = {t for t in self.chain.tensors if isinstance(t, Tensor)}
        for old in sorted({x.base for x in node.atoms(Indexed)}, key=str):
            for new in sorted(known | written, key=str):
                if new.shape == old.shape and not node.has(new):
                    changed = {x: new[tuple(x.indices)] for x in node.atoms(Indexed) if x.base == old}
                    x = min(changed, key=str)
                    yield Kind.WRONG_ARRAY, x, changed[x], node.xreplace(changed)

    def sizes_missing(self, node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
        """A size, or its inverse, more in one term of a sum, or in all but one: S dY_ij − Σ_m dY_mj for dY_ij − ..."""
        if isinstance(node, Add):
            for some in dict.fromkeys(part for t in node.args for part in (t, node - t)):
                for n in self.sizes:
                    for f in (n, 1 / n):
                        yield Kind.FACTOR, None, f, node - some + f * some, some

    def factors_missing(self, node: sp.Expr, reach: frozenset[Idx]) -> Iterator[Change]:
        """One factor more."""
        if node.is_number and abs(node) != 1:
            return
        inside, put = inside_of(node)
        for f in self.factors(reach | free_indices(inside)):
            if node.is_number and isinstance(f, Pow):
                continue  # 1/Y − Y for 1 − Y is nobody's slip
            yield Kind.FACTOR, None, f, put(inside * f), node

    def factors(self, reach: frozenset[Idx]) -> Iterator[sp.Expr]:
        """Sizes, 2, entries of the tensors, h', e^X, and the inverses; then the factors of right lines."""
        tensors = sorted((t for t in self.chain.tensors if isinstance(t, Tensor)), key=str)
        for n in (*self.sizes, sp.Integer(2)):
            yield from (n, 1 / n)
        entries = [e for t in tensors for e in entries_of(t, reach)]
        leaves = [e for e in entries if e.base in self.chain.leaves]
        yield from entries
        yield from (e for t in tensors if t in self.chain for e in entries_of(upstream(t), reach))
        unknown = [e for d in self.chain for e in d.right.atoms(Elementwise)]
        names = {e.args[0] for e in unknown if len(e.arguments) == 1}
        inside = {x.base for e in unknown for x in e.arguments if isinstance(x, Indexed)}
        within = [e for e in entries if e.base in inside or e.base in self.chain.leaves]
        yield from (Elementwise(name, sp.Tuple(0), x) for name in names for x in within)
        yield from (1 / e for e in entries)
        yield from (sp.exp(e) for e in leaves)
        yield from (f for f in self.compound if free_indices(f) <= reach)

    @cached_property
    def sizes(self) -> list[sp.Symbol]:
        """S, N: those of the axes of all tensors."""
        tensors = [t for t in self.chain.tensors if isinstance(t, Tensor)]
        return sorted({s for t in tensors for n in t.shape for s in n.free_symbols}, key=str)

    @cached_property
    def compound(self) -> list[sp.Expr]:
        """The sums, quotients and brackets that are factors in right lines."""
        nodes = [node for line in self.right_lines for node, _, _ in places(line)]
        found = [f for node in nodes for f in Mul.make_args(node) if isinstance(f, Sum | Add | Pow)]
        return list(dict.fromkeys(found))


def entries_of(t: Tensor, reach: frozenset[Idx]) -> Iterator[Indexed]:
    """Every entry that the letters in reach can name."""
    fitting = [[k for k in sorted(reach, key=str) if size_of(k) == n] for n in t.shape]
    for chosen in product(*fitting):
        if len(set(chosen)) == len(chosen):
            yield t[chosen]

"""How to walk through an expression and rewrite it, and never capture an index on the way."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, count

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Product, Sum

from helpers.derive.bound import bound_by
from helpers.derive.notation import Cases, Iverson, OfMatrix, OverIndex, Partial, free_indices

Identity = Callable[[sp.Expr], sp.Expr]


def summed_indices(e: sp.Expr) -> set[Idx]:
    """The letters that a sum inside e binds, or a product, or a maximum."""
    return {k for s in e.atoms(Sum, Product, OverIndex) for k in bound_by(s)}


def size_of(k: Idx) -> sp.Expr:
    """How many values an index takes."""
    return k.upper - k.lower + 1


def total(f: sp.Expr, limits: Sequence) -> sp.Expr:
    """Σ f, numbers in front of it: SymPy would keep a Sum of 0."""
    number, rest = f.as_coeff_Mul()
    return number * (Sum(rest, *limits) if limits else rest) if number else sp.S.Zero


def fresh(k: Idx, taken: Iterable[Idx], letters: str = "klpqrstuvw") -> Idx:
    """An index over the range of k, with a letter that is not taken; where all are, k', k'', ...

    A letter that says what it counts, the c of a channel, stays: another channel is c'.
    """
    letters = letters if str(k)[0] in "ijklmnpq" else ""
    names = {str(t) for t in taken}
    candidates = chain(letters, (str(k) + "'" * primes for primes in count(1)))
    return Idx(next(c for c in candidates if c not in names), size_of(k))


def rename_apart(e: sp.Expr, taken: Iterable[Idx]) -> sp.Expr:
    """Σ_k f_k = Σ_l f_l: summed letters of e move away from those that are taken, in conditions too."""
    names = {str(t) for t in taken}
    if not e.args or not names & {str(k) for k in summed_indices(e)}:
        return e
    e = e.func(*[rename_apart(a, taken) for a in e.args])
    tensors = {a.base for a in e.atoms(Indexed)}
    for k in bound_by(e):
        if str(k) in names:
            e = rebound(e, k, fresh(k, {*taken, *tensors, *free_indices(e), *summed_indices(e)}))
    return e


def rebound(e: sp.Expr, k: Idx, l: Idx) -> sp.Expr:
    """Σ_k f_k as Σ_l f_l, for this very node; what stands beside an operation keeps its k."""
    if isinstance(e, OverIndex):
        return e.func(e.of.xreplace({k: l}), l, *e.beside)
    return e.xreplace({k: l})


def letters_apart(e: sp.Expr, kept: Iterable[Idx]) -> sp.Expr:
    """e with one meaning for each letter: of two k, over N and over T, or an index k and a tensor k, one is renamed.

    None of the kept is.
    """
    letters = e.atoms(Idx)
    over: dict[str, sp.Basic] = {str(a.base.label): a.base for a in e.atoms(Indexed)}
    if len({k.name for k in letters}) == len(letters) and not any(k.name in over for k in letters):
        return e
    every = sorted(letters, key=lambda k: (k not in kept, str(k), str(k.upper)))
    for k in every:
        if over.setdefault(str(k), k) != k and k not in kept:
            new = fresh(k, [*every, *over.values()])
            over[str(new)] = new
            e = e.xreplace({k: new})
    return e


def substitute(e: sp.Expr, old: Sequence[Idx], new: Sequence[sp.Expr]) -> sp.Expr:
    """e with the indices `new` in the places of `old`, all at once."""
    arriving = set().union(*(free_indices(sp.sympify(v)) for v in new))
    return rename_apart(e, {*arriving, *old}).xreplace(dict(zip(old, new, strict=True)))


def rebuild(e: sp.Expr, new: Sequence[sp.Expr]) -> sp.Expr:
    """e with new parts; a sum of nothing is nothing."""
    if isinstance(e, Sum):
        return total(new[0], e.limits)
    if isinstance(e, Partial):
        return Partial(rename_apart(new[0], free_indices(e.x)), e.x)
    if isinstance(e, Cases):
        return Cases(*[(f, piece.cond) for f, piece in zip(new, e.args, strict=True)])
    if isinstance(e, Product | OverIndex):
        return e.func(new[0], *e.args[1:])
    return e.func(*new)


def parts(e: sp.Expr) -> list[sp.Expr]:
    """The expressions that e is built of. An entry, a delta and a bracket have none: their indices are no places."""
    if not e.args or isinstance(e, Indexed | Idx | KroneckerDelta | Iverson | OfMatrix):
        return []
    if isinstance(e, Sum | Product):
        return [e.function]
    if isinstance(e, OverIndex):
        return [e.of]
    if isinstance(e, Partial):
        return [e.f]
    if isinstance(e, Cases):
        return [piece.expr for piece in e.args]
    return list(e.args)


def everywhere(e: sp.Expr, identity: Identity) -> sp.Expr:
    """The identity at each place of e, from the inside out."""
    old = parts(e)
    new = [everywhere(a, identity) if isinstance(a, sp.Expr) else a for a in old]
    return identity(e if new == old else rebuild(e, new))


def outside(e: sp.Expr, identity: Identity) -> sp.Expr:
    """The identity at each place of e that no ∂ stands before: what is still to be differentiated stays as it is."""
    old = [] if isinstance(e, Partial) else parts(e)
    new = [outside(a, identity) if isinstance(a, sp.Expr) else a for a in old]
    return identity(e if new == old else rebuild(e, new))


def at_the_top(e: sp.Expr, identity: Identity) -> sp.Expr:
    """The identity at each place that is under no sum and no ∂."""
    if isinstance(e, Sum | Partial):
        return e
    old = parts(e)
    new = [at_the_top(a, identity) if isinstance(a, sp.Expr) else a for a in old]
    return identity(e if new == old else rebuild(e, new))


def innermost(e: sp.Expr, identity: Identity) -> sp.Expr:
    """The identity at the deepest places where it acts, and nowhere above them."""
    old = parts(e)
    new = [innermost(a, identity) if isinstance(a, sp.Expr) else a for a in old]
    return identity(e) if new == old else rebuild(e, new)


def factors(e: sp.Expr) -> list[sp.Expr]:
    """a, b, c of a product a b c; of cases in it the factors that all of them share, and the cases of what is left."""
    return [g for f in Mul.make_args(e) for g in (shared(f) if isinstance(f, Cases) else [f])]


def shared(e: Cases) -> list[sp.Expr]:
    """The factors of every case, and the cases of what is left. A case of 0 shares all that is finite there."""
    pieces = [list(Mul.make_args(piece.expr)) for piece in e.args]
    zero = [sp.S.Zero]
    common = [
        f
        for f in next((fs for fs in pieces if fs != zero), zero)
        if not f.is_number
        and all(f in fs or (fs == zero and isinstance(f, Indexed | KroneckerDelta)) for fs in pieces)
    ]
    rest = [
        (Mul(*[f for f in fs if f not in common]), piece.cond)
        for fs, piece in zip(pieces, e.args, strict=True)
    ]
    return [*common, Cases(*rest)] if common else [e]


def powers(e: sp.Expr) -> tuple[sp.Expr, dict[sp.Expr, sp.Expr]]:
    """A product as its number and {factor: exponent}; e^(-2x) counts as (e^x)^-2."""
    number, exponents = known_powers(e)
    return number, dict(exponents)


@lru_cache(maxsize=4096)
def known_powers(e: sp.Expr) -> tuple[sp.Expr, dict[sp.Expr, sp.Expr]]:
    """The same, asked for often: whoever changes the exponents needs a dictionary of its own."""
    number, exponents = sp.S.One, {}
    for f in factors(e):
        if f.is_number:
            number *= f
            continue
        base, exponent = f.args if isinstance(f, Pow) and f.exp.is_Rational else (f, sp.S.One)
        if isinstance(base, sp.exp):
            c, t = base.exp.as_coeff_Mul()
            base, exponent = sp.exp(t), exponent * c
        exponents[base] = exponents.get(base, 0) + exponent
    return number, exponents


def from_powers(number: sp.Expr, exponents: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    return Mul(number, *[base**exponent for base, exponent in exponents.items()])


def same(a: sp.Expr, b: sp.Expr) -> bool:
    """Equal up to the letters of the sums."""
    return a == b or (a.func == b.func and all(map(summed_indices, (a, b))) and nameless(a) == nameless(b))


@lru_cache(maxsize=4096)
def nameless(e: sp.Basic, depth: int = 0) -> sp.Basic:
    """e with the letters that it binds named by their depth: Σ_k Σ_l A_kl and Σ_m Σ_n A_mn become one.

    (SymPy's as_dummy gives nested sums one and the same letter, and so takes a row sum for a column sum.)
    """
    if not summed_indices(e):
        return e
    letters = bound_by(e)
    for at, k in enumerate(letters, depth):
        e = rebound(e, k, Idx(f"_{at}", size_of(k)))
    return e.func(*[nameless(a, depth + len(letters)) for a in e.args])


def terms(e: sp.Expr) -> list[sp.Expr]:
    """a, b, c of a sum a + b + c."""
    return list(Add.make_args(e))

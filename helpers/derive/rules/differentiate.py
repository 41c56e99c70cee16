"""The rules of differentiation, for ∂f/∂x with x one entry of a tensor."""

import sympy as sp
from sympy import Add, Indexed, KroneckerDelta, Mul, Pow, Sum
from sympy.core.function import ArgumentIndexError

from helpers.derive.chain import Chain
from helpers.derive.notation import Cases, Elementwise, L, Partial, free_indices, in_cases, is_number
from helpers.derive.rewrite import factors, rename_apart, terms, total
from helpers.derive.rules.base import derivative_rule, rule


@derivative_rule("definition")
def definition(f, x, chain):
    """∂Y_mn/∂x = ∂(the right side of Y's definition)/∂x"""
    tensor = f.base if isinstance(f, Indexed) else f
    if tensor in chain and tensor != x.base:
        return Partial(rename_apart(chain[tensor].at(f), free_indices(x)), x)


@derivative_rule("linearity", bookkeeping=True)
def linearity(f, x, chain):
    """∂(a f + b g)/∂x = a ∂f/∂x + b ∂g/∂x, sums included, and ∂a/∂x = 0"""
    if not chain.depends(f, x.base):
        return sp.S.Zero
    if isinstance(f, Add):
        return Add(*[linearity(Partial(t, x), chain) for t in terms(f)])
    if isinstance(f, Sum):
        f = rename_apart(f, free_indices(x))
        return total(linearity(Partial(f.function, x), chain), f.limits)
    if isinstance(f, Mul):
        changing = [a for a in f.args if chain.depends(a, x.base)]
        if len(changing) < len(f.args):
            constant = Mul(*[a for a in f.args if a not in changing])
            return Mul(constant, linearity(Partial(Mul(*changing), x), chain))


@derivative_rule("product rule")
def product_rule(f, x, chain):
    """∂(f g)/∂x = (∂f/∂x) g + f (∂g/∂x)"""
    if isinstance(f, Mul) and not chain.depends(denominator(f), x.base):
        fs = factors(f)
        return Add(*[Mul(*fs[:k], Partial(g, x), *fs[k + 1 :]) for k, g in enumerate(fs)])


@derivative_rule("quotient rule")
def quotient_rule(f, x, chain):
    """∂(u/v)/∂x = (v ∂u/∂x − u ∂v/∂x) / v²"""
    if isinstance(f, Mul) and chain.depends(v := denominator(f), x.base):
        u = f * v
        return (v * Partial(u, x) - u * Partial(v, x)) / v**2


@derivative_rule("chain rule")
def chain_rule(f, x, chain):
    """∂f(u)/∂x = f'(u) ∂u/∂x"""
    if isinstance(f, Pow):
        u, c = f.args
        if chain.depends(c, x.base):
            if not u.is_positive:
                raise NotImplementedError(
                    f"{f} has {x.base} in its exponent: write exp({c}*log({u})), or say that the base is positive"
                )
            return Mul(f, Partial(c * sp.log(u), x))
        return Mul(c, u ** (c - 1), Partial(u, x))
    if isinstance(f, Elementwise) and len(f.arguments) == 1:
        return f.derivative() * Partial(f.argument, x)
    if isinstance(f, sp.Max | sp.Min):
        return Add(*[selected(f, u) * Partial(u, x) for u in f.args if chain.depends(u, x.base)])
    if isinstance(f, Cases):
        return cases(f, x, chain)
    if isinstance(f, sp.Abs):
        return sp.sign(f.args[0]) * Partial(f.args[0], x)
    if isinstance(f, sp.sign | sp.Heaviside | sp.floor | sp.ceiling):
        return sp.S.Zero  # constant but for its steps, as autograd has it
    if isinstance(f, sp.Function) and len(f.args) == 1:
        return slope(f) * Partial(f.args[0], x)


@derivative_rule("chain rule, the sum over the paths")
def sum_over_paths(f, x, chain):
    """∂f(y, z)/∂x = f_y ∂y/∂x + f_z ∂z/∂x"""
    if isinstance(f, Elementwise) and len(f.arguments) > 1:
        return Add(*[f.derivative(slot) * Partial(u, x) for slot, u in enumerate(f.arguments)])


@derivative_rule("∂x/∂x = 1", bookkeeping=True, tex=r"\frac{\partial x}{\partial x} = 1")
def itself(f, x, chain):
    """∂x/∂x = 1 of a number x"""
    if f == x and is_number(x):
        return sp.S.One


@rule("symmetry of the mixed derivatives")
def symmetry(e):
    """f_zy = f_yz, where the second derivatives are continuous"""
    return e.at(*sorted(e.slots)) if isinstance(e, Elementwise) else e


@derivative_rule("Kronecker delta")
def kronecker(f, x, chain):
    """∂X_mn/∂X_ij = δ_mi δ_nj"""
    if isinstance(f, Indexed) and f.base == x.base:
        return Mul(*[KroneckerDelta(a, b) for a, b in zip(f.indices, x.indices, strict=True)])


def denominator(f: sp.Expr) -> sp.Expr:
    """v of u/v; e^(-x) is no quotient."""
    return Mul(*[1 / a for a in factors(f) if isinstance(a, Pow) and a.exp.is_number and a.exp.is_negative])


def selected(f: sp.Expr, u: sp.Expr) -> sp.Expr:
    """Where max(u, v) is u: [u > v]; of equal ones the first counts, a number first of all, so max(0, u)' is 0 at 0."""
    ordered = sorted(f.args, key=lambda a: (bool(a.atoms(Indexed)), str(a)))
    at, sign = ordered.index(u), 1 if isinstance(f, sp.Max) else -1
    return Mul(*[sp.Heaviside(sign * (u - v), int(k > at)) for k, v in enumerate(ordered) if k != at])


def cases(f: Cases, x: Indexed, chain: Chain) -> sp.Expr:
    """Σ_u (∂/∂u of each case) ∂u/∂x, over the quantities u that the cases are made of."""
    inside = sorted(set().union(*(changing(value, x, chain) for value, _ in f.args)), key=str)
    names = {u: sp.Dummy("u", real=True) for u in inside}
    back = {t: u for u, t in names.items()}

    def by(t: sp.Dummy) -> sp.Expr:
        return Cases(*[(sp.diff(value.xreplace(names), t).xreplace(back), when) for value, when in f.args])

    return Add(*[by(names[u]) * Partial(u, x) for u in inside])


def changing(e: sp.Expr, x: Indexed, chain: Chain) -> set[sp.Expr]:
    """The largest quantities in e that change with x and are no sum, product, power or known function of others."""
    if not chain.depends(e, x.base):
        return set()
    if isinstance(e, Add | Mul | Pow | sp.exp | sp.log | sp.tanh):
        return set().union(*(changing(a, x, chain) for a in e.args))
    return {e}


def slope(f: sp.Function) -> sp.Expr:
    """f' of a function of one argument, as SymPy knows it."""
    try:
        known = in_cases(f.fdiff(1))
    except ArgumentIndexError:
        known = None
    if known is None or known.has(sp.Derivative, sp.Subs):
        raise NotImplementedError(unknown(f))
    return known


def unknown(f: sp.Function) -> str:
    name, count = type(f).__name__, len(f.args)
    letters = ", ".join("yzuvw"[:count])
    given = f"elementwise('{name}')" if count == 1 else f"elementwise('{name}({letters})')"
    return f"no rule here differentiates {f}: write {name} by its formula, or {name} = {given} where it is unknown"


def refuse_unfinished(e: sp.Expr, chain: Chain) -> None:
    """A derivative that no rule could carry out is an error, never a result."""
    for p in sorted(e.atoms(Partial), key=str):
        if p.f != L and not (isinstance(p.f, Indexed) and p.f.base not in chain):
            unknown_function = isinstance(p.f, sp.core.function.AppliedUndef)
            said = f"no rule here differentiates {p.f} with respect to {p.x}"
            raise NotImplementedError(unknown(p.f) if unknown_function else said)

"""Where a derivation starts: by which entry, of which entry, through which upstream gradients."""

from collections.abc import Iterable, Sequence

import sympy as sp
from sympy import Idx, Indexed, Sum

from helpers.derive.chain import Chain
from helpers.derive.definition import Fact
from helpers.derive.derivation import Derivation
from helpers.derive.names import name_of
from helpers.derive.notation import L, Partial, Single, Tensor, free_indices, upstream
from helpers.derive.places import check_entry
from helpers.derive.rewrite import fresh, substitute, summed_indices
from helpers.derive.rules import chain_rule, insert, linearity, pull_out


def entry_of(x: Tensor | Indexed, taken: set[Idx], letters: str = "ijkl") -> Indexed:
    """X_ij for a bare X, with letters that are not taken; an entry stays what it is."""
    if isinstance(x, Indexed):
        check_entry(x)
        return x
    if x.shape == (1,):
        return x[0]
    chosen: list[Idx] = []
    for size in x.shape:
        chosen.append(fresh(Idx("i", size), {*taken, *chosen}, letters))
    return x[tuple(chosen)]


def apart(letters: Sequence[Idx], x: Indexed, taken: Iterable[Idx] = ()) -> tuple[Idx, ...]:
    """The letters, those of x among them replaced by others: Y_kl beside X_mn."""
    chosen: list[Idx] = []
    for k in letters:
        clash = isinstance(k, Idx) and str(k) in map(str, x.indices)
        chosen.append(fresh(k, {*taken, *letters, *x.indices, *chosen}, "klpqrs") if clash else k)
    return tuple(chosen)


def letters_of(chain: Chain) -> set[Idx | Tensor]:
    """Every letter that a definition uses: a tensor that is called k leaves no index of that name."""
    used = (free_indices(d.right) | summed_indices(d.right) | set(d.indices) for d in chain)
    return set(chain.tensors).union(*used)


def variable(x: Tensor | Indexed, chain: Chain, taken: set[Idx] | None = None) -> Indexed:
    """The entry that is differentiated by; it must occur. Its letters are none of those taken."""
    x = x[0] if isinstance(x, Single) else x
    base = x.base if isinstance(x, Indexed) else x
    if isinstance(base, sp.Symbol) and any(d.right.has(base) for d in chain):
        raise ValueError(
            f"{base} is a plain letter: to differentiate by it, write {base}, = numbers('{base}')"
        )
    if not isinstance(base, sp.IndexedBase):
        raise TypeError(f"{x!r} is no tensor: name what to differentiate by, as W or W[i, j]")
    if base not in chain.tensors:
        known = ", ".join(sorted(map(name_of, chain.tensors)))
        raise ValueError(f"{name_of(base)} is not defined: the definitions speak of {known}")
    if base.label.is_integer:
        raise ValueError(f"{name_of(base)} holds integers: nothing can be differentiated by it")
    letters = list(map(str, getattr(x, "indices", ())))
    if len(set(letters)) < len(letters):
        raise ValueError(f"{x} repeats a letter: an entry in general position needs different ones")
    return entry_of(x, letters_of(chain) if taken is None else taken)


def start_jacobian(
    chain: Chain,
    x: Tensor | Indexed,
    of: Tensor | Indexed | None = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂Y_mn/∂X_ij, no line yet."""
    x = variable(x, chain)
    y = of if of is not None else chain.output.left
    y = y if isinstance(y, Indexed) else chain[y].left
    if y == L:
        raise ValueError("the loss has a gradient: use gradient(...)")
    y = substitute(y, y.indices, apart(y.indices, x))
    return Derivation(Partial(y, x), chain, facts, lemmas)


def start_gradient(
    chain: Chain,
    x: Tensor | Indexed,
    through: Tensor | sp.Symbol | None = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
    beside: Iterable[Tensor] = (),
) -> Derivation:
    """∂L/∂X_ij, and its first line Σ_mn ∂L/∂Y_mn ∂Y_mn/∂X_ij where Y, or the output, has an upstream gradient."""
    x = variable(x, chain)
    derivation = Derivation(Partial(L, x), chain, facts, lemmas)
    Y = chain.output.tensor if through is None else through
    if Y == L:
        return derivation
    entry, letters = chain[Y].left, apart(chain[Y].indices, x, letters_of(chain))
    entry = substitute(entry, chain[Y].indices, letters)
    arriving = upstream(Y, beside={*chain.tensors, *beside})[entry.indices] * Partial(entry, x)
    return derivation.write(chain_rule, Sum(arriving, *letters) if letters else arriving)


def start_hessian(
    first: Derivation, x: Tensor | Indexed, y: Tensor | Indexed | None, lemmas: Iterable[Derivation]
) -> Derivation:
    """∂²L/∂X_ij∂Y_kl, and its first line: the gradient ∂L/∂X_ij under ∂/∂Y_kl."""
    x = x if isinstance(x, Indexed) else first.left.x
    y = variable(y if y is not None else x.base if free_indices(x) else x, first.chain, free_indices(x))
    derivation = Derivation(Partial(Partial(L, x), y), first.chain, first.facts, lemmas)
    return derivation.then(insert(first))


def start_product(hessian: Derivation, V: Tensor) -> Derivation:
    """∂/∂X_ij Σ_kl V_kl ∂L/∂X_kl, and its first lines: the Hessian under the sum."""
    first, second = hessian.left.f.x, hessian.left.x
    if first.base != second.base or V.shape != first.base.shape:
        raise ValueError(f"V of the shape of {name_of(first.base)} is needed, and a Hessian by it alone")
    chain = Chain(hessian.chain, given=[V])
    dotted = Sum(V[second.indices] * Partial(L, second), *second.indices)
    derivation = Derivation(Partial(dotted, first), chain, hessian.facts, [*hessian.lemmas, hessian])
    return derivation.then(linearity, insert(hessian), pull_out)


def consumers(chain: Chain, x: Tensor, stops: Iterable[Tensor]) -> list[Tensor]:
    """The first of the stops that are computed from x, on every path; x itself where its past is read."""
    reached, found, stops = {x}, [], set(stops)
    for d in chain:
        if d.depends_on & reached:
            (found.append if d.tensor in stops else reached.add)(d.tensor)
    return found

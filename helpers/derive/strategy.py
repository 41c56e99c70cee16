"""The default order of the rules, which leads to the compact form of a textbook without being told the layer.

Differentiate until no derivative is left; use up the deltas; multiply out where that lets something cancel, vanish or
get a name; write names and facts; take out common factors. A notebook may choose its own order with `then`.
"""

from collections.abc import Iterable

import sympy as sp
from sympy import Indexed

from helpers.derive import rules as r
from helpers.derive.chain import Chain, Definitions
from helpers.derive.definition import Definition, Fact
from helpers.derive.derivation import Derivation, Identity
from helpers.derive.names import name_of
from helpers.derive.notation import L, Partial, Past, Tensor, free_indices
from helpers.derive.paths import Stops, add_paths, start_path, stops_of
from helpers.derive.rules.differentiate import refuse_unfinished
from helpers.derive.start import (
    consumers,
    start_gradient,
    start_hessian,
    start_jacobian,
    start_product,
    variable,
)
from helpers.derive.tidy import nested_names, tidy, worth_a_name


def solve(derivation: Derivation) -> Derivation:
    """Carry a derivation that has only its start to the compact form."""
    differentiate(derivation)
    return refuse_stray(tidy(derivation))


def refuse_stray(derivation: Derivation) -> Derivation:
    """A letter that is free on one side alone is an error, never a result."""
    for k in sorted(free_indices(derivation.result) - set(derivation.free), key=str):
        raise NotImplementedError(
            f"{derivation.left} cannot be derived here: {k} would be left free on the right"
        )
    return derivation


def differentiate(derivation: Derivation) -> Derivation:
    """Definition, linearity, product, quotient and chain rule, Kronecker delta, until no ∂ is left."""
    if states := derivation.chain.states:
        raise ValueError(
            f"through the recursion of {name_of(states[0])} only a gradient is derived: gradient(...)"
        )
    derivation.lemmas += lemmas_for(derivation)
    insert = [r.insert(lemma) for lemma in derivation.lemmas]
    names = [r.recognise(d) for d in nested_names(derivation.chain)]
    derivation.until_done(
        *insert,
        r.definition,
        r.linearity,
        r.named_at_once(r.quotient_rule, names),
        r.linearity,
        r.product_rule,
        r.linearity,
        r.sum_over_paths,
        *r.OF_NODES,
        r.named_at_once(r.chain_rule, names),
        r.itself,
    )
    derivation.then(r.symmetry, r.kronecker)
    refuse_unfinished(derivation.result, derivation.chain)
    return derivation


def lemmas_for(derivation: Derivation) -> list[Derivation]:
    """The Jacobians on the way that have a name for what is in them: worth deriving once and inserting."""
    chain, x, found = derivation.chain, derivation.left.x, []
    own = getattr(derivation.left.f, "base", None)
    under = [p.f for p in derivation.result.atoms(Partial)]
    needed = {e.base for f in under for e in f.atoms(Indexed)} | ({L} & set(under))
    for d in chain:
        used = any(chain.computed_from(n, d.tensor) for n in needed)
        varies = chain.computed_from(d.tensor, x.base) and d.tensor not in (x.base, own, L)
        known = any(lemma.is_jacobian(d.tensor, x.base) for lemma in derivation.lemmas)
        if used and varies and not known and (found or worth_a_name(d)):
            lemma = start_jacobian(Chain(before(chain, d)), x.base, d.tensor, derivation.facts)
            lemma.lemmas += [*derivation.lemmas, *found]
            tidy(differentiate(lemma))
            if found or any(line.rule.title.startswith(("recognise", "insert")) for line in lemma.lines):
                found.append(lemma)
    return found


def before(chain: Chain, last: Definition) -> list[Definition]:
    """The definitions up to one of them, itself included."""
    definitions = list(chain)
    return definitions[: definitions.index(last) + 1]


def jacobian(
    definitions: Definitions,
    x: Tensor | Indexed,
    of: Tensor | Indexed | None = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂Y/∂X, one entry for each entry of Y and of X: Y is `of`, or the output of the definitions."""
    return solve(start_jacobian(Chain(definitions), x, of, facts, lemmas))


def jacobians(
    definitions: Definitions, x: Tensor | Indexed, *of: Tensor, lemmas: Iterable[Derivation] = ()
) -> dict[str, Derivation]:
    """∂μ/∂X, ∂v/∂X, ∂σ/∂X, ...: one after the other, each with those before it as lemmas."""
    found: dict[str, Derivation] = {}
    for y in of:
        found[f"d{name_of(y)}/d{name_of(x)}"] = jacobian(definitions, x, y, lemmas=[*lemmas, *found.values()])
    return found


def identity(
    definitions: Definitions, left: sp.Expr, name: str, lemmas: Iterable[Derivation] = ()
) -> Identity:
    """An expression as what it comes to by its definitions, Σ_m (X_mn − μ_n) = 0: a lemma to insert elsewhere."""
    derivation = Identity(left, Chain(definitions), name, lemmas)
    derivation.then(*[r.insert(lemma) for lemma in derivation.lemmas])
    return tidy(derivation)


def gradient(
    definitions: Definitions,
    x: Tensor | Indexed,
    through: Stops = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂L/∂X, in the shape of X.

    Where the last definition is the loss L, it is differentiated. Where it is a tensor Y, the derivation starts from
    its upstream gradient: ∂L/∂X = Σ ∂L/∂Y ∂Y/∂X. In a net, `through` names the quantities whose upstream gradient is
    known as well: gradient(net, W1, through=Y1). Where X reaches the loss through several of them, or past them, the
    gradient is the sum over its `paths`, each a derivation. Lemmas are inserted where they fit.
    """
    chain, lemmas = Chain(definitions), list(lemmas)
    x = variable(x, chain)
    stops = stops_of(chain, x.base, through)
    first = consumers(chain, x.base, stops)
    if len(first) < 2 and not chain.states:
        return solve(start_gradient(chain, x, *first, facts=facts, lemmas=lemmas))
    whole = Derivation(Partial(L, x), chain, facts)
    paths = [solve(start_path(whole, Y, stops, lemmas)) for Y in first]
    return tidy(add_paths(whole, paths))


def backpropagate(definitions: Definitions, *xs: Tensor, facts: Iterable[Fact] = ()) -> dict[str, Derivation]:
    """The gradients of a net from the back to the front, each through the upstream gradients before it: {"dW2": ...}.

    Without `xs` all of them: every quantity that leads to the output, then what they start from. A quantity that is
    not among `xs` is differentiated through: without P, softmax and cross-entropy are one step.
    """
    chain = Chain(definitions)
    bases = [x.base if isinstance(x, Indexed) else x for x in xs] or all_variables(chain)
    stops = [x for x in bases if x in chain and x != chain.output.tensor]
    return {
        f"d{name_of(x)}": gradient(
            chain, x, [Y for Y in stops if x != Y and chain.computed_from(Y, x)], facts
        )
        for x in bases
    }


def all_variables(chain: Chain) -> list[Tensor]:
    """What a gradient can be taken by, from the back to the front: an integer has none, nor what leads nowhere."""
    output = chain.output.tensor
    every = [*(d.tensor for d in reversed(chain.definitions)), *chain.leaves]
    every = [x for x in every if x != output and not isinstance(x, Past) and not x.label.is_integer]
    return [x for x in every if chain.computed_from(output, x)]


def hessian(
    definitions: Definitions,
    x: Tensor | Indexed,
    y: Tensor | Indexed | None = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂²L/∂X_ij∂Y_kl, by default ∂²L/∂X_ij∂X_kl: the gradient, derived first, is differentiated once more."""
    chain, facts, lemmas = Chain(definitions), tuple(facts), list(lemmas)
    first = next((lemma for lemma in lemmas if is_gradient(lemma, x)), None)
    if first is None:
        lemmas.append(first := gradient(chain, x, facts=facts, lemmas=lemmas))
    return solve(start_hessian(first, x, y, lemmas))


def is_gradient(derivation: Derivation, x: Tensor | Indexed) -> bool:
    """Whether it is ∂L/∂X for that X."""
    base = x.base if isinstance(x, Indexed) else x
    return isinstance(derivation.left, Partial) and derivation.left.f == L and derivation.left.x.base == base


def hessian_vector_product(hessian: Derivation, V: Tensor) -> Derivation:
    """Σ_kl ∂²L/∂X_kl∂X_ij V_kl, in the shape of X: the Hessian times a V, of which only the product is kept."""
    return solve(start_product(hessian, V))

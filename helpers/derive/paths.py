"""A gradient path by path: the sum over the quantities that use x, every other named quantity held as given.

    ∂L/∂X_ij = Σ_Y Σ_mn ∂L/∂Y_mn (∂Y_mn/∂X_ij with all other stops held)

The loss changes with X through each Y that is computed from it. What a path finds further on, behind another stop, is
in the upstream gradient of that stop already; so nothing is counted twice, also where one path leads through another.
"""

from collections.abc import Iterable

import sympy as sp
from sympy import Add, Indexed

from helpers.derive.chain import Chain
from helpers.derive.derivation import Derivation, Path
from helpers.derive.names import name_of
from helpers.derive.notation import L, Partial, Tensor
from helpers.derive.past import as_present
from helpers.derive.rules import Rule
from helpers.derive.start import start_gradient

SUM = Rule("the sum over the paths", lambda e, chain: e, doc="∂L/∂x = Σ_Y ∂L/∂Y ∂Y/∂x, all other Y held")
STATES = Rule(
    "the past of the next step",
    lambda e, chain: as_present(e, chain.first_states),
    bookkeeping=True,
    doc="H_t is what the step t + 1 reads as its past",
)
Stops = Tensor | Indexed | Iterable[Tensor | Indexed] | None


def stops_of(chain: Chain, x: Tensor, through: Stops) -> list[Tensor]:
    """The quantities whose upstream gradient is known: always the output, and the states of a recursion."""
    given = [] if through is None else [through] if isinstance(through, sp.Basic) else list(through)
    stops = [Y.base if isinstance(Y, Indexed) else Y for Y in given]
    output = chain.output.tensor
    if x == output:
        way = f"; define what reads this state, Y = {name_of(x)}" if x in chain.states else ""
        raise ValueError(
            f"{name_of(x)} is the last quantity: its upstream gradient is given, not derived{way}"
        )
    for Y in stops:
        if Y not in chain:
            known = ", ".join(name_of(d.tensor) for d in chain)
            raise ValueError(f"{name_of(Y)} has no definition here: a gradient is known through {known}")
    if stops and not any(x != Y and chain.computed_from(Y, x) for Y in stops):
        names = ", ".join(map(name_of, stops))
        raise ValueError(f"{names}: not computed from {name_of(x)}, so no gradient arrives through it")
    return list(dict.fromkeys([*stops, *chain.states, output]))


def start_path(
    whole: Derivation, Y: Tensor, stops: Iterable[Tensor], lemmas: Iterable[Derivation]
) -> Derivation:
    """What of ∂L/∂X_ij arrives through Y: a derivation of its own, on the definitions of Y alone."""
    x = whole.left.x
    held = [stop for stop in stops if stop != x.base]
    chain = whole.chain.up_to(Y, held)
    known = [lemma for lemma in lemmas if holds_in(lemma, whole.chain, chain, x.base)]
    x = chain.held(x)
    path = Path(Partial(L, x), chain, whole.facts, known)
    path.lines = start_gradient(chain, x, Y, beside=whole.chain.tensors).lines
    return path


def holds_in(lemma: Derivation, whole: Chain, path: Chain, x: Tensor) -> bool:
    """Does a lemma of the whole chain hold on a path? Not where it sees through a quantity that is held there."""

    def seen(tensor: Tensor | sp.Symbol) -> bool:
        if tensor == x or tensor not in whole:
            return True
        return tensor in path and all(map(seen, whole[tensor].depends_on))

    return all(map(seen, lemma.tensors))


def add_paths(whole: Derivation, paths: list[Derivation]) -> Derivation:
    """∂L/∂X_ij = the sum of what arrives on each path, the first line of the whole."""
    whole.paths = paths
    whole.lemmas += paths
    return whole.write(SUM, Add(*[path.result for path in paths])).then(STATES)

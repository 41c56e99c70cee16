"""How other people keep the parameters of a recurrent layer: the order of gates, one bias, a matrix for each gate."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from helpers.judge.code.adapters import Adapter
from helpers.judge.code.case import Arrays, Case

GATES = {"LSTM": "IFGO", "GRU": "RZC", "RNN": "H"}
ORDERS = {"LSTM": ("IFOG", "IOFG", "FIGO", "FIOG", "FGIO", "GIFO", "OFIG", "FOIG", "FOGI"), "GRU": ("ZRC",)}


def repacked(said: str, fits: Callable[[Case], bool], there: Callable, back: Callable) -> Adapter:
    """Other parameters, made of ours; and the gradients of ours made of those of theirs."""

    def give(case: Case) -> list[Case]:
        return [replace(case, params=there(case.params))]

    def take(results: list[Arrays], case: Case) -> Arrays:
        values = results[0]
        other = {of: A for of, A in values.items() if of[1:] not in there(case.params)}
        grads = {of[1:]: A for of, A in values.items() if of not in other}
        return other | {f"d{key}": A for key, A in back(grads).items()}

    return Adapter(said, give, take, fits)


def is_a(name: str) -> Callable[[Case], bool]:
    return lambda case: case.row is not None and case.row.name == name and case.row.known["L"] == 1


def in_order(params: Arrays, own: str, theirs: str) -> Arrays:
    """Each parameter with its gates, which stand one below the other, in another order."""
    return {
        key: np.concatenate([np.split(A, len(own))[own.index(g)] for g in theirs])
        for key, A in params.items()
    }


def joined(params: Arrays) -> Arrays:
    """One bias, where ours are b and c."""
    return {key: A for key, A in params.items() if key != "c"} | {"b": params["b"] + params["c"]}


def parted(grads: Arrays) -> Arrays:
    return grads | ({"c": grads["b"]} if "b" in grads else {})


def packings(name: str) -> Iterator[Adapter]:
    """The other packings of a recurrent layer."""
    own = GATES[name]

    def biased(case: Case) -> bool:
        return is_a(name)(case) and "c" in case.params

    if name != "GRU":
        yield repacked("one bias, b + c", biased, joined, parted)
    for order in ORDERS.get(name, ()):
        packed = f"gates in the order {' '.join(order)}"

        def there(params: Arrays, order: str = order) -> Arrays:
            return in_order(params, own, order)

        def back(grads: Arrays, order: str = order) -> Arrays:
            return in_order(grads, order, own)

        yield repacked(packed, is_a(name), there, back)
        if name != "GRU":
            yield repacked(
                f"{packed}, and one bias, b + c",
                biased,
                lambda params, there=there: there(joined(params)),
                lambda grads, back=back: parted(back(grads)),
            )
    if name == "GRU":
        yield repacked("Z and 1 − Z exchanged: Hₜ = (1 − Z) ∘ Hₜ₋₁ + Z ∘ C", is_a(name), turned, turned)
        yield repacked(
            "gates in the order Z R C, with Z and 1 − Z exchanged",
            is_a(name),
            lambda params: in_order(turned(params), own, "ZRC"),
            lambda grads: turned(in_order(grads, "ZRC", own)),
        )


def turned(params: Arrays) -> Arrays:
    """Z negative in what goes into its σ: then it is 1 − Z."""
    return {
        key: np.concatenate([-A if k == 1 else A for k, A in enumerate(np.split(W, 3))])
        for key, W in params.items()
    }


def each_gate(params: Arrays, own: str) -> Arrays:
    """A matrix for each gate and each input, and one bias: Wi, Ui, bi."""
    return {
        f"{key}{gate.lower()}": A
        for key, W in joined(params).items()
        for gate, A in zip(own, np.split(W, len(own)), strict=True)
    }


def of_gates(grads: Arrays, own: str) -> Arrays:
    """The gradients of ours, where all gates of one are there."""
    names = {key: [f"{key}{gate.lower()}" for gate in own] for key in "WUb"}
    whole = {key: [grads[name] for name in each] for key, each in names.items() if {*each} <= grads.keys()}
    return parted({key: np.concatenate(each) for key, each in whole.items()})


def side_by_side(params: Arrays, first: str) -> Arrays:
    """One matrix for [H, X], or for [X, H]: W beside U."""
    return {
        "W" + key[1:]: np.hstack([W, params["U" + key[1:]]] if first == "X" else [params["U" + key[1:]], W])
        for key, W in params.items()
        if key[0] == "W"
    } | {key: A for key, A in params.items() if key[0] == "b"}


def cut(grads: Arrays, first: str) -> Arrays:
    """dW and dU, from the gradient of one matrix: the one with N columns is that of U."""
    found = {}
    for key, A in grads.items():
        if key[0] != "W" or A.ndim != 2:
            found[key] = A
            continue
        N = len(A) // (1 if key[1:] else SIDE[first[1:]])
        M = A.shape[1] - N
        W, U = (A[:, :M], A[:, M:]) if first[0] == "X" else (A[:, N:], A[:, :N])
        found |= {key: W, "U" + key[1:]: U}
    return found


def matrices(name: str) -> Iterator[Adapter]:
    """A matrix for each gate, or one for the state and the input together."""
    own = GATES[name]

    def fits(case: Case) -> bool:
        return is_a(name)(case) and "c" in case.params

    if name == "GRU":
        return  # R multiplies U H + c, which one bias cannot say
    if len(own) > 1:
        yield repacked(
            "a matrix for each gate, and one bias, b + c",
            fits,
            lambda params: each_gate(params, own),
            lambda grads: of_gates(grads, own),
        )
    for first, said in (("H", "[H, X]"), ("X", "[X, H]")):
        yield repacked(
            f"one matrix for {said}, and one bias, b + c",
            fits,
            lambda params, first=first: side_by_side(joined(params), first),
            lambda grads, first=first: parted(cut(grads, f"{first}{name}")),
        )
        if len(own) > 1:
            yield repacked(
                f"a matrix for {said} for each gate, and one bias, b + c",
                fits,
                lambda params, first=first: side_by_side(each_gate(params, own), first),
                lambda grads, first=first: of_gates(cut(grads, f"{first}{name}"), own),
            )


def by_the_right(packing: Adapter | None, name: str) -> Adapter:
    """The same with every matrix turned: X W + H U, where ours are X Wᵀ + H Uᵀ."""

    def flipped(arrays: Arrays) -> Arrays:
        return {key: A.T if A.ndim == 2 else A for key, A in arrays.items()}

    def turned_over(case: Case) -> Case:
        return replace(case, params=flipped(case.params))

    def give(case: Case) -> list[Case]:
        return [turned_over(part) for part in (packing.give(case) if packing else [case])]

    def take(results: list[Arrays], case: Case) -> Arrays:
        own = packing.give(case)[0] if packing else case
        grads = {f"d{key}" for key in own.params}
        back = {of: A.T if of in grads and A.ndim == 2 else A for of, A in results[0].items()}
        return packing.take([back], case) if packing else back

    said = "; ".join(filter(None, (packing and packing.said, "matrices by the right, X W")))
    return Adapter(said, give, take, packing.fits if packing else is_a(name))


SIDE = {name: len(own) for name, own in GATES.items()}
PACKINGS: tuple[Adapter, ...] = tuple(
    adapter for name in GATES for made in (packings, matrices) for adapter in made(name)
)
BY_THE_RIGHT = (
    *(by_the_right(None, name) for name in GATES),
    *(by_the_right(packing, "") for packing in PACKINGS),
)
"""Of functions alone: of an object it is seen by the shapes."""

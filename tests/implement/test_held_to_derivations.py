"""Every layer and loss is held to the NumPy of its own derivation: what runs is what the last line says.

Sizes are drawn, all different, then all equal, then with one sample; arrays are in float64. The NumPy of each
definition gives Y or L, that of each last line a gradient. The layer is run as its formula reads, and as its tuned twin
has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import sympy as sp

from helpers.compare import numpy_function
from helpers.compare.meaning import Numbers, random_numbers
from helpers.derive import Chain, sizes
from helpers.derive.card import formula_of
from helpers.derive.formulas import Formula
from helpers.derive.names import code_name
from helpers.derive.notation import L, Tensor
from helpers.derive.program import backward_source, forward_source
from helpers.families import Family, Held, layers
from helpers.implement import Loss
from tests.implement.rows import CLASSES, made

HELD = [
    pytest.param(family, held, id=" ".join([family.name, *map(str, held.arguments)]))
    for family in layers()
    if not family.no_formula
    for held in family.held
]
TOLERANCE = 1e-10
EQUAL = 7
S = sizes("S")[0]


class Trial:
    """One draw: the layer, its arrays by the letters of its formula, and what forward and backward return."""

    def __init__(self, family: Family, held: Held, sizes: dict, seed: int, tuned: bool = True) -> None:
        self.held, said = held, derived(make_of(family, held))
        self.formula, self.functions, self.program = said.formula, said.functions, said.program
        self.numbers = numbers_of(family, held, sizes, seed)
        self.values = {str(n): size for n, size in self.numbers.sizes.items()}
        for x, number in self.numbers.values.items():
            array = np.asarray(number)
            self.values[code(x)] = array if isinstance(x, Tensor) else array.item()
        if held.selection:
            self.select()
        self.layer = made(CLASSES[family.name], *drawn((held.arguments, held.options), self.numbers))
        for key, W in getattr(self.layer, "params", {}).items():
            W[...] = self.in_layer(key, self.values)
        if not tuned:
            self.layer.tuned = None
        self.run(seed)

    def select(self) -> None:
        """The selection of the largest: of each window it has the entry that gives the formula the most."""
        (definition,), A = self.formula.definitions, self.held.selection
        self.values["X"] = np.abs(self.values["X"])  # so that no padded zero is the largest
        shape = self.values[A].shape
        Y = self.functions[code(definition.tensor)]
        places = list(np.ndindex(shape[len(shape) // 2 + 1 :]))  # A (S, C, *outputs, *kernel)
        entries = []
        for place in places:
            self.values[A] = np.zeros(shape)
            self.values[A][(..., *place)] = 1
            entries.append(Y(**self.values))
        largest = np.argmax(entries, axis=0)
        self.values[A] = np.eye(len(places))[largest].reshape(shape)

    def run(self, seed: int) -> None:
        """What the layer returns, and what the definitions and the last lines say."""
        of, laid = self.held.names, self.held.laid
        X, loss = of.get("X", "X"), isinstance(self.layer, Loss)
        self.dX = f"d{X}"
        self.whole = self.values[X].dtype.kind == "i"  # ids have no gradient
        beside = [lay(self.values[letter]) for letter, lay in self.held.beside.items()]
        given = [laid(self.values[X]), *([self.values["T"]] if loss else beside)]
        Y = self.layer.forward(*given)
        self.values |= {name: take(self.layer).astype(float) for name, take in self.held.given.items()}
        self.define()
        self.results, self.said = {}, {}
        if loss:
            self.results["L"], self.said["L"] = Y, self.values["L"]
            dX = self.layer.backward()
        else:
            dY = np.random.default_rng(seed).standard_normal(self.values["Y"].shape)
            self.values["dY"] = dY
            self.results["Y"], self.said["Y"] = Y, laid(self.values["Y"])
            dX = self.layer.backward(laid(dY))
        names = [self.dX, *(f"d{letter}" for letter in self.held.beside)]
        self.results |= {} if self.whole else dict(zip(names, dX if beside else [dX], strict=True))
        self.results |= {f"d{key}": A for key, A in getattr(self.layer, "grads", {}).items()}
        self.derive()
        for key in self.held.stacked:
            self.said[f"d{key}"] = self.in_layer(key, self.values, "d")

    def define(self) -> None:
        """Each definition in its turn; those of a recursion as the loop that they are."""
        if self.program:
            exec(self.program[0], {"np": np}, self.values)
        else:
            for d in self.formula.definitions:
                self.values[code(d.tensor)] = self.functions[code(d.tensor)](**self.values)

    def derive(self) -> None:
        """Each last line in its turn: the gradient of an array in between may be asked for by the next ones."""
        if self.program:
            exec(self.program[1], {"np": np}, self.values)
        for name, derivation in self.formula.derivations.items():
            if name in self.functions:
                if not self.program:
                    self.values[derivation.name] = self.functions[name](**self.values)
                self.said[name] = self.laid(derivation.name)
                self.results.setdefault(name, self.results.get(derivation.name))

    def laid(self, name: str) -> np.ndarray:
        """A gradient in the shape that the layer has it in."""
        lay = {self.dX: self.held.laid} | {f"d{letter}": f for letter, f in self.held.beside.items()}
        if name in lay:
            return lay[name](self.values[name])
        known = name[1:] in getattr(self.layer, "params", {})
        return self.in_layer(name[1:], self.values, "d") if known else self.values[name]

    def in_layer(self, key: str, values: dict, d: str = "") -> np.ndarray:
        """A parameter of the layer from the arrays of the formula; its gradient from theirs."""
        parts = [values[d + part] for part in self.held.stacked.get(key, (key,))]
        return np.concatenate(parts).reshape(self.layer.params[key].shape)


@dataclass
class Derived:
    """A formula with the NumPy of each definition and each last line of a gradient; a recursion also as two loops."""

    formula: Formula
    chain: Chain
    functions: dict[str, Callable]
    program: tuple[str, str] | None


@cache
def derived(make: Callable[[], Formula]) -> Derived:
    formula = formula_of(make)
    chain = Chain(formula.definitions, formula.chain.given, formula.chain.where)
    functions = {
        code(d.tensor): numpy_function(d.right, getattr(d.left, "indices", ())) for d in formula.definitions
    }
    last = {name: d for name, d in formula.derivations.items() if getattr(d.left, "f", None) == L}
    functions |= {name: numpy_function(d) for name, d in last.items()}
    program = (
        (forward_source(chain), backward_source(chain, formula.derivations)) if chain.recursions else None
    )
    return Derived(formula, chain, functions, program)


def numbers_of(family: Family, held: Held, sizes: dict, seed: int) -> Numbers:
    """The arrays and sizes of one draw."""
    said = derived(make_of(family, held))
    return random_numbers(said.chain, said.formula.facts, seed, dict(held.numbers), sizes | fixed(held))


def make_of(family: Family, held: Held) -> Callable[[], Formula]:
    return held.make or family.cards[0].make


def fixed(held: Held) -> dict:
    return {n: value for n, value in held.numbers.items() if n.is_integer}


def code(x) -> str:
    return code_name(x.label if isinstance(x, Tensor) else x)


def drawn(e, numbers):
    """Arguments with a number in the place of each letter."""
    if isinstance(e, dict):
        return {key: drawn(a, numbers) for key, a in e.items()}
    if isinstance(e, tuple):
        return tuple(drawn(a, numbers) for a in e)
    if isinstance(e, Tensor):
        return numbers.values[e].numpy()
    if not isinstance(e, sp.Expr):
        return e
    letters = {s: float(value) for s, value in numbers.values.items() if isinstance(s, sp.Symbol)}
    value = e.xreplace(numbers.sizes | letters)
    return int(value) if e.is_integer else float(value)


def equal_sizes(chain: Chain, held: Held) -> dict:
    """7 for every size but those of a kernel, which shape the output together with X."""
    X = next(t for t in chain.tensors if code(t) == held.names.get("X", "X"))
    shapes = [n for t in chain.tensors if isinstance(t, Tensor) for n in t.shape]
    of_outputs = {s for n in chain.derived_sizes.values() for s in n.free_symbols}
    letters = {s for n in shapes for s in n.free_symbols} - set(chain.derived_sizes)
    return dict.fromkeys(letters - (of_outputs - set(X.shape)), EQUAL)


def trial(family: Family, held: Held, draw: str | int, tuned: bool = True) -> Trial:
    """A trial at sizes that are all different, as the number says, or at these."""
    if isinstance(draw, int):
        return Trial(family, held, {}, draw, tuned)
    equal = equal_sizes(derived(make_of(family, held)).chain, held)
    return Trial(family, held, {S: 1} if draw == "one sample" else equal, 5, tuned)


@pytest.mark.parametrize("draw", [0, 1, 2, "equal", "one sample"])
@pytest.mark.parametrize(("family", "held"), HELD)
def test_a_layer_is_the_numpy_of_its_derivation(family, held, draw):
    if draw == "one sample" and getattr(CLASSES[family.name], "mixes_samples", False) is True:
        pytest.skip("one sample has no variance")
    for tuned in (True, False):
        one = trial(family, held, draw, tuned)
        results = {name: np.asarray(got) for name, got in one.results.items() if got is not None}
        assert {"Y", "L"} & results.keys() and (one.whole or one.dX in results)
        assert results.keys() <= one.said.keys(), "a gradient that nothing derives"
        for name, got in results.items():
            assert (got.dtype, got.shape) == (np.float64, np.shape(one.said[name])), name
            np.testing.assert_allclose(got, one.said[name], TOLERANCE, TOLERANCE, err_msg=name)


@pytest.mark.parametrize(("family", "held"), HELD)
def test_the_sizes_differ_and_are_equal_as_said(family, held):
    draws = [numbers_of(family, held, {}, seed).sizes for seed in (0, 1, 2)]
    for drawn_ in draws:
        ours = {
            n: size
            for n, size in drawn_.items()
            if n in equal_sizes(derived(make_of(family, held)).chain, held)
        }
        assert len(set(ours.values())) == len(ours)
    assert len({tuple(map(str, drawn_.items())) for drawn_ in draws}) > 1

"""Which letters of a definition are data, which are learned, which are numbers that one chooses."""

import builtins
import keyword
from collections.abc import Iterable
from functools import cached_property

import sympy as sp
from sympy import Indexed
from sympy.core.function import AppliedUndef

from helpers.derive import Chain, Definition, L
from helpers.derive.checks import scalars
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Elementwise, Past, Tensor
from helpers.derive.recursion import reached

DATA = "X", "x", "Y", "y", "T", "t"  # inputs and targets, wherever they stand
TAKEN = {"np", "torch", "erf", "sliding_window_view", "self", "rng", "dtype", "super", "Layer", "Loss", "dL"}
USUAL = {"epsilon": 1e-5, "eps": 1e-5}  # what a number is before anybody chooses it; all others are 1


class Roles:
    """The letters of a chain by what they are to a layer.

    `inputs` come with every batch, `parameters` are learned, `constants` are numbers chosen once, `sizes` are read
    from the arrays. Without `inputs` the data are the leaves that share the first axis of the output, the samples, and
    those called X, Y or T; where the one named X has no such axis, it is one sample, and those named so are all.
    Raises ValueError for a name that is no leaf, or that Python cannot have.
    """

    def __init__(self, chain: Chain, inputs: Iterable[Tensor | str] | None = None) -> None:
        self.chain = chain
        self.inputs = data_of(chain) if inputs is None else named(chain, inputs)
        self.parameters = [t for t in in_order(chain) if t not in self.inputs]
        for letter in sorted({*chain.tensors, *self.sizes, *self.constants}, key=name_of):
            check_name(letter)

    @property
    def output(self) -> Tensor | sp.Symbol:
        return self.chain.output.tensor

    @property
    def is_loss(self) -> bool:
        """Whether the last definition is L."""
        return self.output == L

    @cached_property
    def sizes(self) -> list[sp.Symbol]:
        """The sizes of the inputs, then those that only parameters have."""
        shapes = [n for t in (*self.inputs, *self.parameters) for n in t.shape]
        return list(dict.fromkeys(n for n in shapes if isinstance(n, sp.Symbol)))

    @cached_property
    def constants(self) -> list[sp.Symbol]:
        """Letters that are neither tensors nor sizes, such as ε and a temperature."""
        letters = set().union(*(scalars(d.right) for d in self.chain)) - set(self.sizes) - {L}
        return sorted(letters, key=str)


def in_order(chain: Chain) -> list[Tensor]:
    """The leaves in the order in which the definitions ask for them; of one definition X first, T last."""

    def place(t: Tensor) -> tuple[bool, bool, str]:
        return name_of(t).upper() != "X", name_of(t).upper() == "T", name_of(t)

    leaves = sorted(chain.leaves, key=place)
    return list(dict.fromkeys(t for d in chain for t in leaves if t in d.depends_on))


def data_of(chain: Chain) -> list[Tensor]:
    """The leaves that are data, by the rule of Roles."""
    leaves = in_order(chain)
    called = [t for t in leaves if name_of(t) in DATA]
    shape = getattr(chain.output.tensor, "shape", ()) or (called or leaves)[0].shape
    of_samples = [t for t in leaves if t.shape[0] == shape[0] != 1]
    if called and not set(called) & set(of_samples):
        return called
    return [t for t in leaves if t in called or t in of_samples] or leaves[:1]


def named(chain: Chain, inputs: Iterable[Tensor | str]) -> list[Tensor]:
    """The leaves that somebody names as inputs, in the order in which they are named."""
    leaves, found = {name_of(t): t for t in in_order(chain)}, []
    for name in map(name_of_input, [inputs] if isinstance(inputs, str | Tensor) else inputs):
        if name not in leaves:
            raise ValueError(f"{name} is no letter that the definition starts from: {', '.join(leaves)} are")
        found.append(leaves[name])
    return found


def name_of_input(thing: Tensor | str) -> str:
    return thing if isinstance(thing, str) else name_of(getattr(thing, "base", thing))


def check_name(letter: Tensor | sp.Symbol) -> None:
    """Refuse a letter that Python cannot have as a name."""
    label, name = name_of(letter), code_name(name_of(letter))
    if not name.isidentifier() or keyword.iskeyword(name) or name not in (label, f"{label}_"):
        raise ValueError(f"{label!r} cannot be a name in Python: call it by a letter")
    if name in TAKEN:
        raise ValueError(f"{name} means something else in the code of a layer: call it otherwise")


def check_class_name(name: str) -> None:
    """Refuse what no class can be called, and what the code of a layer calls something else."""
    if not name.isidentifier() or keyword.iskeyword(name) or name in TAKEN or hasattr(builtins, name):
        raise ValueError(f"{name!r} cannot be the name of a class: a word such as GatedUnit can")


def feeding_itself(chain: Chain) -> Tensor | None:
    """The output of a chain, where it is a state of its own recursion: then its upstream gradient is no total one."""
    output = chain.output.tensor
    return output if any(output in r.axes for r in chain.recursions) else None


def unused(chain: Chain) -> list[Definition]:
    """The definitions that do not lead to the output."""
    needs = {d.tensor: d.depends_on for d in chain}
    leading = reached(needs)[chain.output.tensor] | {chain.output.tensor}
    return [d for d in chain if d.tensor not in leading and not isinstance(d.tensor, Past)]


def said_unused(d: Definition, output: Definition) -> str:
    """Y is defined, and Z does not use it."""
    Y, Z = name_of(d.tensor), name_of(output.tensor)
    return f"{Y} is defined, and nothing that leads to {Z} uses it: did you mean {Z} to be computed from {Y}?"


def said_total(H: Tensor) -> str:
    """What to write where the output is a state."""
    h = name_of(H)
    y = next(letter for letter in ("y", "z") if letter != h.lower())
    y = y if h.islower() else y.upper()
    return f"end with an output, {y}_t = {h}_t, to have the gradients through time"


def check_written_out(chain: Chain) -> None:
    """Refuse what can be derived and not run: an unused definition, a state as output, a function without a formula."""
    for d in unused(chain):
        raise ValueError(said_unused(d, chain.output))
    if H := feeding_itself(chain):
        raise ValueError(
            f"{name_of(H)} feeds itself, so ∂L/∂{name_of(H)} is more than what arrives: {said_total(H)}"
        )
    for d in chain:
        for h in sorted(d.right.atoms(Elementwise, AppliedUndef), key=str):
            if not isinstance(h, Indexed):
                name = h.name if isinstance(h, Elementwise) else h.func
                raise ValueError(f"{name} in {d.left} is any function: write it out, as tanh or 1/(1 + e^-x)")

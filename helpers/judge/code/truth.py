"""Knows what is right: by PyTorch, by `like`, or by differences of the reader's own forward."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from helpers.absent import INSTALLED
from helpers.compare import central_difference, torch_gradients
from helpers.compare.loss_ranges import BY_IDS
from helpers.compare.reference import family_of, layer_meant, torch_function, torch_value
from helpers.families import AFFINE, LINEAR
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.subject import Subject


class Truth(Protocol):
    """Knows the right results of a case."""

    def values(self, case: Case) -> Arrays:
        """Return all that comes out forward: {"Y": ..., "HT": ...}, or {"L": ...}. dY need not be known yet."""

    def __call__(self, case: Case) -> Arrays:
        """{"Y": ..., "dX": ..., "dW": ...}; of a loss {"L": ..., "dX": ...}"""


class Torch:
    """Asks a function of PyTorch and its autograd; it takes the inputs in their order, and returns Y and `outputs`."""

    def __init__(
        self, function: Callable, inputs: Sequence[str] = ("X",), outputs: Sequence[str] = ()
    ) -> None:
        self.function, self.inputs, self.outputs = function, inputs, outputs

    def values(self, case: Case) -> Arrays:
        return self.named(case, torch_value(self.function, *self.given(case).values()))

    def __call__(self, case: Case) -> Arrays:
        dY = (case.dY, *(case.dmore.get(f"d{of}") for of in self.outputs)) if self.outputs else case.dY
        Y, grads = torch_gradients(self.function, self.given(case), dY)
        names = [*case.gradients, *(f"d{key}" for key in case.params)]
        grads.pop("dT", None)
        return self.named(case, Y) | dict(zip(names, grads.values(), strict=True))

    def named(self, case: Case, Y: np.ndarray | tuple[np.ndarray, ...]) -> Arrays:
        return dict(zip((case.value, *self.outputs), Y, strict=True)) if self.outputs else {case.value: Y}

    def given(self, case: Case) -> Arrays:
        inputs = ["X", "T"] if case.T is not None else self.inputs
        return {letter: case.inputs.get(letter) for letter in inputs} | case.params


class Likewise:
    """Asks another implementation, which is taken to be right."""

    def __init__(self, like: Subject) -> None:
        self.like = like

    def values(self, case: Case) -> Arrays:
        return self.like.forward(case)

    def __call__(self, case: Case) -> Arrays:
        return self.like.run(case).values


class Differences:
    """Takes central differences of the forward that is judged: right where its backward belongs to it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.known: dict[
            tuple, Arrays
        ] = {}  # by the adapters and the numbers of a case: they take their time

    def values(self, case: Case) -> Arrays:
        return self.subject.forward(case)

    def __call__(self, case: Case) -> Arrays:
        arrays = (case.inputs | case.upstream | case.params).values()
        which = self.subject.adapters, *(A.tobytes() for A in arrays)
        if which not in self.known:
            values = self.values(case)
            self.known[which] = values | self.subject.together(lambda: self.gradients(case, values))
        return dict(self.known[which])

    def gradients(self, case: Case, values: Arrays) -> Arrays:
        """Return a difference for each entry of each input and parameter."""

        def L(changed: Case) -> float:
            values = self.subject.forward(changed)
            if case.T is not None:
                return float(values["L"])
            return float(sum((dA * values[of[1:]]).sum() for of, dA in case.upstream.items()))

        def moved(letter: str) -> Callable[[np.ndarray], float]:
            return lambda A: L(case.having(letter, A))

        known = case.inputs | case.params
        rough = values[case.value].dtype == np.float32  # states that are kept in float32 take a longer step
        h, dtype = (1e-2, np.float32) if rough else (1e-5, float)
        of = [*case.gradients, *(f"d{key}" for key in case.params)]
        return {d: central_difference(moved(d[1:]), known[d[1:]], h).astype(dtype) for d in of}


def parameters(like: Any) -> Mapping[str, np.ndarray]:
    """The parameters of a layer of this project, or of torch.nn under our letters."""
    if hasattr(like, "named_parameters"):
        return {lettered(like, name): p.detach().numpy() for name, p in like.named_parameters()}
    own = getattr(like, "params", {})
    return dict(own) if isinstance(own, Mapping) else {}


def lettered(module: Any, name: str) -> str:
    """The name of a parameter of a module under our letters: 0.weight as 0.W, or 0.gamma of a normalisation."""
    owner, dot, last = name.rpartition(".")
    part = module.get_submodule(owner)
    family = family_of(layer_meant(part))
    vectors = all(p.ndim < 2 for p in part.parameters(recurse=False))
    parameters = family.parameters if family and family.parameters else AFFINE if vectors else LINEAR
    known = {names[0]: letter for letter, names in parameters.items()}
    return "".join([owner, dot, known.get(last, last)])


def by_torch(like: Any) -> Torch | None:
    """PyTorch's own, where it is installed and knows `like`; class ids for the one-hot T of those that ask for ids."""
    function = None if like is None or not INSTALLED else torch_function(like, whole=True)
    if function and hasattr(like, "reduction"):
        return Torch(
            lambda X, T: function(X, T.detach().argmax(1) if isinstance(like, BY_IDS) else T.detach())
        )
    meant = layer_meant(like)
    given = (getattr(meant, name, default) for name, default in (("inputs", ("X",)), ("outputs", ())))
    return function and Torch(function, *given)

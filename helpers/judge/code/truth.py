"""Knows what is right: by PyTorch, by `like`, or by differences of the reader's own forward."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from helpers.absent import INSTALLED
from helpers.compare import central_difference, torch_gradients
from helpers.compare.reference import family_of, layer_meant, torch_function, torch_value
from helpers.families import AFFINE, LINEAR
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.subject import Subject


class Truth(Protocol):
    """Knows the right results of a case."""

    def value(self, case: Case) -> np.ndarray:
        """Return Y or L alone: dY need not be known yet."""

    def __call__(self, case: Case) -> Arrays:
        """{"Y": ..., "dX": ..., "dW": ...}; of a loss {"L": ..., "dX": ...}"""


class Torch:
    """Asks a function of PyTorch and its autograd."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def value(self, case: Case) -> np.ndarray:
        return torch_value(self.function, *self.given(case).values())

    def __call__(self, case: Case) -> Arrays:
        Y, grads = torch_gradients(self.function, self.given(case), case.dY)
        grads.pop("dT", None)
        named = dict(zip(["dX", *(f"d{key}" for key in case.params)], grads.values(), strict=True))
        return {case.value: Y, **named}

    @staticmethod
    def given(case: Case) -> Arrays:
        return {"X": case.X, **({} if case.T is None else {"T": case.T}), **case.params}


class Likewise:
    """Asks another implementation, which is taken to be right."""

    def __init__(self, like: Subject) -> None:
        self.like = like

    def value(self, case: Case) -> np.ndarray:
        return self.like.forward(case)

    def __call__(self, case: Case) -> Arrays:
        return self.like.run(case).values


class Differences:
    """Takes central differences of the forward that is judged: right where its backward belongs to it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def value(self, case: Case) -> np.ndarray:
        return self.subject.forward(case)

    def __call__(self, case: Case) -> Arrays:
        def L(changed: Case) -> float:
            value = self.subject.forward(changed)
            return float(value if case.T is not None else (case.dY * value).sum())

        def moved(key: str) -> Callable[[np.ndarray], float]:
            return lambda A: L(replace(case, params={**case.params, key: A}))

        numeric = {"dX": central_difference(lambda X: L(replace(case, X=X)), case.X)}
        numeric |= {f"d{key}": central_difference(moved(key), A) for key, A in case.params.items()}
        return {case.value: self.value(case), **numeric}


def parameters(like: Any) -> Mapping[str, np.ndarray]:
    """The parameters of a layer of this project, or of torch.nn under our letters."""
    if hasattr(like, "named_parameters"):
        return {lettered(like, name): p.detach().numpy() for name, p in like.named_parameters()}
    return dict(getattr(like, "params", {}))


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
    """PyTorch's own, where it is installed and knows `like`."""
    function = None if like is None or not INSTALLED else torch_function(like)
    return function and Torch(function)

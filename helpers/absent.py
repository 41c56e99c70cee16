"""In the place of PyTorch where it is not installed: what only mentions it runs, what uses it says so.

Importing this module settles it. After that `import torch.nn as nn` gives empty classes, to subclass, to name in a
type and to ask isinstance of; to call one raises PyTorchMissing. Where PyTorch is installed nothing is changed.
"""

import sys
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

INSTALLED = find_spec("torch") is not None


class PyTorchMissing(ImportError):
    """PyTorch is not installed, and `what` of it is asked for."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"PyTorch is not installed, and {what} needs it. To have it: pip install -r requirements.txt"
        )


class Empty(type):
    """The type of a class that stands for something of PyTorch's, as do all its attributes."""

    def __getattr__(cls, name: str) -> "Empty":
        if name.startswith("_"):  # what Python and IPython ask any object for
            raise AttributeError(f"{cls.__name__} has no {name}")
        return empty(f"{cls.__name__}.{name}")

    def __call__(cls, *args: Any, **options: Any) -> NoReturn:
        raise PyTorchMissing(cls.__name__)


@cache
def empty(name: str) -> Empty:
    return Empty(name, (), {})


class EmptyModule(ModuleType):
    __path__ = ()  # a package: it has modules

    def __getattr__(self, name: str) -> Empty:
        if name.startswith("_"):
            raise AttributeError(f"{self.__name__} has no {name}")
        return empty(f"{self.__name__}.{name}")


class StandIn(MetaPathFinder, Loader):
    """Finds torch, and every module in it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torch" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


if not INSTALLED:
    sys.meta_path.append(StandIn())  # the last one asked


class NoArray:
    """What PyTorch would have computed. It can be handed on and shown; to compute with it raises PyTorchMissing."""

    def __repr__(self) -> str:
        return "not installed"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"what PyTorch would have computed has no {name}")
        raise PyTorchMissing("this value")


def refuse(self: NoArray, *args: Any, **options: Any) -> NoReturn:
    raise PyTorchMissing("this value")


OPERATIONS = "add sub mul matmul truediv pow radd rsub rmul rmatmul rtruediv rpow neg abs lt le gt ge"
OTHERS = "bool float int len iter getitem format round call array"
for name in f"{OPERATIONS} {OTHERS}".split():
    setattr(NoArray, f"__{name}__", refuse)

NO_ARRAY = NoArray()

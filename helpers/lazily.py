"""Packages whose modules are loaded when a name of them is asked for: each costs time, and few need all."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, homes: Mapping[str, tuple[str, ...]]) -> tuple[list[str], Callable[[str], Any]]:
    """`__all__` and `__getattr__` of a package, from the names that each of its modules has for others.

    A module is named as below the package: {"lines": ("mark", "MarkedLine")}.
    """
    home = {name: f"{package}.{module}" for module, names in homes.items() for name in names}

    def attribute(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home[name]), name)

    return sorted(home), attribute

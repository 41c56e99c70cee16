"""A mistake as a change to right code: the right source stands once, and each mistake replaces a piece of it."""

import itertools
import linecache
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.verdict import Kind

PRELUDE = {"np": np, "itertools": itertools, "math": math}


@dataclass(frozen=True)
class Family:
    """A layer or loss by its right source, and what people get wrong in it.

    A row of `rows` is (what is wrong, its kind, what stands in the right source, what stands there instead).
    `arguments` make the layer of this name that the source is.
    """

    name: str
    source: str
    rows: tuple[tuple[str, str, str, str], ...]
    arguments: tuple = ()

    def right(self) -> type:
        """The right class."""
        return made(self.source, f"right {self.name}")

    @property
    def mistakes(self) -> tuple["Mistake", ...]:
        return tuple(Mistake(self, name, Kind(kind), old, new) for name, kind, old, new in self.rows)


@dataclass(frozen=True)
class Mistake:
    """One mistake: its family, its name, its kind, and the change that makes it."""

    family: Family
    name: str
    kind: Kind
    old: str
    new: str

    @property
    def source(self) -> str:
        """The whole class, with the mistake in it."""
        if self.family.source.count(self.old) != 1:
            raise ValueError(
                f"{self.old!r} stands {self.family.source.count(self.old)} times in {self.family.name}"
            )
        return self.family.source.replace(self.old, self.new)

    def make(self) -> type:
        """The class with the mistake."""
        return made(self.source, f"{self.family.name}, {self.name}")

    def __str__(self) -> str:
        return f"{self.family.name}: {self.name}"


def made(source: str, name: str) -> Any:
    """The class that a source defines last; errors in it can show their line."""
    names, file = dict(PRELUDE), f"<{name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)
    return [value for value in names.values() if isinstance(value, type)][-1]

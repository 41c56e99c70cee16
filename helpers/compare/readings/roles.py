"""What the parts of an evaluation ask of one another."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from torch import Tensor

from helpers.compare.readings.choices import Reading
from helpers.compare.readings.values import Algebra, Value
from helpers.read.claims.letters import Key, Letters
from helpers.read.definitions.syntax import Letter, Node


class Quantities(Protocol):
    """The letters of a text as tensors, under one reading."""

    room: Any
    letters: Letters
    reading: Reading
    tensors: dict[Key, Tensor]
    kept: dict[tuple, Any]
    losses: dict[int | None, Tensor]
    steps: Any
    unclear: bool
    whole_axes: bool
    asked_open: int

    common: set[str]

    def choose(self, name: str, *options: str) -> str: ...
    def concrete(self, key: Key) -> Key: ...
    def layered(self, key: Key) -> Key: ...
    def definition_of(self, key: Key) -> Any: ...
    def tensor(self, key: Key) -> Tensor: ...
    def value(self, x: Letter) -> Value: ...
    def open_loss(self, x: Letter, key: Key) -> Value: ...
    def upstream(self, time: int | None = None) -> Tensor: ...
    def name_size(self, x: Letter, size: int) -> None: ...


class Meaning(Protocol):
    """Trees as values."""

    world: Quantities
    letters: Letters
    frame: tuple[dict[str, int], frozenset[str]]
    algebra: Algebra

    def value(self, node: Node) -> Any: ...
    def real(self, node: Node) -> Value: ...
    def softmax(self, v: Value) -> Value: ...
    def entries(self, t: Tensor, indices: tuple[str, ...]) -> Value: ...
    def diagonal(self, names: list[str], t: Tensor) -> Tensor: ...
    def free(self, also: Iterable[str]) -> AbstractContextManager: ...

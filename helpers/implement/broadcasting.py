"""What comes back through broadcasting, for arrays and for nodes of a graph."""

from typing import Any


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of an array of this shape that was repeated to the shape of g: the sum over its copies."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    repeated = [i + new for i, size in enumerate(shape) if size == 1 != g.shape[i + new]]
    return g.sum((*range(new), *repeated)).reshape(shape)

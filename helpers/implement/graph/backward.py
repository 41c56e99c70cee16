"""The way back: a node hands its gradient on to its parents, where what comes by every path is added."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..broadcasting import unbroadcast
from .apply import OPERATIONS, AbstractNode, Operand, frozen, plain, record


def topological_order(node: AbstractNode) -> list[AbstractNode]:
    """The node and all that is behind it, parents before children; a loop, for graphs of any depth."""
    order, seen, waiting = [], set(), [(node, False)]
    while waiting:
        node, parents_are_done = waiting.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(x, False) for x in reversed(node.parents)]
    return order


def pull(
    z: AbstractNode, g: Operand, wanted: Callable[[AbstractNode], bool] = lambda x: x.requires_grad
) -> list[tuple[AbstractNode, Operand]]:
    """[(x, what g = ∂L/∂z adds to ∂L/∂x), ...] for the parents x of z that require a gradient

    Arrays if g is an array; Nodes, and so a graph, if g is a Node.
    """
    if z.freed:
        raise RuntimeError(
            f"the graph behind {z.label} was freed by an earlier backward: "
            "keep it there with backward(retain_graph=True)"
        )
    g = g if isinstance(g, AbstractNode) else np.asarray(g, z.dtype)
    if g.shape != z.shape:
        raise ValueError(f"{z.label} has shape {z.shape}, but its upstream gradient {g.shape}")
    contributions = []
    for i, x in enumerate(z.parents):
        if wanted(x):
            product, needs = OPERATIONS[z.operation].product(i)
            arguments = [needed(z, name, i) for name in needs]
            if not isinstance(g, AbstractNode):
                arguments = [plain(argument) for argument in arguments]
            contributions.append((x, unbroadcast(product(g, *arguments), x.shape)))
    return contributions


def needed(z: AbstractNode, name: str, i: int) -> Any:
    """What the product for the i-th parent of z asks for by this name."""
    if name in ("x", "y"):
        j = "xy".index(name)
        x = z.parents[j]
        if x.version != z.versions[j]:
            raise RuntimeError(
                f"{x.label} was assigned after {z.label} was computed from it, and backward needs its "
                "old value: compute the graph anew"
            )
        return x
    known = {"z": z, "i": i, "shape": z.parents[0].shape}
    return known[name] if name in known else z.options[name]


def backpropagate(
    order: list[AbstractNode], upstream: Operand, wanted: Callable[[AbstractNode], bool]
) -> Iterator[tuple[AbstractNode, Operand]]:
    """(x, ∂L/∂x) for L, the last of the order, and every wanted x, once all its children have given."""
    grads = {order[-1]: upstream}
    for node in reversed(order):
        if node in grads:
            dL = grads.pop(node)
            yield node, dL
            for x, g in pull(node, dL, wanted):
                grads[x] = grads[x] + g if x in grads else g


def backward(
    L: AbstractNode, upstream: Operand | None = None, create_graph: bool = False, retain_graph: bool = False
) -> None:
    """x.grad += ∂L/∂x for every node x behind L that requires a gradient, or nothing where the pass fails

    Only a loss of one number needs no upstream gradient. The graph is freed, unless it is to be
    retained: to draw it, or to come again. With ``create_graph`` it stays, and the gradients are
    Nodes, to be differentiated in their turn.
    """
    upstream, order = first(L, upstream, create_graph), topological_order(L)
    with record(create_graph):
        for x, dx in list(backpropagate(order, upstream, lambda x: x.requires_grad)):
            if x.grad is not None:
                dx = (x.grad if create_graph else plain(x.grad)) + dx
            x.grad = dx if create_graph else frozen(dx)
    if not (retain_graph or create_graph):
        for node in order:
            node.free()


def first(L: AbstractNode, upstream: Operand | None, create_graph: bool) -> Operand:
    """∂L/∂L to start from: 1 for a loss of one number, else the upstream gradient."""
    if not isinstance(L, AbstractNode):
        raise TypeError(f"L is {L!r}: a gradient needs a Node, computed from Nodes")
    if not L.requires_grad:
        raise RuntimeError(
            f"{L.label} has no gradient: it depends on no AbstractNode that requires one, or was computed under no_grad"
        )
    if upstream is None:
        if L.size != 1:
            raise ValueError(
                f"{L.described} is not one number: backward needs the upstream gradient of its shape"
            )
        upstream = np.ones_like(L.value)
    g = upstream if isinstance(upstream, AbstractNode) else L.constant(upstream)
    if (g.shape, g.dtype) != (L.shape, L.dtype):
        raise ValueError(f"the upstream gradient ({g.dtype}, shape {g.shape}) must be like {L.described}")
    return g if create_graph else g.value

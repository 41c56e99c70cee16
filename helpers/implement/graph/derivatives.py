"""Gradients of what is asked for, gradients of gradients, Hessian-vector products, local derivatives."""

from collections.abc import Callable, Sequence

import numpy as np

from .apply import Array, Operand, frozen, plain, record
from .backward import backpropagate, first, topological_order
from .node import Node


def gradient(
    L: Node, xs: Sequence[Node], upstream: Operand | None = None, create_graph: bool = False
) -> list[Operand]:
    """[∂L/∂x for x in xs]: arrays, or Nodes with ``create_graph``

    It touches no .grad, frees nothing, and goes only where an x is behind. 0 where L does not depend on x.
    """
    if isinstance(xs, Node) or not all(isinstance(x, Node) and x.requires_grad for x in xs):
        raise TypeError("gradient(L, xs): xs is a list of Nodes that require a gradient")
    upstream, order = first(L, upstream, create_graph), topological_order(L)
    asked, leading = set(xs), set(xs)
    for node in order:  # what was freed could have led to an x: pull will say so
        if node.freed or not leading.isdisjoint(node.parents):
            leading.add(node)
    with record(create_graph):
        pairs = backpropagate(order, upstream, leading.__contains__)
        grads = {x: dx for x, dx in pairs if x in asked}
    zeros = {x: x.result(np.zeros_like(x.value)) for x in xs if x not in grads}
    return [dx if create_graph else frozen(plain(dx)) for dx in map((grads | zeros).get, xs)]


def hessian_vector_product(f: Callable[..., Node], xs: Sequence[Array], vs: Sequence[Array]) -> list[Array]:
    """H v = ∇(∇f · v), the Hessian of f at xs times v, without the Hessian

    f(*xs) takes Nodes and gives one number; vs and the result are like xs. Two passes, whatever the sizes.
    """
    if isinstance(xs, Node | Array) or isinstance(vs, Node | Array) or len(xs) != len(vs):
        raise TypeError("hessian_vector_product(f, xs, vs): xs and vs are lists of as many arrays")
    xs = [Node(plain(x), getattr(x, "name", "")) for x in xs]
    vs = [x.constant(plain(v)) for x, v in zip(xs, vs, strict=True)]
    for x, v in zip(xs, vs, strict=True):
        if x.shape != v.shape:
            raise ValueError(f"v has shape {v.shape}, but {x.described} needs one of its own shape")
    with record(True):
        dxs = gradient(f(*xs), xs, create_graph=True)
        slope = sum((dx * v).sum() for dx, v in zip(dxs, vs, strict=True))
    return gradient(slope, xs) if slope.requires_grad else [np.zeros_like(x.value) for x in xs]


def local_derivative(child: Node, parent: Node) -> float:
    """∂child/∂parent along the edge between two numbers; an operand used twice counts twice."""
    if not any(x is parent for x in child.parents):
        raise ValueError(f"{parent.label} is no parent of {child.label}" + " any more" * child.freed)
    if child.size != 1 or parent.size != 1:
        raise ValueError(
            f"∂ {child.described} / ∂ {parent.described} is no number; child.pull(g) multiplies by it"
        )
    pulled = child.pull(np.ones_like(child.value), wanted=lambda x: x is parent)
    return float(sum(g.item() for _, g in pulled))

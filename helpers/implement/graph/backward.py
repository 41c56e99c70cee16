"""The way back: a node hands its gradient on to its parents, where what comes by every path is added."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .apply import OPERATIONS, record
from .node import Array, Node, Operand, constant, described, frozen, plain, result, unbroadcast


def topological_order(node: Node) -> list[Node]:
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
    z: Node, g: Operand, wanted: Callable[[Node], bool] = lambda x: x.requires_grad
) -> list[tuple[Node, Operand]]:
    """[(x, what g = ∂L/∂z adds to ∂L/∂x), ...] for the parents x of z that require a gradient

    Arrays if g is an array; Nodes, and so a graph, if g is a Node.
    """
    if z.freed:
        raise RuntimeError(
            f"the graph behind {z.label} was freed by an earlier backward: "
            "keep it there with backward(retain_graph=True)"
        )
    g = g if isinstance(g, Node) else np.asarray(g, z.dtype)
    if g.shape != z.shape:
        raise ValueError(f"{z.label} has shape {z.shape}, but its upstream gradient {g.shape}")
    contributions = []
    for i, x in enumerate(z.parents):
        if wanted(x):
            product, needs = OPERATIONS[z.operation].product(i)
            arguments = [needed(z, name, i) for name in needs]
            if not isinstance(g, Node):
                arguments = [plain(argument) for argument in arguments]
            contributions.append((x, unbroadcast(product(g, *arguments), x.shape)))
    return contributions


def needed(z: Node, name: str, i: int) -> Any:
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
    order: list[Node], upstream: Operand, wanted: Callable[[Node], bool]
) -> Iterator[tuple[Node, Operand]]:
    """(x, ∂L/∂x) for L, the last of the order, and every wanted x, once all its children have given."""
    grads = {order[-1]: upstream}
    for node in reversed(order):
        if node in grads:
            dL = grads.pop(node)
            yield node, dL
            for x, g in pull(node, dL, wanted):
                grads[x] = grads[x] + g if x in grads else g


def backward(
    L: Node, upstream: Operand | None = None, create_graph: bool = False, retain_graph: bool = False
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
    zeros = {x: result(np.zeros_like(x.value)) for x in xs if x not in grads}
    return [dx if create_graph else frozen(plain(dx)) for dx in map((grads | zeros).get, xs)]


def first(L: Node, upstream: Operand | None, create_graph: bool) -> Operand:
    """∂L/∂L to start from: 1 for a loss of one number, else the upstream gradient."""
    if not isinstance(L, Node):
        raise TypeError(f"L is {L!r}: a gradient needs a Node, computed from Nodes")
    if not L.requires_grad:
        raise RuntimeError(
            f"{L.label} has no gradient: it depends on no Node that requires one, or was computed under no_grad"
        )
    if upstream is None:
        if L.size != 1:
            raise ValueError(
                f"{described(L)} is not one number: backward needs the upstream gradient of its shape"
            )
        upstream = np.ones_like(L.value)
    g = upstream if isinstance(upstream, Node) else constant(upstream, L.dtype)
    if (g.shape, g.dtype) != (L.shape, L.dtype):
        raise ValueError(f"the upstream gradient ({g.dtype}, shape {g.shape}) must be like {described(L)}")
    return g if create_graph else g.value


def hessian_vector_product(f: Callable[..., Node], xs: Sequence[Array], vs: Sequence[Array]) -> list[Array]:
    """H v = ∇(∇f · v), the Hessian of f at xs times v, without the Hessian

    f(*xs) takes Nodes and gives one number; vs and the result are like xs. Two passes, whatever the sizes.
    """
    if isinstance(xs, Node | Array) or isinstance(vs, Node | Array) or len(xs) != len(vs):
        raise TypeError("hessian_vector_product(f, xs, vs): xs and vs are lists of as many arrays")
    xs = [Node(plain(x), getattr(x, "name", "")) for x in xs]
    vs = [constant(plain(v), x.dtype) for x, v in zip(xs, vs, strict=True)]
    for x, v in zip(xs, vs, strict=True):
        if x.shape != v.shape:
            raise ValueError(f"v has shape {v.shape}, but {described(x)} needs one of its own shape")
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
            f"∂ {described(child)} / ∂ {described(parent)} is no number; child.pull(g) multiplies by it"
        )
    pulled = pull(child, np.ones_like(child.value), wanted=lambda x: x is parent)
    return float(sum(g.item() for _, g in pulled))


Node.pull, Node.backward = pull, backward

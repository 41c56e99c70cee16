"""Back through the graph: each node hands its gradient on to its parents, and they add up."""

from collections.abc import Callable, Sequence

import numpy as np

from .node import Array, Node, Operand, frozen, plain, record


def topological_order(node: Node) -> list[Node]:
    """The node and everything behind it, parents before children. A loop, so that no graph is too deep."""
    order, seen, waiting = [], set(), [(node, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in reversed(node.parents)]
    return order


def backpropagate(
    order: list[Node], upstream: Operand, wanted: Callable[[Node], bool]
) -> dict[Node, Operand]:
    """∂L/∂x of every wanted node x: the sum, over its children z, of what z.pull(∂L/∂z) gives it."""
    grads = {order[-1]: upstream}
    for node in reversed(order):
        if node in grads and node.operation:
            for parent, g in node.pull(grads[node], wanted):
                grads[parent] = grads[parent] + g if parent in grads else g
    return grads


def backward(L: Node, upstream: Operand | None, create_graph: bool, retain_graph: bool) -> None:
    g = checked(L, upstream, create_graph)
    order = topological_order(L)
    with record(create_graph):
        grads = backpropagate(order, g, lambda x: x.requires_grad)
        for x, dx in grads.items():
            old = plain(x.grad) if not create_graph else x.grad
            dx = dx if old is None else old + dx
            x.grad = dx if isinstance(dx, Node) else frozen(dx)
    if not (retain_graph or create_graph):
        for node in order:
            if node.operation:
                node.freed, node.parents, node.options = True, (), {}


def gradient(
    L: Node, xs: Sequence[Node], upstream: Operand | None = None, create_graph: bool = False
) -> list[Operand]:
    """[∂L/∂x for x in xs], arrays or, with ``create_graph``, Nodes

    It touches no .grad and frees nothing. Where L does not depend on x, the gradient is 0.
    """
    if isinstance(xs, Node) or not all(isinstance(x, Node) and x.requires_grad for x in xs):
        raise TypeError("gradient(L, [x, ...]) needs a list of Nodes that require a gradient")
    g = checked(L, upstream, create_graph)
    order = topological_order(L)
    needed = set(xs)
    for node in order:
        if any(parent in needed for parent in node.parents):
            needed.add(node)
    with record(create_graph):
        grads = backpropagate(order, g, needed.__contains__)
        results = [grads[x] if x in grads else np.zeros_like(x.value) for x in xs]
    return [
        dx if isinstance(dx, Node) else Node(dx, requires_grad=False) if create_graph else frozen(dx)
        for dx in results
    ]


def checked(L: Node, upstream: Operand | None, create_graph: bool) -> Operand:
    """The gradient to begin with: 1 for a loss of one number."""
    if not L.requires_grad:
        raise RuntimeError(
            f"{L.label} does not depend on a Node that requires a gradient, or was computed under no_grad"
        )
    if upstream is None:
        if L.size != 1:
            raise ValueError(
                f"{L.label} has shape {L.shape}: a backward pass from more than one number needs "
                "the upstream gradient, backward(upstream)"
            )
        upstream = np.ones_like(L.value)
    if not isinstance(upstream, Node):
        upstream = np.array(upstream, L.dtype if np.ndim(upstream) == 0 else None)
    if upstream.shape != L.shape or upstream.dtype != L.dtype:
        raise ValueError(
            f"the upstream gradient is {upstream.dtype} of shape {upstream.shape}, but {L.label} "
            f"is {L.dtype} of shape {L.shape}"
        )
    if create_graph:
        return upstream if isinstance(upstream, Node) else Node(upstream, requires_grad=False)
    return plain(upstream)


def hessian_vector_product(f: Callable[..., Node], xs: Sequence[Array], vs: Sequence[Array]) -> list[Array]:
    """H v = ∇(∇f · v), the Hessian of f(*xs) times the vectors vs, without the Hessian

    f takes Nodes and gives a Node of one number. One array for each of xs.
    """
    xs = [Node(plain(x), getattr(x, "name", "")) for x in xs]
    with record(True):
        dxs = gradient(f(*xs), xs, create_graph=True)
        slope = sum((dx * v).sum() for dx, v in zip(dxs, vs, strict=True))
    if not slope.requires_grad:
        return [np.zeros_like(x.value) for x in xs]
    return gradient(slope, xs)


def local_derivative(child: Node, parent: Node) -> float:
    """∂child/∂parent along the edge between two numbers, their other parents held."""
    if child.size != 1 or parent.size != 1:
        raise ValueError(
            f"{child.label} of shape {child.shape} by {parent.label} of shape {parent.shape} is a Jacobian; "
            "child.pull(g) multiplies by it"
        )
    return float(sum(g.item() for x, g in child.pull(np.ones_like(child.value)) if x is parent))

"""x feeds two branches: what does x.grad hold after each step?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, Ahead, Choice, Explorer, Predict, Slider
from helpers.show.graph import draw_on, local_derivatives, nodes_of, paths, shown

Node = Any
Graphs = Mapping[str, Callable[[float], Node]]

ORDERS = [" ".join(order) for order in permutations("Lyzs")]


@dataclass(frozen=True)
class Write:
    """One line of a backward pass: child hands gradient × derivative on to parent, whose grad was `before`."""

    child: Node
    parent: Node
    gradient: float
    derivative: float
    before: float
    after: float


def graph_explorer(graphs: Graphs, central_difference: Callable) -> Explorer:
    """Backward passes in an order of the reader's own, over graphs L(x) whose nodes are called x, s, y, z and L.

    The first graph is the one that the prediction asks about; a graph may do without s.
    """
    first = next(iter(graphs))
    start = graphs[first](0.7)
    products = {path[1].name: product for path, product in path_products(start)}
    options = {name: f"{shown(product)}, the path through {name}" for name, product in products.items()}
    both = f"{shown(sum(products.values()))}, both paths"

    def draw(figure: Figure, graph: str, order: str, write: str, visits: int, x: float) -> str:
        output = graphs[graph](x)
        named = {node.name: node for node in nodes_of(output) if node.parents}
        visited = [named[name] for name in order.split() if name in named]
        made = visited[:visits]
        grads, writes = backward_visits(output, made, accumulate=write == "+=")
        slope = float(central_difference(lambda x: graphs[graph](float(x)).value, np.array(x)))
        figure.set_layout_engine("none")
        draw_on(figure.add_axes((0, 0.44, 1, 0.56)), output, grads, made, made[-1] if made else None)
        draw_ledger(figure, writes, write)
        total = draw_paths(figure, output, slope, grads)
        return sentence(output, visited, made, writes, grads, total)

    return Explorer(
        question="x feeds two branches: what does x.grad hold after each step?",
        predict=Predict(
            f"{first}, x = 0.7: visit L, then y, then z, and write every contribution with = instead of +=. "
            "What does x.grad hold in the end?",
            [*options.values(), both],
            options["z"],
            why="z is visited last, and = throws away what y had brought. Now switch to +=, then try other orders.",
            show={"write": "=", "visits": 4},
        ),
        controls=[
            Choice("graph", list(graphs)),
            Choice("order", ORDERS, label="order of visits"),
            Choice("write", ["+=", "="], label="a visit writes with"),
            Slider("visits", 0, 4, 0, label="visits made"),
            Slider("x", -2.0, 2.0, 0.7, 0.1),
        ],
        draw=draw,
        alt="The graph with its gradients so far, a ledger of what each visit wrote, and the sum over paths",
        width=7.6,
        height=4.4,
        ahead=Ahead(pairs=[("visits", "write"), ("visits", "order"), ("visits", "graph")]),
    )


def backward_visits(
    output: Node, order: Sequence[Node], accumulate: bool = True
) -> tuple[dict[Node, float], list[Write]]:
    """All gradients after these visits, and every line that was written, from L.grad = 1 and 0 elsewhere."""
    grads = {node: 0.0 for node in nodes_of(output) if node.parents or node.name}
    grads[output] = 1.0
    writes = []
    for node in order:
        for parent, derivative in local_derivatives(node).items():
            if derivative is not None:
                before = grads[parent]
                contribution = grads[node] * derivative
                grads[parent] = before + contribution if accumulate else contribution
                writes.append(Write(node, parent, grads[node], derivative, before, grads[parent]))
    return grads, writes


def path_products(output: Node) -> list[tuple[tuple[Node, ...], float]]:
    """Every path from the output to x, with the product of the local derivatives along it."""
    (x,) = (node for node in nodes_of(output) if node.name == "x")
    return [
        (path, float(np.prod([local_derivatives(c)[p] for c, p in pairwise(path)])))
        for path in paths(output, x)
    ]


def too_early(output: Node, made: Sequence[Node]) -> list[tuple[Node, Node]]:
    """Visited nodes, each with a child of theirs that had not been visited by then."""
    inner = [node for node in nodes_of(output) if node.parents]
    return [
        (node, child)
        for k, node in enumerate(made)
        for child in inner
        if node in child.parents and child not in made[:k]
    ]


def draw_ledger(figure: Figure, writes: Sequence[Write], write: str) -> None:
    """What each visit wrote, a line each."""
    figure.text(0.02, 0.39, "ledger: L.grad = 1, all others 0", color=QUIET, va="center")
    for k, w in enumerate(writes):
        first = k == 0 or writes[k - 1].child is not w.child
        y = 0.32 - 0.06 * k
        figure.text(0.02, y, f"visit {w.child.name}" if first else "", va="center", color=REFERENCE)
        line = f"{w.parent.name}.grad {write} {shown(w.gradient)} × {shown(w.derivative)}"
        figure.text(0.11, y, line, va="center", family="monospace", fontsize=9)
        figure.text(0.42, y, f"→ {shown(w.after)}", va="center", color=GRADIENT)


def draw_paths(figure: Figure, output: Node, slope: float, grads: Mapping[Node, float]) -> float:
    """The product along each path, their sum, and the two it should equal. Returns the sum."""
    products = path_products(output)
    total = sum(product for _, product in products)
    (held,) = (gradient for node, gradient in grads.items() if node.name == "x")
    rows = [(" → ".join(node.name for node in path), product, QUIET) for path, product in products]
    rows += [("sum over the paths", total, REFERENCE), ("central difference", slope, REFERENCE)]
    rows += [("x.grad", held, GRADIENT)]
    figure.text(0.62, 0.39, "product of the local derivatives along", color=QUIET, va="center")
    for k, (name, number, colour) in enumerate(rows):
        figure.text(0.62, 0.32 - 0.06 * k, name, va="center", color=colour)
        figure.text(0.97, 0.32 - 0.06 * k, shown(round(number, 8)), va="center", ha="right", color=colour)
    return total


def sentence(
    output: Node,
    visited: Sequence[Node],
    made: Sequence[Node],
    writes: Sequence[Write],
    grads: Mapping[Node, float],
    total: float,
) -> str:
    """What x.grad holds, whether that is right, and if not, why."""
    (held,) = (gradient for node, gradient in grads.items() if node.name == "x")
    if len(made) < len(visited):
        done = ", ".join(node.name for node in made) or "none"
        return f"Visited so far: {done}. x.grad holds {shown(held)}; next comes {visited[len(made)].name}."
    right = abs(held - total) <= 1e-9 * max(1, abs(total))
    reasons = [
        f"{node.name} was visited before its child {child.name}, and what {child.name} had for it never went on"
        for node, child in too_early(output, made)
    ]
    reasons += [
        f"{w.parent.name}.grad held {shown(w.before)} already, and {w.child.name} wrote over it"
        for w in writes
        if w.before and w.after == w.gradient * w.derivative
    ]
    if right and not reasons:
        return (
            f"x.grad holds {shown(held)}, the sum over the paths: every node was visited after all of its children, "
            "and every contribution was added."
        )
    verdict = "by luck with these numbers" if right else f"but the paths add up to {shown(total)}"
    return f"x.grad holds {shown(held)}, {verdict}: {'; '.join(reasons)}."

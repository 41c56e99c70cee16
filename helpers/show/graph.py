"""A computation graph as a picture: nodes with value and gradient, edges with their local derivative.

x = Node(0.7, name="x")
L = sin(x) * exp(x)
L.backward(retain_graph=True)
draw_graph(L)

A node is any object with `parents`, `value`, `grad`, `name`, `operation`, and `pull(g)`, which gives (parent,
contribution) pairs: the graph of helpers.implement has them. `draw_on` is the same picture on axes of an explorer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from helpers.show.style import GRADIENT, QUIET, REFERENCE, VALUE, Picture, blank_figure, picture

WIDTH, HEIGHT = 0.58, 0.62  # of a node; columns and rows are 1 apart
MOST = 40
CENTRED = {"ha": "center", "va": "center", "fontsize": 9}
INFIX = {"+": "+", "-": "−", "*": "·", "/": "/", "**": "^", "matmul": "@"}


def draw_graph(output: Any, title: str = "") -> Picture:
    """The graph that ends in `output`, leaves at the left, as the last expression of a cell.

    Blue is a node's value, orange its gradient, grey on an edge the local derivative ∂child/∂parent. Of an
    array the shape is shown.
    """
    if getattr(output, "freed", False):
        raise ValueError("the graph was freed by its backward pass: keep it with backward(retain_graph=True)")
    layers = layers_of(output)
    figure = blank_figure(1.85 * len(layers), max(1.6, max(map(len, layers)) + (0.3 if title else 0)))
    draw_on(figure.subplots(), output)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return picture(figure, alt=described(output))


def draw_on(
    axes: Axes,
    output: Any,
    gradients: Mapping[Any, float] | None = None,
    done: Collection[Any] = (),
    current: Any = None,
) -> None:
    """The graph on axes. `gradients` stand in for the nodes' own; `done` nodes are shaded, `current` is framed."""
    layers = layers_of(output)
    at = {
        place: (column, (len(layer) - 1) / 2 - row)
        for column, layer in enumerate(layers)
        for row, place in enumerate(layer)
    }
    for node in (place for place in at if not isinstance(place, tuple)):
        gradient = node.grad if gradients is None else gradients.get(node)
        for parent, derivative in local_derivatives(node).items():
            points = [at[place] for place in route(parent, node, at)]
            draw_edge(axes, points, derivative)
            if gradients is None and gradient is not None and parent.grad is not None:
                draw_way_back(axes, points)
        edge = GRADIENT if node is current else REFERENCE if node in done else QUIET
        draw_node(axes, at[node], node, gradient, edge, thick=node is current or node in done)
    rows = max(map(len, layers))
    axes.set(xlim=(-0.45, len(layers) - 0.55), ylim=(-rows / 2, rows / 2))
    axes.axis("off")


def nodes_of(output: Any) -> list[Any]:
    """Every node that the output depends on, parents before children."""
    found, waiting = {}, [(output, iter(output.parents))]
    while waiting:
        node, parents = waiting[-1]
        parent = next((p for p in parents if p not in found), None)
        if parent is not None:
            waiting.append((parent, iter(parent.parents)))
        else:
            found[node] = None
            waiting.pop()
    return list(found)


def paths(output: Any, x: Any) -> list[tuple[Any, ...]]:
    """Every path from the output down its parents to x, as tuples of nodes."""
    if output is x:
        return [(x,)]
    return [(output, *path) for parent in dict.fromkeys(output.parents) for path in paths(parent, x)]


def local_derivatives(child: Any) -> dict[Any, float | None]:
    """∂child/∂parent for each parent, what a vector-Jacobian product with 1 gives; None for arrays and constants."""
    found: dict[Any, float | None] = dict.fromkeys(child.parents)
    if all(np.ndim(node.value) == 0 for node in (child, *child.parents)):
        for parent, contribution in child.pull(np.ones_like(child.value)) if child.parents else ():
            found[parent] = (found[parent] or 0.0) + float(contribution)
    return found


def layers_of(output: Any) -> list[list[Any]]:
    """Columns of nodes, each node left of its children; an edge over several columns has a place in each of them.

    Such a place is (parent, child, column). Rows are ordered so that few edges cross.
    """
    nodes = nodes_of(output)
    if len(nodes) > MOST:
        raise ValueError(f"a graph of {len(nodes)} nodes cannot be read as a picture: draw {MOST} at most")
    column = columns_of(nodes)
    layers: list[list[Any]] = [[] for _ in range(column[output] + 1)]
    beside: dict[Any, list[Any]] = defaultdict(list)
    for node in nodes:
        layers[column[node]].append(node)
    for child in nodes:
        for parent in dict.fromkeys(child.parents):
            between = [(parent, child, c) for c in range(column[parent] + 1, column[child])]
            for place in between:
                layers[place[2]].append(place)
            for left, right in pairwise([parent, *between, child]):
                beside[left].append(right)
                beside[right].append(left)
    for _ in range(4):
        for layer in (*layers, *reversed(layers)):
            height = {place: 2 * k - len(other) for other in layers for k, place in enumerate(other)}
            layer.sort(key=lambda place: np.mean([height[p] for p in beside[place]] or [0]))
    return layers


def columns_of(nodes: list[Any]) -> dict[Any, int]:
    """A column for each node, right of its parents'; a leaf stands as near to its children as it can."""
    column: dict[Any, int] = {}
    for node in nodes:
        column[node] = 1 + max((column[parent] for parent in node.parents), default=-1)
    for leaf in nodes[:-1]:
        if not leaf.parents:
            column[leaf] = min(column[child] for child in nodes if leaf in child.parents) - 1
    return column


def route(parent: Any, child: Any, at: Mapping) -> Iterator[Any]:
    """The places that the edge from parent to child goes through."""
    yield parent
    yield from sorted(
        (p for p in at if isinstance(p, tuple) and p[:2] == (parent, child)), key=lambda p: p[2]
    )
    yield child


def draw_edge(axes: Axes, points: list[tuple[float, float]], derivative: float | None) -> None:
    """An arrow from a parent to a child, with the local derivative in its middle."""
    (x, y), *between, (end_x, end_y) = points
    line = [(x + WIDTH / 2, y), *between, (end_x - WIDTH / 2, end_y)]
    axes.plot(*zip(*line[:-1], strict=True), color=QUIET, linewidth=1.2)
    axes.add_patch(
        FancyArrowPatch(
            line[-2], line[-1], arrowstyle="-|>", mutation_scale=11, color=QUIET, shrinkA=0, shrinkB=0
        )
    )
    if derivative is not None:
        (x, y), (end_x, end_y) = line[:2]
        label = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        middle = (x + end_x) / 2, (y + end_y) / 2
        axes.text(*middle, f"× {shown(derivative)}", bbox=label, color=QUIET, **CENTRED)


def draw_way_back(axes: Axes, points: list[tuple[float, float]]) -> None:
    """A thin arrow in the gradient's colour, below the edge, from the child to the parent."""
    (x, y), *_, (end_x, end_y) = points
    start, end = (end_x - WIDTH / 2, end_y - 0.19), (x + WIDTH / 2, y - 0.19)
    bent = "arc3,rad=-0.15" if len(points) == 2 else "arc3,rad=-0.3"
    look = {"arrowstyle": "-|>", "mutation_scale": 9, "linewidth": 1, "color": GRADIENT, "alpha": 0.7}
    axes.add_patch(FancyArrowPatch(start, end, connectionstyle=bent, shrinkA=0, shrinkB=0, **look))


def draw_node(axes: Axes, at: tuple[float, float], node: Any, gradient: Any, edge: str, thick: bool) -> None:
    """A box: what the node is, its value, its gradient."""
    x, y = at
    corner = x - WIDTH / 2, y - HEIGHT / 2
    box = FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.06", facecolor="white")
    box.set(edgecolor=edge, linewidth=2.2 if thick else 1)
    axes.add_patch(box)
    axes.text(x, y + 0.19, named(node), **CENTRED, weight="bold")
    axes.text(x, y, shown(node.value), **CENTRED, color=VALUE)
    axes.text(x, y - 0.19, f"grad {shown(gradient)}", **CENTRED, color=GRADIENT)


def named(node: Any) -> str:
    """x for a leaf, y = sin(x) for an operation; a nameless node is its operation, a nameless leaf a constant."""
    if not node.parents:
        return node.name or "constant"
    names = [parent.name or shown(parent.value) for parent in node.parents]
    nameless = any(parent.parents and not parent.name for parent in node.parents)
    if nameless:
        what = INFIX.get(node.operation, node.operation)
    elif node.operation in INFIX and len(names) == 2:
        what = f" {INFIX[node.operation]} ".join(names)
    else:
        what = f"{node.operation}({', '.join(names)})"
    return f"{node.name} = {what}" if node.name else what


def shown(number: Any) -> str:
    """A number to four digits, an array as its shape, a missing gradient as a dash."""
    number = getattr(number, "value", number)  # a gradient that is itself a node
    if number is None:
        return "–"
    if np.ndim(number):
        return f"array {np.shape(number)}"
    return f"{round(float(number), 12) + 0.0:.4g}".replace("-", "−")


def described(output: Any) -> str:
    """The picture in a sentence."""
    nodes = nodes_of(output)
    said = [f"{named(node)} is {shown(node.value)} with gradient {shown(node.grad)}" for node in nodes]
    edges = [
        f"{shown(derivative)} from {named(parent)} to {named(child)}"
        for child in nodes
        for parent, derivative in local_derivatives(child).items()
        if derivative is not None
    ]
    local = f" Local derivatives: {', '.join(edges)}." if edges else ""
    return f"A graph of {len(nodes)} nodes: {'; '.join(said)}.{local}"

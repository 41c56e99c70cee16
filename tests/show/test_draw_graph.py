"""The drawn graph: its numbers, and that no arrow runs backwards or through a node."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.implement.graph import Node, exp, sin
from helpers.show import blank_figure
from helpers.show.graph import draw_graph, draw_on, layers_of, local_derivatives, paths


def diamond(x=0.7):
    """l = sin(x) eˣ, with every node named."""
    x = Node(x, name="x")
    y, z = sin(x), exp(x)
    y.name, z.name = "y", "z"
    L = y * z
    L.name = "l"
    return L, x


def texts(picture):
    return [text.get_text() for text in picture.figure.axes[0].texts]


def number(value):
    return f"{value:.4g}".replace("-", "−")


@pytest.mark.parametrize("x", [0.7, -2.0])
def test_numbers(x):
    L, _ = diamond(x)
    L.backward(retain_graph=True)
    drawn = draw_graph(L)
    y, z = np.sin(x), np.exp(x)
    values = {"x": x, "y = sin(x)": y, "z = exp(x)": z, "l = y · z": y * z}
    grads = {"x": z * np.cos(x) + y * z, "y = sin(x)": z, "z = exp(x)": y, "l = y · z": 1.0}
    written = texts(drawn)
    for name, value in values.items():
        k = written.index(name)
        assert written[k + 1 : k + 3] == [number(value), f"grad {number(grads[name])}"]
        assert f"{name} is {number(value)} with gradient {number(grads[name])}" in drawn.alt
    edges = [text for text in written if text.startswith("×")]
    assert sorted(edges) == sorted(f"× {number(d)}" for d in (np.cos(x), z, z, y))


def test_before_a_backward_pass_and_with_gradients_of_an_explorer():
    L, x = diamond()
    assert "grad –" in texts(draw_graph(L))
    axes = blank_figure().subplots()
    draw_on(axes, L, gradients={x: 1.25}, done=[L], current=x)
    assert [t.get_text() for t in axes.texts].count("grad 1.25") == 1


def test_a_parent_twice_is_one_edge_with_the_sum():
    x = Node(3.0, name="x")
    assert local_derivatives(x * x) == {x: 6.0}


def test_arrays_and_constants():
    b = Node(np.zeros(3), name="b")
    L = (2.0 * b).sum()
    written = texts(draw_graph(L))
    assert "array (3,)" in written
    assert not [text for text in written if text.startswith("×")]
    x = Node(1.5, name="x")
    product = 2.0 * x
    constant = product.parents[0]
    assert local_derivatives(product) == {constant: None, x: 2.0}
    assert "constant" in texts(draw_graph(product))


def test_paths():
    s = Node(2.0)
    u = s * s
    y, z = sin(u), exp(u)
    L = y * z
    assert paths(L, s) == [(L, y, u, s), (L, z, u, s)]
    assert paths(y, z) == []
    assert paths(s, s) == [(s,)]


graphs = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9)


@given(graphs)
def test_layout(choices):
    """Of any graph: every node has one place, and every edge one in each column between its ends."""
    nodes = [Node(1.0), Node(2.0)]
    for a, b in choices:
        nodes.append(nodes[a % len(nodes)] + nodes[b % len(nodes)])
    layers = layers_of(nodes[-1])
    column = {place: k for k, layer in enumerate(layers) for place in layer}
    assert len(column) == sum(map(len, layers))
    found, waiting = set(), [nodes[-1]]
    while waiting:
        found.add(node := waiting.pop())
        waiting += node.parents
    assert found == {place for place in column if not isinstance(place, tuple)}
    for child in found:
        for parent in child.parents:
            between = [column[p] for p in column if isinstance(p, tuple) and p[:2] == (parent, child)]
            assert sorted(between) == list(range(column[parent] + 1, column[child]))
            assert column[parent] < column[child]


def test_rows_are_ordered_so_that_edges_do_not_cross():
    """Found in the order p, u, v, the second column would cross the edges from x and from w."""
    x, w = Node(1.0), Node(2.0)
    p, u, v = x + w, sin(w), sin(x)
    leaves, middle, *_ = layers_of((p + u) + v)
    assert middle == ([v, p, u] if leaves == [x, w] else [u, p, v])


def test_what_cannot_be_drawn_is_said():
    L, _ = diamond()
    L.backward()
    with pytest.raises(ValueError, match="retain_graph"):
        draw_graph(L)
    x = Node(1.0)
    for _ in range(2000):
        x = sin(x)
    with pytest.raises(ValueError, match="2001 nodes cannot be read"):
        draw_graph(x)


def test_it_is_a_picture():
    L, _ = diamond()
    data, metadata = draw_graph(L, title="Two paths")._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"].startswith("A graph of 4 nodes: x is 0.7")

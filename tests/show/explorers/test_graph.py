"""What the graph explorer says, against derivatives worked out by hand."""

import re
from itertools import permutations

import numpy as np
import pytest

from helpers.compare import central_difference
from helpers.implement.graph import Node, exp, sin, tanh
from helpers.show import blank_figure
from helpers.show.explorers.graph import backward_visits, graph_explorer, path_products, too_early
from helpers.show.graph import nodes_of


def called(name, node):
    node.name = name
    return node


def diamond(x):
    x = Node(x, "x")
    return called("L", called("y", sin(x)) * called("z", exp(x)))


def product(x):
    x, w = Node(x, "x"), Node(3.0, "w")
    return called("L", called("y", x * w) + called("z", sin(x)))


def stem(x):
    s = called("s", tanh(Node(x, "x")))
    return called("L", called("y", sin(s)) * called("z", exp(s)))


GRAPHS = {"diamond": diamond, "product": product, "stem": stem}


def slope(name, x):
    """dL/dx by hand."""
    s = np.tanh(x)
    of_diamond = np.exp(x) * (np.cos(x) + np.sin(x))
    of_stem = np.exp(s) * (np.cos(s) + np.sin(s)) * (1 - s**2)
    return {"diamond": of_diamond, "product": 3 + np.cos(x), "stem": of_stem}[name]


@pytest.fixture(scope="module")
def made():
    return graph_explorer(GRAPHS, central_difference)


@pytest.fixture
def explorer(made):
    made.values = made.start
    return made


def held(sentence):
    return float(re.search(r"holds (−?[\d.]+(?:e-\d+)?)", sentence)[1].replace("−", "-"))


@pytest.mark.parametrize("name", GRAPHS)
def test_right_exactly_where_every_node_comes_after_its_children(name):
    L = GRAPHS[name](0.9)
    inner = {node.name: node for node in nodes_of(L) if node.parents}
    (x,) = (node for node in nodes_of(L) if node.name == "x")
    for order in permutations(inner):
        ordered = order[0] == "L" and (name != "stem" or order[-1] == "s")
        made = [inner[letter] for letter in order]
        assert (backward_visits(L, made)[0][x] == pytest.approx(slope(name, 0.9))) == ordered
        assert (not too_early(L, made)) == ordered


@pytest.mark.parametrize("order, path", [("L y z s", "z"), ("L z y s", "y")])
def test_the_last_path_wins_with_equals(order, path, explorer):
    said = explorer.move(order=order, write="=", visits=4)
    y, z = np.sin(0.7), np.exp(0.7)
    last = {"y": z * np.cos(0.7), "z": y * z}[path]
    other = z * (np.cos(0.7) + y) - last
    assert held(said) == pytest.approx(last, rel=1e-3)
    assert f"x.grad held {other:.4g} already, and {path} wrote over it" in said
    assert f"add up to {z * (np.cos(0.7) + y):.4g}" in said


def test_a_node_visited_too_early_hands_on_a_part(explorer):
    """s before z: x gets what came through y alone."""
    said = explorer.move(graph="stem", order="L y s z", visits=4)
    s = np.tanh(0.7)
    assert held(said) == pytest.approx(np.exp(s) * np.cos(s) * (1 - s**2), rel=1e-3)
    assert "s was visited before its child z" in said


def test_the_prediction_is_what_happens(explorer):
    answer = explorer.predict.answer
    assert answer == f"{np.sin(0.7) * np.exp(0.7):.4g}, the path through z"
    assert explorer.commit(answer).startswith("✓")
    assert held(explorer.result["sentence"]) == float(answer.split(",")[0])


def test_step_by_step(explorer):
    assert explorer.result["sentence"] == "Visited so far: none. x.grad holds 0; next comes L."
    z, y = np.exp(0.7), np.sin(0.7)
    for visits, wanted in [(1, 0), (2, z * np.cos(0.7)), (3, z * np.cos(0.7) + y * z)]:
        assert held(explorer.move(visits=visits)) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("x", [-2.0, 0.0, 0.7, 2.0])
@pytest.mark.parametrize("name", GRAPHS)
def test_paths_add_up(name, x):
    assert sum(number for _, number in path_products(GRAPHS[name](x))) == pytest.approx(slope(name, x))


def test_right_by_luck_is_said(explorer):
    """At x = 0 the path through z is 0, so that a wrong order loses nothing."""
    said = explorer.move(order="z L y s", visits=4, x=0.0)
    assert held(said) == 1
    assert "by luck" in said


def test_too_early_and_visits():
    L = stem(0.5)
    named = {node.name: node for node in nodes_of(L)}
    top, y, z, s = (named[name] for name in "Lyzs")
    assert too_early(L, [top, y, s, z]) == [(s, z)]
    assert too_early(L, [top, z, y, s]) == []
    grads, writes = backward_visits(L, [top, y, z, s])
    L.backward(retain_graph=True)
    assert {node.name: grads[node] for node in grads} == pytest.approx(
        {n: float(a.grad) for n, a in named.items()}
    )
    assert len(writes) == 5


def test_picture_holds_the_ledger(explorer):
    figure = blank_figure()
    explorer._draw(figure, graph="diamond", order="L y z s", write="+=", visits=4, x=0.7)
    written = [text.get_text() for text in figure.texts]
    assert "x.grad += 2.014 × 0.7648" in written
    assert written.count("2.837") == 3  # the sum, the central difference, x.grad

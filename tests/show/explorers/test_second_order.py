"""The terms that the explorer of second derivatives draws and says, against SymPy."""

import re
from itertools import product

import numpy as np
import pytest
import sympy as sp

from helpers.show import blank_figure
from helpers.show.explorers.second_order import ONE, TERMS, TWO, measured, second_order_explorer, terms_of

x, y, z = sp.symbols("x y z")
EXACT = {
    **{"sin x": sp.sin(x), "eˣ": sp.exp(x), "x²": x**2, "2x + 1": 2 * x + 1, "3": sp.Integer(3)},
    **{"y z": y * z, "y² z": y**2 * z, "log(1 + y² + z²)": sp.log(1 + y**2 + z**2)},
    **{"y² + z²": y**2 + z**2, "sin y − z³": sp.sin(y) - z**3, "y + z": y + z},
}
ALL = list(product(TWO, ONE, ONE))


@pytest.mark.parametrize("f, g, h", ALL[::7])
def test_numbers(f, g, h):
    F, G, H = EXACT[f], EXACT[g], EXACT[h]
    at = {y: G, z: H}
    terms = [
        F.diff(y, y).subs(at) * G.diff(x) ** 2,
        2 * F.diff(y, z).subs(at) * G.diff(x) * H.diff(x),
        F.diff(z, z).subs(at) * H.diff(x) ** 2,
        F.diff(y).subs(at) * G.diff(x, x),
        F.diff(z).subs(at) * H.diff(x, x),
    ]
    l = F.subs(at)
    for place in (-1.3, 0.0, 0.7):
        want = [float(term.subs(x, place)) for term in terms]
        np.testing.assert_allclose(terms_of(f, g, h, place), want, atol=1e-12)
        assert measured(f, g, h, place) == pytest.approx(float(l.diff(x, x).subs(x, place)), abs=1e-5)


@pytest.mark.parametrize("name", TWO)
def test_separable_is_said_of_the_separable_alone(name):
    explorer = second_order_explorer()
    explorer.move(f=name)
    assert ("separable" in explorer.result["sentence"]) == (EXACT[name].diff(y, z) == 0)


def test_the_start_is_the_report_and_the_prediction_is_what_happens():
    explorer = second_order_explorer()
    l = EXACT["sin x"] * EXACT["eˣ"]
    truth = f"{float(l.diff(x, x).subs(x, 0.7)):.3f}"
    assert truth == "3.080"
    assert truth in explorer.page["predict"]["question"]
    assert explorer.result["sentence"].startswith(f"L″ = {truth}, and 4 terms give 0.000.")
    assert "✓" in explorer.commit("exactly right")
    said = re.match(r"L″ = (\S+), and 4 terms give (\S+)\.", explorer.result["sentence"])
    assert said[1] == said[2] == f"{measured('y² + z²', 'sin x', 'eˣ', 0.7):.3f}"


@pytest.mark.parametrize(
    "moved, said",
    [
        ({"yz": True}, "All five terms: equal, whatever f, g, h and x."),
        ({"yz": True, "y": False, "z": False}, "f_y g″ and f_z h″, cancels here: −1.297 and 1.297."),
        ({"g": "3"}, "What is left out, 2 f_yz g′h′, is 0 for this f, g, h and x."),
        ({"yz": True, "z": False}, "What is left out, f_z h″, is 1.297."),
        (dict.fromkeys(("yy", "zz", "y", "z"), False), "no term gives 0.000."),
        ({**dict.fromkeys(("yy", "zz", "y", "z"), False), "yz": True}, "one term gives 3.080."),
    ],
)
def test_sentence(moved, said):
    assert said in second_order_explorer().move(**moved)


def test_picture():
    figure = blank_figure()
    values = {"f": "y² z", "g": "sin x", "h": "x²", "x": 0.5}
    second_order_explorer()._draw(figure, **values, **{name: name == "yz" for name in TERMS})
    terms = terms_of(*values.values())
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(heights, [*terms, terms[1], terms.sum()], atol=1e-5)
    assert figure.axes[0].get_title(loc="left") == "✗ your sum is not L″, for f = y² z"
    labels = [label.get_text().split("\n")[1] for label in figure.axes[0].get_xticklabels()]
    assert labels == ["left out", "added", "left out", "left out", "left out", "sum", "measured"]

"""The page in each of its forms: Markdown, plain text, LaTeX, HTML, a notebook that runs."""

import json
import re

import pytest
import sympy as sp
from sympy import Piecewise, Rational, Sum, sqrt

from helpers.derive import Chain, Definition, Fact, L, latex
from helpers.derive.names import name_of
from helpers.show.sheet import math
from helpers.yours import your_layer
from helpers.yours.page_parts import derived, inserted
from helpers.yours.sympy_code import definitions_code, sympy_names
from helpers.yours.web_page import document
from tests.yours.definitions import CHAINS, N, T, Y, Z, k, made, n, s

NAMES = ["Affine", "Classifier", "RootMeanSquare", "GatedUnit", "CosineLogits"]


@pytest.mark.parametrize("name", NAMES)
def test_markdown_has_every_gradient_its_lines_and_its_check(name):
    page, layer = made(name)._repr_markdown_(), made(name)
    for d in layer.gradients.values():
        assert latex(d.result, d.last) in page and all(
            latex(line.expression, d.last) in page for line in d.lines
        )
    assert page.count("<details>") == page.count("</details>") == len(layer.gradients)
    assert "not checked" not in page and "lines agree with autograd" in page
    assert layer.forward_source in page and layer.backward_source in page
    assert page.count("$$") % 2 == 0 and page.count(r"\begin{aligned}") == page.count(r"\end{aligned}")


def test_what_a_line_inserts_is_derived_above_it():
    layer = your_layer("B = X W^T; Y = softmax(B)")
    (lemma,) = inserted(layer.gradients["dB"])
    text = layer.plain(full=True)
    assert (
        text.index("dY/dB in")
        < text.index("∂Y_sn/∂B_jk\n  = ")
        < text.index("dB in 8 lines\n")
        < text.index("insert dY/dB")
    )
    for page in (layer._repr_markdown_(), layer.latex(), layer.html()):
        assert page.count(derived(lemma)) == 1
    for line in lemma.lines:
        assert latex(line.expression, lemma.last) in layer._repr_markdown_()
        assert latex(line.expression, lemma.last) in layer.latex()
        assert math("= " + latex(line.expression, lemma.last)) in layer.html()
    assert inserted(layer.gradients["dW"]) == []


def test_one_path_is_one():
    assert derived(your_layer("h_t = tanh(W h_{t-1} + x_t)").gradients["dW"]).endswith("lines on 1 path")


def test_a_gradient_on_two_paths_says_so():
    page = made("RootMeanSquare").plain(full=True)
    assert re.search(r"dX in \d+ lines on 2 paths\ndX through rms\n", page)
    assert "entries kept for backward  S (1 + N)" in page


def test_text_is_short_unless_asked():
    page = made("Affine")
    assert "∂L/∂W_ij = Σ_m ∂L/∂Z_mi X_mj\n∂L/∂W = (∂L/∂Z)ᵀ X" in page.plain().replace("_si", "_mi").replace(
        "_sj", "_mj"
    ).replace("Σ_s", "Σ_m")
    assert "chain rule" not in page.plain() and "chain rule" in page.plain(full=True)


@pytest.mark.parametrize("name", NAMES)
def test_latex_is_balanced_and_knows_its_commands(name):
    text = made(name).latex()
    assert text.count("{") == text.count("}") and text.count("$") % 2 == 0
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") >= 1 + len(made(name).gradients)
    assert not re.search(r"[^\x00-\x7f]", text), "pdflatex knows no such character"


@pytest.mark.parametrize("name", NAMES)
def test_html_needs_no_network(name):
    page = document(made(name))
    assert not re.search(r"(src|href)=|@import|url\(|<script", page)
    assert page.count("<details>") == len(made(name).gradients) and "<math" in page
    assert "merror" not in page


def test_a_letter_with_a_label_has_one_subscript():
    layer = your_layer("H = X W_{in}^T; Y = H W_{out}^T")
    assert r"W_{\mathrm{in},km}" in layer.latex() and r"}_{km}" not in layer.latex()
    assert "dW_in = dH.T @ X" in layer.backward_source


def test_a_recursion_is_shown_as_it_was_written():
    past = your_layer("H_t = tanh(W H_{t-1} + U X_t); Y_t = V H_t")
    assert past.latex().startswith("\\begin{align*}\nH_{t") and not past.plain().startswith("H_prev")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("h_t = tanh(W h_{t-1} + U x_t + b)", "y_t = h_t"),
        ("y_t = a x_t + (1 - a) y_{t-1}", "z_t = y_t"),
    ],
)
def test_a_state_as_output_is_said_to_have_a_total_gradient(text, end):
    layer = your_layer(text)
    for page in (layer.plain(), layer.html(), layer.latex().replace("\\_", "_"), layer._repr_markdown_()):
        assert f"here is total, what arrives through time included: end with an output, {end}," in page
    assert "is total" not in your_layer(f"{text}; {end}").plain()


def test_html_before_the_check_says_that_it_is_under_way():
    assert "is being held against autograd" in your_layer(CHAINS["Affine"]).html(check=False)


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "Shifted"])
def test_definitions_as_code_make_the_same_chain(name):
    assert same_chain(made(name).chain) == made(name).chain.definitions


def test_fractions_roots_and_cases_survive_as_code():
    huber = Piecewise(
        (Rational(1, 2) * Z[s, n] ** 2, Z[s, n] < 1), (Z[s, n] ** Rational(3, 2) - Rational(1, 2), True)
    )
    chain = Chain(
        [Definition(Y[s, n], huber / 3 + sqrt(N) * sp.pi), Definition(L, Sum(Y[s, k] * T[s, k], s, k))]
    )
    assert same_chain(chain) == chain.definitions


def same_chain(chain):
    """The definitions that the code of a chain makes."""
    source = definitions_code(chain)
    names = {}
    exec("from helpers.derive import Definition, L, indices, sizes, tensor\n", names)
    exec("".join(f"from sympy import {name}\n" for name in sympy_names(source)), names)
    exec(source, names)
    return names["definitions"]


@pytest.mark.parametrize("name", ["RootMeanSquare", "SoftmaxLoss", "Modulation"])
def test_the_notebook_runs(name, tmp_path, capsys):
    notebook = json.loads(made(name).notebook(tmp_path / "layer.ipynb").read_text("utf8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    names = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert capsys.readouterr().out.count("agree with autograd") == len(made(name).gradients)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


def test_the_notebook_of_a_text_quotes_it(tmp_path):
    layer = your_layer("Z = X W_{in}^T\nY = tanh(Z)", name="Quoted")
    notebook = json.loads(layer.notebook(tmp_path / "layer.ipynb").read_text("utf8"))
    (source,) = ["".join(cell["source"]) for cell in notebook["cells"] if cell["id"] == "define"]
    names = {}
    exec(source, names)
    assert names["text"] == layer.text and names["definitions"].definitions == layer.chain.definitions


def test_the_notebook_states_the_facts(tmp_path):
    fact = Fact("rows of T sum to 1", Sum(T[s, n], n), 1)
    layer = your_layer(CHAINS["SoftmaxLoss"], name="Fused", facts=[fact])
    text = layer.notebook(tmp_path / "layer.ipynb").read_text("utf8")
    assert 'facts = [Fact(\\"rows of T sum to 1\\", Sum(T[s, n], n), 1)]' in text
    assert "backpropagate(definitions, facts=facts)" in text


def test_every_leaf_has_a_gradient():
    for name in NAMES:
        assert {f"d{name_of(t)}" for t in made(name).chain.leaves} <= made(name).gradients.keys()

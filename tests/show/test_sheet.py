"""The sheet of formulas: nothing is missing on it, and every line of it is right in numbers.

Its lines over indices are last lines of derivations, and notebook 99 holds every line of these to autograd.
"""

import ast
import html
import inspect
import json
import re
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from io import StringIO
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Indexed

from helpers.compare import LeftSide, numpy_function
from helpers.compare.functions import unknown_function
from helpers.compare.meaning import Numbers, random_numbers
from helpers.derive import formulas
from helpers.derive.card import formula_of, gradients
from helpers.derive.formulas import Formula
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Elementwise, L, is_number
from helpers.derive.rewrite import size_of
from helpers.judge import mark
from helpers.read.question import UNKNOWN, Question, of_formula
from helpers.sheet import HERE, LETTERS, SHEET, TITLES, sheet
from tests.corpus.refused import BLOCKS
from tests.tools.write_notebooks import NOTEBOOKS

FILES = [import_module(f"{formulas.__name__}.{file.name}") for file in iter_modules(formulas.__path__)]
MAKERS = {
    make
    for module in FILES
    for make in vars(module).values()
    if inspect.isfunction(make)
    and make.__module__ == module.__name__
    and inspect.signature(make).return_annotation is Formula
    and all(p.default is not p.empty for p in inspect.signature(make).parameters.values())
}
EACH_CARD = pytest.mark.parametrize("card", SHEET, ids=lambda card: card.make.__name__)
"""By cards and not by their rows: to know these, each worker would derive every formula."""


def test_every_formula_is_on_the_sheet():
    assert len(MAKERS) > 30
    assert {card.make for card in SHEET} == MAKERS


@pytest.mark.parametrize(
    "make", sorted(MAKERS, key=lambda make: make.__name__), ids=lambda make: make.__name__
)
def test_no_gradient_is_forgotten(make):
    rows = [
        card.formula.derivations[name]
        for card in SHEET
        if card.make == make
        for row in card.rows
        for name in (row.derivation.name, *row.alike)
    ]
    if make is formulas.batch_norm_inline:  # the gradient of the card above it, from one expression
        rows.append(formula_of(formulas.batch_norm)["dX"])
    if make is formulas.post_norm_block:  # what its card leaves out stands on the card above it
        rows += formula_of(formulas.pre_norm_block).derivations.values()
    derived = formula_of(make)
    assert rows
    assert set(map(equation, rows)) >= {equation(derived[name]) for name in gradients(derived)}


def equation(derivation) -> tuple[sp.Expr, sp.Expr]:
    return derivation.left, derivation.result


@cache
def judge_of(derivation) -> LeftSide:
    """Random numbers for the letters of a derivation, and what PyTorch's autograd says its left side is."""
    chain, facts = derivation.chain, derivation.facts
    setting = chain.definitions, chain.given, facts
    if setting not in DRAWN:
        DRAWN[setting] = random_numbers(chain, facts, seed=1)
    return LeftSide(derivation, numbers=DRAWN[setting])


DRAWN: dict[tuple, Numbers] = {}
"""The numbers of each setting, drawn once, as `check` draws them."""


def values(derivation, numbers) -> dict:
    """The same numbers by their names in code: arrays, sizes, parameters, unknown functions."""
    found = {str(s): number for s, number in numbers.sizes.items()}
    for atom in derivation.result.atoms(Indexed, sp.Symbol, Elementwise):
        if isinstance(atom, Elementwise):
            found[code_of(atom)] = in_numpy(unknown_function(atom))
        elif isinstance(atom, Indexed):
            array = numbers.array(atom.base).detach().numpy()
            found[code_name(atom.base.label)] = array.item() if is_number(atom) else array
        elif atom in numbers.values:
            found[code_name(atom)] = numbers.values[atom].item()
    return found


def code_of(function: Elementwise) -> str:
    """h_prime, f_yz"""
    return function.name + (f"_{function.by}" if function.by else "_prime" * function.order)


def in_numpy(function):
    return lambda *arrays: function(*(torch.as_tensor(a, dtype=torch.float64) for a in arrays)).numpy()


@EACH_CARD
def test_the_numpy_line_is_what_autograd_says(card):
    for row in card.rows:
        d, judge = row.derivation, judge_of(row.derivation)
        assert row.numpy.removeprefix(f"{d.name} = ").removesuffix(f"  # {d.name}") == d.numpy
        got = numpy_function(d)(**values(d, judge.numbers))
        assert np.shape(got) == judge.left.shape, d.name
        np.testing.assert_allclose(got, judge.left, rtol=1e-9, atol=1e-11 * judge.scale, err_msg=d.name)


EARLIER = {"H_prev": "P", "C_prev": "Q"}
"""A letter for a state at the time before, where a line is read back."""


@cache
def question_of(make) -> Question:
    """What the letters of a formula stand for when its lines are read as a person's."""
    sample = make.__name__.endswith("_sample")
    names, layout = {}, "numerator" if sample else "denominator"
    for t in make().chain.tensors - {L}:
        letter = name_of(t).removesuffix("hat")
        if t.shape == (1,):
            names[letter] = t[0]
        elif letter != name_of(t):
            names[f"hat {letter}"] = t
        elif letter in EARLIER:
            names[EARLIER[letter]] = t
    return of_formula(make, make.__name__, names=names, functions=UNKNOWN, sample=sample, layout=layout)


def in_other_letters(left: sp.Expr) -> sp.Expr:
    """The left side with other letters in its sums than a reading of matrices takes."""
    bound = [limit[0] for s in left.atoms(sp.Sum) for limit in s.limits]
    return left.xreplace({k: sp.Idx(letter, size_of(k)) for k, letter in zip(bound, "ab", strict=False)})


def has_ids(derivation) -> bool:
    """Does it look up rows by whole numbers?"""
    return any(place.has(Indexed) for d in derivation.result.atoms(sp.KroneckerDelta) for place in d.args)


@EACH_CARD
def test_the_matrix_form_is_right(card):
    """Read back as LaTeX, and held against autograd for the left side; the reader knows no matrix of one-hot rows."""
    if card.make in BLOCKS:
        pytest.skip("a block takes minutes to read back; its lines over indices and its NumPy are held")
    for row in card.rows:
        if row.matrix and not has_ids(row.derivation):
            left, right = in_other_letters(row.derivation.left), row.matrix.right
            for name, letter in EARLIER.items():
                right = right.replace(rf"\mathbf{{{name[0]}}}_{{\mathrm{{prev}}}}", rf"\mathbf{{{letter}}}")
            report = mark(question_of(card.make), right, left=left)
            assert report, (row.derivation.name, report)


@EACH_CARD
def test_every_name_in_code_is_said(card):
    """A tensor with its shape, ∂L/∂Y by its Y, a number by its definition, a size or a parameter by its letter."""
    shaped = {code_name(t.label) for ts in card.shapes.values() for t in ts}
    letters = {
        code_name(letter) + number
        for said in LETTERS
        for letter in said.split(",")
        for number in ("", "1", "2")
    }
    for d in (row.derivation for row in card.rows):
        tensors = {code_name(t.label) for t in d.chain.tensors - {L}}
        assert tensors - shaped == {code_name(t.label) for t in d.chain.tensors - {L} if t.shape == (1,)}
        said = tensors | {f"d{t}" for t in tensors} | letters
        said |= {code_of(f) for f in d.result.atoms(Elementwise)} | {"np", "sliding_window_view"}
        assert {node.id for node in ast.walk(ast.parse(d.numpy)) if isinstance(node, ast.Name)} <= said, (
            d.name
        )


def test_a_notebook_has_its_own_title():
    assert set(TITLES) == {card.notebook for card in SHEET}
    for name in set(TITLES) - {HERE}:
        notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text("utf8"))
        title, _, _ = notebook["cells"][0]["source"][0].strip().partition(": ")
        assert title == f"# {int(name[:2])} · {TITLES[name]}"


def test_the_appendix_shows_all_cards():
    cells = json.loads((NOTEBOOKS / f"{HERE}.ipynb").read_text("utf8"))["cells"]
    outputs = ["".join(o["data"].get("text/markdown", "")) for c in cells for o in c.get("outputs", ())]
    assert [o for o in outputs if o.startswith("**")] == [sheet(name)._repr_markdown_() for name in TITLES]


def test_cards_of_one_notebook():
    assert [card.formula.name for card in sheet("03_linear")] == ["linear", "linear, one sample"]
    assert sheet() == SHEET
    with pytest.raises(ValueError, match="'03' has no formulas: 01_chain_rule, 03_linear"):
        sheet("03")


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The page as the command writes it where there is no browser, once; and what the command answers and says.

    Its folder is new, with a space and an accent in its name.
    """
    pytest.importorskip("math_core", reason="math-core is not installed")
    from helpers import formula_sheet

    folder = tmp_path_factory.mktemp("Les équations") / "new folder"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as said:
        patch.setattr(formula_sheet, "browser", lambda: None)
        code = formula_sheet.main([str(folder)])
    return folder / "formulas.html", code, said.getvalue()


@pytest.fixture
def page(printed):
    return printed[0]


def test_the_page_shows_every_row_and_needs_no_network(page):
    text = page.read_text("utf8")
    for card in SHEET:
        assert f"<b>{card.formula.name}</b>" in text
        for row in card.rows:
            assert f"<code>{html.escape(row.code)}</code>" in text
    rows = [row for card in SHEET for row in card.rows]
    assert text.count('<div class="row"><math') == len(rows)
    assert not re.search(r"https?:|<script|<link|url\(|@import", text)
    links = re.findall(r'href="([^"]+)"', text)
    assert [Path(link).stem for link in links] == list(TITLES)
    assert not [link for link in links if not (page.parent / link).resolve().exists()]


def test_it_fits_a_telephone(page, browser):
    tab = browser.new_page(viewport={"width": 390, "height": 900})
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.locator("article").first.bounding_box()["width"] > 300
    tab.close()


def test_what_is_no_mathematics_is_refused(page):
    from math_core import LatexError

    from helpers.show.sheet import math

    with pytest.raises(LatexError):
        math(r"\unheardof{x}")


def test_it_prints_on_a_few_sheets(page):
    from helpers.formula_sheet import browser, print_page

    if not browser():
        pytest.skip("no Chromium or Chrome is installed")
    pdf = print_page(page, browser()).read_bytes()
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6
    (box,) = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf))
    assert [round(float(points) / 72 * 25.4) for points in box] == [420, 297]


def test_without_a_browser_the_page_is_written_and_said(printed):
    page, code, said = printed
    assert page.exists() and code == 0
    assert "open the page in a browser" in said

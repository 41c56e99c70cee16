"""Every explorer in JupyterLab, as a reader with a keyboard and a screen reader meets it."""

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import nbformat
import pytest

from helpers.course.cells import cells_of, needed
from tests.tools.lab import EXPLORER, KEYS, STDERR, errors, run_all
from tests.tools.second_run import NoAnswer
from tests.tools.write_notebooks import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = playwright.expect
expect.set_options(timeout=60_000)  # a busy machine answers late

WHOLE = NOTEBOOKS / "00_start_here.ipynb"
EXPLORERS = {  # how many calls of one there are in the cells of a notebook
    path: count
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    if (count := sum("_explorer(" in cell for cell in cells_of(path)))
}
GONE = "The kernel that drew this is gone: run this cell again."
UNNAMED = """section => [...section.querySelectorAll('input, select, button, img, fieldset')].filter(node => {
    const label = node.labels?.[0]?.textContent || node.querySelector(':scope > legend')?.textContent;
    const name = label || node.ariaLabel || node.alt || (node.matches('button') && node.textContent) || '';
    return !name.trim();
}).map(node => node.outerHTML)"""


def explorers(page: "Page", count: int) -> "list[Locator]":
    """The explorers of a page: their views appear a moment after the kernel is idle."""
    expect(page.locator(EXPLORER)).to_have_count(count)
    return page.locator(EXPLORER).all()


def look(explorer: "Locator") -> list[str]:
    """The sentence and the picture that an explorer shows."""
    return [explorer.locator(".sentence").inner_text(), explorer.locator("img").get_attribute("src")]


def expect_change(explorer: "Locator", before: list[str]) -> None:
    changed = """([node, [sentence, picture]]) =>
        node.querySelector('.sentence').innerText !== sentence || node.querySelector('img').src !== picture"""
    explorer.page.wait_for_function(changed, arg=[explorer.element_handle(), before], timeout=60_000)


def predict(explorer: "Locator") -> str:
    """Commits the first answer with the keyboard alone and gives the verdict."""
    field = explorer.locator(".prediction input").first
    field.focus()
    field.press("Space" if field.get_attribute("type") == "radio" else "1")
    field.press("Enter")
    verdict = explorer.locator(".verdict")
    expect(verdict).to_contain_text(re.compile("[✓✗]"))
    return verdict.inner_text()


def move(explorer: "Locator") -> None:
    """Moves the control that has the focus with the keyboard alone, and waits for what it changes."""
    control, before = explorer.locator(":focus"), look(explorer)
    kind, value = control.evaluate("node => [node.type, node.value]")
    keys = KEYS[kind]
    control.press(keys[0])
    if len(keys) > 1 and control.evaluate("node => node.value") == value:
        control.press(keys[1])  # it stood at its end
    expect_change(explorer, before)


def answers(explorer: "Locator") -> None:
    """Every part of it has a name; it stays locked until a prediction, and answers one and then a key."""
    assert explorer.evaluate(UNNAMED) == []
    expect(explorer.locator(".controls").locator("input, select, button").first).to_be_disabled()
    predict(explorer)
    move(explorer)
    assert "Error:" not in explorer.inner_text()


def test_a_notebook_runs_whole_and_its_explorers_answer(opened):
    page = opened(WHOLE)
    assert errors(page) == []
    for explorer in explorers(page, EXPLORERS[WHOLE]):
        answers(explorer)


def cut(path: Path) -> str:
    """The cells of a notebook that its explorers need, as the source of a module with these in the list `shown`."""
    cells, taken = cells_of(path), ["shown = []"]
    asked = [k for k, cell in enumerate(cells) if "_explorer(" in cell]
    for k in dict.fromkeys(place for own in asked for place in needed(cells, own)):
        *statements, last = ast.parse(cells[k]).body
        taken += map(ast.unparse, statements)
        taken.append(f"shown.append({ast.unparse(last)})" if k in asked else ast.unparse(last))
    return "\n".join(taken)


@pytest.fixture(scope="module")
def side_by_side(opening, lab, tmp_path_factory):
    """One page with the explorers of all notebooks, each from its own notebook's cells."""
    notebook, folder = nbformat.v4.new_notebook(), lab[0] / "notebooks"
    folder.mkdir(exist_ok=True)
    for path, count in EXPLORERS.items():
        (folder / f"cut_{path.stem}.py").write_text(cut(path), "utf8")
        cells = [f"from cut_{path.stem} import shown", *(f"shown[{k}]" for k in range(count))]
        notebook.cells += map(nbformat.v4.new_code_cell, cells)
    nbformat.write(notebook, path := tmp_path_factory.mktemp("cut") / "side_by_side.ipynb")
    with opening(path) as page:
        yield page


@pytest.mark.parametrize("path", EXPLORERS, ids=lambda path: path.stem)
def test_the_explorers_of_a_notebook_answer(side_by_side, path):
    assert errors(side_by_side) == []
    shown = explorers(side_by_side, sum(EXPLORERS.values()))
    first = sum(count for other, count in EXPLORERS.items() if other < path)
    for explorer in shown[first : first + EXPLORERS[path]]:
        answers(explorer)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A notebook with the sample's explorers."""
    path = tmp_path_factory.mktemp("sample") / "sample.ipynb"
    code = f"import sys\nsys.path.insert(0, {json.dumps(str(Path(__file__).parents[2]))})\n"
    code += "from tests.show.sample_explorer import number_explorer, sample_explorer"
    cells = map(nbformat.v4.new_code_cell, [code, "sample_explorer()", "number_explorer()", "1 / 0"])
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def test_the_sample_answers_every_key(opened, sample):
    page = opened(sample)
    expect(page.locator(STDERR).first).to_contain_text("ZeroDivisionError")
    options, number = explorers(page, 2)
    cells = page.locator(".jp-CodeCell").count()

    # A prediction unlocks the controls, and the focus goes to the first of them.
    expect(options.get_by_role("slider", name="samples S")).to_be_disabled()
    options.get_by_role("button", name="Commit prediction").press("Enter")
    expect(options.locator(".verdict")).to_have_text("Choose one first.")
    assert predict(options).startswith("✗ You predicted: it stays. The answer: it grows.")
    slider = options.get_by_role("slider", name="samples S")
    expect(slider).to_be_focused()
    expect(options.get_by_role("button", name="Commit prediction")).to_be_disabled()
    expect(options.locator(".sentence")).to_contain_text("S = 8")
    expect(slider).to_have_value("8")

    # Each kind of control moves the picture.
    move(options)
    expect(options.get_by_role("status").last).to_contain_text("With S = 7 and sum")
    expect(options.get_by_role("img")).to_have_attribute(
        "alt", f"Bars of dY, one for each sample. {look(options)[0]}"
    )
    for control in [
        options.get_by_role("radio", name="sum"),
        options.get_by_role("checkbox", name="logarithmic axis"),
        options.get_by_role("button", name="Another sample"),
    ]:
        control.focus()
        move(options)
    options.get_by_role("combobox", name="shape").select_option("point")
    expect(options.locator(".sentence")).to_have_text("ValueError: a point has no area")
    options.get_by_role("button", name="Reset").press("Enter")
    expect(options.locator(".sentence")).to_contain_text("With S = 2 and sum")
    expect(slider).to_have_value("2")

    # A number is committed by Enter; JupyterLab takes none of its letters for a shortcut.
    field = number.get_by_role("spinbutton", name="Your number")
    field.press("b")
    field.press("d")
    field.press("d")
    field.press("Enter")
    expect(number.locator(".verdict")).to_contain_text("fill out this field")
    field.fill("99")
    field.press("Enter")
    expect(number.locator(".verdict")).to_contain_text("less than or equal to 9")
    field.fill("3")
    field.press("Enter")
    expect(number.locator(".verdict")).to_contain_text("✓ Right, as you predicted: 3.")
    assert page.locator(".jp-CodeCell").count() == cells


def test_an_explorer_says_that_its_kernel_was_restarted(opened, sample):
    page = opened(sample)
    options, number = explorers(page, 2)
    predict(options)
    page.locator("[data-command='notebook:restart-kernel']").click()
    for explorer in (options, number):
        expect(explorer.locator(".sentence")).to_have_text(GONE)
        for control in explorer.locator("input, select, button").all():
            expect(control).to_be_disabled()


@pytest.fixture
def frail(tmp_path):
    """A notebook with an explorer whose kernel falls silent at S = 7, until there is a file, and dies at S = 6."""
    code = """import os, time
from helpers.show import Explorer, Predict, Slider
def draw(figure, S):
    while S == 7 and not os.path.exists("go_on"):
        time.sleep(0.1)
    if S == 6:
        os._exit(1)
    return f"S is {S}."
Explorer(question="?", predict=Predict("?", ["a"], "a"), controls=[Slider("S", 1, 8, 8)], draw=draw, alt="Nothing")"""
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), tmp_path / "frail.ipynb"
    )
    return tmp_path / "frail.ipynb"


def test_an_explorer_says_that_no_answer_comes_and_takes_a_late_one(opened, frail, lab):
    (explorer,) = explorers(opened(frail), 1)
    predict(explorer)
    slider, sentence = explorer.get_by_role("slider"), explorer.locator(".sentence")
    slider.press("ArrowLeft")
    expect(sentence).to_contain_text("No answer yet")
    (lab[0] / "notebooks" / "go_on").touch()
    expect(sentence).to_have_text("S is 7.")  # an equal picture
    explorer.page.wait_for_timeout(2500)
    expect(sentence).to_have_text("S is 7.")
    slider.press("ArrowLeft")
    expect(sentence).to_have_text(GONE)


def test_a_nameless_control_would_be_seen(opened, sample):
    page = opened(sample)
    explorer = page.locator(EXPLORER).first
    assert explorer.evaluate(UNNAMED) == []
    explorer.evaluate(
        "node => node.querySelectorAll('.row:first-child *').forEach(part => part.textContent = '')"
    )
    assert len(explorer.evaluate(UNNAMED)) == 1


@pytest.fixture(scope="module")
def judging(tmp_path_factory):
    """A notebook with a marked cell and a desk, and no line that loads them."""
    path = tmp_path_factory.mktemp("judging") / "judging.ipynb"
    marked = "%%mark linear\ndL/db_i = sum_m dL/dY_mi\n = sum_{m,n} dL/dY_mi"
    cells = map(nbformat.v4.new_code_cell, [marked, "%%desk linear\ndL/db_i = 0"])
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def test_lines_are_judged_while_they_are_typed(opened, judging):
    page = opened(judging)
    marked, desk = page.locator(".jp-CodeCell").nth(0), page.locator(".jp-CodeCell").nth(1)
    expect(marked.locator(".jp-OutputArea-output")).to_contain_text("multiplies by N = 6")
    area = desk.get_by_label("Your lines")
    area.focus()
    area.fill("dL/db_i = sum_{m,n} dL/dY_")
    area.press_sequentially("mi")
    expect(desk.locator(".jp-OutputArea-output")).to_contain_text("✗")
    expect(desk.locator(".jp-OutputArea-output")).to_contain_text("the sum over n has no n in it")
    area.fill("dL/db_i = sum_m dL/dY_")
    area.press_sequentially("mi")
    expect(desk.locator(".jp-OutputArea-output")).to_contain_text("✓")
    expect(desk.locator(".jp-OutputArea-output")).not_to_contain_text("✗")


@pytest.fixture(scope="module")
def boxed(tmp_path_factory):
    """A notebook with a box to type a definition in."""
    path = tmp_path_factory.mktemp("boxed") / "boxed.ipynb"
    code = f"import sys\nsys.path.insert(0, {json.dumps(str(Path(__file__).parents[2]))})\n"
    cells = [f"{code}from helpers.yours.live import box", 'box("Y = tanh(X W^T + b)", predict=True)']
    nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells))), path)
    return path


def test_a_definition_is_derived_while_it_is_typed(opened, boxed):
    page = opened(boxed)
    box = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    expect(box).to_contain_text("which shape has dW?")
    assert box.locator("math").count() == 0  # no answer before its question
    box.get_by_label("(N, M)", exact=True).press("Space")
    box.get_by_role("button", name="Commit prediction").press("Enter")
    expect(box).to_contain_text("✓ Right, as you predicted: (N, M).")
    expect(box).to_contain_text("lines agree with autograd")
    area = box.get_by_role("textbox", name="Your definition")
    area.fill("a_t = exp(u_t) / sum_t exp(u_")
    area.press_sequentially("t)")
    expect(box).to_contain_text("t is summed where it already has a meaning")
    expect(box).not_to_contain_text("Right, as you predicted")  # of another definition
    assert box.evaluate(UNNAMED) == []


@pytest.mark.parametrize("silent", ["goto", "wait_for_selector", "wait_for_function", "locator"])
def test_a_page_that_does_not_answer_is_told_from_one_that_is_wrong(silent):
    page = MagicMock()
    getattr(page, silent).side_effect = playwright.TimeoutError("Timeout 60000ms exceeded.")
    with pytest.raises(NoAnswer):
        run_all(page, "03_linear.ipynb")
    getattr(page, silent).side_effect = AssertionError("another picture")
    with pytest.raises(AssertionError):
        run_all(page, "03_linear.ipynb")

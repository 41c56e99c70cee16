"""The site as a book: a search, rules under their lines where it is narrow, formulas that can be copied."""

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.browser.conftest import SET

AXE = os.environ.get("AXE")
VIOLATIONS = """axe.run({exclude: [['mjx-math']]}, {resultTypes: ['violations'], preload: false})
    .then(({violations}) => violations.map(found => [found.id, found.nodes[0].html]))"""
SEEN_BY_AXE = ["index", "search", "notebooks/00_start_here", "notebooks/06_cross_entropy"]
COPY = """formula => {
    const range = document.createRange();
    range.selectNode(document.querySelector(formula));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    const copy = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), cancelable: true});
    document.dispatchEvent(copy);
    return copy.clipboardData.getData('text/plain');
}"""


@pytest.fixture
def opened(site, browser):
    """Opens a page of the site at a width, and waits for its formulas."""
    tabs = []

    def at(name: str, width: int = 1280):
        tabs.append(tab := browser.new_page(viewport={"width": width, "height": 900}))
        tab.goto((site / f"{name}.html").as_uri())
        tab.wait_for_function(SET)
        return tab

    yield at
    for tab in tabs:
        tab.close()


def found(tab, word: str) -> list[str]:
    """The pages that the search names for a word."""
    tab.locator("input[name=q]").fill(word)
    tab.locator("input[name=q]").press("Enter")
    tab.wait_for_function(
        "document.querySelector('.search-summary')?.textContent.startsWith('Search finished')"
    )
    return [Path(link.get_attribute("href")).stem for link in tab.locator("#search-results li a").all()]


def test_the_search_of_a_page_from_a_file_finds_notebooks_and_opens_them(opened):
    tab = opened("notebooks/03_linear")
    errors = []
    tab.on("pageerror", lambda error: errors.append(error))
    assert found(tab, "softmax")[0].startswith("05_softmax")
    assert found(tab, "momentum") != found(tab, "kernel")
    found(tab, "softmax")
    tab.locator("#search-results li a").first.click()
    tab.wait_for_url("**/05_softmax.html*")
    assert not errors


def test_rules_stand_below_their_lines_only_where_there_is_no_room_beside(opened):
    def heights(width: int) -> list[int]:
        tab = opened("notebooks/03_linear", width)
        assert tab.locator("mjx-merror").count() == 0
        return tab.evaluate("[...document.querySelectorAll('div.math')].map(node => node.offsetHeight)")

    narrow, wide = heights(390), heights(1280)
    assert len(narrow) == len(wide) and sum(narrow) > sum(wide)
    rows = (
        opened("notebooks/03_linear", 390).locator("mjx-mtable").first.locator("> mjx-table mjx-mtr").count()
    )
    assert (
        rows
        > opened("notebooks/03_linear").locator("mjx-mtable").first.locator("> mjx-table mjx-mtr").count()
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_a_formula_that_is_copied_is_the_latex_that_the_page_was_built_from(opened, site, width):
    page = BeautifulSoup((site / "notebooks" / "03_linear.html").read_text("utf8"), "html.parser")
    inline = page.select_one("span.math").get_text().removeprefix("\\(").removesuffix("\\)")
    tab = opened("notebooks/03_linear", width)
    assert tab.evaluate(COPY, "span.math") == f"${inline}$"
    lines = tab.evaluate(COPY, "div.math")
    assert lines.startswith("$$\\begin{aligned}") and lines.endswith("\\end{aligned}$$") and "&&" in lines


@pytest.mark.skipif(not AXE, reason="axe-core is not named: AXE=path/to/axe.min.js")
@pytest.mark.parametrize("name", SEEN_BY_AXE)
def test_axe_finds_nothing(opened, name):
    tab = opened(name)
    tab.evaluate(Path(AXE).read_text("utf8"))
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            tab.evaluate("theme => { document.body.dataset.theme = theme }", theme)
            assert tab.evaluate(VIOLATIONS) == [], (width, theme)

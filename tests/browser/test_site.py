"""The site that `python -m tests.tools.site` builds: links that lead somewhere, pictures with words, formulas set."""

import re
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.browser.conftest import SET

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = ["index", *(path.stem for path in NOTEBOOKS)]
SLIDING = """[document.querySelector('div.content'),
    ...innerWidth > 1000 ? document.querySelectorAll('.text_plain pre') : []]
    .filter(node => node.scrollWidth > node.clientWidth)
    .map(node => [node.textContent.trim().slice(0, 40), node.scrollWidth])"""
UNREACHED = """[...document.querySelectorAll('div.content *')].filter(node => node.tabIndex < 0
    && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === 'auto').length"""
UNTYPESET = r"\$[^$\n]+\$|\\\(|\\frac|\\partial|\\begin|\|--"


@pytest.fixture(scope="session")
def pages(site):
    return {path: BeautifulSoup(path.read_text("utf8"), "html.parser") for path in site.rglob("*.html")}


def test_every_notebook_has_a_page_between_the_one_before_and_the_one_after(site, pages):
    for before, path, after in zip(NAMES[:-1], NAMES[1:], [*NAMES[2:], "sheet"], strict=True):
        page = pages[site / "notebooks" / f"{path}.html"]
        near = [Path(link["href"]).stem for link in page.select(".related-pages a")]
        assert near == [after, before]


def test_more_pages_and_files_are_taken_in(site, pages):
    assert (site / "sheet.pdf").read_bytes() == b"%PDF-1.4\n"
    assert pages[site / "sheet.html"].find("a", href="notebooks/03_linear.html")
    assert pages[site / "notebooks" / "05_softmax.html"].find("a", string="A sheet")


def test_every_link_inside_leads_to_a_page_and_a_place_in_it(pages):
    lost = []
    for path, page in pages.items():
        for node in page.find_all(["a", "img", "link", "script"]):
            link = urlsplit(node.get("href") or node.get("src") or "")
            if link.scheme in ("http", "https", "data"):
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            there = not link.fragment or target not in pages or pages[target].find(id=unquote(link.fragment))
            if link.scheme or not target.exists() or not there:
                lost.append((path.name, link.geturl()))
    assert not lost


def test_no_notebook_is_linked_but_as_its_own_source(pages):
    links = [(path, link["href"]) for path, page in pages.items() for link in page.find_all("a", href=True)]
    assert not [link for link in links if ".ipynb" in link[1] and "_sources/" not in link[1]]


def alts(output) -> list[str]:
    """The words of the pictures of an output: of one that is shown, and of those that are folded in its Markdown."""
    if "image/png" in output.get("data", {}):
        return [output.metadata["image/png"].alt]
    return [
        image["alt"]
        for image in BeautifulSoup(output.get("data", {}).get("text/markdown", ""), "html.parser").select(
            "img"
        )
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_pictures_keep_their_words_and_hints_their_folds(path, site, pages):
    page = pages[site / "notebooks" / f"{path.stem}.html"]
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert [image["alt"] for image in page.select("article img")] == [alt for o in outputs for alt in alts(o)]
    said = [node.get_text() for node in page.select(".says")]
    for output in pictures:
        words = output.data["text/plain"]
        assert words == output.metadata["image/png"].alt or any(text.startswith(words) for text in said)
    assert len(page.select("details:not(.hide)")) == path.read_text("utf8").count("<details>")
    assert not page.select("details[open]")


def test_no_page_names_the_machine_that_built_it_or_asks_another_for_a_file(site, pages):
    local = [str(folder) for folder in (ROOT, Path.home(), tempfile.gettempdir())]
    for page in pages.values():
        assert not [path for path in local if path + "/" in page.get_text()]
        assert not [node for node in page.select("script[src], link, img") if "://" in str(node)]


def test_the_figure_of_the_front_page_can_be_drawn_from_the_notebooks_again():
    from tests.tools.overview import SHOWN, overview

    outputs = [cell.outputs for cell in overview().cells if cell.cell_type == "code"]
    assert len(outputs) == len(SHOWN) and all(outputs)


def test_formulas_are_typeset_and_pages_fit_a_telephone(site, browser):
    tab = browser.new_page(viewport={"width": 390, "height": 900})
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    for path in [site / "index.html", *sorted((site / "notebooks").glob("*.html"))]:
        tab.goto(path.as_uri())
        tab.wait_for_function(SET)
        assert tab.locator("mjx-container").count() >= tab.locator(".math").count(), path.name
        assert tab.locator("mjx-merror").count() == 0, path.name
        for width in (390, 1280):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, path.name
            assert tab.evaluate(SLIDING) == [], (path.name, width)
            tab.wait_for_function(UNREACHED + " === 0")  # a resize is heard a moment later
        formulas = "[...document.querySelectorAll('mjx-container')].map(node => node.textContent).join(' ')"
        assert "$" not in tab.evaluate(formulas), path.name
        tab.evaluate("document.querySelectorAll('pre, code, script, mjx-container').forEach(n => n.remove())")
        assert not re.search(UNTYPESET, tab.evaluate("document.body.textContent")), path.name
    tab.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]

"""A JupyterLab and a Chromium for the tests that need a browser, started once and only when asked for."""

from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.tools.lab import CHROMIUM, chromium, copy_unrun, jupyterlab, run_all


@pytest.fixture(scope="session")
def browser():
    pytest.importorskip("playwright", reason="Playwright is not installed: see requirements.txt")
    if not CHROMIUM:
        pytest.skip("no Chromium found: install one, or name it in the environment variable CHROMIUM")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """The folder that JupyterLab serves, and a function from a path in it to its address."""
    folder = tmp_path_factory.mktemp("served")
    with jupyterlab(folder, tmp_path_factory.mktemp("home")) as url:
        yield folder, url


@pytest.fixture(scope="session")
def opening(lab, browser):
    """A context manager that opens a notebook in JupyterLab, runs all its cells and gives its page."""
    folder, url = lab

    @contextmanager
    def open_notebook(path):
        copy_unrun(path, folder / "notebooks")
        with closing(browser.new_context(viewport={"width": 1100, "height": 1400})) as context:
            context.set_default_timeout(60_000)
            page = context.new_page()
            run_all(page, url(f"notebooks/{path.name}"))
            yield page

    return open_notebook


@pytest.fixture
def opened(opening):
    """A function that opens a notebook so, until the test ends."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(opening(path))

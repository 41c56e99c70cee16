"""A JupyterLab and a Chromium for the tests that need a browser, started once and only when asked for."""

import pytest

from tests.tools.lab import CHROMIUM, chromium, copy_unrun, jupyterlab, run_all


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The folder that JupyterLab serves, and a function from a path in it to its address."""
    folder = tmp_path_factory.mktemp("served")
    with jupyterlab(folder, tmp_path_factory.mktemp("home")) as url:
        yield folder, url


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(request):
    """A function that opens a notebook in JupyterLab, runs all its cells and gives its page."""
    if not CHROMIUM:
        pytest.skip("no Chromium found: install one, or name it in the environment variable CHROMIUM")
    folder, url = request.getfixturevalue("lab")
    contexts = []

    def open_notebook(path):
        copy_unrun(path, folder / "notebooks")
        contexts.append(
            request.getfixturevalue("browser").new_context(viewport={"width": 1100, "height": 1400})
        )
        page = contexts[-1].new_page()
        run_all(page, url(f"notebooks/{path.name}"))
        return page

    yield open_notebook
    for context in contexts:
        context.close()

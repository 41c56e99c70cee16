"""JupyterLab on loopback and a Chromium to look at it with, for the browser tests and the screenshots.

Playwright is imported where a browser is used, and not before: the other tests run without it.

with jupyterlab(folder) as url, chromium() as browser:
    page = browser.new_page()
    run_all(page, url("notebooks/03_linear.ipynb"))
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tests.tools.second_run import NoAnswer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
QUESTIONS = {
    "notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},  # all cells, and no more
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(node => node.innerText)"
CONNECTED = """() => {  // the command would be dropped silently before
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
EXPLORER = ".jp-OutputArea-output .explorer"
KEYS = {  # that move a control, by the type of its node
    "range": ["ArrowLeft", "ArrowRight"],
    "select-one": ["ArrowDown", "ArrowUp"],
    "radio": ["ArrowDown"],
    "checkbox": ["Space"],
    "button": ["Enter"],
}
STDERR = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'


@contextmanager
def jupyterlab(folder: Path, home: Path, theme: str = "JupyterLab Light") -> Iterator[Callable[[str], str]]:
    """A server of a folder, with its settings and runtime files in `home`; gives the address of a path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, settings in {**QUESTIONS, "apputils-extension/themes": {"theme": theme}}.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    here = {
        "HOME": home,
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "run",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True"]  # for window.jupyterapp, which runs its commands
    environment = {**os.environ, **{name: str(value) for name, value in here.items()}}
    with open(home / "jupyterlab.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(900):
            try:
                urllib.request.urlopen(
                    f"{base}/api/kernelspecs", timeout=5
                )  # later than /api, and what a page needs
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise NoAnswer(f"JupyterLab did not start: {(home / 'jupyterlab.log').read_text()[-2000:]}")
        yield lambda path: f"{base}/doc/tree/{path}?reset"
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()


@contextmanager
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import TimeoutError, sync_playwright

    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET.split(), timeout=120_000)
        except TimeoutError as error:
            raise NoAnswer(f"Chromium did not start: {error}") from error
        yield browser
        browser.close()


def copy_unrun(notebook: Path, folder: Path) -> Path:
    """A copy of a notebook with no outputs, so that whatever is seen later was computed there."""
    content = nbformat.read(notebook, 4)
    content.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, folder / notebook.name)
    return folder / notebook.name


def run_all(page: "Page", url: str, timeout: float = 400) -> None:
    """Open a notebook that has no outputs and run all its cells, to the last or to the first error.

    Raises NoAnswer where the page, the kernel or a cell is not ready in time.
    """
    from playwright.sync_api import TimeoutError

    try:
        page.add_locator_handler(page.locator(".jp-Dialog"), accept)
        page.goto(url, timeout=120_000)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        page.wait_for_function(CONNECTED, timeout=120_000)
        page.evaluate(
            "window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => window.ran = true)"
        )
        page.wait_for_function("window.ran", timeout=timeout * 1000)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=120_000)
    except TimeoutError as error:
        raise NoAnswer(f"JupyterLab did not answer in time at {url}: {error}") from error
    if not errors(page) and not page.evaluate(f"{PROMPTS}.every(prompt => /\\d/.test(prompt))"):
        raise NoAnswer(f"JupyterLab did not run all cells of {url}")


def accept(dialog: "Locator") -> None:
    """A dialog, such as a question for the kernel on a slow start, would block every click: say what it is, and yes."""
    print("JupyterLab asked:", " ".join(dialog.first.inner_text().split()))
    dialog.first.locator(".jp-Dialog-button").last.click()


def errors(page: "Page") -> list[str]:
    """The text of every output that is an error or a warning."""
    return page.locator(STDERR).all_inner_texts()

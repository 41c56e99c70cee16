"""From key to picture, for every explorer in JupyterLab: python -m tests.tools.latency [notebooks]

Prints a row an explorer as a Markdown table: the median and the quartiles of the milliseconds from the press of a key
to the frame that shows the new picture, over keys on each of its controls in turn.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Locator

from tests.tools.lab import EXPLORER, KEYS, chromium, copy_unrun, jupyterlab, run_all
from tests.tools.write_notebooks import NOTEBOOKS

PRESSES = 10  # of each control
WATCH = """node => {  // a promise of the time from the next key to the frame after the picture has changed
    const image = node.querySelector('img');
    const pressed = new Promise(done =>
        node.addEventListener('keydown', event => done(event.timeStamp), {capture: true, once: true}));
    const changed = new Promise(done => {
        const observer = new MutationObserver(() => { observer.disconnect(); done(); });
        observer.observe(image, {attributeFilter: ['src']});
    });
    const shown = changed.then(() => image.decode()).then(() => new Promise(requestAnimationFrame));
    window.latency = Promise.race([
        shown.then(async () => performance.now() - await pressed),
        new Promise(done => setTimeout(done, 1500, null)),  // the picture did not change
    ]);
}"""


def latencies(explorer: Locator) -> list[float]:
    """The milliseconds of every key that changed the picture."""
    explorer.get_by_role("button", name="Show me").click()
    explorer.locator(".verdict", has_text="answer").wait_for()
    explorer.page.wait_for_timeout(500)
    times = []
    for control in explorer.locator(".controls").locator("input, select, button").all():
        control.focus()
        keys = KEYS[control.evaluate("node => node.type")]
        for k in range(PRESSES):
            explorer.evaluate(WATCH)
            explorer.page.keyboard.press(keys[k % len(keys)])
            times.append(explorer.page.evaluate("window.latency"))
    return [time for time in times if time is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    print("| notebook | explorer | median ms | quartiles | keys |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        served, home = Path(scratch) / "served", Path(scratch) / "home"
        served.mkdir()
        with jupyterlab(served, home) as url, chromium() as browser:
            for notebook in parser.parse_args().notebooks:
                copy_unrun(notebook, served)
                page = browser.new_page(viewport={"width": 1100, "height": 1400})
                run_all(page, url(notebook.name))
                for explorer in page.locator(EXPLORER).all():
                    times = latencies(explorer)
                    low, median, high = quantiles(times, n=4)
                    name = explorer.get_attribute("aria-label")
                    spread = f"{low:.0f} to {high:.0f}"
                    print(
                        f"| {notebook.stem} | {name} | {median:.0f} | {spread} | {len(times)} |", flush=True
                    )
                page.close()


if __name__ == "__main__":
    main()

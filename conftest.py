"""One thread for the small arrays of tests and notebooks, slow files first, and the traps of nbval 0.11 closed.

Every notebook is compared strictly, and none fails for no reason.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from nbval.kernel import RunningKernel

pytest_plugins = ["tests.tools.second_run"]

for library in ("OMP", "OPENBLAS"):  # several threads that wait for each other take three times as long
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

os.environ["TQDM_DISABLE"] = "1"  # as when the notebooks were stored: a bar is not a result

# No test fails because the machine is busy.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

EVERY_FORMULA = [  # each asks for every formula of the sheet, which one worker derives once
    "tests/show/test_sheet.py",
    "tests/compare/test_check.py",
    "tests/implement/test_held_to_derivations.py",
]
SLOWEST = [  # the first two wait for other processes most of their time
    "tests/browser/test_lab.py",
    "tests/course/test_course.py",
    *EVERY_FORMULA,
    "notebooks/99_formulas.ipynb",
    "tests/judge/test_diagnose.py",
    "tests/judge/test_reports.py",
    "tests/browser/test_site.py",
    "notebooks/15_transformer.ipynb",
    "notebooks/13_recurrent.ipynb",
    "notebooks/08_mlp_torch.ipynb",
    "tests/judge/test_judging.py",
    "notebooks/07_mlp.ipynb",
    "notebooks/17_find_the_mistake.ipynb",
    "notebooks/18_your_own_layer.ipynb",
    "tests/notebooks/test_notebooks_stored.py",
    "tests/notebooks/test_bad_days.py",
    "tests/read/test_reading.py",
    "tests/house/test_families.py",
    "tests/judge/test_inference.py",
    "notebooks/14_attention.ipynb",
    "notebooks/16_second_order.ipynb",
    "notebooks/10_layer_norm.ipynb",
    "notebooks/12_cnn.ipynb",
    "notebooks/09_batch_norm.ipynb",
]


def pytest_configure(config):
    # nbval would look for the file in the working directory.
    config.option.nbval_sanitize_with = str(config.rootpath / "tests" / "tools" / "nbval_sanitize.cfg")


def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that the workers end together: each takes one file after the other."""
    place = {path: k for k, path in enumerate(SLOWEST)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::")[0], len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file stays on one worker, and so do together the files that ask for every formula."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "every formula" if file in EVERY_FORMULA else file

    return Files(config, log) if config.option.dist == "loadfile" else None


def execute_cell_input(self, cell_input, allow_stdin=None):
    # nbval turns the history off, and with it the trailing semicolon that hides a value (nbval issue 194).
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input

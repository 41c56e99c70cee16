"""One thread for the small arrays of tests and notebooks, slow files first, and the traps of nbval 0.11 closed.

Every notebook is compared strictly, and none fails for no reason.
"""

import os

from hypothesis import HealthCheck, settings
from nbval.kernel import RunningKernel

pytest_plugins = ["tests.tools.second_run"]

for library in ("OMP", "OPENBLAS"):  # several threads that wait for each other take three times as long
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

os.environ["TQDM_DISABLE"] = "1"  # as when the notebooks were stored: a bar is not a result

# No test fails because the machine is busy.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

SLOWEST = [  # the first two wait for other processes most of their time
    "tests/browser/test_lab.py",
    "tests/course/test_course.py",
    "tests/judge/test_diagnose.py",
    "tests/browser/test_site.py",
    "notebooks/08_mlp_torch.ipynb",
    "notebooks/18_your_own_layer.ipynb",
    "tests/judge/test_judging.py",
    "tests/show/test_sheet.py",
    "tests/compare/test_check.py",
    "notebooks/07_mlp.ipynb",
    "tests/judge/test_reports.py",
    "notebooks/99_formulas.ipynb",
    "tests/read/test_reading.py",
    "tests/notebooks/test_notebooks_stored.py",
    "tests/judge/test_inference.py",
    "tests/notebooks/test_bad_days.py",
    "tests/house/test_families.py",
    "notebooks/17_find_the_mistake.ipynb",
    "notebooks/12_cnn.ipynb",
]


def pytest_configure(config):
    # nbval would look for the file in the working directory.
    config.option.nbval_sanitize_with = str(config.rootpath / "tests" / "tools" / "nbval_sanitize.cfg")


def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that both workers end together: each takes one file after the other."""
    place = {path: k for k, path in enumerate(SLOWEST)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::")[0], len(place)))


def execute_cell_input(self, cell_input, allow_stdin=None):
    # nbval turns the history off, and with it the trailing semicolon that hides a value (nbval issue 194).
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input

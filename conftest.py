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

SLOWEST = ["tests/browser/test_lab.py", "tests/browser/test_site.py", "tests/course/test_course.py"]


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

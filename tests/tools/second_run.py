"""A plugin of pytest: a test that JupyterLab gave no answer runs once more, alone, after all others.

Only NoAnswer counts, which is raised while a page, a kernel or a cell is waited for: a test that saw something
wrong has failed. The report names every test that ran twice.
"""

import os
import subprocess
import sys

import pytest

OUTCOME = "no answer"
SECOND = "SECOND_RUN"  # in the environment of that run, so that there is no third
SAID = pytest.StashKey[str]()


class NoAnswer(RuntimeError):
    """JupyterLab or its kernel did not answer in time: nothing was seen that could be right or wrong."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and call.excinfo and call.excinfo.errisinstance(NoAnswer) and SECOND not in os.environ:
        report.outcome = OUTCOME
    return report


def pytest_report_teststatus(report):
    return (OUTCOME, "N", OUTCOME.upper()) if report.outcome == OUTCOME else None


@pytest.hookimpl(trylast=True)  # xdist's workers have ended
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    unanswered = (
        dict.fromkeys(report.nodeid for report in reporter.stats.get(OUTCOME, ())) if reporter else ()
    )
    if unanswered and not hasattr(config, "workerinput"):
        command = [sys.executable, "-m", "pytest", "-n", "0", "-c", str(config.inipath), *unanswered]
        environment = {**os.environ, SECOND: "1"}
        done = subprocess.run(command, cwd=config.rootpath, env=environment, capture_output=True, text=True)
        again = "passed" if done.returncode == 0 else f"failed\n{done.stdout[-20_000:]}{done.stderr[-2000:]}"
        config.stash[SAID] = "\n".join([*unanswered, f"ran once more, alone: {again}"])
        if done.returncode and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if SAID in config.stash:
        terminalreporter.section("JupyterLab gave no answer")
        terminalreporter.write_line(config.stash[SAID])

"""From a clone to a first notebook, or to the tests' result: one command each, which may be given again.

    python3 binder/start.py [arguments of jupyter lab]
    python3 binder/start.py tests [arguments of pytest]

Both make .venv where there is none and install requirements.txt into it where it has changed. It needs Python 3.11
and its standard library, and is written so that an older Python can read it and say so.
"""

import hashlib
import http.client
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / "installed"  # written last: an install that was broken off is no install
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
FIRST = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"  # in the address that is printed too


def main(arguments: list) -> None:
    """Set up what is missing, then become JupyterLab or pytest."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return
    if sys.version_info < (3, 11):  # noqa: UP036 (an older one may run this)
        sys.exit(f"Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]}.")
    make_venv()
    install()
    if arguments[:1] == ["tests"]:
        find_chromium()
        become("-m", "pytest", *arguments[1:])
    become("-m", "jupyterlab", *lab_arguments(arguments))


def make_venv() -> None:
    """A Python of this folder's own, with pip. Exits where this Python cannot make one."""
    if PYTHON.exists() and (STAMP.exists() or run(PYTHON, "-c", "import pip") == 0):
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = "python{}.{}-venv".format(*sys.version_info)
        sys.exit(f"This Python comes without venv. On Debian and Ubuntu: apt-get install {package}")
    print(f"Making {VENV}.", flush=True)
    if code := run(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit(code)


def install() -> None:
    """All of requirements.txt, unless just that was installed here before. Exits where pip fails."""
    wanted = f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()} in {ROOT}\n"
    if STAMP.exists() and STAMP.read_text("utf8") == wanted:
        print("All of requirements.txt is installed.", flush=True)
        return
    index = cpu_index()
    print("Installing requirements.txt into .venv: 1.5 GB, a few minutes.", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]  # a person sees what is brought
    if code := run(*command, *quiet, *index, "-r", REQUIREMENTS, cwd=ROOT):
        sys.exit(code)
    STAMP.write_text(wanted, "utf8")


def cpu_index() -> list:
    """The option of pip that has PyTorch's CPU build found on Linux, where the other one brings several GB of CUDA."""
    if sys.platform != "linux":
        return []
    if answers(f"{CPU_INDEX}/torch/"):
        print(f"PyTorch: the CPU build of {CPU_INDEX}.", flush=True)
        return ["--extra-index-url", CPU_INDEX]
    print(f"PyTorch: {CPU_INDEX} does not answer, so the build of pip's own index.", flush=True)
    return []  # pip would ask it again and again, for every package


def answers(url: str, seconds: float = 3) -> bool:
    """Whether an address can be read within that time, the search for its name included."""
    found = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as reply:
                found.append(reply.status)
        except (OSError, ValueError, http.client.HTTPException):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return found == [200]


def find_chromium() -> None:
    """Chromium for the tests in a browser: installed where that is possible, else its tests are skipped."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"):
        return
    if is_root() and shutil.which("apt-get"):
        print("Installing Chromium for the tests in a browser.", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        options = ["-y", "-qq", "--no-install-recommends"]
        code = run("apt-get", "update", "-qq", env=quiet) or run(
            "apt-get", "install", *options, "chromium", env=quiet
        )
        if code and os.environ.get("CI"):
            sys.exit(code)
        if not code:
            return
    print("No Chromium: the tests in a browser are skipped.", flush=True)


def lab_arguments(arguments: list) -> list:
    """What JupyterLab is started with: notebook 00 unless another one is named, and as root, its permission."""
    named = any(argument.endswith(".ipynb") for argument in arguments)
    return [*([] if named else [FIRST]), *(["--allow-root"] if is_root() else []), *arguments]


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command, **options) -> int:
    return subprocess.call([str(part) for part in command], **options)


def become(*command: str) -> None:
    """Go on as Python of .venv with this command: keys and the exit code are the command's own."""
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(PYTHON, [str(PYTHON), *command])
    sys.exit(run(PYTHON, *command))


if __name__ == "__main__":
    main(sys.argv[1:])

# ruff: noqa: E501 (programs, a line each)
"""Hostile submissions, each marked beside two honest ones: in namespaces as root and as a user, and without any.

Each has a wrong answer to exercise 3.2: it may stay wrong, crash or run out of time, and never be right. The honest
ones must have what they earned, and nothing may stand outside of the scratch folder that was not there before.
"""

import json
import os
import pwd
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from multiprocessing.util import get_temp_dir
from pathlib import Path

from helpers.course import report
from helpers.course.autograde import Graded, autograde
from helpers.course.one_submission import Limits
from helpers.sandbox import BARRIERS, available
from tests.corpus.submissions import BACKWARD, EQUAL, FORGED, PATCHES, TOWER
from tests.corpus.submissions import WRONG as ANSWER
from tests.tools.attack.trial import FINE, LOST, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 200, Allowed(seconds=60, waiting=200, memory=4 * 10**9)
SECONDS = 5
IMPORTS = "import os\nimport numpy as np\nfrom helpers.exercises import linear\n"
MARK = "\nlinear.backward.mark(backward)\n"
HONEST = IMPORTS + BACKWARD.format("") + MARK
SETTINGS = {
    "root": (0, BARRIERS),
    "root, without namespaces": (0, BARRIERS[1:]),
    "a user": (1, BARRIERS),
    "a user, without namespaces": (1, BARRIERS[1:]),
}


def cases(seed: int, budget: int) -> Iterator[Case]:
    """The budget is for each setting that this user can have."""
    names = list(HAND_INS)
    random.Random(seed).shuffle(names)
    for setting, (user, barriers) in SETTINGS.items():
        if set(barriers) <= set(available()) and (os.geteuid() == 0 or user):
            for name in names[:budget]:
                yield Case(f"{name} ({setting})", partial(tried, name, user, barriers), setting)


def tried(name: str, user: int, barriers: tuple[str, ...]) -> str:
    if os.geteuid() == 0 and user:
        become_nobody()
    tempfile.tempdir = None
    get_temp_dir()  # of this process: it outlives a submission
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        folder, outside, scratch = (root / part for part in ("handed in", "outside", "scratch"))
        for part in (folder, outside, scratch):
            part.mkdir()
        for student in ("anna", "zoe"):
            (folder / f"{student}.py").write_text(HONEST)
        HAND_INS[name](folder, str(outside))
        os.environ["TEACHER"] = "a secret"
        tempfile.tempdir = str(scratch)
        graded = autograde(folder, ["03"], Limits(SECONDS, 2 * 10**9, barriers), jobs=2, as_root=True)
        return judged(graded, outside, scratch, bool(barriers))


def become_nobody() -> None:
    """From here on this process is a user without rights."""
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(*[nobody.pw_gid] * 3)
    os.setresuid(*[nobody.pw_uid] * 3)


def judged(graded: Graded, outside: Path, scratch: Path, confined: bool) -> str:
    for form in (report.as_table, report.as_csv, report.as_json):
        said = form(graded)
        if "a secret" in said or "\x1b" in said:
            return f"{WRONG}: {said[-300:]}"
    json.loads(report.as_json(graded))
    of = {submission.student: submission for submission in graded.submissions}
    for student in ("anna", "zoe"):
        if student not in of or of[student].results["3.2"].outcome != "right":
            return f"{LOST}: {student} has {of[student].results['3.2'] if student in of else 'no report'}"
    others = {student: s for student, s in of.items() if student not in ("anna", "zoe")}
    if not others and not graded.left_out:
        return f"{LOST}: the submission is in no list"
    for submission in others.values():
        report.feedback(submission)
        if any(result.outcome == "right" for result in submission.results.values()):
            return f"{WRONG}: {[r for r in submission.results.values() if r.outcome == 'right']}"
    left = [*outside.iterdir(), *scratch.iterdir()]
    if left and confined:
        return f"{WRONG}: {left[:3]} was written"
    return SENTENCE if any(result.reason for s in others.values() for result in s.results.values()) else FINE


# What is handed in


def script(lines: str, answer: str = ANSWER):
    def write(folder: Path, outside: str) -> None:
        text = IMPORTS + lines.replace("OUTSIDE", outside) + "\n" + answer + MARK
        (folder / "mallory.py").write_text(text, "utf8", errors="surrogatepass")

    return write


def in_call(line: str):
    return script("", BACKWARD.format("{}\n    ").replace("dY.sum(axis=0)", "dY.mean(axis=0)").format(line))


LINES = {
    "forges": FORGED, "patches": f"exercises = linear\n{PATCHES}", "equal": EQUAL, "tower": TOWER,
    "exits": "os._exit(0)", "quits": "raise SystemExit", "interrupts": "raise KeyboardInterrupt",
    "kills its parent": "os.kill(os.getppid(), 9)", "kills all": "os.kill(-1, 9)", "stops its parent": "os.kill(os.getppid(), 19)",
    "kills every number": "for n in range(2, 40000):\n    if n != os.getpid():\n        try: os.kill(n, 9)\n        except OSError: pass",
    "kills its group": "os.killpg(0, 9)", "aborts": "os.abort()", "a fault": "import ctypes; ctypes.string_at(0)",
    "hangs": "while True: pass", "sleeps": "import time; time.sleep(1e6)", "hangs in C": "sum(range(10**12))",
    "hangs in a pattern": "import re; re.match('(a+)+$', 'a' * 60 + 'b')", "hangs in big numbers": "9**9**9",
    "ignores alarms": "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass",
    "forks": "while True: os.fork()", "forks a few": "for _ in range(50): os.fork()", "starts a program": "import subprocess; subprocess.run(['touch', 'OUTSIDE/x'])",
    "a shell": "os.system('touch OUTSIDE/x')", "threads": "import threading\nfor _ in range(5000): threading.Thread(target=__import__('time').sleep, args=(99,)).start()",
    "outlives": "if not os.fork():\n    os.setsid()\n    __import__('time').sleep(2)\n    open('OUTSIDE/x', 'w')",
    "memory": "A = [np.ones(10**8) for _ in range(99)]", "memory in text": "A = 'x' * 10**10", "memory in lists": "A = [[]]\nwhile True: A += A",
    "memory in files": "import os\nf = os.memfd_create('x')\nfor _ in range(4000): os.write(f, b'x' * 2**20)",
    "shared memory": "from multiprocessing.shared_memory import SharedMemory\nA = [SharedMemory(create=True, size=2**28) for _ in range(20)]",
    "System V memory": "import ctypes\nlibc = ctypes.CDLL(None)\nfor _ in range(20): assert libc.shmget(0, 2**28, 0o1600) >= 0",
    "fills /tmp": "for k in range(400): open(f'OUTSIDE/{k}', 'wb').write(b'x' * 2**20)", "fills its folder": "f = open('x', 'wb')\nwhile True: f.write(b'x' * 2**20)",
    "many files": "for k in range(10**6): open(f'x{k}', 'w')", "deep folders": "for _ in range(3000):\n    os.mkdir('a'); os.chdir('a')",
    "odd names": "open(b'\\xff\\n\\x1b[2J', 'w'); os.mkdir('\\u202e')", "no rights": "os.mkdir('a'); os.mkdir('a/b'); os.chmod('a', 0)",
    "links in its folder": "os.symlink('/', 'root'); os.symlink('x', 'x')", "a pipe in its folder": "os.mkfifo('x')",
    "removes its folder": "os.rmdir(os.getcwd())", "removes its parent": "import shutil; shutil.rmtree('..', ignore_errors=True)",
    "removes all": "import shutil\nfor at in ('..', '/tmp', 'OUTSIDE/../handed in'): shutil.rmtree(at, ignore_errors=True)",
    "moves its folder": "os.rename(os.getcwd(), '../elsewhere')", "writes outside": "open('OUTSIDE/x', 'w').write('x')",
    "writes to the project": "import helpers\nopen(os.path.join(list(helpers.__path__)[0], 'x'), 'w')", "writes to others": "open('OUTSIDE/../handed in/anna.py', 'w').write('')",
    "reads the others": "print(open('OUTSIDE/../handed in/zoe.py').read())", "a secret": "raise Exception(os.environ['TEACHER'])",
    "every secret": "import glob\nraise Exception(b''.join(open(p, 'rb').read() for p in glob.glob('/proc/*/environ')))",
    "its parent's secret": "raise Exception(open(f'/proc/{os.getppid()}/environ').read())", "its parent's memory": "open(f'/proc/{os.getppid()}/mem', 'r+b').write(b'x')",
    "traces its parent": "import ctypes\nassert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0", "a terminal": "for n in range(9):\n    try: open(f'/dev/pts/{n}', 'w').write('forged')\n    except OSError: pass",
    "the disk": "open('/dev/vda', 'r+b')", "devices": "for d in ('loop0', 'kvm', 'fuse', 'net/tun', 'mem', 'tty'):\n    try: os.open(f'/dev/{d}', os.O_RDWR | os.O_NONBLOCK)\n    except OSError: pass",
    "mounts": "import ctypes\nassert not ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, 0)", "unshares": "import ctypes\nassert not ctypes.CDLL(None).unshare(0x10000000)",
    "root": "os.setuid(0); os.setgid(0)", "leaves the root": "os.chroot('/tmp')", "its limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "its priority": "os.nice(-20)", "a socket": "import socket; socket.create_connection(('1.1.1.1', 80), 1)", "a server": "import socket; socket.create_server(('', 0)).accept()",
    "a local socket": "import socket; socket.socket(socket.AF_UNIX).connect('/run/x')", "a name": "import socket; socket.gethostbyname('example.org')",
    "prints": "while True: print('x' * 10**6)", "prints a little": "print('✓ 4 of 4 solved\\x1b[2J')", "writes to every file": "for n in range(64):\n    try: os.write(n, b'\\x00\\x00\\x00\\x02{}')\n    except OSError: pass",
    "half a message": "for n in range(3, 64):\n    try: os.write(n, b'\\x7f\\xff\\xff\\xff')\n    except OSError: pass", "closes every file": "os.closerange(0, 64)",
    "an error of no text": "raise type('E' * 10**6, (Exception,), {})('\\ud800\\x1b[2J' * 10**5)", "an error whose text raises": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    "an error that hangs": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E", "an error of errors": "e = Exception()\nfor _ in range(5000):\n    f = Exception(); f.__cause__ = e; e = f\nraise e",
    "a file as error": "raise Exception(open('/etc/passwd').read())", "deep": "def f(): f()\nf()", "a deep limit": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    "patches mark": "from helpers.exercises import Exercise, Mark\nfrom helpers.exercises.machine.checks import RIGHT\nExercise.mark = lambda e, a: Mark(e, RIGHT)", "patches the solution": "linear.backward.__dict__['solution'] = ''",
    "patches NumPy": "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True", "patches len": "import builtins\nbuiltins.len = lambda x: 3", "patches isinstance": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "patches json": "import json\njson.dumps = lambda *a, **k: '[\"answer\", true]'", "patches all": "import sys, types\nfor m in list(sys.modules.values()):\n    for k, v in list(vars(m).items()):\n        if callable(v) and not isinstance(v, type): setattr(m, k, lambda *a, **k: True)",
    "empties the modules": "import sys\nsys.modules.clear()", "traces": "import sys\nsys.settrace(lambda *a: os._exit(0))", "at exit": "import atexit\natexit.register(lambda: open('OUTSIDE/x', 'w'))",
    "a garbage collector": "import gc\nfor o in gc.get_objects():\n    if isinstance(o, dict) and 'right' in o: o['right'] = True", "frames": "import sys\nf = sys._getframe()\nwhile f:\n    for k in f.f_locals: f.f_locals[k] = True\n    f = f.f_back",
    "a hook": "import sys\nsys.excepthook = sys.unraisablehook = lambda *a: os._exit(0)\n1 / 0", "metaclass": "class M(type):\n    def __instancecheck__(c, o): return True\nclass X(metaclass=M): pass",
    "code from code": "exec('import os; ' * 10000)", "deep brackets": "eval('(' * 99999)", "a long line": "x = " + "1 + " * 30000 + "1", "null": "x = '\0'", "bad bytes": "x = '\ud800'",
    "asyncio": "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nasyncio.run(f())", "processes": "from multiprocessing import Pool\nPool(4).map(abs, range(9))",
    "torch": "import torch\ntorch.load('/etc/passwd')", "sympy": "import sympy\nsympy.sympify('__import__(\"os\").system(\"touch OUTSIDE/x\")')", "no such package": "import no_such_package",
    "pickles": "import pickle\npickle.loads(b'cos\\nsystem\\n(S\\'touch OUTSIDE/x\\'\\ntR.')",
}  # fmt: skip
RETURNS = {
    "nothing": "return None", "itself": "a = []; a.append(a); return a", "much": "return np.zeros((4000, 2500)), 0, 0", "too much": "return np.ones(10**11)",
    "views": "return X[:], W[:], dY[0][:]", "broadcast": "return (np.broadcast_to(1.0, (10**6, 10**6)),) * 3", "NaN": "return X * np.nan, W * np.nan, dY[0] * np.nan",
    "objects": "return (np.array([print] * 3),) * 3", "records": "return (np.zeros(3, 'f8,O'),) * 3", "a generator": "return (x for x in iter(int, 1))", "a class": "return int, int, int",
    "text": "return 'right', 'right', 'right'", "long text": "return ('x' * 10**8,) * 3", "surrogates": "return ('\\ud800',) * 3", "complex": "return X * 1j, W, dY", "a tensor": "import torch; return (torch.ones(3),) * 3",
    "numbers": "return 10**5000, 10**5000, 10**5000", "infinite": "return np.inf, np.inf, np.inf", "a mask": "return (np.ma.masked_all((5, 3)),) * 3", "a dict": "return {'dX': X}", "its arguments": "X[:] = 0; W[:] = 0; dY[:] = 0; return X, W, dY[0]",
    "exits": "os._exit(0)", "hangs": "while True: pass", "raises": "raise Exception('\\x1b[2J' * 999)", "prints": "print('✓' * 10**6); return X", "quits": "raise SystemExit('right')", "interrupts": "raise KeyboardInterrupt",
    "indexes": "return X[99]", "deep": "return backward(X, W, dY)", "forks": "os.fork(); return X", "writes": "open('x', 'w').write('x' * 10**8); return X", "memory": "a = [0] * 10**9; return X",
    "a subclass": "A = type('A', (np.ndarray,), {'__eq__': lambda *a: True}); return X.view(A), W.view(A), dY[0].view(A)", "closes": "os.closerange(0, 99); return X", "a nest": "a = ()\n    for _ in range(10**5): a = (a,)\n    return a",
}  # fmt: skip


def named(name: bytes, content: bytes = (IMPORTS + ANSWER + MARK).encode()):
    def write(folder: Path, outside: str) -> None:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(content)

    return write


def notebook(cells: object):
    return named(b"mallory.ipynb", json.dumps(cells).encode())


def of_cells(*sources: object) -> dict:
    return {
        "cells": [
            {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
        ]
    }


def a_link(folder: Path, outside: str) -> None:
    (folder / "mallory.py").symlink_to(folder / "anna.py")


def a_link_to_a_folder(folder: Path, outside: str) -> None:
    (folder / "mallory").symlink_to(folder)


def a_pipe(folder: Path, outside: str) -> None:
    os.mkfifo(folder / "mallory.py")


def of_many(folder: Path, outside: str) -> None:
    (folder / "mallory").mkdir()
    for k in range(300):
        (folder / "mallory" / f"{k}.py").write_text(IMPORTS + ANSWER + MARK)


def deep_folders(folder: Path, outside: str) -> None:
    at = folder / "mallory"
    for _ in range(400):
        at = at / "a"
    at.mkdir(parents=True)


def a_folder_called_so(folder: Path, outside: str) -> None:
    (folder / "mallory.py").mkdir()


CELL = IMPORTS + ANSWER + MARK
FILES = {
    "no text": named(b"mallory.py", b"\x89PNG\xff\xfe\x00"), "latin-1": named(b"mallory.py", "# é\n".encode("latin1") + CELL.encode()), "UTF-16": named(b"mallory.py", CELL.encode("utf-16")),
    "a null": named(b"mallory.py", b"\0" * 10**6), "nothing": named(b"mallory.py", b""), "no JSON": named(b"mallory.ipynb", b"{not"), "a number": notebook(3), "a list": notebook([[]] * 9), "no cells": notebook({"cells": 3}),
    "cells of nothing": notebook({"cells": [None, 1, "x", [], {}]}), "odd sources": notebook(of_cells(None, 3, [1, None], {"a": 1}, CELL)), "a deep notebook": named(b"mallory.ipynb", b"[" * 10**6),
    "huge numbers": named(b"mallory.ipynb", b'{"cells": ' + b"9" * 10**5 + b"}"), "1500 cells": notebook(of_cells(*[CELL] * 1500)), "cells that half speak": notebook(of_cells(*[CELL.replace("import os", "import os\nfor n in range(3, 64):\n    try: os.write(n, b'x')\n    except OSError: pass")] * 8)),
    "magics": notebook(of_cells("%%bash\ntouch x", "!touch x", "%run x", CELL)), "a byte name": named(b"mall\xffory.py"), "a name of spaces": named(b"   .py"), "a formula's name": named(b"=HYPERLINK(1).py"), "a name of controls": named(b"mal\x1b[2Jlory.py"),
    "a name of lines": named(b"mal\nlory.py"), "a hidden name": named(b".mallory.py"), "an underscore": named(b"_mallory.py"), "dots": named(b"..py"), "a dash": named(b"--json.py"), "a long name": named(b"m" * 250 + b".py"), "a name of marks": named("✓✓✓.py".encode()), "right to left": named("\u202eyrollam.py".encode()),
    "another kind": named(b"mallory.exe"), "a link": a_link, "a link to a folder": a_link_to_a_folder, "a pipe": a_pipe, "300 files": of_many, "deep folders": deep_folders, "a folder": a_folder_called_so,
}  # fmt: skip
BROKEN = {
    "no syntax": "def f(:",
    "tabs": "if 1:\n\tx = 1\n        y = 2",
    "cut": "x = '''",
    "nested": "if 1:\n" * 2,
}
HAND_INS = (
    {f"in its cell {name}": script(lines) for name, lines in LINES.items()}
    | {
        f"in a class {name}": script("class _:\n" + "\n".join(f"    {line}" for line in lines.split("\n")))
        for name, lines in list(LINES.items())[4:34]
    }
    | {f"its function {name}": in_call(line) for name, line in RETURNS.items()}
    | {f"a file, {name}": write for name, write in FILES.items()}
    | {f"broken, {name}": script(lines) for name, lines in BROKEN.items()}
)

"""Exercises are handed out as the notebooks have them, and a folder of submissions is marked, whatever is in it."""

import json
import math
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.course import one_submission, report
from helpers.course.__main__ import main
from helpers.course.autograde import Graded, Submission, autograde, exercises_of
from helpers.course.cells import answer_cells, cells_of, exercises_marked, needed
from helpers.course.one_submission import EXERCISES, Limits, Result, results_of
from helpers.course.release import NOTEBOOKS, assignment
from helpers.course.wire import Garbled, Peer
from helpers.sandbox import BARRIERS, available, within_reach
from tests.corpus.submissions import BACKWARD, submissions, write
from tests.exercises.test_exercises import ALL

SECONDS = 6
COMMAND = [sys.executable, "-m", "helpers.course"]


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Everything that was handed in, marked by the command: what it said, and what it left behind."""
    root = tmp_path_factory.mktemp("course")
    for name in ("handed in", "outside", "scratch"):
        (root / name).mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        wanted = submissions(root / "outside", server.getsockname()[1])
        for name, (handed_in, _) in wanted.items():
            write(root / "handed in", name, handed_in)
        write(root / "handed in", "readme", ("Anna's is late", ".txt"))
        before = contents(root / "handed in")
        command = [*COMMAND, "autograde", root / "handed in", "--notebooks", "03", "05"]
        command += ["--seconds", str(SECONDS), "--jobs", "3", "--feedback", root / "feedback"]
        environment = {**os.environ, "TMPDIR": str(root / "scratch"), "SECRET": "a word of the teacher's"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        server.settimeout(0)
        try:
            called = bool(server.accept())
        except BlockingIOError:
            called = False
    assert done.returncode == 0, done.stderr
    table, said = done.stdout.split("\n\n", 1)
    expected = {name: signs for name, (_, signs) in wanted.items()}
    if not (confined := report.CONFINED in said):
        expected["kills"] = "✓✓!✓···"  # it reaches the process that marks it, and another goes on
    return {
        "root": root,
        "wanted": expected,
        "found": signs_of(table),
        "said": said,
        "confined": confined,
        "called": called,
        "untouched": contents(root / "handed in") == before,
    }


def signs_of(table: str) -> dict[str, str]:
    """The signs of each student, without the spaces, as a table has them."""
    head, *rows = table.splitlines()
    left = head.index(" 3.1") - 1
    return {row[:left].strip(): "".join(row[left:].split()[:-3]) for row in rows}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_whole_table_is_right(marked):
    assert len(marked["wanted"]) >= 30
    assert set(marked["found"]) == set(marked["wanted"])
    assert "\nLeft out, being no .ipynb or .py file of a student: readme.txt.\n" in marked["said"]
    wrong = {name: (signs, marked["found"].get(name)) for name, signs in marked["wanted"].items()}
    assert not {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}, marked["said"]


@pytest.mark.parametrize(
    "student, number, phrase",
    [
        ("wrong", "3.2", "1/S = 1/5 times the right value"),
        ("wrong softmax", "5.2", "Only the diagonal of the Jacobian"),
        ("crash", "3.2", "The cell stopped with ZeroDivisionError: division by zero"),
        ("crash in call", "3.2", "your function stopped with IndexError"),
        ("crash of all", "3.3", "No module named 'no_such'"),
        ("syntax", "3.2", "SyntaxError"),
        ("exit", "3.2", "SystemExit"),
        ("exit in call", "3.2", "ended in the middle"),
        ("hang", "3.2", f"no answer within {SECONDS} seconds"),
        ("memory", "3.2", "MemoryError"),
        ("forges", "3.2", "did not keep to the form"),
        ("equal", "3.2", "of type Equal"),
        ("patches its own", "5.2", "Not marked: the submission changed "),
        ("patches late", "5.2", "changed numpy.allclose"),
    ],
)
def test_the_diagnosis_is_said(marked, student, number, phrase):
    lines = marked["said"].split(f"\n{student}\n")[1].splitlines()
    assert phrase in next(line for line in lines if line.split()[0] == number)
    told = (marked["root"] / "feedback" / f"{student}.md").read_text("utf8")
    assert phrase in " ".join(told.split())
    assert "<p>" not in told and "&#x27;" not in told


def test_nothing_is_left_behind_and_nothing_touched(marked):
    assert marked["untouched"]
    assert not list((marked["root"] / "scratch").iterdir())
    if marked["confined"]:
        time.sleep(2)  # as long as the process that was to outlive sleeps
        assert not list((marked["root"] / "outside").iterdir())
        assert not marked["called"]


def outcome_of(line, seconds, barriers, scratch):
    """What comes of exercise 3.2 where the answer begins with a line."""
    imports = "import os\nimport numpy as np\nfrom helpers.exercises import linear"
    cells = [f"{imports}\n{BACKWARD.format(f'{line or 0}; ')}\nlinear.backward.mark(backward)"]
    (result,) = results_of(cells, 0, ["3.2"], Limits(seconds, 3 * 10**9, barriers, str(scratch)), math.inf)
    assert result.number == "3.2" and not list(scratch.iterdir())
    return result


UNTIDY = """open('mine', 'w').write('x'); [(os.mkdir('a'), os.chdir('a')) for _ in range(400)]; \
return X if 'SECRET' in os.environ else dY @ W, dY.T @ X, dY.sum(0)"""
"""It writes a file and a deep folder, and is right unless it sees a word of the teacher's."""


@pytest.mark.parametrize("barriers", [BARRIERS, BARRIERS[1:], ()], ids=["all", "rules alone", "none"])
@pytest.mark.parametrize(
    "line, outcome",
    [
        (UNTIDY, "right"),
        ("sum(range(10**12))", "timed out"),
        ("os._exit(0)", "crashed"),
        ("return np.ones(10**11)", "wrong"),
    ],
)
def test_limits_hold_behind_any_barriers(line, outcome, barriers, tmp_path, monkeypatch):
    if missing := set(barriers) - set(available()):
        pytest.skip(f"this system gives no {', '.join(missing)}")
    monkeypatch.setenv("SECRET", "a word of the teacher's")
    result = outcome_of(line, 2 if outcome == "timed out" else 60, barriers, tmp_path)
    assert result.outcome == outcome, result


REFUSED = {
    "the network": ["import socket; socket.create_connection(('127.0.0.1', {port}), 1)"],
    "files outside of its folder": ["open({outside!r}, 'w')"],
    "other processes": [
        "os.kill({pid}, 0)",
        "open('/proc/{pid}/environ').read()",
        "import ctypes; assert ctypes.CDLL(None).ptrace(16, {pid}, 0, 0) == 0",
    ],
    "devices and the terminal": [
        "os.open('/dev/tty', os.O_WRONLY)",
        "open('/dev/pts/0', 'w')",
        "open('/dev/mem')",
    ],
    "new processes and memory beside its own": [
        "os.fork() or os._exit(0)",
        "import subprocess; subprocess.run('true')",
        "os.memfd_create('m')",
        "import ctypes; assert ctypes.CDLL(None).shmget(0, 1000, 0o1600) >= 0",
        "from multiprocessing.shared_memory import SharedMemory; SharedMemory(create=True, size=9)",
    ],
}
"""Lines that must stop with an error where something keeps a submission from what they reach for."""


@pytest.mark.parametrize("barriers", [BARRIERS, BARRIERS[1:]], ids=["all", "rules alone"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_a_barrier_keeps_away_is_out_of_reach(what, barriers, tmp_path):
    if missing := set(barriers) - set(available()):
        pytest.skip(f"this system gives no {', '.join(missing)}")
    assert what not in within_reach(barriers)
    outside, scratch = tmp_path / "outside", tmp_path / "scratch"
    scratch.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        lines = "\n".join(
            map("try: {}\nexcept (OSError, AssertionError): pass\nelse: os._exit(0)".format, REFUSED[what])
        )
        tried = lines.format(outside=str(outside), pid=os.getpid(), port=server.getsockname()[1])
        assert outcome_of(f"exec({tried!r})", 60, barriers, scratch).outcome == "right"
    assert not outside.exists()


def test_without_barriers_all_is_named_and_root_is_refused(tmp_path, monkeypatch):
    assert within_reach(()) == list(REFUSED) and within_reach(BARRIERS) == []
    (tmp_path / "anna.py").write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ValueError, match=r"as root, .* a submission could do all .*: mark as another user"):
        autograde(tmp_path, ["03"], Limits(barriers=()))
    graded = autograde(tmp_path, ["03"], Limits(barriers=()), as_root=True)
    assert "nothing on this system kept it from the network, files" in report.as_table(graded)


def test_behind_the_time_of_the_submission_no_cell_gets_a_process(monkeypatch):
    """A process for each of thousands of cells would take minutes."""
    monkeypatch.setattr(one_submission, "process", None)
    (result,) = results_of(["linear.backward.mark(...)"], 0, ["3.2"], Limits(), 0)
    assert (result.outcome, result.reason) == ("timed out", "The time of the whole submission was up.")


def test_names_of_any_letters_are_marked_or_listed(tmp_path, capfd):
    folder, told = tmp_path / "handed in", tmp_path / "told"
    (folder / "__pycache__").mkdir(parents=True)
    for name in (b"_anna.py", b".ben.py", b"c\xe4cilie.py", b".DS_Store"):
        open(os.path.join(os.fsencode(folder), name), "w").close()
    (folder / "dora.py").symlink_to(folder / "_anna.py")
    for form in ([], ["--json"], ["--csv"]):
        command = ["autograde", str(folder), "--notebooks", "03", "--feedback", str(told), *form]
        assert main(command) == 0
        out, err = capfd.readouterr()
        assert all(student in out for student in ("_anna", ".ben", "cilie")) and '"dora"' not in out
        assert all(name in out + err for name in ("__pycache__", ".DS_Store", "dora.py"))
    assert len(list(told.iterdir())) == 3


def test_an_error_of_no_text_costs_nobody_a_report(tmp_path, capfd):
    lines = "from helpers.exercises import linear\nraise type('E' * 10**6, (Exception,), {{}})('\\ud800\\x1b[2J')\n"
    (tmp_path / "anna.py").write_text(lines.format() + "linear.backward.mark(...)\n")
    for form in ([], ["--json"], ["--csv"]):
        assert main(["autograde", str(tmp_path), "--notebooks", "03", *form]) == 0
        out = capfd.readouterr().out
        assert "anna" in out and "\x1b" not in out and len(out) < 5000


@pytest.mark.parametrize(
    "name", ["linear.gradient_of_X", "convolution.backward", "second_order.double_backward"]
)
def test_a_submission_is_told_what_the_notebook_tells(name):
    """What test_exercises.py has told in this process, told of another: of a formula that crosses as text, a function
    that is called from here, and an object of PyTorch that is marked over there."""
    module, exercise = name.split(".")[0], ALL[name]
    sources = [exercise.solution, *dict.fromkeys(source for source, _ in exercise.mistakes)]
    lines = [f"import ast\nfrom helpers.exercises import {module} as room"]
    lines += [
        f"names = dict(vars(room))\nexec({source!r}, names)\nlast = ast.parse({source!r}).body[-1]\n"
        f"room.{name.split('.')[1]}.mark(names[last.targets[0].id if hasattr(last, 'targets') else last.name])"
        for source in sources
    ]
    with one_submission.process(Limits(60, 4 * 10**9)) as peer:
        peer.deadline = math.inf
        error, answers = peer.ask("run", ["\n".join(lines)])
        assert not error and len(answers) == len(sources)
        got = [
            one_submission.result_of(peer, place, exercise, *answer[1:])
            for place, answer in enumerate(answers)
        ]
    assert [result.outcome for result in got] == ["right"] + ["wrong"] * (len(sources) - 1)
    for result, source in zip(got[1:], sources[1:], strict=True):
        for phrase in (phrase for known, phrase in exercise.mistakes if known == source):
            assert phrase in result.reason


@pytest.mark.parametrize(
    "value",
    [
        {"sympy": "__import__('os').system('true')"},
        {"sympy": "Sum('1', 2)"},
        {"sympy": "Symbol('x').name.__class__"},
        {"sympy": "sympify('1')"},
        {"sympy": "lambdify((), '1')"},
        {"sympy": "Add(*[1, 2])"},
        {"sympy": "(" * 500},
        {"array": ["|O", [1], "AAAAAAAAAAA="]},
        {"array": ["<f8", [2], "AAAAAAAAAAA="]},
        {"function": "x"},
        {"pickle": "x"},
        {"tuple": 3},
        {},
    ],
)
def test_what_is_no_value_is_refused(value):
    with pytest.raises(Garbled):
        Peer(None).decode(value)


WITH_EXERCISES = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem != "99_formulas"]


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_an_assignment_holds_the_notebooks_exercises_and_no_more(path, tmp_path):
    made, stored = assignment(path), json.loads(path.read_text("utf8"))
    (tmp_path / path.name).write_text(json.dumps(made))
    cells = cells_of(tmp_path / path.name)
    found = [e.number for k in answer_cells(cells) for e in exercises_marked(cells[k], cells)]
    assert sorted(found) == sorted(exercises_of([path.stem[:2]]))
    by_id = {cell["id"]: cell for cell in stored["cells"]}
    assert all(cell["source"] == by_id[cell["id"]]["source"] for cell in made["cells"][2:])
    assert not any(cell.get("outputs") for cell in made["cells"])
    said = "".join("".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "markdown")
    assert all(f"{number.split(',')[0].rstrip('ab')}" in said for number in found)
    assert len(made["cells"]) < len(stored["cells"]) / 2


def test_an_assignment_shows_the_lines_that_an_exercise_repairs():
    said = "".join("".join(cell["source"]) for cell in assignment(NOTEBOOKS / "05_softmax.ipynb")["cells"])
    assert all(f"&& ({number})" in said for number in (5, 6, 7, 8))


def test_needed_cells_in_an_order_that_serves():
    cells = ["import numpy as np", "k = 1 / 0", "a = np.ones(3)", "for k in a: print(k)", "a[0] = b", "b = 2"]
    assert needed(cells, 3) == [0, 2, 3]
    assert needed(cells, 4) == [0, 2, 5, 4]
    assert needed(["x = 1", "x = x + 1", "x += 1", "def f(x): return f(x)"], 2) == [0, 1, 2]
    assert needed(["x = 1", "def f(x): return f(x)"], 1) == [1]
    assert needed(["x = = 1", "x"], 1) == [1]


def test_forms_of_a_gradebook():
    results = {"3.2": Result("3.2", "right", own_word=True), "3.3": Result("3.3", "wrong", "1/S")}
    graded = Graded([Submission("anna", results, ["b.pdf is no .ipynb or .py file"])], ["the network"])
    table = report.as_table(graded)
    assert ["anna", "✓*", "✗", "1", "of", "2"] in [line.split() for line in table.splitlines()]
    assert (
        "nothing on this system kept it from the network." in table
        and "\n  3.3 ✗ 1/S" in table
        and "\n  b.pdf is no" in table
    )
    assert report.as_csv(graded) == "student,3.2,3.3,solved\nanna,right,wrong,1\n"
    assert [(row["student"], row["outcome"]) for row in json.loads(report.as_json(graded))] == [
        ("anna", "right"),
        ("anna", "wrong"),
    ]


def test_two_gaps_of_one_exercise_have_two_heads():
    numbers = ["3.1, first gap", "3.1, second gap", "3.2"]
    graded = Graded([Submission("anna", {n: Result(n, "right") for n in numbers}, [])])
    assert report.as_table(graded).split("\n")[0].split() == ["student", "3.1a", "3.1b", "3.2", "solved"]


def test_words_of_a_submission_are_words_only():
    hostile = "\x1b[2J<script>alert(1)</script>\n✓ 4 of 4"
    graded = Graded([Submission("=1+1", {"3.2": Result("3.2", "wrong", hostile)}, [hostile])])
    table, told = report.as_table(graded), report.feedback(graded.submissions[0])
    assert "\x1b" not in table + told and "\n✓ 4 of 4" not in table + told
    assert all(line.startswith(4 * " ") for line in told.splitlines() if "<script>" in line)
    assert report.as_csv(graded).splitlines()[1] == "'=1+1,wrong,0"
    named = Graded([Submission("a\x1b[2J\nb", {"3.2": Result("3.2", "wrong")}, [])])
    assert report.as_csv(named).splitlines()[1:] == ["a [2J b,wrong,0"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["autograde", "{}/none"], "none"),
        (["autograde", "{}"], "holds no submission"),
        (["release", "{}/file/below", "03"], "Not a directory"),
        (["release", "{}", "98"], "there is no notebook 98: there are 00, 01"),
        (["release", "{}", "99"], "99_formulas.ipynb has no exercises"),
        (["release", "{}", "x"], "there is no notebook x"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, said, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([argument.format(tmp_path) for argument in arguments]) == 2
    assert said in capsys.readouterr().err


def test_endless_time_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["autograde", str(tmp_path), "--seconds", "inf"])
    assert "invalid seconds value: 'inf'" in capsys.readouterr().err


def test_a_notebook_without_exercises_is_refused(tmp_path, capsys):
    (tmp_path / "a.py").write_text("")
    assert main(["autograde", str(tmp_path), "--notebooks", "97"]) == 2
    assert "no exercise of notebook 97" in capsys.readouterr().err


def test_an_assignment_is_not_overwritten(tmp_path, capsys):
    assert main(["release", str(tmp_path), "03"]) == 0
    assert main(["release", str(tmp_path), "03"]) == 2
    assert "03_linear.ipynb exists, and is not overwritten: move it" in capsys.readouterr().err


def test_every_exercise_has_one_number():
    assert {id(e) for e in EXERCISES.values()} == {id(e) for e in ALL.values()}

"""Bad days: a restarted kernel, no PyTorch, no network, no place to write. All notebooks on all of them:
python -m tests.tools.bad_days.
"""

import ast
import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.application import ENV_CONFIG_DIRS, SYSTEM_CONFIG_DIRS

from helpers.absent import NO_ARRAY, PyTorchMissing
from helpers.compare import agreement
from helpers.kernel import bound
from tests.tools.bad_days import NO_NETWORK, NO_TORCH, ROOT, Run, copied, run_all

START = (
    "import numpy as np\nimport torch\nfrom torch import nn\n\nfrom helpers.compare import torch_gradients"
)


def written(folder: Path, *cells: str, name: str = "small") -> Path:
    """A notebook of these cells of code."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def said(outputs: list) -> str:
    return "\n".join("\n".join(o.get("traceback", [])) + o.get("text", "") for o in outputs)


@pytest.fixture(scope="module")
def without_torch():
    """The folder of a copy whose kernels find no PyTorch and no network."""
    with copied(name="Mes cahiers d’été 2", first=NO_TORCH + NO_NETWORK) as folder:
        yield folder


def test_a_name_that_is_not_defined_leads_to_its_cell(without_torch):
    cells = (
        "import numpy as np",
        "X = np.ones(3)",
        "X = 2 * X",
        "X + Z",
        "Z, _ = 1, 2",
        "nowhere",
        "%%time\nX",
    )
    with Run(written(without_torch, *cells)) as run:
        errors = [run.cell(cell) for cell in run.code[1:]]
    assert errors[0][0].evalue == "name 'np' is not defined"  # as ever: the sentence is a note
    assert "np is defined in code cell 1, which begins with `import numpy as np`" in said(errors[0])
    assert "X is defined in code cell 2, which begins with `X = np.ones(3)`" in said(errors[1])
    assert "X is defined in code cell 3, which" in said(errors[2])  # the last one above
    assert "is defined" not in said(errors[4]).replace("is not defined", "")
    assert "X is defined in code cell 3, which" in said(errors[5])


def test_the_notebook_is_the_one_that_the_server_names(without_torch, monkeypatch):
    other = written(without_torch, "1", "X = 5", "X", name="where_it_runs")
    path = written(without_torch, "X = 5", "X")
    monkeypatch.setenv("JPY_SESSION_NAME", str(other))
    with Run(path) as run:
        assert "X is defined in code cell 2," in said(run.cell(run.code[1]))


def test_a_cell_that_needs_pytorch_is_left_out_and_those_that_need_it(without_torch):
    cells = [
        START,
        "X = np.ones(2)\nstale = 1",
        "fresh = 3\nx = torch.tensor(X)\nstale = 2",
        "x + 1",
        "stale",
        "fresh + 1",
        "class Net(nn.Module):\n    pass\n\n\nNet()",
        "torch_gradients(torch.relu, {'X': X}, X)[1]['dX']",
        "1 / 0",
    ]
    with Run(written(without_torch, *cells)) as run:
        outcome = run.all()
        assert outcome == "✗ cell 9 ZeroDivisionError: division by zero"
        left_out = [n for n, cell in enumerate(run.code, 1) if "left out" in said(cell.outputs)]
        assert left_out == [3, 4, 5, 7]
        assert "torch.tensor needs it. To have it: pip install -r requirements.txt" in said(
            run.code[2].outputs
        )
        assert "x is of a cell that was left out" in said(run.code[3].outputs)
        assert run.code[5].outputs[0].data["text/plain"] == "4"
        assert run.code[7].outputs[0].data["text/plain"] == "not installed"


def test_a_notebook_of_others_meets_no_stand_in(without_torch):
    with Run(written(without_torch, "import torch")) as run:
        assert run.all() == "✗ cell 1 ModuleNotFoundError: No module named 'torch'"


def test_a_notebook_runs_without_torch_without_a_network_and_with_no_place_to_write():
    try:
        with copied("Mes cahiers d’été, 2ᵉ année", NO_TORCH + NO_NETWORK, locked=True) as folder:
            assert run_all(folder / "00_start_here.ipynb") == "✓"
    except subprocess.CalledProcessError:
        pytest.skip("this machine locks no folder against root")


def test_what_a_statement_gives():
    source = (
        "import a.b as c, d\nfor e, (f, *g) in []: h = [i for i in e]\nwith j as k: l[0] = m.n = (o := 1)"
    )
    assert set().union(*map(bound, ast.parse(source).body)) == set("cdefghko")


X = np.arange(1.0, 4)


def test_what_is_not_installed_is_compared_with_nothing():
    table = agreement({"dX": {"derived": X, "NumPy": X, "PyTorch": NO_ARRAY}})
    assert table.agrees and "not installed  agree" in str(table)
    wrong = agreement({"dX": {"derived": X, "NumPy": 2 * X, "PyTorch": NO_ARRAY}})
    assert "NumPy: 2 times the right value" in str(wrong) and not wrong
    alone = agreement(
        {"dX": {"NumPy": X, "PyTorch": NO_ARRAY}, "db": {"autodiff": NO_ARRAY, "PyTorch": NO_ARRAY}}
    )
    assert not alone and str(alone).count("not compared") == 2 and "○ not compared" in alone._repr_html_()
    with pytest.raises(AssertionError, match="are not compared"):
        alone.assert_agrees()


@pytest.mark.parametrize(
    "use",
    [
        lambda A: A + X,
        lambda A: X @ A,
        lambda A: -A,
        lambda A: A[0],
        lambda A: A.round(3),
        np.abs,
        np.array,
        lambda A: np.allclose(A, X),
        float,
        list,
        bool,
        lambda A: f"{A:.2f}",
    ],
)
def test_what_is_not_installed_is_no_number(use):
    with pytest.raises(PyTorchMissing, match="PyTorch is not installed"):
        use(NO_ARRAY)


def hidden(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess:
    """Python where there is no PyTorch."""
    (folder / "sitecustomize.py").write_text(NO_TORCH)
    path = os.pathsep.join([str(folder), str(ROOT)])
    command = [sys.executable, *(["-c", code] if code else arguments)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


EXERCISES = """
from tests.exercises.test_exercises import ALL, answer_of
marks = {name: exercise.mark(answer_of(exercise, exercise.solution)) for name, exercise in ALL.items()}
assert not [mark for mark in marks.values() if mark.right is False]
unjudged = {name: mark for name, mark in marks.items() if mark.right is None}
assert all("PyTorch is not installed" in repr(mark) and "not judged" in repr(mark) for mark in unjudged.values())
assert "One way to write it" in next(iter(unjudged.values()))._repr_html_()
print(len(unjudged), "of", len(marks))
"""


def test_a_right_answer_is_right_or_not_judged(tmp_path):
    ran = hidden(tmp_path, EXERCISES)
    assert ran.returncode == 0, ran.stderr[-2000:]
    unjudged, _, total = ran.stdout.split()
    assert 0 < int(unjudged) < int(total) / 2


LIBRARIES = """
import helpers.compare, torch, torch.nn.functional as F
from scipy.special import erf, softmax
from sklearn.metrics import confusion_matrix
from sklearn.datasets import load_digits
import numpy as np, sympy
assert not isinstance(1, torch.Tensor) and issubclass(torch.nn.Module, object)
assert torch.nn.Module is __import__("torch.nn").nn.Module
erf(np.ones(3)), softmax(np.ones(3)), confusion_matrix([0, 1], [1, 1]), load_digits()
from helpers.judge import diagnose
from helpers.implement import Linear
class Turned(Linear):
    def backward(self, dY):
        return -super().backward(dY)
print(diagnose(Linear, like=Linear), diagnose(Turned, like="linear"))
from helpers.compare import check
from helpers.derive.formulas import linear
report = check(linear())
print(report)
assert not report
"""


def test_other_libraries_do_not_stumble_over_the_stand_in(tmp_path):
    ran = hidden(tmp_path, LIBRARIES)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "✓ Linear: right" in ran.stdout and "sign" in ran.stdout
    assert "dX, dW, db: 17 lines, unchecked: PyTorch is not installed" in ran.stdout, ran.stdout


def test_the_command_says_what_it_needs(tmp_path):
    (tmp_path / "mine.md").write_text("<!-- question: linear -->\ndL/db_i = sum_m dL/dY_mi")
    ran = hidden(tmp_path, "", "-m", "helpers.judge", str(tmp_path / "mine.md"))
    assert ran.returncode == 2
    assert "mine.md: PyTorch is not installed" in ran.stderr and "Traceback" not in ran.stderr


def test_every_kernel_of_an_environment_with_the_project_loads_the_extension():
    """Read from what is installed: building it anew would take a network."""
    place = Path(sys.prefix, "etc", "ipython", "ipython_config.json")
    assert str(place.parent) in (*ENV_CONFIG_DIRS, *SYSTEM_CONFIG_DIRS)
    shared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert shared["shared-data"] == {"helpers/ipython_config.json": str(place.relative_to(sys.prefix))}
    if "hatchling" not in (distribution("gradients-line-by-line").read_text("WHEEL") or ""):
        pytest.skip("the project was installed here before it had the extension: pip install -e . again")
    ours = json.loads((ROOT / "helpers" / "ipython_config.json").read_text())
    assert json.loads(place.read_text()) == ours and "helpers.kernel" in str(ours)

"""Who may import whom: rooms in one direction, no circle inside of one, no module hidden behind a name."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {  # what a room may import: other rooms, and libraries
    "derive": {"sympy"},
    "families": {"derive", "sympy"},
    "read": {"lazily", "derive", "families", "sympy"},
    "implement": {"numpy", "filelock", "safetensors", "scipy"},
    "compare": {
        "lazily",
        "absent",
        "verdict",
        "derive",
        "families",
        "read",
        "implement",
        "numpy",
        "scipy",
        "torch",
        "sympy",
    },
    "judge": {
        "lazily",
        "absent",
        "sandbox",
        "verdict",
        "derive",
        "families",
        "read",
        "compare",
        "numpy",
        "sympy",
    },
    "exercises": {
        "absent",
        "verdict",
        "derive",
        "read",
        "implement",
        "compare",
        "judge",
        "numpy",
        "sympy",
        "torch",
    },
    "yours": {
        "derive",
        "read",
        "implement",
        "compare",
        "judge",
        "show",
        "numpy",
        "sympy",
        "anywidget",
        "traitlets",
    },
    "course": {"derive", "exercises", "judge", "sandbox", "numpy", "sympy"},
    "show": {"math_core", "matplotlib", "ipywidgets", "anywidget", "traitlets", "IPython", "tqdm", "numpy"},
    "absent": set(),
    "lazily": set(),
    "sandbox": set(),
    "verdict": set(),
    "data": {"cifar10_files", "texts", "numpy", "sklearn", "pooch", "filelock"},
    "cifar10_files": {"numpy"},
    "texts": {"numpy", "pooch"},
    "kernel": {"absent", "IPython"},
    "magics": {"judge", "show"},
    "sheet": {"derive", "families"},
    "formula_sheet": {"sheet", "show"},
    "drill_sheet": {"exercises", "formula_sheet", "show"},
    "interrupted": set(),
    "train_gpt": {"compare", "data", "implement", "interrupted", "numpy", "texts", "torch", "tqdm"},
    "train_cnn": {"compare", "data", "implement", "numpy", "torch"},
}
DOORWAYS = {"helpers.derive.__main__": {"yours"}}
"""Commands that bear the name of one room and open another: `python -m helpers.derive` shows a whole page."""

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "helpers").rglob("*.py"))
}


def imports(name: str, path: Path, files: dict[str, Path]) -> Iterator[str]:
    """Every module that a file asks for, `helpers.derive.rules` or `numpy.linalg`, wherever in it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in files else base


def strangers(room: str, modules: Iterator[str]) -> set[str]:
    """The rooms and libraries among the modules that a room may not import."""
    parts = [module.split(".") for module in modules]
    asked = {part[1] if part[0] == "helpers" and len(part) > 1 else part[0] for part in parts}
    return asked - ROOMS[room] - {room, "helpers"} - sys.stdlib_module_names


def circle(files: dict[str, Path]) -> list[str]:
    """Modules that import each other in a ring. A package's own __init__ gathers what is below it, and is left out."""
    graph = {
        name: {
            module
            for module in imports(name, path, files)
            if module in files and module != name and not module.startswith(f"{name}.")
        }
        for name, path in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def hidden(files: dict[str, Path]) -> set[str]:
    """Modules whose package has another thing under their name."""
    found = set()
    for name, path in files.items():
        if path.name == "__init__.py":
            for node in ast.parse(path.read_text("utf8")).body:
                for alias in getattr(node, "names", []):
                    seen = f"{name}.{alias.asname or alias.name}"
                    if seen in files and getattr(node, "module", name) != name:
                        found.add(seen)
                found |= {f"{name}.{late}" for late in named_lazily(node)} & files.keys()
    return found


def named_lazily(node: ast.stmt) -> set[str]:
    """The names in `__all__, __getattr__ = lazily(__name__, {"module": ("name", ...)})`."""
    call = getattr(node, "value", None)
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "lazily":
        return set()
    return {name for names in ast.literal_eval(call.args[1]).values() for name in names}


@pytest.mark.parametrize("name", [name for name in FILES if name != "helpers"])
def test_a_room_imports_only_what_it_may(name):
    asked = strangers(name.split(".")[1], imports(name, FILES[name], FILES))
    assert asked == DOORWAYS.get(name, set())


def test_no_circle_and_no_hidden_module():
    assert circle(FILES) == []
    assert hidden(FILES) == set()


def test_each_fault_is_seen(tmp_path):
    texts = {
        "helpers": "",
        "helpers.a": "from helpers.a.b import c",
        "helpers.a.b": "import torch.nn\nfrom .c import c\nfrom helpers import show",
        "helpers.a.c": "def later():\n    from helpers.a import b\nc = 1",
        "helpers.show": "__all__, __getattr__ = lazily(__name__, {'b': ('late',)})",
        "helpers.show.late": "",
    }
    texts["helpers.a"] = "from helpers.a.b import c"
    files = {}
    for name, text in texts.items():
        folder = name in ("helpers", "helpers.a", "helpers.show")
        path = tmp_path.joinpath(*name.split("."), *["__init__.py"] * folder)
        path = path if folder else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        files[name] = path
    assert set(circle(files)) == {"helpers.a.b", "helpers.a.c"}
    assert hidden(files) == {"helpers.a.c", "helpers.show.late"}
    assert strangers("implement", imports("helpers.a.b", files["helpers.a.b"], files)) == {
        "torch",
        "a",
        "show",
    }


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import helpers.implement", {"torch", "sympy", "matplotlib", "scipy"}),
        ("from helpers.judge import mark_text", {"matplotlib", "scipy", "IPython"}),
        ("import helpers.exercises.linear", {"matplotlib", "scipy", "sklearn"}),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(code, heavy):
    code = f"import sys; {code}; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_layers_are_tested_without_a_browser_library(tmp_path):
    (tmp_path / "playwright.py").write_text("raise ModuleNotFoundError('No module named playwright')")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-p",
        "no:cacheprovider",
        "tests/implement/test_training.py",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and " passed in " in done.stdout, done.stdout + done.stderr

"""Who may import whom: a heavy library lives in one room."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parent.parent / "helpers"
ALLOWED = {
    "derive": {"sympy"},
    "implement": {"numpy", "scipy"},
    "absent.py": set(),
    "kernel.py": {"IPython", "helpers.absent"},
    "compare": {"helpers.absent", "helpers.derive", "helpers.implement", "numpy", "scipy", "torch", "sympy"},
    "practise": {"helpers.absent", "helpers.derive", "helpers.compare", "numpy", "sympy"},
    "show": {"math_core", "matplotlib", "ipywidgets", "anywidget", "traitlets", "IPython", "tqdm", "numpy"},
    "data.py": {"numpy", "sklearn", "pooch"},
    "formula_sheet.py": {"helpers.derive", "helpers.show"},
    "train_cnn.py": {"helpers.compare", "helpers.data", "helpers.implement", "numpy", "torch"},
    "__init__.py": set(),
}
FILES = [pytest.param(path, id=str(path.relative_to(HELPERS))) for path in sorted(HELPERS.rglob("*.py"))]


def imported(source: str, path: Path) -> set[str]:
    """What a file of helpers imports from outside the standard library: `numpy`, `helpers.derive`."""
    modules = set()
    package = ("helpers", *path.parts[:-1])
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*inside, *([node.module] if node.module else [])])
            modules |= {f"{base}.{alias.name}" for alias in node.names} if base == "helpers" else {base}
    parts = [module.split(".") for module in modules]
    return {".".join(p[:2]) if p[0] == "helpers" else p[0] for p in parts} - sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES)
def test_a_room_imports_only_what_it_may(path):
    inside = path.relative_to(HELPERS)
    room = inside.parts[0]
    assert imported(path.read_text(), inside) <= ALLOWED[room] | {f"helpers.{room}"}


def test_an_import_of_another_room_is_seen():
    source = """
import numpy.linalg, torch.nn
from ..derive import x
from helpers import show
def later():
    from .layer import y
"""
    found = imported(source, Path("implement/imagined.py"))
    assert found == {"numpy", "torch", "helpers.derive", "helpers.show", "helpers.implement"}


ORDER = (
    "names notation walk order latex definition rules arrays matrix windows source derivation start strategy "
    "formulas card sheet"
)


@pytest.mark.parametrize("name", ORDER.split())
def test_no_arrow_turns_back_in_derive(name):
    """Imports stand at the top of a file and lead to files before it."""
    before = ORDER.split()[: ORDER.split().index(name) + 1]
    derive = HELPERS / "derive"
    for path in [*derive.glob(f"{name}.py"), *(derive / name).glob("*.py")]:
        tree = ast.parse(path.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert all(node in tree.body for node in imports)
        modules = [node.module for node in imports if isinstance(node, ast.ImportFrom)]
        inside = {module.split(".")[2] for module in modules if module.startswith("helpers.derive.")}
        assert inside <= set(before)


def test_the_order_names_every_file_of_derive():
    files = {path.stem for path in (HELPERS / "derive").iterdir() if not path.stem.startswith("_")}
    assert files == set(ORDER.split())


def test_implement_loads_numpy_alone():
    heavy = {"torch", "sympy", "matplotlib", "scipy"}
    code = f"import sys, helpers.implement; assert not {heavy} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

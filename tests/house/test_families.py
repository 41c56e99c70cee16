"""A family is one row: none is incomplete, and a new one needs its formula, its layer, its row, and nothing else."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import implement
from helpers.compare.reference import layer_meant, torch_function
from helpers.derive.card import Card
from helpers.families import FAMILIES, found, layers
from helpers.implement import Composed, Layer, Loss

ROOT = Path(__file__).parents[2]
ROWS = [pytest.param(family, id=family.name) for family in FAMILIES]
ABSTRACT = {"Layer", "Loss", "Activation", "Recurrent"}


def test_names_and_layers_are_told_apart():
    for names in (
        [f.name for f in FAMILIES],
        [f.layer for f in layers()],
        [q for f in FAMILIES for q in f.question_names],
    ):
        assert len({name.lower() for name in names}) == len(names)


@pytest.mark.parametrize("family", ROWS)
def test_what_a_row_names_is_there(family):
    for field in ("layer", "twin", "module"):
        if getattr(family, field):
            assert callable(family.load(field))
    for question in family.questions:
        assert callable(found(question) if isinstance(question, str) else question)
    if family.layer:
        layer = family.load("layer")(*family.examples[0].arguments, **family.examples[0].options)
        assert isinstance(layer, Layer | Loss)
        assert getattr(implement, type(layer).__name__) is type(layer), (
            "export it in helpers/implement/__init__.py"
        )
        assert all(hasattr(layer, attribute) for attribute in family.options.values())
        assert set(getattr(layer, "params", ())) <= set(family.parameters)
        assert (torch_function(layer) is None) == bool(family.no_twin)


def test_every_layer_and_loss_has_a_row():
    """But for those that are made of others."""
    classes = [c for c in vars(implement).values() if inspect.isclass(c) and issubclass(c, Layer | Loss)]
    single = {c.__name__ for c in classes if not issubclass(c, Composed)} - ABSTRACT
    rows = {family.load("layer") for family in layers()}
    assert single == {c.__name__ for c in rows if not issubclass(c, Composed)}


def test_these_are_held_to_no_formula_or_have_no_twin():
    assert {f.name for f in layers() if f.no_formula} == {"AdaptiveAvgPool2d", "Flatten"}
    assert {f.name for f in layers() if f.no_twin} == {"Dropout"}


WHOLE = next(family for family in FAMILIES if family.name == "ELU")


@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"name": ""}, "name"),
        ({"cards": ()}, "cards"),
        ({"cards": (Card(WHOLE.cards[0].make, ""),)}, "notebook"),
        ({"questions": ()}, "questions"),
        ({"twin": ""}, "twin"),
        ({"examples": ()}, "examples"),
        ({"held": ()}, "held"),
        ({"layer": ""}, "layer"),
        ({"layer": "", "twin": "", "module": "", "questions": (), "headings": (), "cards": ()}, "cards"),
    ],
)
def test_an_incomplete_row_is_refused_by_name(lacking, field):
    name = lacking.get("name", WHOLE.name)
    with pytest.raises(ValueError, match=f"the family '{name}' has no {field}: "):
        replace(WHOLE, **lacking)


@pytest.mark.parametrize("field", ["layer", "twin", "module"])
def test_what_is_not_there_is_refused_by_name(field):
    with pytest.raises(ValueError, match=f"the family 'ELU' has no {field}: .*nothing"):
        replace(WHOLE, **{field: "helpers.implement.nothing.ELU"}).load(field)


@pytest.mark.parametrize(
    ("name", "whole", "meant"),
    [
        ("CrossEntropyLoss", True, "SoftmaxCrossEntropy"),
        ("CrossEntropy", True, "CrossEntropy"),
        ("MLPDropout", True, None),
        ("Dropout", True, "Dropout"),
        ("BatchNormalization", True, "BatchNorm1d"),
        ("MyBatchNorm2d", True, None),
        ("MyBatchNorm2d", False, "BatchNorm2d"),
        ("FastLayerNorm", False, "LayerNorm"),
        ("Plain", False, None),
    ],
)
def test_a_readers_class_is_meant_by_its_name(name, whole, meant):
    found = layer_meant(type(name, (), {}), whole)
    assert (found and found.__name__) == meant


@pytest.mark.parametrize("family", [p for p in ROWS if p.values[0].module])
def test_a_module_of_pytorch_stands_for_the_layer_of_its_row(family):
    assert layer_meant(family.load("module")) is family.load("layer")


FORMULA = '''"""Toys."""

from helpers.derive.definition import Definition
from helpers.derive.formulas.activations import entrywise
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient


def toy() -> Formula:
    """Y = X²"""
    return entrywise("toy", lambda x: x**2)


def parabola() -> Formula:
    """Y_mn = k_n X_mn²"""
    S, N = sizes("S N")
    (m,), (n,) = indices("m", S), indices("n", N)
    X, k, Y = tensor("X", S, N), tensor("k", N), tensor("Y", S, N)
    definition = Definition(Y[m, n], k[n] * X[m, n] ** 2)
    return Formula("parabola", (definition,), {f"d{x}": gradient(definition, x) for x in (X, k)})
'''
LAYER = '''import numpy as np

from .layer import Layer


class Toy(Layer):
    """Y = X²"""

    entrywise = True

    def formula(self, X):
        return X**2

    def gradient(self, dY):
        return 2 * dY * self.X


class CrookedToy(Toy):
    def gradient(self, dY):
        return 3 * dY * self.X


class Parabola(Layer):
    """Y = k ∘ X²"""

    def __init__(self, N, *, dtype=np.float64):
        super().__init__()
        self.params["k"] = np.ones(N, dtype)

    def formula(self, X):
        return self.params["k"] * X**2

    def gradient(self, dY):
        self.grads["k"] = (dY * self.X**2).sum(axis=tuple(range(dY.ndim - 1)))
        return 2 * dY * self.params["k"] * self.X
'''
ROW = """    Family(
        "Toy",
        headings=("toys?",),
        cards=(Card(toys.toy, "04_activations"),),
        questions=(toys.toy,),
        layer="helpers.implement.toys.Toy",
        twin="torch.square",
    ),
    Family(
        "CrookedToy",
        cards=(Card(toys.toy, HERE),),
        layer="helpers.implement.toys.CrookedToy",
        twin="torch.square",
    ),
    Family(
        "Parabola",
        cards=(Card(toys.parabola, HERE),),
        questions=(toys.parabola,),
        layer="helpers.implement.toys.Parabola",
        parameters={"k": ("curvature",)},
        no_twin="it is a toy",
        examples=(Example((3,), shapes=((2, 3), (4, 3), (2, 4, 3))),),
        held=(Held((N,)),),
    ),
"""
PROBE = """
import numpy as np
from helpers.families import FAMILIES
from helpers.judge import diagnose, mark
from helpers.judge.__main__ import main
from helpers.read.headings import headings
from helpers.sheet import sheet

assert "toy" in [card.formula.name for card in sheet("04_activations")]
assert "parabola" in [card.formula.name for card in sheet("99_formulas")]
main(["--questions"])
right, wrong = "## The toy\\n\\n$dX = 2 X \\\\circ dY$", "# Toys\\n\\n$dX = 3 X \\\\circ dY$"
for text, judged in ((right, True), (wrong, False)):
    (end, names), = headings(text)
    assert names == ("toy",), names
    report = mark(None, text)
    assert bool(report) == judged, report
    assert {line.question for line in report.lines} == {"toy"}
assert mark("parabola", "dk_n = \\\\sum_m dY_{mn} X_{mn}^2")

square = lambda X: X**2
assert diagnose((square, lambda X, dY: 2 * X * dY), like="toy")
found = diagnose((square, lambda X, dY: 3 * X * dY), like=" TOY ")
assert not found and "1.5 times" in repr(found), found


class Mine:
    def __init__(self, N):
        self.params, self.grads = {"curvature": np.ones(N)}, {}

    def forward(self, X):
        self.X = X
        return self.params["curvature"] * X**2

    def backward(self, dY):
        self.grads["curvature"] = (dY * self.X**2).sum(0)
        return 2 * dY * self.params["curvature"] * self.X


class Averaged(Mine):
    def backward(self, dY):
        dX = super().backward(dY)
        self.grads["curvature"] /= len(dY)
        return dX


found = diagnose(Mine, like="Parabola")
assert found, found
found = diagnose(Averaged, like="parabola")
assert not found and "dk is 1/S = 1/7 times" in repr(found), found
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The helpers and the battery with three toys in them: their formula file, their layer file, their rows."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("helpers", "tests/implement"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "helpers/derive/formulas/toys.py").write_text(FORMULA, "utf8")
    (folder / "helpers/implement/toys.py").write_text(LAYER, "utf8")
    rows = folder / "helpers/families.py"
    text = rows.read_text("utf8").replace("\nFAMILIES = (\n", f"\nFAMILIES = (\n{ROW}")
    rows.write_text(text.replace("import Formula, activations", "import Formula, activations, toys"), "utf8")
    return folder


def ran(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_a_new_row_is_in_the_sheet_and_asked_and_judged(copy):
    done = ran(copy, "-c", PROBE)
    assert done.returncode == 0, done.stderr
    assert "toy                    Y = X²" in done.stdout


def test_a_new_row_is_in_the_battery_which_sees_a_wrong_gradient(copy):
    files = [f"tests/implement/test_{name}.py" for name in ("layers", "held_to_derivations")]
    done = ran(copy, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *files, "-k", "Toy or Parabola")
    outcome = {"PASSED": set(), "FAILED": set()}
    for word, test, toy in re.findall(
        r"^(PASSED|FAILED) \S+::(\w+)\[.*?(CrookedToy|Toy|Parabola)", done.stdout, re.M
    ):
        outcome[word].add((toy, test))
    right = {test for toy, test in outcome["PASSED"] if toy == "Toy"}
    assert len(right) >= 15 and {toy for toy, _ in outcome["FAILED"]} == {"CrookedToy"}, done.stdout
    assert {test for _, test in outcome["FAILED"]} >= {
        "test_forward_and_backward_agree_with_pytorch",
        "test_the_twin_has_the_options_of_the_layer",
        "test_gradients_are_central_differences",
        "test_the_battery_for_readers_finds_nothing",
        "test_a_layer_is_the_numpy_of_its_derivation",
    }
    assert ("Parabola", "test_a_layer_is_the_numpy_of_its_derivation") in outcome["PASSED"]

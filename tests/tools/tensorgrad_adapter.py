"""Answers the questions of engine_table with tensorgrad, in an environment of its own: reads JSON, writes JSON.

    python -m venv /tmp/tensorgrad && /tmp/tensorgrad/bin/pip install tensorgrad==0.3.0
    /tmp/tensorgrad/bin/python tests/tools/tensorgrad_adapter.py < questions.json > answers.json

A question has an expression as a tree, the entries that it is differentiated by, the sizes and the arrays. The answer
has the array of the derivative, how much there is to write of it, and the seconds that it took; or what went wrong.
tensorgrad's compiler asks for named tensors, which torch has no more: three methods stand in for them.
"""

import json
import signal
import sys
import time
from fractions import Fraction
from functools import reduce
from operator import add, mul

import sympy
import tensorgrad.functions as F
import torch
from tensorgrad import Derivative, Variable
from tensorgrad.compiler import compile_to_callable
from tensorgrad.tensor import Delta, Function, Ones, Product, Rename, Sum, Tensor

SECONDS = 20
FUNCTIONS = {"exp": F.exp, "log": F.log, "tanh": F.tanh, "erf": F.erf, "relu": F.relu, "step": F.gt0}

torch.Tensor.names = property(lambda array: (None,) * array.dim())
torch.Tensor.rename = lambda array, *names: array
torch.Tensor.refine_names = lambda array, *names: (setattr(array, "edges", names), array)[1]


class Question:
    """One question, with its variables."""

    def __init__(self, asked: dict) -> None:
        self.asked = asked
        self.sizes = {name: sympy.Symbol(name) for name in asked["sizes"]}
        self.variables = {
            name: Variable(name, **{f"{name}{axis}": self.sizes[size] for axis, size in enumerate(shape)})
            for name, shape in asked["shapes"].items()
        }

    def tensor(self, tree: list) -> Tensor:
        """The tree of an expression, with its letters as the names of the edges."""
        kind, *rest = tree
        if kind == "entry":
            name, letters = rest
            return self.variables[name].rename(**{f"{name}{axis}": k for axis, k in enumerate(letters)})
        if kind == "number":
            return Product([]) * Fraction(rest[0])
        if kind == "size":
            return F.sum(Ones(one=self.sizes[rest[0]]))
        if kind == "delta":
            return Delta(self.sizes[rest[0]], *rest[1])
        if kind == "sum":
            return F.sum(self.tensor(rest[1]), rest[0])
        if kind in ("add", "mul"):
            return reduce({"add": add, "mul": mul}[kind], map(self.tensor, rest[0]))
        if kind == "pow":
            return F.pow(self.tensor(rest[0]), Fraction(rest[1]))
        return FUNCTIONS[kind](self.tensor(rest[0]))

    def answer(self) -> dict:
        """The derivative: its array, its writing, its seconds."""
        start, derivative, order = time.perf_counter(), self.tensor(self.asked["tree"]), []
        for name, letters in self.asked["by"]:
            names = {f"{name}{axis}": k for axis, k in enumerate(letters)}
            derivative, order = Derivative(derivative, self.variables[name], names), [*order, *letters]
        derivative = derivative.full_simplify()
        seconds = time.perf_counter() - start
        values = {
            variable: torch.tensor(self.asked["arrays"][name], dtype=torch.float64)
            for name, variable in self.variables.items()
        }
        array = compile_to_callable(derivative)(
            values, {self.sizes[k]: n for k, n in self.asked["sizes"].items()}
        )
        order = [*self.asked["free"], *order]
        array = array.permute([array.edges.index(k) for k in order]) if order else array
        return {"array": array.tolist(), "writing": writing(derivative), "seconds": seconds}


def writing(tensor: Tensor) -> int:
    """Letters, numbers, contractions and functions, as for a line over indices; a delta that only joins is free."""
    if isinstance(tensor, Rename):
        return writing(tensor.tensor)
    if isinstance(tensor, Sum):
        return sum(writing(t) + (abs(c) != 1) for t, c in zip(tensor.terms, tensor.weights, strict=True))
    if isinstance(tensor, Product):
        edges = [e for t in tensor.factors for e in t.edges]
        summed = len(set(edges)) > len(tensor.edges)
        return (
            sum(0 if isinstance(t, Delta) and len(t.edges) > 2 else writing(t) for t in tensor.factors)
            + summed
        )
    if isinstance(tensor, Function):
        power = str(tensor.signature.name).startswith("pow")
        return sum(map(writing, tensor.inputs)) + (not power)
    return 1


def too_long(*_: object) -> None:
    raise TimeoutError(f"longer than {SECONDS} s")


def main() -> None:
    signal.signal(signal.SIGALRM, too_long)
    answers = {}
    for name, asked in json.load(sys.stdin).items():
        signal.alarm(SECONDS)
        try:
            answers[name] = Question(asked).answer()
        except Exception as refusal:
            answers[name] = {"refusal": f"{type(refusal).__name__}: {refusal}"[:200]}
        signal.alarm(0)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

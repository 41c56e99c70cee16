"""What the derivations come to, beside SymPy's own derivative and tensorgrad: python -m tests.tools.engine_table

For each line of tests/derive/textbook.py: is it derived, is it right (in numbers, against autograd), how much is there
to write of it beside the textbook's line, has it a matrix form, is its NumPy right, and how many seconds did it take?
SymPy differentiates the same expression over indices, the definitions put into each other, with `diff`; where a matrix
expression says the same, its matrix derivative is tried first. tensorgrad is asked where it is installed, in an
environment of its own (0.3.0 was tried, with torch 2.14):

    python -m venv /tmp/tensorgrad && /tmp/tensorgrad/bin/pip install tensorgrad==0.3.0
    python -m tests.tools.engine_table /tmp/tensorgrad/bin/python
"""

import inspect
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import sympy as sp
from sympy import Add, Heaviside, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.compare import LeftSide, numpy_function
from helpers.derive import Chain, Derivation, L, Partial, Upstream, free_indices, upstream
from helpers.derive.matrix import as_matrices
from helpers.derive.names import name_of
from helpers.derive.rewrite import rename_apart, size_of
from helpers.derive.writing import writing
from tests.derive.test_textbook import TOLERANCE, values_of
from tests.derive.textbook import LINES, Line, lam

ADAPTER = Path(__file__).with_name("tensorgrad_adapter.py")
COMPACT = 1.1
"""How much longer than the textbook's a line may be to count as compact."""


MATRICES = {
    "linear, dX": lambda dY, X, W: sp.Trace(dY.T * X * W.T),
    "linear, dW": lambda dY, X, W: sp.Trace(dY.T * X * W.T),
    "quadratic form, dw": lambda w, A: w.T * A * w,
    "quadratic form, dA": lambda w, A: w.T * A * w,
    "Gram matrix, dX": lambda dG, X: sp.Trace(dG.T * X * X.T),
    "tr Bᵀ A B, dB": lambda A, B: sp.Trace(B.T * A * B),
    "tr A³, dA": lambda A: sp.Trace(A * A * A),
    "sigmoid, dZ": lambda dY, Z: sp.Trace(dY.T * Z.applyfunc(lambda z: 1 / (1 + sp.exp(-z)))),
    "tanh, dZ": lambda dY, Z: sp.Trace(dY.T * Z.applyfunc(sp.tanh)),
    "softplus, dZ": lambda dY, Z: sp.Trace(dY.T * Z.applyfunc(lambda z: sp.log(1 + sp.exp(z)))),
    "squared error, dY": lambda Y, C: sp.Trace((Y - C).T * (Y - C)) / (Y.rows * Y.cols),
    "ridge, dw": lambda X, w, y, lam: ((X * w - y).T * (X * w - y) + lam * w.T * w) / 2,
    "Frobenius norm, dX": lambda X: sp.sqrt(sp.Trace(X.T * X)),
    "least squares": lambda X, w, y: (X * w - y).T * (X * w - y) / 2,
}
"""Those lines that SymPy can write as matrices: what is differentiated."""
LETTERS = {"lam": lam}


@dataclass
class Answer:
    """What one engine says to one line."""

    right: bool = False
    ratio: float = np.inf
    seconds: float = 0.0
    matrix: str = ""
    numpy: bool = False
    refusal: str = ""

    def __str__(self) -> str:
        if self.refusal:
            return f"{'–':>22}"
        return f"{'right' if self.right else 'WRONG':>6} {self.ratio:6.2f} {self.seconds:7.3f}s"


class Asked:
    """A line derived here, with the numbers that every engine's answer is held against."""

    def __init__(self, line: Line) -> None:
        start = time.perf_counter()
        self.derivation: Derivation = line.derive()
        self.seconds = time.perf_counter() - start
        self.line, self.judge = line, LeftSide(self.derivation)
        self.book = writing(line.book(*self.derivation.free))

    def ours(self) -> Answer:
        d = self.derivation
        found = numpy_function(d)(**values_of(d, self.judge.numbers))
        return Answer(
            right=bool(self.judge.verdict(d.result)),
            ratio=writing(d.result) / self.book,
            seconds=self.seconds,
            matrix="slices" if len(d.free) > 2 else "matrix" if as_matrices(d.result, d.free) else "",
            numpy=self.agrees(found),
        )

    def agrees(self, found: np.ndarray) -> bool:
        want = self.judge.left
        return np.shape(found) == want.shape and bool(
            np.abs(np.asarray(found) - want).max() <= TOLERANCE * self.judge.scale
        )

    @property
    def whole(self) -> sp.Expr:
        """What is differentiated, with every definition put in: L, Y_mn, or Σ dY ∘ Y."""
        chain, f = self.derivation.chain, self.derivation.left.f
        f = f.f if isinstance(f, Partial) else f
        if f == L and chain.output.left != L:
            y = chain.output.left
            return Sum(upstream(y.base)[y.indices] * put_in(y, chain), *y.indices) if y.indices else f
        return put_in(f, chain)

    @property
    def variables(self) -> list[Indexed]:
        """The entries that it is differentiated by, one after the other."""
        f, x = self.derivation.left.f, self.derivation.left.x
        return [f.x, x] if isinstance(f, Partial) else [x]

    def sympy(self) -> Answer:
        """A matrix expression where one says the same, else the expression over indices."""
        answer = (
            self.sympy_matrices() if self.line.name in MATRICES else Answer(refusal="no matrix expression")
        )
        return self.sympy_indices() if answer.refusal else answer

    def sympy_matrices(self) -> Answer:
        f, names = MATRICES[self.line.name], inspect.signature(MATRICES[self.line.name]).parameters
        arrays = {name_of(a.base): a.base for a in self.whole.atoms(Indexed)}
        symbols = {
            k: sp.MatrixSymbol(k, *(*arrays[k].shape, 1)[:2]) if k in arrays else LETTERS[k] for k in names
        }
        start = time.perf_counter()
        try:
            e = f(**symbols)
            for x in self.variables:
                e = e.diff(symbols[name_of(x.base)])
            e = e.doit()
            seconds = time.perf_counter() - start
            known = {k: self.judge.numbers.array(arrays[k]).detach().numpy() for k in names if k in arrays}
            known = {k: v.reshape(len(v), -1) for k, v in known.items()}
            known |= {
                str(k): float(v) for k, v in self.judge.numbers.values.items() if isinstance(k, sp.Symbol)
            }
            known |= {str(k): v for k, v in self.judge.numbers.sizes.items()}
            letters = sorted(e.free_symbols, key=str)
            found = sp.lambdify(letters, e, "numpy")(*(known[str(k)] for k in letters))
            return Answer(
                self.agrees(np.reshape(found, self.judge.left.shape)), matrices(e) / self.book, seconds
            )
        except Exception as refusal:
            return Answer(refusal=f"{type(refusal).__name__}: {refusal}")

    def sympy_indices(self) -> Answer:
        start = time.perf_counter()
        e = rename_apart(self.whole, self.derivation.free)
        try:
            for x in self.variables:
                e = e.diff(x)
        except Exception as refusal:
            return Answer(refusal=f"{type(refusal).__name__}: {refusal}")
        seconds = time.perf_counter() - start
        try:
            return Answer(self.judge.error(e) <= TOLERANCE, writing(e) / self.book, seconds)
        except Exception as refusal:
            return Answer(refusal=f"{type(refusal).__name__}: {refusal}")

    def question(self) -> dict:
        """The same for tensorgrad, as what JSON can say."""
        whole, numbers = self.whole, self.judge.numbers
        entries = {name_of(a.base): a.base for a in sorted(whole.atoms(Indexed), key=str)}
        arrays = {name: numbers.array(base).tolist() for name, base in entries.items()}
        shapes = {name: [str(n) for n in base.shape if n != 1] for name, base in entries.items()}
        for name in (name for name, shape in shapes.items() if not shape):
            arrays[name] = arrays[name][0]
        parameters = whole.free_symbols - set(numbers.sizes)
        for letter in (k for k in parameters if k in numbers.values):
            shapes[str(letter)], arrays[str(letter)] = [], float(numbers.values[letter])
        return {
            "tree": tree(whole, set(numbers.sizes)),
            "by": [[name_of(x.base), letters_of(x)] for x in self.variables],
            "free": letters_of(self.derivation.left.f) if isinstance(self.derivation.left.f, Indexed) else [],
            "sizes": {str(k): n for k, n in numbers.sizes.items()},
            "shapes": shapes,
            "arrays": arrays,
        }

    def theirs(self, said: dict) -> Answer:
        if "refusal" in said:
            return Answer(refusal=said["refusal"])
        return Answer(self.agrees(np.array(said["array"])), said["writing"] / self.book, said["seconds"])


def matrices(e: sp.Basic) -> int:
    """What there is to write of a matrix expression, counted as over indices: a product of matrices has a sum."""
    if isinstance(e, sp.MatrixSymbol | sp.Symbol):
        return 1
    if isinstance(e, sp.Pow):
        return matrices(e.base)
    if not e.args:
        return int(e not in (1, -1))
    if isinstance(e, sp.Lambda):
        return matrices(e.expr)
    own = isinstance(e, sp.Trace | sp.Function) or (
        isinstance(e, sp.MatMul) and len(e.as_coeff_matrices()[1]) > 1
    )
    return own + sum(map(matrices, e.args))


def letters_of(entry: Indexed) -> list[str]:
    return [str(k) for k in entry.indices if isinstance(k, Idx)]


def put_in(e: sp.Expr, chain: Chain) -> sp.Expr:
    """e with the right side of its definition for every quantity that has one."""
    while defined := sorted((a for a in e.atoms(Indexed, sp.Symbol) if named(a) in chain), key=str):
        a = defined[-1]
        letters = {*free_indices(e), *(limit[0] for s in e.atoms(Sum) for limit in s.limits)}
        e = e.xreplace({a: rename_apart(chain[named(a)].at(a), letters)})
    return e


def named(a: Indexed | sp.Symbol) -> sp.Expr:
    return a.base if isinstance(a, Indexed) and not isinstance(a.base, Upstream) else a


def tree(e: sp.Expr, sizes: set[sp.Symbol]) -> list:
    """An expression as nested lists."""

    def of(a: sp.Expr) -> list:
        return tree(a, sizes)

    if e.is_Rational:
        return ["number", str(e)]
    if e.is_number:
        return ["number", str(sp.Rational(str(sp.N(e, 30))))]
    if isinstance(e, Indexed):
        return ["entry", name_of(e.base), letters_of(e)]
    if isinstance(e, sp.Symbol):
        return ["size", str(e)] if e in sizes else ["entry", str(e), []]
    if isinstance(e, KroneckerDelta):
        return ["delta", str(size_of(e.args[0])), [*map(str, e.args)]]
    if isinstance(e, Sum):
        return ["sum", [str(limit[0]) for limit in e.limits], of(e.function)]
    if isinstance(e, Add | Mul):
        return ["add" if isinstance(e, Add) else "mul", [of(a) for a in e.args]]
    if isinstance(e, Pow) and e.exp.is_Rational:
        return ["pow", of(e.base), str(e.exp)]
    if isinstance(e, Pow):
        return ["exp", of(e.exp * sp.log(e.base))]
    if isinstance(e, sp.Max) and e.args[0] == 0:
        return ["relu", of(e.args[1])]
    return ["step" if isinstance(e, Heaviside) else type(e).__name__, of(e.args[0])]


def ask_tensorgrad(python: str, asked: list[Asked]) -> dict[str, Answer]:
    """The answers of another Python, which has tensorgrad."""
    questions = json.dumps({str(at): a.question() for at, a in enumerate(asked)})
    run = subprocess.run([python, str(ADAPTER)], input=questions, capture_output=True, text=True, check=True)
    return {int(at): asked[int(at)].theirs(said) for at, said in json.loads(run.stdout).items()}


def summary(name: str, answers: list[Answer]) -> str:
    given = [a for a in answers if not a.refusal]
    right = [a for a in given if a.right]
    return (
        f"{name:10} {len(given)} of {len(answers)} given, {len(right)} right, "
        f"{sum(a.ratio <= COMPACT for a in right)} compact, median ratio {median(a.ratio for a in right):.2f}, "
        f"seconds: median {median(a.seconds for a in given):.3f}, most {max(a.seconds for a in given):.2f}"
    )


def main() -> None:
    LINES[0].derive()  # what SymPy does once is nobody's time
    asked = [Asked(line) for line in LINES]
    answers = {"ours": [a.ours() for a in asked], "SymPy": [a.sympy() for a in asked]}
    if len(sys.argv) > 1:
        theirs = ask_tensorgrad(sys.argv[1], asked)
        answers["tensorgrad"] = [theirs[at] for at in range(len(asked))]
    print(f"{'':34}" + "".join(f"{name:>22}" for name in answers) + "  ours: form, NumPy")
    for at, a in enumerate(asked):
        ours = answers["ours"][at]
        said = "".join(f"{engine[at]!s:>22}" for engine in answers.values())
        print(f"{a.line.name[:33]:34}{said}  {ours.matrix} {'right' if ours.numpy else 'WRONG'}")
    for name, given in answers.items():
        print(summary(name, given))
    for name, given in answers.items():
        for a, answer in zip(asked, given, strict=True):
            if answer.refusal:
                print(f"{name}, {a.line.name}: {answer.refusal.splitlines()[0][:150]}")


if __name__ == "__main__":
    main()

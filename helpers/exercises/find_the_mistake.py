"""Notebook 17: derivations and code, judged; the first wrong line, the check that stops a mistake, a test to score."""

import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from helpers.compare import Agreement, agreement  # noqa: F401 (answers use them)
from helpers.exercises import Exercise, recurrent
from helpers.exercises.machine.checks import answer_in, of_type, told
from helpers.exercises.mistakes import FAMILIES, Mistake
from helpers.exercises.mistakes.linear import LINEAR, Einsum, Loops
from helpers.exercises.mistakes.sequences import DERIVED, PROGRAMS, program
from helpers.exercises.reports import REPORTS
from helpers.judge import mark
from helpers.judge.code import diagnose
from helpers.verdict import Kind, Verdict

Row = tuple[str, str, str]
"""A line as it is shown, the kind of its mistake ("" where it is right), and the reason."""

QUOTED = {  # name: report, number of the formula in it, the part that is the left side, question
    "1 · dW, linear": ("e", 0, 2, "linear"),
    "2 · ∂Y/∂X, softmax": ("a", 19, 0, "softmax"),
    "3 · ∂L/∂x, loss": ("b", 0, 0, "network"),
    "4 · dX, softmax": ("e", 4, 2, "softmax"),
    "5 · ∂l/∂z, softmax": ("d", 20, 0, "softmax_sample"),
    "6 · ∂L/∂x̃, loss": ("c", 11, 0, "network"),
    "7 · dX, loss": ("a", 21, 0, "cross_entropy"),
    "8 · db, linear": ("e", 1, 2, "linear"),
    "9 · l″, two paths": ("d", 11, 0, "two_paths"),
    "10 · ∂L/∂x̃, loss": ("b", 4, 0, "network"),
    "11 · dX, linear": ("e", 2, 2, "linear"),
    "12 · ∂x̃/∂W, linear": ("c", 7, 0, "network"),
}
CODE = {  # name: layer or loss, mistake in it
    "13 · code, loss": ("SoftmaxCrossEntropy", "softmax's backward on top"),
    "14 · code, ReLU": ("ReLU", "the mask written into dY"),
    "15 · code, sigmoid": ("Sigmoid", None),
    "16 · code, softmax": ("Softmax", "one maximum for all rows"),
}
NOT_A_NUMBER = {Kind.LOOPS, Kind.INTERFACE, Kind.PRINTS}  # what no test of numbers is asked to stop
LAYERS = {family.name: family for family in FAMILIES}
TRIED_ON = ("Linear", "ReLU", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "GELU", "Softplus", "Softmax")


def quoted(name: str) -> list[Row]:
    """The lines of a quoted derivation, judged: each formula as matplotlib renders it."""
    report, number, first, question = QUOTED[name]
    latex = re.findall(r"\$\$(.*?)\$\$", REPORTS[report], re.DOTALL)[number]
    left, *lines = mark(question, latex).lines[first:]
    return [
        (f"${rendered(left.written.text) if k == 0 else ''} = {rendered(x.written.text)}$", x.kind, x.reason)
        for k, x in enumerate(lines)
    ]


def derived(name: str) -> list[Row]:
    """The lines of a derivation about recurrent nets or attention, judged as those of the reports are."""
    question, left, *lines = DERIVED[name]
    judged = mark(question(), " = ".join([left, *lines])).lines[1:]
    starts = [rendered(left), *[""] * len(lines)]
    return [
        (f"${start} = {rendered(x.written.text)}$", x.kind, x.reason)
        for start, x in zip(starts, judged, strict=False)
    ]


def programmed(name: str) -> list[Row]:
    """The lines of a program with a mistake; what its exercise says of it stands at the line that was changed."""
    (exercise, _, kind), (source, changed_line) = PROGRAMS[name], program(name)
    why = exercise.mark(answer_in(source, vars(recurrent))).reason
    return [(line, kind, why) if line == changed_line else (line, "", "") for line in source.splitlines()]


def pages() -> dict[str, list[Row]]:
    """All pages of the hunt, judged."""
    kinds = (QUOTED, quoted), (CODE, code), (DERIVED, derived), (PROGRAMS, programmed)
    return {name: judged(name) for names, judged in kinds for name in names}


def rendered(latex: str) -> str:
    """LaTeX without what matplotlib cannot render: \\left( of which \\right) stands in another line, \\text."""
    return re.sub(r"\\(left|right)(?![a-z])", "", latex).replace(r"\text", r"\mathrm").strip(" .,")


def code(name: str) -> list[Row]:
    """The lines of a layer's code; the diagnosis of the layer stands at the line that was changed."""
    family, mistake = LAYERS[CODE[name][0]], planted(*CODE[name])
    if mistake is None:
        return [(line, "", "") for line in family.source.splitlines()]
    found = diagnose(mistake.make(), like=family.right())
    right = family.source.splitlines()
    return [
        (line, *(("", "") if line in right else (found.kind, found.reason)))
        for line in mistake.source.splitlines()
    ]


def planted(layer: str, name: str | None) -> Mistake | None:
    """A mistake of the library by its layer and its name."""
    return next((m for m in LAYERS[layer].mistakes if m.name == name), None)


SIX = (
    (
        "linear",
        r"\frac{\partial L}{\partial b_i}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \frac{\partial Y_{mn}}{\partial b_i}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \delta_{ni}",
        r"\sum_m \frac{\partial L}{\partial Y_{mi}}",
        r"\frac{1}{S} \sum_m \frac{\partial L}{\partial Y_{mi}}",
    ),
    (
        "linear",
        r"\frac{\partial L}{\partial X_{ij}}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \sum_p \delta_{mi} \delta_{pj} W_{np}",
        r"\sum_n \sum_p \frac{\partial L}{\partial Y_{in}} \delta_{jp} W_{np}",
        r"\sum_k W_{kj} \frac{\partial L}{\partial Y_{ik}}",
        r"[\frac{\partial L}{\partial Y} W]_{ij}",
    ),
    (
        "softmax",
        r"\frac{\partial L}{\partial X_{ij}}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \frac{\partial Y_{mn}}{\partial X_{ij}}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \delta_{mi} \delta_{nj} Y_{mn} (1 - Y_{mn})",
        r"\frac{\partial L}{\partial Y_{ij}} Y_{ij} (1 - Y_{ij})",
    ),
    (
        "cross_entropy",
        r"\frac{\partial L}{\partial X_{ij}}",
        r"-\frac{1}{S} \sum_{m,n} T_{mn} \frac{\partial \log X_{mn}}{\partial X_{ij}}",
        r"\frac{1}{S} \sum_{m,n} \frac{T_{mn}}{X_{mn}} \frac{\partial X_{mn}}{\partial X_{ij}}",
        r"\frac{1}{S} \sum_{m,n} \frac{T_{mn}}{X_{mn}} \delta_{mi} \delta_{nj}",
        r"-\frac{1}{S} \frac{T_{ij}}{X_{ij}}",
    ),
    (
        "linear",
        r"\frac{\partial L}{\partial W_{ij}}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \sum_p X_{mp} \delta_{ni} \delta_{pj}",
        r"\sum_m \frac{\partial L}{\partial Y_{mi}} X_{mj}",
        r"\sum_m X_{mj} \frac{\partial L}{\partial Y_{mi}}",
        r"[X^T \frac{\partial L}{\partial Y}]_{ij}",
    ),
    (
        "softmax",
        r"\frac{\partial L}{\partial X_{ij}}",
        r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} Y_{mn} \delta_{mi} (\delta_{nj} - Y_{mj})",
        r"\sum_n \frac{\partial L}{\partial Y_{in}} Y_{in} (\delta_{nj} - Y_{ij})",
        r"\frac{\partial L}{\partial Y_{ij}} Y_{ij} - \sum_n \frac{\partial L}{\partial Y_{in}} Y_{in} Y_{ij}",
        r"Y_{ij} ( \frac{\partial L}{\partial Y_{ij}} - \sum_n \frac{\partial L}{\partial Y_{in}} )",
    ),
)
"""Six derivations: the question, the left side, the lines."""


def sheet() -> str:
    """The six as Markdown, their lines numbered."""
    texts = []
    for k, (question, left, *lines) in enumerate(SIX, 1):
        rows = r" \\ ".join(f"&= {line} && ({number})" for number, line in enumerate(lines, 1))
        name = question.replace("_", "-")
        texts.append(f"**Derivation {k}**, {name}\n\n$$\\begin{{aligned}} {left} {rows} \\end{{aligned}}$$")
    return "\n\n".join(texts)


@cache
def first_wrong_lines() -> tuple[int, ...]:
    """Of each of the six the first wrong line, 0 where all are right, as the judge finds them."""
    return tuple(
        next((n for n, x in enumerate(mark(question, " = ".join(lines))) if x.wrong), 0)
        for question, *lines in SIX
    )


def located(answer: Any) -> Verdict:
    """What is wrong with six line numbers: which were missed, accused, misplaced; never where the mistake is."""
    answer, right = list(answer), first_wrong_lines()
    if blank := [k for k, said in enumerate(answer, 1) if said is ...]:
        return told(f"Derivation {blank[0]} is still blank.", Kind.INCOMPLETE)
    if len(answer) != len(SIX) or not all(isinstance(n, int | np.integer) for n in answer):
        return told(
            "Six whole numbers are asked for, one a derivation; 0 says that all its lines are right.",
            Kind.TYPE,
        )
    both = [(k, said, true) for k, (said, true) in enumerate(zip(answer, right, strict=True), 1)]
    groups = {
        "Missed, a line is wrong": [k for k, said, true in both if true and not said],
        "False alarm, all is right": [k for k, said, true in both if said and not true],
        "The first wrong line is an earlier one": [k for k, said, true in both if 0 < true < said],
        "That line is still right": [k for k, said, true in both if 0 < said < true],
    }
    return told(" ".join(f"{what}: {', '.join(map(str, ks))}." for what, ks in groups.items() if ks))


locate = Exercise(
    "17.1",
    located,
    hints=(
        "Hold each line against the left side, not against the line above it. Start with the cheapest look: which "
        "letters are free?",
        "Give all sizes different values, say S = 5, M = 4, N = 3, and write the shape of every factor beside it. "
        "Then signs, then the terms in which two indices differ.",
        "A product that still has $\\delta_{nj}$ in front of everything is diagonal: is the Jacobian? A sum that was "
        "pulled out of a bracket must leave every factor behind that carries its letter.",
    ),
    solution="first_wrong = [4, 0, 2, 2, 4, 4]",
    mistakes=(
        ("first_wrong = [0, 0, 0, 0, 0, 0]", "Missed, a line is wrong: 1, 3, 4, 5, 6"),
        ("first_wrong = [4, 0, 3, 0, 4, 4]", "earlier one: 3"),
        ("first_wrong = [4, 0, 3, 0, 4, 4]", "Missed, a line is wrong: 4"),
        ("first_wrong = [4, 3, 2, 2, 4, 4]", "False alarm, all is right: 2"),
        ("first_wrong = [4, 0, 2, 2, 3, 4]", "still right: 5"),
        ("first_wrong = [4, 0, 2]", "Six whole numbers"),
        ("first_wrong = [4, 0, ..., 2, 4, 4]", "Derivation 3 is still blank"),
        ('first_wrong = ["4", 0, 2, 2, 4, 4]', "Six whole numbers"),
    ),
)

Arrays = dict[str, np.ndarray]


class Trial:
    """A layer beside the right one, with the same random parameters, on random X (S, M) and dY (S, N)."""

    def __init__(
        self, mistake: Mistake, S: int = 5, M: int = 4, N: int = 3, dtype: type = np.float64
    ) -> None:
        rng, linear = np.random.default_rng(17), mistake.family is LINEAR
        sizes = (M, N) if linear else ()
        self.layer, self.right = mistake.make()(*sizes), mistake.family.right()(*sizes)
        if linear:
            self.right.params = {
                k: rng.normal(size=A.shape).astype(dtype) for k, A in self.layer.params.items()
            }
            self.layer.params = {k: A.copy() for k, A in self.right.params.items()}
        self.X = rng.normal(size=(S, M)).astype(dtype)
        self.dY = rng.normal(size=(S, N if linear else M)).astype(dtype)

    @staticmethod
    def results(layer: Any, X: np.ndarray, dY: np.ndarray) -> Arrays:
        """Y, dX and the gradients of the parameters."""
        Y, dX = layer.forward(X), layer.backward(dY)
        grads = {f"d{k}": np.array(A) for k, A in getattr(layer, "grads", {}).items()}
        return {"Y": np.array(Y), "dX": np.array(dX), **grads}

    def agrees(self, scale: float = 1) -> bool:
        """Does the layer give what the right one gives?"""
        X = scale * self.X
        return same(*(self.results(layer, X.copy(), self.dY.copy()) for layer in (self.layer, self.right)))

    def twice_the_same(self) -> bool:
        first, second = (self.results(self.layer, self.X.copy(), self.dY.copy()) for _ in range(2))
        return same(first, second)

    def leaves_inputs(self) -> bool:
        X, dY = self.X.copy(), self.dY.copy()
        self.results(self.layer, X, dY)
        return np.array_equal(X, self.X) and np.array_equal(dY, self.dY)

    def keeps_dtype(self) -> bool:
        return all(A.dtype == self.X.dtype for A in self.results(self.layer, self.X, self.dY).values())


def same(a: Arrays, b: Arrays) -> bool:
    return all(a[k].shape == b[k].shape and np.allclose(a[k], b[k], rtol=1e-9, atol=1e-12) for k in b)


CHECKS: dict[str, Callable[[Mistake], bool]] = {
    "values": lambda m: Trial(m).agrees(),
    "one sample": lambda m: Trial(m, S=1).agrees(),
    "square": lambda m: Trial(m, 4, 4, 4).agrees(),
    "twice": lambda m: Trial(m).twice_the_same(),
    "inputs": lambda m: Trial(m).leaves_inputs(),
    "ties": lambda m: Trial(m).agrees(scale=0),
    "extremes": lambda m: Trial(m).agrees(scale=1000),
    "float32": lambda m: Trial(m, dtype=np.float32).keeps_dtype(),
}
"""Does a layer pass this check? In the order in which a battery runs them."""

SNIPPETS = tuple(
    planted(*which)
    for which in (
        ("Softmax", "no maximum"),
        ("Linear", "dW adds up over calls"),
        ("ReLU", "slope 1 at 0"),
        ("Linear", "squeezed"),
        ("GELU", "a NumPy constant makes float64 of float32"),
        ("Linear", "db is a mean"),
        ("ReLU", "max written into X"),
        ("Linear", "W transposed where it fits"),
    )
)


def snippets() -> str:
    """What was changed in each of the eight, in their order."""
    rows = [
        f"# {k}. {m.family.name}\n{m.old.strip()}\n    ->  {m.new.strip()}" for k, m in enumerate(SNIPPETS, 1)
    ]
    return "\n\n".join(rows)


def passes_check(name: str, snippet: Mistake) -> bool:
    """Runs one check on one snippet; an error stops it too."""
    with np.errstate(all="ignore"):
        try:
            return CHECKS[name](snippet)
        except Exception:
            return False


def first_stop(snippet: Mistake) -> str:
    """The first check that a snippet does not pass, "none" where it passes all."""
    return next((name for name in CHECKS if not passes_check(name, snippet)), "none")


def layer_mistakes() -> list[Mistake]:
    """The mistakes of the library in layers, but for those that a comparison of numbers cannot run."""
    layers = [LAYERS[name] for name in TRIED_ON]
    return [m for family in layers for m in family.mistakes if m.kind not in NOT_A_NUMBER]


def matched(answer: Any) -> Verdict:
    """What is wrong with eight names of checks, by running each on its snippet."""
    if isinstance(answer, str) or len(answer := list(answer)) != len(SNIPPETS):
        return told("Eight names of checks are asked for, in a list, one a snippet.", Kind.TYPE)
    if blank := [k for k, name in enumerate(answer, 1) if name is ...]:
        return told(f"Snippet {blank[0]} is still blank.", Kind.INCOMPLETE)
    if unknown := [name for name in answer if name not in CHECKS]:
        return told(f"There is no check {unknown[0]!r}: there are {', '.join(CHECKS)}.", Kind.NOT_READABLE)
    said = []
    for k, (name, snippet) in enumerate(zip(answer, SNIPPETS, strict=True), 1):
        if passes_check(name, snippet):
            said.append(f"Snippet {k} passes “{name}”.")
        elif name != first_stop(snippet):
            said.append(f"Snippet {k} is stopped by “{name}”, and by an earlier check already.")
    return told(" ".join(said))


match = Exercise(
    "17.2",
    matched,
    hints=(
        "Each of the eight checks stops one snippet first. Begin with those you are sure of.",
        "Ask of each snippet: for which input is it right? The check that stops it has another input.",
        "One is wrong for any numbers. The others need: S = 1, M = N, a second call, a look at the argument "
        "afterwards, X = 0, X near 1000, float32.",
    ),
    solution="""\
checks = ["extremes", "twice", "ties", "one sample",
          "float32", "values", "inputs", "square"]""",
    mistakes=(
        ('checks = 8 * ["values"]', "Snippet 1 passes “values”. Snippet 2 passes “values”."),
        (
            'checks = ["extremes", "values", "ties", "one sample", "float32", "twice", "inputs", "square"]',
            "Snippet 6 passes “twice”",
        ),
        (
            'checks = ["extremes", "twice", "ties", "one sample", "float32", "square", "inputs", "values"]',
            "Snippet 6 is stopped by “square”, and by an earlier check already",
        ),
        ('checks = ["values"]', "Eight names"),
        ('checks = ["extremes", ..., *6 * ["values"]]', "Snippet 2 is still blank"),
        ('checks = "values"', "Eight names"),
        ('checks = 8 * ["torch"]', "no check 'torch'"),
    ),
)

MUTANTS = tuple(m for m in LINEAR.mistakes if m.kind not in NOT_A_NUMBER)
RIGHT = {"as in notebook 03": LINEAR.right(), "by einsum": Einsum, "by loops": Loops}
ENOUGH = 0.9


def outcome(test: Callable, make: type) -> Any:
    """What a test says of a layer; one that stops with an error has not passed it."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return test(make)
        except Exception:
            return False


def scored(answer: Any) -> Verdict:
    """What is wrong with a test: who survives it, and which right layers it accuses."""
    if not callable(answer):
        return of_type("A function is", answer)
    right = {name: outcome(answer, make) for name, make in RIGHT.items()}
    for name, said in right.items():
        if not isinstance(said, bool | np.bool_ | Agreement):
            return told(
                f"True or False is asked for, and on a right layer, {name}, it is {said!r}.", Kind.TYPE
            )
    accused = [name for name, said in right.items() if not said]
    alive = [m.name for m in MUTANTS if outcome(answer, m.make())]
    killed = len(MUTANTS) - len(alive)
    said = [f"False alarm on a right layer: {', '.join(accused)}."] if accused else []
    if killed < ENOUGH * len(MUTANTS):
        first = ", ".join(alive[:4]) + (", ..." if len(alive) > 4 else "")
        said.append(f"{killed} of {len(MUTANTS)} mutants killed; alive: {first}.")
    return told(" ".join(said))


score = Exercise(
    "17.3",
    scored,
    in_its_process=True,
    hints=(
        "Make the layer, take copies of <code>W</code> and <code>b</code>, and write down what "
        "<code>Y</code>, <code>dX</code>, <code>dW</code>, <code>db</code> must be.",
        "Compare shapes before values: a row of shape (1, N) is close to one of shape (N,). A new layer has b = 0, "
        "which hides what is done with b.",
        "Several sizes, with S = 1 and with M = N among them; each twice on the same layer, with other "
        "numbers; and copies of X, dY, W to compare with afterwards.",
    ),
    solution="""\
def passes(make):
    rng = np.random.default_rng(0)
    for S, M, N in ((5, 4, 3), (1, 4, 3), (4, 4, 4)):
        layer = make(M, N)
        layer.params["b"] += 1
        W, b = layer.params["W"].copy(), layer.params["b"].copy()
        for _ in range(2):
            X, dY = rng.normal(size=(S, M)), rng.normal(size=(S, N))
            X0, dY0 = X.copy(), dY.copy()
            got = [layer.forward(X), layer.backward(dY), layer.grads["W"], layer.grads["b"]]
            want = [X0 @ W.T + b, dY0 @ W, dY0.T @ X0, dY0.sum(0)]
            got, want = [*got, X, dY, layer.params["W"]], [*want, X0, dY0, W]
            if not all(np.shape(g) == w.shape and np.allclose(g, w) for g, w in zip(got, want)):
                return False
    return True""",
    mistakes=(
        ("def passes(make):\n    return True", "0 of 43 mutants killed; alive: db is a mean"),
        (
            "def passes(make):\n    return False",
            "False alarm on a right layer: as in notebook 03, by einsum, by loops",
        ),
        (
            "def passes(make):\n    layer = make(4, 3)\n    X, dY = np.ones((5, 4)), np.ones((5, 3))\n"
            "    layer.forward(X)\n    layer.backward(dY)\n"
            "    return bool(np.allclose(layer.grads['W'], dY.T @ X))",
            "mutants killed; alive: ",
        ),
        (
            "def passes(make):\n    layer = make(4, 3)\n    X, dY = np.random.normal(size=(5, 4)), np.ones((5, 3))\n"
            "    Y = layer.forward(X)\n"
            "    return bool((Y == X @ layer.params['W'].T + 1e-9).all())",
            "False alarm",
        ),
        (
            "def passes(make):\n    layer = make(4, 3)\n    X, dY = np.random.normal(size=(5, 4)), np.ones((5, 3))\n"
            "    layer.forward(X), layer.backward(dY)\n"
            "    return agreement({'dW': {'layer': layer.grads['W'], 'NumPy': dY.T @ X}})",
            "of 43 mutants killed; alive: ",
        ),
        ("def passes(make):\n    return make(4, 3).forward(np.ones((5, 4)))", "True or False is asked for"),
    ),
)

"""The exercises of notebook 04."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.derive import indices, sizes, tensor, upstream
from helpers.derive.formulas import activations
from helpers.exercises import Exercise, same_expression, same_function
from helpers.exercises.machine.checks import RIGHT, about_number, of_type, told, within
from helpers.verdict import Verdict

S, N = sizes("S N")
(m, i), (n, j) = indices("m i", S), indices("n j", N)
X, Y = tensor("X", S, N), tensor("Y", S, N)
dY = upstream(Y)

tanh_line = Exercise(
    "4.1",
    same_expression(activations.tanh()["dX"]),
    (
        "The derivation is that of sigmoid, with another h'. What is tanh'(x)?",
        "tanh'(x) = 1 − tanh²(x), and tanh(X<sub>ij</sub>) has a name already: Y<sub>ij</sub>.",
        "Which letters may remain? Those of the left side, i and j: the deltas used up m and n.",
    ),
    "dX = dY[i, j] * (1 - Y[i, j] ** 2)",
    (
        ("dX = dY[m, n] * (1 - Y[m, n] ** 2)", "index m is still free"),
        ("dX = dY[i, j] * (Y[i, j] ** 2 - 1)", "sign"),
        ("dX = dY[i, j] * (1 - X[i, j] ** 2)", "is right"),
        ("dX = dY[i, j] * Y[i, j] * (1 - Y[i, j])", "is right"),
    ),
)


def elu_backward(X, dY, alpha):
    return dY * np.where(X > 0, np.ones_like(X), alpha * np.exp(np.minimum(X, 0)))


rng = np.random.default_rng(4)
ELU_CASES = {
    "On ordinary numbers.": ((rng.normal(size=(3, 5)), rng.normal(size=(3, 5)), 1.0), 1e-9),
    "With an α that is not 1.": ((rng.normal(size=(3, 5)), rng.normal(size=(3, 5)), 1.5), 1e-9),
    "At the kink, where the slope is the left one, α.": ((np.zeros(2), np.array([1.0, -2.0]), 0.5), 1e-9),
    "At ±1000.": ((np.array([-1000.0, 1000.0]), np.array([3.0, 2.0]), 1.0), 1e-9),
    "In float32.": ((*rng.normal(size=(2, 4)).astype(np.float32), 1.5), 1e-6),
}
IS_ELU = {
    where: same_function(elu_backward, [case], tolerance) for where, (case, tolerance) in ELU_CASES.items()
}


def wrong_elu(answer: Any) -> Verdict:
    """What is wrong with a backward of ELU, and on which kind of input."""
    for where, check in IS_ELU.items():
        if not (verdict := check(answer)):
            return within(where, verdict)
    try:
        with np.errstate(over="raise"):
            answer(*ELU_CASES["At ±1000."][0])
    except FloatingPointError:
        return told(
            "Every value is right, but exp(1000) overflowed on the way: np.where computes both of its branches."
        )
    return RIGHT


elu = Exercise(
    "4.3",
    wrong_elu,
    seen_by=IS_ELU["On ordinary numbers."],  # at 0 and at 1000 unlike mistakes look alike
    known={
        "answer = lambda X, dY, alpha: np.where(X > 0, 1, alpha * np.exp(X))": (
            "The upstream gradient dY is missing: this is h'(X)."
        ),
        "answer = lambda X, dY, alpha: dY * np.where(dY > 0, 1, alpha * np.exp(X))": (
            "The mask is taken from dY. Which case it is, X says."
        ),
        "answer = lambda X, dY, alpha: dY * np.where(X > 0, X, alpha * np.expm1(X))": (
            "That is dY times ELU itself. The slope is asked for: the −1 is a constant, and x has slope 1."
        ),
        "answer = lambda X, dY, alpha: dY * np.where(X > 0, 1, alpha * np.expm1(X))": (
            "The −1 of α (exp(x) − 1) is a constant: it leaves nothing in the slope."
        ),
    },
    hints=(
        "Two cases: what is h'(x) for x > 0, and what for all other x?",
        "<code>np.where</code> computes both branches everywhere. What does the branch that is not used do "
        "at x = 1000, and how could it be kept small?",
        "<code>np.exp(np.minimum(X, 0))</code> is exp(x) where it is needed, and 1 where it is not.",
    ),
    solution="def backward_elu(X, dY, alpha):\n"
    "    slope = np.where(X > 0, np.ones_like(X), alpha * np.exp(np.minimum(X, 0)))\n"
    "    return dY * slope",
    slips={
        "np.exp(np.minimum(X, 0)) -> np.exp(X)": "both of its",
        "X > 0 -> X >= 0": "At the kink",
        "np.where -> (X != 0) * np.where": "zero everywhere",
        "alpha * np -> np": "an α that is not 1",
        "np.ones_like(X) -> np.ones(X.shape)": "dtype float64",
        "return dY * slope -> dY *= slope\n    return dY": "changed its argument dY",
    },
    mistakes=(
        ("def answer(X, dY, alpha):\n    return dY * ((X > 0) + (X <= 0) * alpha * np.exp(X))", "holds NaN"),
    ),
)


class ByFunctions:
    """A layer of two functions, Y = f(X) and dX = b(X, dY)."""

    def __init__(self, f: Callable, b: Callable) -> None:
        self.f, self.b = f, b

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = X
        return self.f(X)

    def backward(self, dY: np.ndarray) -> np.ndarray:
        return self.b(self.X, dY)


def rectified(X):
    return np.maximum(X, 0)


def masked(X, dY):
    return dY * (X > 0)


def masked_in_place(X, dY):
    dY[X <= 0] = 0
    return dY


def masked_through_x(X, dY):
    X[...] = X > 0
    return X * dY


FAULTY = {
    "max(X, 0) written into X by forward": (lambda X: np.maximum(X, 0, out=X), masked),
    "the mask written into dY by backward": (rectified, masked_in_place),
    "the mask written into X by backward": (rectified, masked_through_x),
    "X -= 1e-9 in forward": (lambda X: np.expm1(X.__isub__(1e-9)), lambda X, dY: dY * np.exp(X)),
}
SOUND = {
    "ReLU": (rectified, masked),
    "the identity, which returns X itself": (lambda X: X, lambda X, dY: dY),
    "ReLU on its own copy": (rectified, lambda X, dY: masked_in_place(X, dY.copy())),
}


def wrong_detector(detects: Callable) -> Verdict:
    """The first layer that is called wrongly, right where every one is called rightly."""
    for layers, changes in ((FAULTY, True), (SOUND, False)):
        for name, functions in layers.items():
            X, dY = np.random.default_rng(4).normal(size=(2, 3, 5))
            found = detects(ByFunctions(*functions), X, dY)
            if not isinstance(found, bool | np.bool_):
                return of_type("True or False is", found)
            if found != changes:
                does = "changes X or dY" if changes else "changes neither X nor dY"
                return told(f"A layer {does}, and your function says {bool(found)}. The layer: {name}.")
    return RIGHT


in_place = Exercise(
    "4.4",
    wrong_detector,
    (
        "What must you keep from before the layer runs, to see afterwards that something changed?",
        "<code>before = X</code> is a second name for the same array. You need X.copy(), and dY.copy() too.",
        "Run forward, then backward, then compare both with their copies by np.array_equal: "
        "a tolerance would hide a small change.",
    ),
    solution="def changes_its_arguments(layer, X, dY):\n"
    "    X_before, dY_before = X.copy(), dY.copy()\n"
    "    layer.forward(X)\n"
    "    layer.backward(dY)\n"
    "    return not (np.array_equal(X, X_before) and np.array_equal(dY, dY_before))",
    slips={
        "X.copy() -> X": "max(X, 0) written into X by forward",
        "np.array_equal(dY, dY_before) -> True": "the mask written into dY",
        "layer.forward(X) -> layer.forward(X)\n    X = X.copy()": "the mask written into X by backward",
        "array_equal -> allclose": "X -= 1e-9",
        "return not -> return np.shares_memory(X, layer.forward(X)) or not": "the identity",
        "return  -> ": "type NoneType",
    },
    mistakes=(("def answer(layer, X, dY):\n    return True", "changes neither"),),
    in_its_process=True,
)


def sigmoid_chain(depth: int = 20) -> float:
    """log₁₀ of dy/dx for y = σ(σ(...σ(x))), at x = 0."""
    y, total = 0.0, 0.0
    for _ in range(depth):
        y = 1 / (1 + np.exp(-y))
        total += np.log10(y * (1 - y))
    return float(total)


def wrong_size(answer: float) -> str:
    """Why a prediction of the chain's log₁₀ is not within one half, "" where it is."""
    right = sigmoid_chain()
    if abs(answer - right) <= 0.5:
        return ""
    off = {
        "That is the bound, every slope at its largest, 1/4. Only the first σ stands at 0; the others see the output "
        "of a σ, which is above 1/2.": 2 * (answer - 20 * np.log10(0.25)),
        "The sign: a product of 20 numbers below 1 is small, and its logarithm negative.": -answer - right,
        "That is the natural logarithm; powers of ten are asked for.": answer / np.log(10) - right,
        "That is the gradient; its logarithm is asked for.": np.log10(abs(answer) or 1) - right,
        "1/2 is σ(0), the value. The slope is σ (1 − σ).": answer - 20 * np.log10(0.5),
    }
    return next((why for why, by in off.items() if abs(by) <= 0.5), f"{answer:g} is more than one half off.")


chain = Exercise(
    "4.2",
    about_number(wrong_size),
    (
        "The chain rule: the gradient is the product of 20 slopes. What would it be if each were 1/4?",
        "The second σ does not stand at 0 but at σ(0) = 0.5, the next at σ(0.5) = 0.622. Where does it settle?",
        "At y = σ(y) = 0.659. There the slope is 0.659 (1 − 0.659) = 0.225: take log₁₀ and multiply by 20.",
    ),
    "log10_gradient = 20 * np.log10(0.659 * (1 - 0.659))",
    (
        ("answer = 20 * np.log10(0.25)", "the bound"),
        ("answer = 13", "The sign"),
        ("answer = 20 * np.log(0.659 * (1 - 0.659))", "natural logarithm"),
        ("answer = 20 * np.log10(0.5)", "the value"),
        ("answer = -1.3", "more than one half off"),
        ("answer = 0.225**20", "its logarithm is asked for"),
        ("answer = 20 * np.log(0.235)", "natural logarithm"),
        ("answer = '-13'", "type str"),
    ),
)

"""Notebook 13: what comes back to a state, the way back through an LSTM, clipping by norm, what a cut loses."""

import numpy as np
from sympy import Sum

from helpers.derive import Chain, Definition, L, elementwise, indices, sizes, tensor
from helpers.exercises import Exercise, same_function, same_lines
from helpers.exercises.machine.lstm_runs import MISTAKES, RUNS, right_backward
from helpers.read.question import Question

__all__ = ["backward", "clip", "heard", "one_step", "state"]


def read_twice() -> Question:
    """A = U H + R, the next step's, and Y = H, what the loss reads here; the loss depends on both in unknown ways."""
    (N,) = sizes("N")
    (n, k), (later, here) = indices("n k", N), map(elementwise, "fg")
    U, H, A, Y, R = (tensor(letter, *[N] * (1 + (letter == "U"))) for letter in "UHAYR")
    definitions = (
        Definition(A[n], Sum(U[n, k] * H[k], k) + R[n]),
        Definition(Y[n], H[n]),
        Definition(L, Sum(later(A[n]), n) + Sum(here(Y[n]), n)),
    )
    return Question("one step", Chain(definitions), sample=True)


one_step = read_twice()
state = Exercise(
    "13.1",
    same_lines(one_step, "dL/dH_j"),
    hints=(
        "$H_j$ has two readers. The chain rule adds over both: "
        "$\\sum_n \\frac{\\partial L}{\\partial A_n} \\frac{\\partial A_n}{\\partial H_j}$ for the next step, and the "
        "same with $Y_n$ for the loss.",
        "$\\partial A_n / \\partial H_j = \\sum_k U_{nk}\\, \\delta_{kj}$, and $\\partial Y_n / \\partial H_j = "
        "\\delta_{nj}$. Which sum does each delta take away?",
        "$\\sum_n \\frac{\\partial L}{\\partial A_n} U_{nj} + \\frac{\\partial L}{\\partial Y_j}$. As text a sum is "
        "<code>sum_n</code>, and $\\partial L/\\partial A_n$ is <code>dL/dA_n</code>.",
    ),
    solution="""\
answer = '''
dL/dH_j = sum_n dL/dA_n dA_n/dH_j + sum_n dL/dY_n dY_n/dH_j
        = sum_n dL/dA_n sum_k U_nk delta_kj + sum_n dL/dY_n delta_nj
        = sum_n dL/dA_n U_nj + dL/dY_j
'''""",
    mistakes=(
        ("answer = 'dL/dH_j = sum_n dL/dA_n U_nj'", "path through H_n in Y_n = H_n is left out"),
        ("answer = 'dL/dH_j = sum_n dL/dA_n U_jn + dL/dY_j'", "rows and columns are exchanged in U_jn"),
        ("answer = 'dL/dH_j = dL/dA_n U_nj + dL/dY_j'", "index n is still free"),
        ("answer = 'dH = U dA + dY'", "rows and columns are exchanged in U"),
        ("answer = 'dL/dH_j = sum_n dL/dA_n sum_k U_nk + dL/dY_j'", "δ_jk is missing"),
        ("answer = 'dL/dH_j = sum_n dL/dA_n U_nj - dL/dY_j'", "sign"),
        (
            "answer = 'dL/dH_j = sum_n dL/dA_n dA_n/dH_j + dL/dY_j'",
            "A derivative is still to be taken",
        ),
    ),
)


backward = Exercise(
    "13.2",
    same_function(
        right_backward,
        RUNS,
        sizes=lambda X, *_: dict(zip("STM", X.shape, strict=True)),
        results="dX dW dU db dH0 dC0",
    ),
    known=MISTAKES,
    hints=(
        "Go through the steps backward, with what the later ones send in two variables, <code>dH</code> and "
        "<code>dC</code>, which begin as 0 and <code>dCT</code>. At step t add <code>dY[:, t]</code> to dH first.",
        "$H = O \\circ \\tanh C$ gives $dO$ and adds to $dC$. "
        "Then $C = F \\circ C_{\\text{before}} + I \\circ G$ gives $dI$, $dF$, $dG$, and $dC \\circ F$ for the cell "
        "before. Each gate then meets its own derivative, σ′ = σ (1 − σ) or 1 − tanh².",
        "Put the four together, <code>dA = np.concatenate([...], axis=1)</code> in the order I F G O. Then "
        "<code>dX[:, t] = dA @ W</code>, <code>dW += dA.T @ X[:, t]</code>, <code>dU += dA.T @ H[:, t]</code>, "
        "<code>db += dA.sum(0)</code>, and <code>dA @ U</code> is the dH of the step before.",
    ),
    solution="""\
def backward(X, H, C, I, F, G, O, W, U, dY, dCT):
    T = X.shape[1]
    dX, dW, dU, db = np.zeros_like(X), np.zeros_like(W), np.zeros_like(U), np.zeros(len(W))
    dH, dC = 0, dCT
    for t in reversed(range(T)):
        D = np.tanh(C[:, t + 1])
        dH = dH + dY[:, t]
        dO = dH * D
        dC = dC + dH * O[:, t] * (1 - D**2)
        dI, dF, dG = dC * G[:, t], dC * C[:, t], dC * I[:, t]
        parts = [
            dI * I[:, t] * (1 - I[:, t]),
            dF * F[:, t] * (1 - F[:, t]),
            dG * (1 - G[:, t] ** 2),
            dO * O[:, t] * (1 - O[:, t]),
        ]
        dA = np.concatenate(parts, axis=1)
        dX[:, t] = dA @ W
        dW += dA.T @ X[:, t]
        dU += dA.T @ H[:, t]
        db += dA.sum(0)
        dH, dC = dA @ U, dC * F[:, t]
    return dX, dW, dU, db, dH, dC""",
    slips={
        "dO = dH * D -> dO = -dH * D": "wrong value",
        "return dX, dW, dU, db, dH, dC -> return dX, dW, dU, db": "6 results",
        "dX, dW, dU, db = -> dY[:, -1] += 0.5\n    dX, dW, dU, db =": "changed its argument dY",
    },
)


def right_clip(dW, dU, db, limit):
    norm = np.sqrt(sum((A**2).sum() for A in (dW, dU, db)))
    shorter = 1.0 if norm <= limit else limit / norm
    return dW * shorter, dU * shorter, db * shorter


def gradients(*cases: tuple[float, float]) -> list[tuple]:
    """Gradients of three shapes, of some size each, and a limit."""
    rng = np.random.default_rng(13)
    return [
        (*(size * rng.normal(size=shape) for shape in ((4, 3), (4, 4), (4,))), limit) for size, limit in cases
    ]


clip = Exercise(
    "13.3",
    same_function(
        right_clip, gradients((5, 1.0), (0.01, 1.0), (3, 2.5), (0.0, 1.0)), tolerance=1e-4, results="dW dU db"
    ),
    known={
        "clip = lambda *given: tuple(np.clip(A, -given[-1], given[-1]) for A in given[:-1])": (
            "That clips each number by itself: large ones are cut, small ones stay, and the step points elsewhere."
        ),
        "clip = lambda *given: tuple(A * min(1, given[-1] / max(1e-12, np.linalg.norm(A))) for A in given[:-1])": (
            "That shortens each array by a factor of its own. One factor for all three keeps the direction."
        ),
        "min(1, limit / max(norm, 1e-12)) -> limit / max(norm, 1e-12)": (
            "Gradients that are short enough stay as they are: yours are made longer."
        ),
        "np.sqrt( -> (": "The root is missing: the norm is the root of the sum of squares.",
        "limit / max(norm, 1e-12)) -> 1 / max(norm, 1e-12))": "The limit does not enter: limit / norm.",
    },
    hints=(
        "All three arrays together are one long vector. What is its length?",
        "The norm is the root of the sum of all squares, over all entries of all three. Every entry is multiplied by "
        "the same factor.",
        "The factor is limit / norm where the norm is larger than the limit, else 1: "
        "<code>min(1, limit / norm)</code>. Mind a norm of 0.",
    ),
    solution="""\
def clip(dW, dU, db, limit):
    norm = np.sqrt(sum((A**2).sum() for A in (dW, dU, db)))
    shorter = min(1, limit / max(norm, 1e-12))
    return dW * shorter, dU * shorter, db * shorter""",
    slips={
        "return dW * shorter, -> return dW,": "dW has the wrong value",
        "norm = -> dW *= 0.5\n    norm =": "changed its argument dW",
    },
)


def right_heard(T, k):
    t, s = np.indices((T, T))
    return ((s <= t) & (s // k == t // k)).astype(int)


heard = Exercise(
    "13.4",
    same_function(right_heard, [(6, 3), (5, 2), (4, 4), (3, 1), (4, 7)]),
    known={
        "heard = lambda T, k: np.tril(np.ones((T, T), int))": (
            "That is the whole way back. It is cut at the beginning of each piece."
        ),
        "s <= t -> s >= t": "That looks forward: a loss hears what came before it.",
        "(s <= t) & -> ": "A loss hears no use that comes after it, also within its piece.",
        "s // k == t // k -> t - s < k": (
            "That is a window that moves along with the loss. Here the text is cut into pieces at fixed places."
        ),
        "s // k == t // k -> t - s <= k": (
            "That is a window that moves along with the loss. Here the text is cut into pieces at fixed places."
        ),
        "s <= t -> s < t": "The loss at a step hears the use at this step too.",
    },
    hints=(
        "Count steps from 0. With k = 3 the pieces are 0 1 2, 3 4 5, and so on. What does the loss at step 4 hear?",
        "Those of its own piece that are not later than it: steps 3 and 4. The piece of step t is <code>t // k</code>.",
        "<code>t, s = np.indices((T, T))</code> gives the row and the column of each entry. Two conditions: "
        "<code>s &lt;= t</code>, and both in one piece.",
    ),
    solution="""\
def heard(T, k):
    t, s = np.indices((T, T))
    return ((s <= t) & (s // k == t // k)).astype(int)""",
    mistakes=(("def heard(T, k):\n    return 6", "shape"),),
)

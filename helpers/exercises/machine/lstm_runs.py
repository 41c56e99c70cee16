"""What an LSTM's forward pass kept, of several sizes, and what goes back through it: for one exercise."""

import numpy as np

from helpers.compare.reference import layer_named


def right_backward(X, H, C, I, F, G, O, W, U, dY, dCT):
    """By the layer, whose bias is what is left of the first gates."""
    A = np.concatenate([logit(I[0, 0]), logit(F[0, 0]), np.arctanh(G[0, 0]), logit(O[0, 0])])
    layer = layer_named("LSTM")(X.shape[2], U.shape[1])
    layer.params |= {"W": W, "U": U, "b": A - W @ X[0, 0] - U @ H[0, 0], "c": np.zeros(len(A))}
    layer.forward(X, H[None, :, 0], C[None, :, 0])
    dX, dH0, dC0 = layer.backward(dY, np.zeros_like(dCT)[None], dCT[None])
    return dX, layer.grads["W"], layer.grads["U"], layer.grads["b"], dH0[0], dC0[0]


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def kept(seed: int, S: int, T: int, M: int, N: int, heard_at: slice, last: float) -> tuple[np.ndarray, ...]:
    """What a forward pass kept, and a loss that reads some of the times, and the last cell state or not."""
    rng = np.random.default_rng(seed)
    X, W, U, b = (rng.normal(size=size) for size in ((S, T, M), (4 * N, M), (4 * N, N), 4 * N))
    H, C = (rng.normal(size=(S, T + 1, N)) for _ in "HC")
    gates = np.empty((4, S, T, N))
    for t in range(T):
        A = np.split(X[:, t] @ W.T + H[:, t] @ U.T + b, 4, axis=1)
        gates[:, :, t] = I, F, G, O = [
            np.tanh(a) if k == 2 else 1 / (1 + np.exp(-a)) for k, a in enumerate(A)
        ]
        C[:, t + 1] = F * C[:, t] + I * G
        H[:, t + 1] = O * np.tanh(C[:, t + 1])
    dY = np.zeros((S, T, N))
    dY[:, heard_at] = rng.normal(size=dY[:, heard_at].shape)
    return X, H, C, *gates, W, U, dY, last * rng.normal(size=(S, N))


RUNS = [
    kept(1, 3, 4, 2, 5, slice(None), 1),
    kept(2, 3, 4, 2, 5, slice(-1, None), 0),  # a loss at the last step only
    kept(3, 2, 5, 4, 3, slice(0, 1), 0),  # and at the first only
    kept(4, 1, 3, 4, 2, slice(None), 1),
    kept(5, 4, 1, 3, 2, slice(None), 1),
]

ORDER = "The rows of W and U stand in the order I F G O, and your four parts in another."
MISTAKES = {
    "dF * F[:, t] * (1 - F[:, t]) -> dF": (
        "The forget gate is a sigmoid, and its derivative F (1 − F) is missing."
    ),
    "dI * I[:, t] * (1 - I[:, t]) -> dI": (
        "The input gate is a sigmoid, and its derivative I (1 − I) is missing."
    ),
    "dO * O[:, t] * (1 - O[:, t]) -> dO": (
        "The output gate is a sigmoid, and its derivative O (1 − O) is missing."
    ),
    "dG * (1 - G[:, t] ** 2) -> dG": "G is a tanh, and its derivative 1 − G² is missing.",
    "dG * (1 - G[:, t] ** 2) -> dG * G[:, t] * (1 - G[:, t])": (
        "G is a tanh, 1 − G², and not a sigmoid as the three gates are."
    ),
    "dH, dC = dA @ U, dC * F[:, t] -> dH, dC = 0, 0": (
        "What a step sends to the one before it is computed, and never handed on: a step hears its own loss only."
    ),
    "dA @ U, dC * F[:, t] -> dA @ U, 0": (
        "The cell's own way back is missing: the next cell was F times this one, so dC F goes back."
    ),
    "dA @ U, dC * F[:, t] -> 0, dC * F[:, t]": (
        "The way back through U is missing: all four gates have read the state before them, so dA U goes back."
    ),
    "dA @ U, dC * F[:, t] -> dA @ U, dC": (
        "The cell before was multiplied by the forget gate: dC F goes back, and not dC."
    ),
    "dU += dA.T @ H[:, t] -> dU += dA.T @ H[:, t + 1]": (
        "dU: U met the state before the step, H[:, t], and yours meets the one after it."
    ),
    "dF, dG = dC * G[:, t], dC * C[:, t] -> dF, dG = dC * G[:, t], dC * C[:, t + 1]": (
        "dF: the forget gate multiplied the cell before the step, C[:, t], and yours meets the one after it."
    ),
    "dH, dC = 0, dCT -> dH, dC = 0, 0 * dCT": (
        "dCT is left out: where the last cell state is read too, the way back begins with its gradient."
    ),
    "dC = dC + dH * O[:, t] * (1 - D**2) -> dC = dC + dH * O[:, t]": (
        "H = O tanh(C), and the derivative of that tanh is missing, 1 − tanh² C."
    ),
    "dH = dH + dY[:, t] -> dH = dH + dY[:, t] / T": (
        "A 1/T belongs into the loss, once, where dY comes from: nothing here divides by the number of steps."
    ),
    "dW += dA.T @ X[:, t] -> dW = dA.T @ X[:, t]": (
        "dW is that of the first step alone. Every step uses the same W, and its gradient is the sum: +=."
    ),
    "return dX, dW -> return dX, dW / T": "dW is a mean over the steps. It is the sum over all uses.",
    "db += dA.sum(0) -> db += dA.mean(0)": "db is a mean over the samples. It is a sum: 1/S belongs to the loss.",
    "dH = dH + dY[:, t] -> dH = dY[:, t]": (
        "What the step after sends is overwritten by dY. The two add up: dH + dY[:, t]."
    ),
    "reversed(range(T)) -> range(T)": (
        "You walk forward in time. A step needs what later steps send, so go from the last to the first."
    ),
    "D = np.tanh(C[:, t + 1]) -> D = np.tanh(C[:, t])": (
        "H is O tanh of the cell behind the step, C[:, t + 1], and yours is the one before it."
    ),
    "dG = dC * G[:, t], dC * C[:, t], dC * I[:, t] -> dG = dC * I[:, t], dC * C[:, t], dC * G[:, t]": (
        "dI and dG have changed places: I multiplied G, so dI is dC G."
    ),
    "dH, dC = dA @ U, dC * F[:, t] -> dH, dC = dA @ U, dC * F[:, t - 1]": (
        "The forget gate of this very step multiplied the cell before it: F[:, t]."
    ),
    "db, dH, dC -> db, dC, dH": "dH0 and dC0 have changed places.",
    "np.concatenate(parts, axis=1) -> np.concatenate([parts[1], parts[0], *parts[2:]], axis=1)": ORDER,
    "np.concatenate(parts, axis=1) -> np.concatenate([*parts[:2], parts[3], parts[2]], axis=1)": ORDER,
}
"""Changes to the solution, each with what is said of it."""

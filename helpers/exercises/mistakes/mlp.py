"""A two-layer MLP whose backward pass is the derivation's own lines, and nine real bugs that change one of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers.derive.formulas import mlp

Arrays = dict[str, np.ndarray]

PARAMETERS = "W1", "b1", "W2", "b2"
FORMULA = mlp()
LINES = {name: FORMULA[name].numpy for name in ("dY2", "dW2", "db2", "dH", "dY1", "dW1", "db1")}

BUGS: dict[str, dict[str, str]] = {
    "db is a mean": {"db2": "dY2.mean(0)", "db1": "dY1.mean(0)"},
    "softmax Jacobian twice": {"dY2": "P * (P - T - ((P - T) * P).sum(1, keepdims=True)) / S"},
    "no 1/S": {"dY2": "P - T"},
    "sign of one layer": {"dW1": "-dY1.T @ X"},
    "mask on wrong array": {"dY1": "dH * h_prime(dH)"},
    "dW never zeroed": {"dW2": "dW2 + dY2.T @ H", "dW1": "dW1 + dY1.T @ X"},
    "biases never learn": {"db2": "0 * b2", "db1": "0 * b1"},
    "W2 transposed": {"dH": "dY2 @ W2.T"},
    "slope ignored": {"dY1": "dH * (Y1 > 0)"},
}


class Net:
    """X → Y1 = X W1ᵀ + b1 → H = h(Y1) → Y2 = H W2ᵀ + b2 → P = softmax(Y2) → L

    `Net(M, K, N)` runs LINES, the NumPy of the derivation; `Net(M, K, N, lines=BUGS["no 1/S"])` runs those
    with some replaced. h is LeakyReLU with slope 0.1 where no other is given. W ~ N(0, std²), b = 0.
    """

    def __init__(
        self,
        M: int,
        K: int,
        N: int,
        lines: dict[str, str] | None = None,
        *,
        h: Callable = lambda Y: np.maximum(Y, 0.1 * Y),
        h_prime: Callable = lambda Y: np.where(Y > 0, 1, 0.1),
        std: float = 0.1,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = np.random.default_rng(rng)
        W1, W2 = rng.normal(0, std, (K, M)), rng.normal(0, std, (N, K))
        self.params: Arrays = {"W1": W1, "b1": np.zeros(K), "W2": W2, "b2": np.zeros(N)}
        self.h, self.h_prime = h, h_prime
        self.lines = LINES | (lines or {})
        self.grads: Arrays = {f"d{name}": np.zeros_like(A) for name, A in self.params.items()}

    def forward(self, X: np.ndarray) -> Arrays:
        """Every array on the way from X to P."""
        W1, b1, W2, b2 = self.params.values()
        Y1 = X @ W1.T + b1
        H = self.h(Y1)
        Y2 = H @ W2.T + b2
        E = np.exp(Y2 - Y2.max(1, keepdims=True))
        return {"Y1": Y1, "H": H, "Y2": Y2, "P": E / E.sum(1, keepdims=True)}

    def loss(self, X: np.ndarray, T: np.ndarray) -> float:
        """L = −(1/S) Σ T log P, from the logits, so that it is finite wherever they are."""
        Y2 = self.forward(X)["Y2"]
        Z = Y2 - Y2.max(1, keepdims=True)
        return float((T * (np.log(np.exp(Z).sum(1, keepdims=True)) - Z)).sum() / len(X))

    def gradients(self, X: np.ndarray, T: np.ndarray) -> Arrays:
        """dW1, db1, dW2, db2 as the lines give them, one after the other."""
        names = {"X": X, "T": T, "S": len(X), "h_prime": self.h_prime, **self.params, **self.grads}
        names |= self.forward(X)
        for name, line in self.lines.items():
            names[name] = eval(line, names)
        self.grads = {f"d{name}": names[f"d{name}"] for name in PARAMETERS}
        return self.grads


@dataclass
class Training:
    """What one training showed, and what it did not: the gradient beside the right one after 5 steps."""

    loss: list[float] = field(default_factory=list)
    accuracy: float = np.nan
    cosine: float = np.nan
    ratio: float = np.nan


def learn(
    net: Net,
    data: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    *,
    steps: int = 400,
    lr: float = 0.1,
    batch_size: int = 50,
    rng: np.random.Generator | int | None = None,
) -> Training:
    """Plain SGD on data = (X, T), T one-hot; the loss of each batch, and the accuracy on what is held out.

    A net whose loss passes 10⁸ is lost, and learns no further.
    """
    (X, T), rng, run = data, np.random.default_rng(rng), Training()
    for step in range(steps):
        batch = rng.integers(len(X), size=batch_size)
        run.loss.append(net.loss(X[batch], T[batch]))
        if run.loss[-1] > 1e8:
            break
        grads = net.gradients(X[batch], T[batch])
        if step == 5:
            run.cosine, run.ratio = beside_the_right_one(net, X[batch], T[batch])
        for name, A in net.params.items():
            A -= lr * grads[f"d{name}"]
    X, T = held_out
    run.accuracy = float((net.forward(X)["P"].argmax(1) == T.argmax(1)).mean())
    return run


def beside_the_right_one(net: Net, X: np.ndarray, T: np.ndarray) -> tuple[float, float]:
    """Cosine and ratio of lengths of the net's last gradient, all its parameters as one vector, to the right one."""
    right = Net(1, 1, 1, h=net.h, h_prime=net.h_prime)
    right.params = net.params
    g, r = (
        np.concatenate([A.ravel() for A in grads.values()]) for grads in (net.grads, right.gradients(X, T))
    )
    lengths = np.linalg.norm(g), np.linalg.norm(r)
    return float(g @ r / np.prod(lengths)), float(lengths[0] / lengths[1])

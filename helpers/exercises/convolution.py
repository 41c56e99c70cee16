"""Notebook 11: how many outputs read an entry, a backward pass with stride and padding, a maximum with ties."""

import numpy as np

from helpers.compare.finite_differences import torch_gradients
from helpers.compare.reference import layer_named, torch_function
from helpers.exercises import Exercise, same_function

__all__ = ["backward", "coverage", "max_pool"]


def outputs_of(H: int, K: int, r: int, p: int, d: int) -> int:
    """How often the kernel fits."""
    return (H + 2 * p - d * (K - 1) - 1) // r + 1


def right_coverage(y, H, K, r, p, d):
    """A kernel of ones and an upstream gradient of ones: dX counts, and PyTorch does it."""
    convolve = torch_function(layer_named("Conv1d")(1, 1, K, r, p, d, bias=False))
    dY = np.ones((1, outputs_of(H, K, r, p, d)))
    return round(
        torch_gradients(convolve, {"X": np.zeros((1, H)), "W": np.ones((1, 1, K))}, dY)[1]["dX"][0, y]
    )


QUESTIONS = [(6, 3, 1, 0, 1), (6, 3, 2, 0, 1), (6, 3, 2, 1, 1), (7, 2, 3, 0, 1), (8, 3, 1, 2, 2)]
"""H, K, r, p, d: the five settings that the notebook lists."""

ENTRIES = [(y, *question) for question in QUESTIONS for y in range(question[0])]
coverage = Exercise(
    "11.1",
    same_function(right_coverage, ENTRIES),
    known={
        "coverage = lambda y, H, K, r, p, d: K": (
            "That is right far from the border, at stride 1. Near the border some of the K outputs do not exist."
        ),
        "coverage = lambda y, H, K, r, p, d: K // r": (
            "That is the mean, K over r. A stride reads some entries more often than others."
        ),
        "u * d - p -> u * d + p": (
            "The padding has the wrong sign: entry y of X stands at y + p of the padded signal."
        ),
        "u * d - p -> u * d": "The padding p is left out: entry y of X stands at y + p of the padded signal.",
        "u * d -> u": "The dilation d is left out: the kernel's entry u reads at h r + u d − p.",
        "h * r -> h": "The stride r is left out: output h begins at h r − p.",
        "range(N) -> range(H + 2 * p)": (
            "You count outputs that do not exist, beyond the last. There are ⌊(H + 2p − d(K − 1) − 1)/r⌋ + 1."
        ),
        "coverage = lambda y, H, K, r, p, d: sum((y + p - u * d) % r == 0 for u in range(K))": (
            "You count outputs that do not exist, before the first and beyond the last. Which h does each u belong to?"
        ),
        "// r + 1 -> // r": "One output is missing at the end. There are ⌊(H + 2p − d(K − 1) − 1)/r⌋ + 1.",
    },
    hints=(
        "Output $h$ reads entry $y$ with the kernel's entry $u$ where $hr + ud - p = y$. Count the pairs $(h, u)$.",
        "$u$ has $K$ values. For each of them there is at most one $h$: when is $y + p - ud$ a multiple of $r$, and "
        "when does that $h$ exist?",
        "With $N = \\lfloor (H + 2p - d(K-1) - 1)/r \\rfloor + 1$, count the pairs of <code>h in range(N)</code> and "
        "<code>u in range(K)</code> with <code>h * r + u * d - p == y</code>.",
    ),
    solution="""\
def coverage(y, H, K, r, p, d):
    N = (H + 2 * p - d * (K - 1) - 1) // r + 1
    return sum(h * r + u * d - p == y for h in range(N) for u in range(K))""",
    mistakes=(
        ("def coverage(y, H, K, r, p, d):\n    return min(y + 1, K, H - y)", "With y = "),
        ("def coverage(y, H, K, r, p, d):\n    K", "return missing"),
    ),
)

R, P = 2, 1
"""Stride and padding of exercise 11.2."""


def right_backward(X, W, dY):
    O, C, *K = W.shape
    convolve = torch_function(layer_named("Conv2d")(C, O, tuple(K), R, P))
    _, grads = torch_gradients(convolve, {"X": X, "W": W, "b": np.zeros(O)}, dY)
    return grads["dX"], grads["dW"], grads["db"]


def wrapped(X, W, dY):
    """Place −1 is taken for the last row or column, as NumPy counts."""
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    (H1, H2), (N1, N2) = X.shape[2:], dY.shape[2:]
    for h, w, u, v in np.ndindex(N1, N2, *W.shape[2:]):
        y, x = R * h + u - P, R * w + v - P
        if y < H1 and x < H2:
            dX[..., y, x] += dY[..., h, w] @ W[..., u, v]
            dW[..., u, v] += dY[..., h, w].T @ X[..., y, x]
    return dX, dW, dY.sum((0, 2, 3))


images = [
    tuple(np.random.default_rng(seed).normal(size=shape) for shape in (X, (O, 2, K, K), (X[0], O, *N)))
    for seed, (X, O, K, N) in enumerate(
        [((3, 2, 5, 8), 4, 3, (3, 4)), ((1, 2, 6, 6), 2, 3, (3, 3)), ((2, 2, 4, 5), 3, 2, (3, 3))]
    )
]
backward = Exercise(
    "11.2",
    same_function(
        right_backward,
        images,
        sizes=lambda X, W, dY: {"S": len(X), "O": len(W), "N1": dY.shape[2], "N2": dY.shape[3]},
        results="dX dW db",
    ),
    known={
        "dY, W[..., u, v] -> dY, W[..., -1 - u, -1 - v]": (
            "dX: the kernel is flipped wrongly. dY at h, w goes to row 2h + u − 1 with the W at u, and not at "
            "K − 1 − u. The sum of dX hardly changes, so a check of its mean sees nothing."
        ),
        "dX[at] += -> dX[at] =": (
            "dX: windows overlap, and what was there is overwritten. A pixel that several outputs read gets the sum: "
            "+=."
        ),
        "dX[at] -> dX[..., u : u + N1, v : v + N2]": (
            "dX: the stride is left out. Output h begins at row 2h of the padded image."
        ),
        "padded[at] -> padded[..., u : u + N1, v : v + N2]": (
            "dW: the stride is left out. Output h begins at row 2h of the padded image."
        ),
        "slice(u, u + 2 * N1, 2), slice(v, v + 2 * N2, 2) -> slice(u, u + N1), slice(v, v + N2)": (
            "dX and dW: the stride is left out. Output h begins at row 2h of the padded image."
        ),
        "answer = wrapped": (
            "dX and dW: place −1 is padding, and NumPy takes it for the last row or column. Leave out what lies "
            "outside of the image, 0 ≤ y < H1 and 0 ≤ x < H2."
        ),
        "dX[:, :, 1:-1, 1:-1] -> dX": "dX still has its padding: cut off one row and one column at each side.",
        "dW[..., u, v] = -> dW[..., u, v] = 1 / len(X) *": (
            "dW is a mean over the samples. It is a sum: 1/S belongs to the loss."
        ),
        "sum((0, 2, 3)) -> sum(0)": (
            "db is summed over the samples only. One b serves every place of the image: sum over h and w too."
        ),
        "sum((0, 2, 3)) -> sum((1, 2, 3))": (
            "db is summed over the channels. Each output channel has a b of its own: sum over s, h and w, and keep o."
        ),
        "sum((0, 2, 3)) -> sum(1)": (
            "db is summed over the channels only. One b serves every sample and place: sum over s, h and w, and keep o."
        ),
        "sum((0, 2, 3)) -> mean((0, 2, 3))": "db is a mean. It is a sum over s, h and w.",
    },
    hints=(
        "Loop over the places $(u, v)$ of the kernel only. Which entries of the padded X does $W_{ocuv}$ meet, over "
        "all outputs?",
        "Those in <code>at = ..., slice(u, u + 2 * N1, 2), slice(v, v + 2 * N2, 2)</code>: an array of shape "
        "(S, 2, N1, N2). dW<sub>uv</sub> reads there, dX writes there.",
        "<code>dW[..., u, v] = einsum('sohw,schw->oc', dY, padded[at])</code> and <code>dX[at] += "
        "einsum('sohw,oc->schw', dY, W[..., u, v])</code>. At the end cut the padding off dX. db sums dY over "
        "(0, 2, 3).",
    ),
    solution="""\
def backward(X, W, dY):
    N1, N2 = dY.shape[2:]
    padded = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dX, dW = np.zeros_like(padded), np.zeros_like(W)
    for u, v in np.ndindex(W.shape[2:]):
        at = ..., slice(u, u + 2 * N1, 2), slice(v, v + 2 * N2, 2)
        dW[..., u, v] = np.einsum("sohw,schw->oc", dY, padded[at])
        dX[at] += np.einsum("sohw,oc->schw", dY, W[..., u, v])
    return dX[:, :, 1:-1, 1:-1], dW, dY.sum((0, 2, 3))""",
    slips={
        "dW[..., u, v] = -> dW[..., u, v] = -": "dW has the wrong value: the sign",
        "dW[..., u, v] = -> dW[..., -1 - u, -1 - v] =": "dW has the wrong value",
        "sum((0, 2, 3)) -> sum()": "db has shape (); (4,) is asked for",
        "dX, dW = -> W *= 2\n    dX, dW =": "changed its argument W",
        ", dW, dY.sum((0, 2, 3)) -> ": "3 results",
    },
)


def right_max_pool(X, dY, K, r):
    pool = torch_function(layer_named("MaxPool2d")(K, r))
    Y, grads = torch_gradients(pool, {"X": X[None]}, dY[None])
    return Y[0], grads["dX"][0]


def stepping_by_K(X, dY, K, r):
    """The windows begin every K pixels, as far as they lie on the image."""
    Y, dX = np.zeros_like(dY), np.zeros_like(X)
    for h, w in np.ndindex(dY.shape):
        window = slice(h * K, h * K + K), slice(w * K, w * K + K)
        if X[window].size:
            Y[h, w] = X[window].max()
            dX[window].flat[X[window].argmax()] += dY[h, w]
    return Y, dX


def ties(*cases: tuple[tuple[int, int], int, int]) -> list[tuple]:
    """Images of few distinct numbers, all negative or not, with an upstream gradient for kernel K and stride r."""
    rng = np.random.default_rng(11)
    return [
        (
            rng.integers(low, low + 3, shape).astype(float),
            rng.normal(size=[(H - K) // r + 1 for H in shape]),
            K,
            r,
        )
        for shape, K, r in cases
        for low in (-5, -1)
    ]


pools = ties(((4, 6), 2, 2), ((5, 7), 3, 2), ((6, 5), 2, 1), ((3, 3), 3, 3))
SENT, AROUND = "dX[h * r + u, w * r + v] += dY[h, w]", "dX[h * r : h * r + K, w * r : w * r + K]"
max_pool = Exercise(
    "11.3",
    same_function(right_max_pool, pools, results="Y dX"),
    known={
        f"{SENT} -> {AROUND} += (window == window.max()) * dY[h, w]": (
            "Y is right. In dX all entries that are equal to the maximum get the whole of dY, so a window sends back "
            "more than it got. One of them should: the first."
        ),
        f"{SENT} -> {AROUND} += (window == window.max()) / (window == window.max()).sum() * dY[h, w]": (
            "Y is right. In dX equal entries share dY. That is a choice too. PyTorch's: the first gets all."
        ),
        "window.argmax() -> K * K - 1 - window[::-1, ::-1].argmax()": (
            "Y is right. In dX the last of equal entries gets dY. PyTorch takes the first, in the order of reading."
        ),
        "u, v = divmod(window -> v, u = divmod(window.T": (
            "Y is right. In dX the first of equal entries is looked for down the columns. PyTorch reads row by row."
        ),
        f"{SENT} -> {AROUND} = 0\n        {SENT}": (
            "Y is right. In dX windows overlap, and one overwrites what another has sent: +=."
        ),
        "+= dY -> = dY": (
            "Y is right. In dX an entry that wins in two windows keeps the dY of one. It gets both: +=."
        ),
        "answer = stepping_by_K": (
            "The stride r is left out: window (h, w) begins at (h r, w r), not at (h K, w K)."
        ),
    },
    hints=(
        "Window $(h, w)$ is <code>X[h*r : h*r + K, w*r : w*r + K]</code>. Its dY goes to one place. Which, where two "
        "are equal?",
        "<code>argmax</code> gives the first of equal maxima, as a number in the flat window: "
        "<code>divmod(window.argmax(), K)</code> is its $(u, v)$.",
        "<code>dX[h * r + u, w * r + v] += dY[h, w]</code>, since windows overlap where $r &lt; K$.",
    ),
    solution="""\
def max_pool(X, dY, K, r):
    Y, dX = np.empty_like(dY), np.zeros_like(X)
    for h, w in np.ndindex(dY.shape):
        window = X[h * r : h * r + K, w * r : w * r + K]
        u, v = divmod(window.argmax(), K)
        Y[h, w] = window[u, v]
        dX[h * r + u, w * r + v] += dY[h, w]
    return Y, dX""",
    slips={
        "dY[h, w]\n -> 2 * dY[h, w]\n": "dX has the wrong value",
        "return Y -> return np.maximum(Y, 0)": "Y has the wrong value",
        "return Y, -> return": "2 results",
    },
)

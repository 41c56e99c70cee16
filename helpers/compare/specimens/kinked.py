"""A right network in which a gradient check steps over a kink."""

import numpy as np

from helpers.implement import Conv2d, Flatten, Linear, ReLU, Sequential

KINK, DECOY = (
    (1, 1, 3, 2),
    (0, 0, 0, 0),
)  # entries of the ReLU's input near 0; behind the second one L is flat


def kinked() -> tuple[Sequential, np.ndarray]:
    """A net and a batch X: two entries of what ReLU takes lie within 1e-5 of 0, and one of them matters."""
    rng = np.random.default_rng(12)
    net = Sequential(Conv2d(1, 2, 3, rng=rng), ReLU(), Flatten(), Linear(32, 3, rng=rng))
    X = rng.normal(size=(2, 1, 6, 6))
    W, b = net.params["0.W"], net.params["0.b"]
    for (s, o, h, w), value in ((KINK, 3e-6), (DECOY, -1e-6)):
        window = X[s, 0, h : h + 3, w : w + 3]
        window += (value - b[o] - (W[o, 0] * window).sum()) / (W[o, 0] ** 2).sum() * W[o, 0]
    net.params["3.W"].reshape(3, 2, 4, 4)[:, *DECOY[1:]] = 0
    return net, X

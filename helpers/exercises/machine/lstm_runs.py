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

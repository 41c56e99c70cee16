"""The same work by others. What is not installed is left out."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from sklearn.neural_network import MLPClassifier

from helpers import implement as ours

RATE = 1e-3
Step = Callable[[], object]


def scikit_learn(X: np.ndarray, T: np.ndarray, H: int) -> dict[str, Step]:
    """A step of SGD; its first must see every class."""
    S, classes = len(X), np.unique(T)
    if S < 10:
        return {}
    peer = MLPClassifier((H,), solver="sgd", batch_size=S, momentum=0, alpha=0, learning_rate_init=RATE)
    return {"scikit-learn": lambda: peer.partial_fit(X, T, classes=classes)}


def hips(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> dict[str, Step]:
    """The lines of the graph engine. The gradients of its maximum, max and mean are float64, and so all behind them."""
    if not find_spec("autograd"):
        return {}
    import autograd.numpy as anp

    def loss(params: list) -> object:
        W, b, V, c = params
        Z = anp.maximum(X @ W.T + b, 0) @ V.T + c
        Z = Z - anp.max(Z, axis=1, keepdims=True)
        log_P = Z - anp.log(anp.sum(anp.exp(Z), axis=1, keepdims=True))
        return -anp.mean(log_P[np.arange(len(X)), T])

    return {"HIPS autograd": descent(loss, weights)}


def hips_float32(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> dict[str, Step]:
    """The same without the three, written for its speed: W is stored as X W needs it."""
    if not find_spec("autograd"):
        return {}
    import autograd.numpy as anp

    S, rows = len(X), np.arange(len(X))

    def loss(params: list) -> object:
        W, b, V, c = params
        A = X @ W + b
        Z = (A * (A > 0)) @ V + c
        Z = Z - Z[rows, anp.argmax(Z, axis=1)].reshape(S, 1)
        log_P = Z - anp.log(anp.sum(anp.exp(Z), axis=1, keepdims=True))
        return -anp.sum(log_P[rows, T]) / S

    return {"HIPS autograd, written for its speed": descent(loss, [A.T for A in weights])}


def descent(loss: Callable, weights: list[np.ndarray]) -> Step:
    from autograd import grad

    params, gradients = [A.copy(order="C") for A in weights], grad(loss)

    def step() -> None:
        for W, dW in zip(params, gradients(params), strict=True):
            W -= RATE * dW

    return step


def jax_compiled(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> dict[str, Step]:
    """The whole step compiled, the update too."""
    if not find_spec("jax") or X.dtype != np.float32:  # what it makes of others is float32 too
        return {}
    import jax
    import jax.numpy as jnp

    def loss(params: list, X: object) -> object:
        W, b, V, c = params
        Z = jnp.maximum(X @ W.T + b, 0) @ V.T + c
        return -jnp.mean(jax.nn.log_softmax(Z)[jnp.arange(len(T)), T])

    update = jax.jit(
        lambda params, X: [W - RATE * dW for W, dW in zip(params, jax.grad(loss)(params, X), strict=True)]
    )
    params, given = [jnp.asarray(A) for A in weights], jnp.asarray(X)

    def step() -> None:
        params[:] = jax.block_until_ready(update(params, given))

    return {"jax, compiled": step}


def mygrad(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> dict[str, Step]:
    if not find_spec("mygrad"):
        return {}
    import mygrad as mg

    W, b, V, c = params = [mg.tensor(A) for A in weights]

    def step() -> None:
        Z = mg.nnet.activations.relu(X @ W.T + b) @ V.T + c
        mg.nnet.losses.softmax_crossentropy(Z, T).backward()
        for W_ in params:
            W_.data -= RATE * W_.grad

    return {"mygrad": step}


def engines(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> dict[str, Step]:
    """A step of SGD by each engine that is installed."""
    return {name: step for make in ENGINES for name, step in make(X, T, weights).items()}


ENGINES = hips, hips_float32, jax_compiled, mygrad


def plain_layer_norm(X: np.ndarray, dY: np.ndarray, layer: ours.LayerNorm) -> tuple[np.ndarray, ...]:
    """Layer norm as its formula reads, with mean and var of NumPy."""
    gamma, beta = layer.params.values()
    sigma = np.sqrt(X.var(axis=1, keepdims=True) + layer.eps)
    Xhat = (X - X.mean(axis=1, keepdims=True)) / sigma
    dXhat = gamma * dY
    means = dXhat.mean(axis=1, keepdims=True), (dXhat * Xhat).mean(axis=1, keepdims=True)
    dX = (dXhat - means[0] - Xhat * means[1]) / sigma
    return gamma * Xhat + beta, dX, (dY * Xhat).sum(axis=0), dY.sum(axis=0)

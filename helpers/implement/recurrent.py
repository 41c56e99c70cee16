"""What the recurrent layers share: the same weights at every time, and the gradients back through time."""

import math
from collections.abc import Sequence

import numpy as np

from .layer import Layer, checked_floating
from .linear import rows

States = Sequence[np.ndarray]


class Recurrent(Layer):
    """Hₜ from Xₜ and Hₜ₋₁, for t = 1 ... T: what the recurrent layers share

    Forward    Aₜ = Xₜ Wᵀ + b               X (S, T, M)   W (G N, M)   b (G N,)   G gates, one below the other
               Bₜ = Hₜ₋₁ Uᵀ + c                           U (G N, N)   c (G N,)
               Hₜ = step(Aₜ, Bₜ, Hₜ₋₁)      Y (S, T, N), the Hₜ in their order
    Backward   dAₜ, dBₜ from dHₜ = dYₜ + what later times send
               dHₜ₋₁ = dBₜ U + what step sends to Hₜ₋₁ itself
               dX = dA W   dW = Σₜ dAₜᵀ Xₜ   db = Σₜ dAₜ   dU = Σₜ dBₜᵀ Hₜ₋₁   dc = Σₜ dBₜ

    With ``num_layers`` L each layer reads the Y of the one below; it has the parameters W1, U1, b1, c1, and so on. The
    first states H0 (L, S, N) are 0 where they are left out. After forward, HT (L, S, N) holds the last states. Without
    an axis for samples, X (T, M) is one sequence. Of sample s only the first ``lengths[s]`` times count: behind them Y
    and dX are 0, and HT is the state at the last time that counts, as with packed sequences in PyTorch.

        Y  = layer.forward(X, H0, lengths=lengths)
        dX, dH0 = layer.backward(dY, dHT)             dX alone where H0 is left out

    The arguments, the order of the parameters and their start, uniform in ±1/√N, are those of torch.nn, where b and c
    are bias_ih and bias_hh; samples stand first.

    A subclass says what one time does:

    step(A, B, *states)              returns the next states, and a tuple of what the gradient needs
    step_gradient(kept, *dstates)    returns dA, dB, and what goes to the last states beside dB U
    """

    outputs: tuple[str, ...] = ("HT",)
    inputs = "X", "H0", "lengths"
    optional = "H0", "lengths"
    integers = ("lengths",)
    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = True,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        for name, size in (
            ("input_size", input_size),
            ("hidden_size", hidden_size),
            ("num_layers", num_layers),
        ):
            if size < 1:
                raise ValueError(f"{name} starts at 1, and is {size}")
        if not batch_first:
            raise ValueError("batch_first=False: here X is (S, T, M), samples first")
        self.num_layers, self.bias = num_layers, bool(bias)
        rng, N = np.random.default_rng(rng), hidden_size
        for l in range(num_layers):
            M, G = N if l else input_size, self.gates
            shapes = {"W": (G * N, M), "U": (G * N, N)} | ({"b": (G * N,), "c": (G * N,)} if bias else {})
            for letter, shape in shapes.items():
                A = rng.uniform(-1 / math.sqrt(N), 1 / math.sqrt(N), shape)
                self.params[named(letter, l)] = checked_floating(letter, A.astype(dtype))

    def step(self, A: np.ndarray, B: np.ndarray, *states: np.ndarray) -> tuple[tuple, tuple]:
        raise NotImplementedError

    def step_gradient(self, kept: tuple, *dstates: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
        raise NotImplementedError

    def formula(self, X: np.ndarray, *given: np.ndarray | None) -> tuple[np.ndarray, ...]:
        *first, lengths = given
        X = times_first(X)
        self.here = here = counted(X, lengths)
        Y, self.kept, last = X if lengths is None else np.where(here, X, 0), [], []
        zeros = np.zeros((self.num_layers, *X.shape[1:-1], self.params["U"].shape[1]), X.dtype)
        first = [zeros if H is None else H for H in first]
        for l in range(self.num_layers):
            Y, *states = self.compute("through_time", l, Y, *(H[l] for H in first))
            last.append(states)
        return samples_first(Y), *(np.stack(H) for H in zip(*last, strict=True))

    def gradient(self, dY: np.ndarray, *dlast: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...]:
        dX, dfirst = times_first(dY), []
        for l in reversed(range(self.num_layers)):
            dX, *dstates = self.compute("back_through_time", l, dX, *(dH[l] for dH in dlast))
            dfirst.insert(0, dstates)
        given = [getattr(self, letter) is not None for letter in self.inputs[1:-1]]
        dfirst = [np.stack(dH) for dH, asked in zip(zip(*dfirst, strict=True), given, strict=True) if asked]
        return (samples_first(dX), *dfirst) if dfirst else samples_first(dX)

    def through_time(self, l: int, X: np.ndarray, *states: np.ndarray) -> tuple[np.ndarray, ...]:
        """Y and the last states of layer l; what its gradient needs is kept."""
        W, U, b, c = self.weights(l)
        A, H_before, Y, kept = X @ W.T + b, [], [], []
        for t in range(len(X)):
            H_before.append(states[0])
            new, needed = self.step(A[t], states[0] @ U.T + c, *states)
            states = [np.where(self.here[t], next_, last) for next_, last in zip(new, states, strict=True)]
            Y.append(np.where(self.here[t], states[0], 0))
            kept.append(needed)
        self.kept.append((X, np.stack(H_before), kept))
        return np.stack(Y), *states

    def back_through_time(self, l: int, dY: np.ndarray, *dstates: np.ndarray) -> tuple[np.ndarray, ...]:
        """dX and the gradients of the first states of layer l; those of its parameters are set."""
        (W, U, _, _), (X, H_before, kept) = self.weights(l), self.kept[l]
        dA, dB = [], []
        for t in reversed(range(len(X))):
            here, (dH, *dmore) = self.here[t], dstates
            dAt, dBt, straight = self.step_gradient(kept[t], dH + dY[t], *dmore)
            dA.insert(0, np.where(here, dAt, 0))
            dB.insert(0, np.where(here, dBt, 0))
            sent = straight[0] + dBt @ U, *straight[1:]
            dstates = [np.where(here, new, dH) for new, dH in zip(sent, dstates, strict=True)]
        dA, dB = np.stack(dA), np.stack(dB)
        self.set_gradients(l, dA, dB, X, H_before)
        return dA @ W, *dstates

    def set_gradients(
        self, l: int, dA: np.ndarray, dB: np.ndarray, X: np.ndarray, H_before: np.ndarray
    ) -> None:
        self.grads[named("W", l)] = rows(dA).T @ rows(X)
        self.grads[named("U", l)] = rows(dB).T @ rows(H_before)
        self.grads[named("b", l)] = rows(dA).sum(axis=0)
        self.grads[named("c", l)] = rows(dB).sum(axis=0)

    def weights(self, l: int) -> tuple[np.ndarray | float, ...]:
        """W, U, b, c of layer l, 0 for a bias that it has not."""
        return tuple(self.params.get(named(letter, l), 0.0) for letter in "WUbc")

    def check(self, X: np.ndarray, *given: np.ndarray | None) -> None:
        *first, lengths = given
        W, U = self.params["W"], self.params["U"]
        M, N = W.shape[1], U.shape[1]
        if X.ndim not in (2, 3) or X.shape[-1] != M:
            raise ValueError(f"X has shape {X.shape}, but W of shape {W.shape} needs X of shape (S, T, {M})")
        *samples, T, _ = X.shape
        if T == 0:
            raise ValueError(f"X has shape {X.shape}, and T = 0: a sequence has at least one time")
        needed = self.num_layers, *samples, N
        for letter, H in zip(self.inputs[1:], first, strict=False):
            if H is not None and H.shape != needed:
                raise ValueError(f"{letter} has shape {H.shape}, but X of shape {X.shape} needs {needed}")
        if lengths is None:
            return
        if lengths.shape != tuple(samples):
            raise ValueError(
                f"lengths has shape {lengths.shape}, but X of shape {X.shape} needs {(*samples,)}"
            )
        for s in np.argwhere((lengths < 1) | (lengths > T))[:1].tolist():
            raise ValueError(
                f"lengths{s or ''} = {lengths[*s]}, but X of shape {X.shape} has times 1 to T = {T}"
            )


def named(letter: str, l: int) -> str:
    """W of the first layer, W1 of the one above it."""
    return f"{letter}{l or ''}"


def times_first(A: np.ndarray) -> np.ndarray:
    """(T, S, M) of (S, T, M), so that A[t] is all that stands at one time; (T, M) is itself."""
    return np.moveaxis(A, -2, 0)


def samples_first(A: np.ndarray) -> np.ndarray:
    return np.moveaxis(A, 0, -2)


def counted(X: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Which times of which samples count: (T, S, 1) booleans beside X (T, S, M)."""
    t = np.arange(len(X)).reshape(-1, *[1] * (X.ndim - 1))
    return t < (len(X) if lengths is None else lengths[..., None])

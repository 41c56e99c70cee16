"""The tuned twins of LSTM and GRU: one layer through all times, as its formula has it, in less time.

σ(x) = (1 + tanh(x/2)) / 2, so one tanh serves all gates, and in float32 it is fast. The rows of W, U, b and c stand in
another order, σ's gates first, and those of σ are halved. X meets W once, for all times. What a step computes lies in
one block of memory; of arrays that are needed no longer than backward the layer keeps the memory for the next call.
"""

import numpy as np


class LSTM:
    def through_time(self, l, X, H0, C0):
        G, W, U, bias = packed(self, l, (0, 1, 3, 2))
        (T, S, M), N = in_batches(X).shape, U.shape[1]
        A = space(self, f"A{l}", (T, S, 4 * N), X.dtype)
        np.matmul(X.reshape(T * S, M), W.T, out=A.reshape(T * S, 4 * N))
        A += bias
        H, Ut, ended = np.empty((T + 1, S, N), X.dtype), np.ascontiguousarray(U.T), ended_at(self, T, S)
        C, D = (space(self, f"{letter}{l}", (T + 1, S, N), X.dtype) for letter in "CD")  # D = tanh C
        gates = space(self, f"G{l}", (T, 4, S, N), X.dtype)
        Z, IG = np.empty((S, 4 * N), X.dtype), np.empty((S, N), X.dtype)
        H[0], C[0] = H0, C0
        for t in range(T):
            np.matmul(H[t], Ut, out=Z)
            Z += A[t]
            I, F, O, tanh = sigmoids(Z, gates[t])
            np.multiply(F, C[t], out=C[t + 1])
            C[t + 1] += np.multiply(I, tanh, out=IG)
            np.multiply(O, np.tanh(C[t + 1], out=D[t]), out=H[t + 1])
            stay(ended, t, (H[t + 1], H[t]), (C[t + 1], C[t]))
        self.kept.append((X, H, C, D, gates, G))
        return seen(self, H, X), H[-1].reshape(H0.shape).copy(), C[-1].reshape(C0.shape).copy()

    def back_through_time(self, l, dY, dHT, dCT):
        X, H, C, D, gates, order = self.kept[l]
        (T, _, S, N), dtype = gates.shape, gates.dtype
        U, dY, ended = self.weights(l)[1][order], dY.reshape(T, S, N), ended_at(self, T, S)
        dA = space(self, f"dA{l}", (T, S, 4 * N), dtype)
        d, k, dC_next = np.empty((4, S, N), dtype), np.empty((S, N), dtype), np.array(dCT.reshape(S, N))
        dH, sent, dC = np.array(dHT.reshape(S, N)), np.empty((S, N), dtype), np.empty((S, N), dtype)
        for t in reversed(range(T)):
            I, F, O, tanh = gates[t]
            np.add(dH, dY[t], out=sent)
            np.multiply(D[t], D[t], out=k)
            np.subtract(1, k, out=k)
            k *= O
            k *= sent
            np.add(dC_next, k, out=dC)  # dH O (1 − tanh² C)
            np.subtract(1, gates[t, :3], out=d[:3])
            d[:3] *= gates[t, :3]  # σ' = σ (1 − σ)
            d[0] *= tanh
            d[1] *= C[t]
            d[:2] *= dC
            d[2] *= D[t]
            d[2] *= sent
            np.multiply(tanh, tanh, out=d[3])
            np.subtract(1, d[3], out=d[3])
            d[3] *= I
            d[3] *= dC
            dC *= F
            dA[t].reshape(S, 4, N)[...] = d.swapaxes(0, 1)
            if ended is not None:
                dA[t][ended[t]] = 0
                dC[ended[t]] = dC_next[ended[t]]
                before = dH[ended[t]]
            np.matmul(dA[t], U, out=dH)
            if ended is not None:
                dH[ended[t]] = before
            dC, dC_next = dC_next, dC
        dX = in_order(self, l, order, dA, dA, X, H)
        return dX, dH.reshape(dHT.shape), dC_next.reshape(dCT.shape)


class GRU:
    def through_time(self, l, X, H0):
        order, W, U, _ = packed(self, l, (0, 1, 2))
        (T, S, M), N = in_batches(X).shape, U.shape[1]
        b, c = (A * half(3 * N, X.dtype, 2 * N) for A in self.weights(l)[2:])
        G = space(self, f"G{l}", (T, S, 3 * N), X.dtype)  # R and Z, and the candidate
        np.matmul(X.reshape(T * S, M), W.T, out=G.reshape(T * S, 3 * N))
        G += b
        H, Ut, ended = np.empty((T + 1, S, N), X.dtype), np.ascontiguousarray(U.T), ended_at(self, T, S)
        B, Z = space(self, f"B{l}", (T, S, N), X.dtype), np.empty((S, 3 * N), X.dtype)
        H[0] = H0
        for t in range(T):
            np.matmul(H[t], Ut, out=Z)
            Z += c
            RZ, candidate = G[t, :, : 2 * N], G[t, :, 2 * N :]
            RZ += Z[:, : 2 * N]
            np.tanh(RZ, out=RZ)
            RZ *= 0.5
            RZ += 0.5
            B[t] = Z[:, 2 * N :]
            candidate += np.multiply(RZ[:, :N], B[t], out=Z[:, :N])
            np.tanh(candidate, out=candidate)
            np.subtract(H[t], candidate, out=H[t + 1])
            H[t + 1] *= RZ[:, N:]
            H[t + 1] += candidate
            stay(ended, t, (H[t + 1], H[t]))
        self.kept.append((X, H, G, B, order))
        return seen(self, H, X), H[-1].reshape(H0.shape).copy()

    def back_through_time(self, l, dY, dHT):
        X, H, G, B, order = self.kept[l]
        (T, S, N), dtype = B.shape, B.dtype
        U, dY, ended = self.weights(l)[1], dY.reshape(T, S, N), ended_at(self, T, S)
        dB, dC = space(self, f"dB{l}", (T, S, 3 * N), dtype), space(self, f"dC{l}", (T, S, N), dtype)
        dH, sent, k = np.array(dHT.reshape(S, N)), np.empty((S, N), dtype), np.empty((S, N), dtype)
        for t in reversed(range(T)):  # all that goes back is a factor times what was sent
            R, Z, C = G[t, :, :N], G[t, :, N : 2 * N], G[t, :, 2 * N :]
            dR, dZ, dBc = dB[t, :, :N], dB[t, :, N : 2 * N], dB[t, :, 2 * N :]
            np.add(dH, dY[t], out=sent)
            np.subtract(1, G[t, :, : 2 * N], out=dB[t, :, : 2 * N])
            np.multiply(C, C, out=k)
            np.subtract(1, k, out=k)
            k *= dZ
            k *= sent
            dC[t] = k  # before the tanh
            np.multiply(k, R, out=dBc)
            dR *= dBc
            dR *= B[t]
            np.subtract(H[t], C, out=k)
            k *= sent
            dZ *= Z
            dZ *= k
            sent *= Z
            if ended is not None:
                dB[t][ended[t]] = dC[t][ended[t]] = 0
                sent[ended[t]] = dH[ended[t]]
            np.matmul(dB[t], U, out=dH)
            dH += sent
        dA = space(self, f"dA{l}", (T, S, 3 * N), dtype)
        dA[..., : 2 * N], dA[..., 2 * N :] = dB[..., : 2 * N], dC
        return in_order(self, l, order, dA, dB, X, H), dH.reshape(dHT.shape)


def half(rows: int, dtype: np.dtype, sigmoids: int) -> np.ndarray:
    """1/2 for the rows of σ, which are the first, and 1 for those of tanh."""
    halves = np.ones(rows, dtype)
    halves[:sigmoids] = 0.5
    return halves


def packed(layer, l: int, gates: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """The order of the rows, that of these gates, and W, U and b + c in it, those of σ halved."""
    W, U, b, c = layer.weights(l)
    N = U.shape[1]
    order = (np.arange(N) + N * np.array(gates)[:, None]).ravel()
    halves = half(len(U), U.dtype, len(U) - N)
    bias = (b + c)[order] * halves if np.ndim(b) else np.zeros(len(U), U.dtype)
    return order, W[order] * halves[:, None], U[order] * halves[:, None], bias


def space(layer, name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Memory of the layer, as it was left: a page of new memory costs more than the arithmetic on it."""
    arrays = layer.__dict__.setdefault("SPACE", {})
    if name not in arrays or arrays[name].shape != shape or arrays[name].dtype != dtype:
        arrays[name] = np.empty(shape, dtype)
    return arrays[name]


def in_batches(A: np.ndarray) -> np.ndarray:
    """(T, S, M), where a single sequence (T, M) has S = 1."""
    return A if A.ndim == 3 else A[:, None]


def ended_at(layer, T: int, S: int) -> np.ndarray | None:
    """Which samples have ended at each time (T, S); None where none has."""
    ended = ~layer.here.reshape(T, -1)
    return np.broadcast_to(ended, (T, S)) if ended.any() else None


def sigmoids(Z: np.ndarray, gates: np.ndarray) -> np.ndarray:
    """The gates (4, S, N) of Z (S, 4N): σ of the first three, tanh of the last."""
    S, N = gates.shape[1:]
    np.tanh(Z.reshape(S, 4, N).swapaxes(0, 1), out=gates)
    gates[:3] *= 0.5
    gates[:3] += 0.5
    return gates


def stay(ended: np.ndarray | None, t: int, *states: tuple[np.ndarray, np.ndarray]) -> None:
    """A sample that has ended keeps its state."""
    if ended is not None:
        for new, old in states:
            new[ended[t]] = old[ended[t]]


def seen(layer, H: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Y of H, in the axes of X."""
    Y = H[1:].reshape(*X.shape[:-1], H.shape[-1])
    return Y if layer.here.all() else np.where(layer.here, Y, 0)


def in_order(layer, l: int, order: np.ndarray, dA: np.ndarray, dB: np.ndarray, X: np.ndarray, H: np.ndarray):
    """dX; the gradients of the parameters are set, in the order of the layer's own rows."""
    (W, _, _, _), back = layer.weights(l), np.argsort(order)
    dA, dB, X_rows, H_rows = (A.reshape(-1, A.shape[-1]) for A in (dA, dB, X, H[:-1]))
    sums = [np.ones(len(A), A.dtype) @ A for A in ([dA] if dA is dB else [dA, dB])]
    grads = {"W": dA.T @ X_rows, "U": dB.T @ H_rows, "b": sums[0], "c": sums[-1]}
    layer.grads |= {f"{letter}{l or ''}": dW[back] for letter, dW in grads.items()}
    return (dA @ W[order]).reshape(X.shape)

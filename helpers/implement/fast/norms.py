"""The tuned twins of the norms."""

import math
from collections.abc import Iterator

import numpy as np

from .sums import column, row_mean, total


class BatchNorm:
    """X̂ = D / σ is not written out: that saves a pass over X."""

    def formula(self, X):
        if self.by_batch:
            self.S = X.size // X.shape[1]
            near = X[0, :, *[0] * (X.ndim - 2)]
            self.D = X - column(near, X)
            mu = total(self.D) / self.S
            self.D -= column(mu, X)
            v = total(self.D, self.D) / self.S
            self.follow(near + mu, v, self.S)
        else:
            mu, v, self.S = self.buffers["running_mean"], self.buffers["running_var"], None
            self.D = X - column(mu, X)
        self.sigma = np.sqrt(v + self.eps)
        Y = self.D * column(self.params.get("gamma", 1.0) / self.sigma, X)
        Y += column(self.params.get("beta", 0.0), X)
        return Y

    def gradient(self, dY):
        D, S, sigma, gamma = self.D, self.S, self.sigma, self.params.get("gamma", 1.0)
        dbeta = total(dY)
        dgamma = total(dY, D) / sigma
        self.grads.update(gamma=dgamma, beta=dbeta)
        if S is None:
            return column(gamma / sigma, dY) * dY
        dX = D * column(dgamma / (S * sigma), dY)  # from here on γ/σ (dY − X̂ dγ/S − dβ/S), in place
        np.subtract(dY, dX, out=dX)
        dX -= column(dbeta / S, dY)
        dX *= column(gamma / sigma, dY)
        return dX


class LayerNorm:
    """In blocks of rows, which do not know of each other."""

    def formula(self, X):
        X = X.reshape(-1, math.prod(self.shape))
        Y, self.Xhat, self.sigma = np.empty_like(X), np.empty_like(X), np.empty((len(X), 1), X.dtype)
        for s in blocks_of_rows(X):
            _, self.sigma[s] = standardised(X[s], self.eps, out=self.Xhat[s])
            np.multiply(self.Xhat[s], self.gamma, out=Y[s])
            Y[s] += self.beta
        return Y.reshape(self.X.shape)

    def gradient(self, dY):
        Xhat, dX = self.Xhat, np.empty_like(self.Xhat)
        dY = dY.reshape(Xhat.shape)
        dbeta, dgamma = np.zeros((2, dY.shape[1]), dY.dtype)
        for s in blocks_of_rows(dY):
            dbeta += total(dY[s])
            dgamma += total(dY[s] * Xhat[s])
            dXhat = np.multiply(self.gamma, dY[s], out=dX[s])
            standardised_gradient(dXhat, Xhat[s], self.sigma[s], out=dX[s])
        self.grads.update(gamma=dgamma.reshape(self.shape), beta=dbeta.reshape(self.shape))
        return dX.reshape(self.X.shape)


class RMSNorm:
    """In blocks of rows, as LayerNorm."""

    def formula(self, X):
        X = X.reshape(-1, math.prod(self.shape))
        eps = float(np.finfo(X.dtype).eps) if self.eps is None else self.eps
        Y, self.Xhat, self.r = np.empty_like(X), np.empty_like(X), np.empty((len(X), 1), X.dtype)
        for s in blocks_of_rows(X):
            self.r[s] = np.sqrt(row_mean(X[s], X[s]) + eps)
            Xhat = np.multiply(X[s], 1 / self.r[s], out=self.Xhat[s])
            np.multiply(Xhat, self.gamma, out=Y[s])
        return Y.reshape(self.X.shape)

    def gradient(self, dY):
        dX, dgamma = np.empty_like(self.Xhat), np.zeros(self.Xhat.shape[1], dY.dtype)
        dY = dY.reshape(dX.shape)
        for s in blocks_of_rows(dY):
            Xhat = self.Xhat[s]
            dgamma += total(dY[s], Xhat)
            dXhat = np.multiply(self.gamma, dY[s], out=dX[s])
            dXhat -= Xhat * row_mean(dXhat, Xhat)
            dXhat *= 1 / self.r[s]
        self.grads["gamma"] = dgamma.reshape(self.shape)
        return dX.reshape(self.X.shape)


class GroupNorm:
    def formula(self, X):
        Xhat, self.sigma = standardised(self.groups(X), self.eps)
        self.Xhat = Xhat.reshape(X.shape)
        Y = self.Xhat * column(self.params.get("gamma", 1.0), X)
        Y += column(self.params.get("beta", 0.0), X)
        return Y

    def gradient(self, dY):
        self.grads.update(beta=total(dY), gamma=total(dY, self.Xhat))
        dXhat = dY * column(self.params.get("gamma", 1.0), dY)
        return standardised_gradient(self.groups(dXhat), self.groups(self.Xhat), self.sigma).reshape(dY.shape)


def standardised(X: np.ndarray, eps: float, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """X̂ = (X − μ) / σ and σ, row by row."""
    near = X[:, :1]
    Xhat = np.subtract(X, near, out=out)
    Xhat -= row_mean(Xhat)
    sigma = np.sqrt(row_mean(Xhat, Xhat) + eps)
    Xhat *= 1 / sigma
    return Xhat, sigma


def standardised_gradient(
    dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """dX = (dX̂ − Σₙ dX̂ₙ / N − X̂ Σₙ dX̂ₙ X̂ₙ / N) / σ, row by row."""
    along = row_mean(dXhat, Xhat)
    dX = np.subtract(dXhat, row_mean(dXhat), out=out)
    dX -= Xhat * along
    dX *= 1 / sigma
    return dX


def blocks_of_rows(X: np.ndarray) -> Iterator[slice]:
    """The rows in blocks of some 100,000 entries: what is computed on the way stays in the processor's cache."""
    size = max(1, 2**17 // X.shape[1])
    for start in range(0, len(X), size):
        yield slice(start, start + size)

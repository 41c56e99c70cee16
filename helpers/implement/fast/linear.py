"""The tuned twins of what multiplies by a matrix, or picks its rows."""

import numpy as np


class Linear:
    def formula(self, X):
        W, b = self.params["W"], self.params.get("b")
        Y = (rows(X) @ W.T).reshape(*X.shape[:-1], len(W))
        if b is not None:
            Y += b
        return Y

    def gradient(self, dY):
        Linear.parameter_gradients(self, dY)
        return (rows(dY) @ self.params["W"]).reshape(self.X.shape)

    def parameter_gradients(self, dY):
        dY, X = rows(dY), rows(self.X)
        self.grads["W"] = dY.T * X if len(X) == 1 else dY.T @ X  # one sample: without BLAS 10 times faster
        if "b" in self.params:
            self.grads["b"] = dY.sum(axis=0)


class Embedding:
    def gradient(self, dY):
        """A sparse matrix of one-hot rows: of a large E most rows are written once, as zeros."""
        E = self.params["E"]
        if len(E) < 1000:  # so few rows are not worth loading scipy for
            return type(self).gradient(self, dY)
        from scipy.sparse import csr_array

        ids, dY = self.ids.reshape(-1), rows(dY)
        one_hot = csr_array(
            (np.ones(len(ids), E.dtype), (ids, np.arange(len(ids)))), shape=(len(E), len(ids))
        )
        self.grads["E"] = dE = np.asarray(one_hot @ dY)
        if self.padding_idx is not None:
            dE[self.padding_idx] = 0


def rows(A: np.ndarray) -> np.ndarray:
    """A (..., M) as a matrix (S, M): a row a sample."""
    return A.reshape(-1, A.shape[-1])

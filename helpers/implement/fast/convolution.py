"""The tuned twin of convolution."""

import numpy as np

from ..windows import Columns


class Convolution:
    """Sample by sample: beside arguments and results a pass takes one padded image and its columns."""

    def formula(self, X):
        W, b, columns = self.W_of_groups(), self.params.get("b"), Columns(self, X)
        Y = np.empty((*X.shape[: -self.spatial_axes - 1], len(self.params["W"]), *columns.outputs), X.dtype)
        for x, y in zip(self.samples(X), self.Y_of_groups(Y), strict=True):
            np.matmul(W, columns.gather(x), out=y)
            if b is not None:
                y += b.reshape(self.groups, -1, 1)
        return Y

    def gradient(self, dY):
        W, columns = self.W_of_groups(), Columns(self, self.X)
        dX = np.empty(self.X.shape, self.X.dtype)
        for dx, dy in zip(self.samples(dX), self.Y_of_groups(dY), strict=True):
            dx[...] = columns.scatter(np.matmul(W.mT, dy, out=columns.matrix))
        Convolution.parameter_gradients(self, dY)
        return dX

    def parameter_gradients(self, dY):
        columns = Columns(self, self.X)
        dW, db = np.zeros_like(self.W_of_groups()), np.zeros(len(self.params["W"]), dY.dtype)
        for x, dy in zip(self.samples(self.X), self.Y_of_groups(dY), strict=True):
            dW += dy @ columns.gather(x).mT
            db += dy.sum(axis=-1).ravel()
        self.grads["W"] = dW.reshape(self.params["W"].shape)
        if "b" in self.params:
            self.grads["b"] = db

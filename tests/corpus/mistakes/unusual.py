"""Right implementations that nobody would call usual: a diagnosis that flags one of them raises a false alarm."""

import numpy as np

from helpers.exercises.mistakes.linear import Base, Einsum, Loops


class Transposed(Base):
    """W kept as (M, N): Y = X W + b."""

    def __init__(self, M, N):
        self.params, self.grads = {"W": np.random.normal(size=(M, N)), "b": np.zeros((1, N))}, {}

    def forward(self, X):
        self.X = X
        return X @ self.params["W"] + self.params["b"]

    def backward(self, dY):
        self.grads["W"], self.grads["b"] = self.X.T @ dY, dY.sum(axis=0, keepdims=True)
        return dY @ self.params["W"].T


class Attributes:
    """weight and bias as attributes, their gradients beside them."""

    def __init__(self, M, N):
        self.weight, self.bias = np.random.normal(size=(N, M)), np.zeros(N)

    def forward(self, x):
        self.x = x.copy()
        return (self.weight @ x.T).T + self.bias

    def backward(self, dout):
        self.dweight, self.dbias = (self.x.T @ dout).T, np.ones(len(dout)) @ dout
        return (self.weight.T @ dout.T).T


class Course(Base):
    """The keys of the course: weight and bias."""

    def __init__(self, M, N):
        self.params = {"weight": np.random.normal(0, 1e-4, (N, M)), "bias": np.zeros(N)}
        self.grads = {"weight": np.zeros((N, M)), "bias": np.zeros(N)}

    def forward(self, x):
        self.x = x
        return np.dot(x, self.params["weight"].T) + self.params["bias"]

    def backward(self, dout):
        self.grads["weight"][...] = np.dot(dout.T, self.x)
        self.grads["bias"][:] = dout.sum(0)
        return np.dot(dout, self.params["weight"])


class Augmented(Base):
    """b as one more column of W, and a 1 in each row of X."""

    def forward(self, X):
        self.A = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return self.A @ np.column_stack([self.params["W"], self.params["b"]]).T

    def backward(self, dY):
        dA = self.A.T @ dY
        self.grads = {"W": dA[:-1].T, "b": dA[-1]}
        return dY @ self.params["W"]


class OwnBuffers(Base):
    """Results in arrays that the layer owns and writes anew."""

    def forward(self, X):
        self.X = X
        if getattr(self, "Y", np.empty(0)).shape != (len(X), len(self.params["W"])):
            self.Y = np.empty((len(X), len(self.params["W"])))
        np.matmul(X, self.params["W"].T, out=self.Y)
        self.Y += self.params["b"]
        return self.Y


class Zeroed(Base):
    """+= after the gradients were set to zero."""

    def backward(self, dY):
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        for x, dy in zip(self.X, dY, strict=True):
            self.grads["W"] += np.outer(dy, x)
            self.grads["b"] += dy
        return np.array([dy @ self.params["W"] for dy in dY])


class Listed(Base):
    """A list of what forward keeps, taken off by backward."""

    def forward(self, X):
        self.tape = [X]
        return super().forward(X)

    def backward(self, dY):
        X = self.tape.pop()
        self.grads = {"W": np.tensordot(dY, X, axes=(0, 0)), "b": np.add.reduce(dY, 0)}
        return np.tensordot(dY, self.params["W"], axes=1)


class Float32(Base):
    def __init__(self, M, N):
        super().__init__(M, N)
        self.params = {key: A.astype(np.float32) for key, A in self.params.items()}


class Properties:
    """params and grads made anew at each look, from live arrays."""

    def __init__(self, in_features, out_features):
        self._W, self._b = np.random.normal(size=(out_features, in_features)), np.zeros(out_features)

    @property
    def params(self):
        return {"W": self._W, "b": self._b}

    @property
    def grads(self):
        return {"W": self._dW, "b": self._db}

    def forward(self, X, /):
        self._X = X
        return X @ self._W.T + self._b

    def backward(self, dY, /):
        self._dW, self._db = dY.T @ self._X, dY.sum(0)
        return dY @ self._W


def linear_forward(X, W, b):
    return X @ W.T + b, (X, W)


def linear_backward(dY, cache):
    X, W = cache
    return {"dX": dY @ W, "dW": dY.T @ X, "db": dY.sum(0)}


def linear_by_names(dout, x, w):
    return dout @ w, dout.T @ x, dout.sum(0)


class Entrywise:
    """Y = f(X), dX = dY ∘ g(X)"""

    def __init__(self, f, g):
        self.f, self.g = f, g

    def forward(self, X):
        self.X = X
        return self.f(X)

    def backward(self, dY):
        return dY * self.g(self.X)


class MaskedCopy:
    """ReLU by a boolean index, on copies."""

    def forward(self, X):
        self.mask = X <= 0
        Y = X.copy()
        Y[self.mask] = 0
        return Y

    def backward(self, dY):
        dX = np.array(dY)
        dX[self.mask] = 0
        return dX


class FromY:
    """What it needs backward, taken from Y."""

    def __init__(self, f, g):
        self.f, self.g = f, g

    def forward(self, X):
        self.Y = self.f(X)
        return self.Y

    def backward(self, dY):
        return self.g(self.Y) * dY


def two_sided(X):
    """σ without an overflow on either side."""
    E = np.exp(-np.abs(X))
    return np.where(X >= 0, 1, E) / (1 + E)


class Jacobian:
    """Softmax with its whole Jacobian."""

    def forward(self, X):
        E = np.exp(X - X.max(1)[:, None])
        self.Y = (E.T / E.sum(1)).T
        return self.Y.copy()

    def backward(self, dY):
        Y = self.Y
        J = np.eye(Y.shape[1], dtype=Y.dtype) * Y[:, :, None] - Y[:, :, None] * Y[:, None, :]
        return np.einsum("sn,snj->sj", dY, J)


class RowByRow:
    """Softmax, a sample at a time."""

    def forward(self, X):
        self.Y = np.vstack([np.exp(x - np.logaddexp.reduce(x)) for x in X])
        return self.Y

    def backward(self, dY):
        return np.stack([y * (dy - np.dot(dy, y)) for y, dy in zip(self.Y, dY, strict=True)])


class ClassesFirst:
    """Softmax on axis 0 of the transposed array."""

    def forward(self, X):
        Z = X.T - X.T.max(0)
        self.P = np.exp(Z) / np.exp(Z).sum(0)
        return self.P.T

    def backward(self, dY):
        return (self.P * (dY.T - np.sum(dY.T * self.P, 0))).T


class FusedInPlace:
    """Softmax and cross-entropy on a buffer of its own; the loss by logaddexp."""

    def forward(self, X, T):
        logZ = np.logaddexp.reduce(X, axis=1, keepdims=True)
        self.P, self.T = np.exp(X - logZ), T
        return float(np.mean(np.sum(T * (logZ - X), axis=1)))

    def backward(self):
        self.P -= self.T
        self.P /= len(self.T)
        return self.P


class FusedByIndex:
    """The class of the target by argmax; backward takes X and T once more."""

    def forward(self, X, T):
        Z = X - X.max(axis=1, keepdims=True)
        rows = np.arange(len(X))
        return (np.log(np.exp(Z).sum(1)) - Z[rows, T.argmax(1)]).mean()

    def backward(self, X, T):
        E = np.exp(X - X.max(axis=1, keepdims=True))
        P = E / E.sum(1, keepdims=True)
        P[np.arange(len(X)), T.argmax(1)] -= 1
        return P / len(X)


class FusedWithUpstream(FusedByIndex):
    """backward takes dL."""

    def forward(self, X, T):
        self.given = X, T
        return super().forward(X, T)

    def backward(self, dL=1.0):
        return dL * super().backward(*self.given)


class Picked:
    """Cross-entropy of the one probability that T picks, with an ε in the logarithm."""

    def forward(self, X, T):
        self.X, self.T = X, T
        return -np.log(X[T == 1] + 1e-12).mean()

    def backward(self):
        dX = np.zeros_like(self.X)
        dX[self.T == 1] = -1 / (len(self.X) * self.X[self.T == 1])
        return dX


class Clipped:
    """Cross-entropy with probabilities held above 1e-12."""

    def forward(self, x, y):
        self.kept = np.maximum(x, 1e-12), y
        return -np.sum(y * np.log(self.kept[0])) / x.shape[0]

    def backward(self, x, y):
        return -y / np.clip(x, 1e-12, None) / y.shape[0]


class Norm:
    """MSE by a norm."""

    def forward(self, X, T):
        self.D = T - X
        return np.linalg.norm(self.D) ** 2 / X.size

    def backward(self):
        return -2.0 * self.D / self.D.size


def softmax_forward(X):
    E = np.exp(X - np.amax(X, axis=-1, keepdims=True))
    return E / np.sum(E, axis=-1, keepdims=True)


def softmax_backward(P, grad):
    return P * grad - P * np.sum(P * grad, axis=-1, keepdims=True)


def elu_backward(X, dY, alpha):
    return np.where(X > 0, dY, dY * alpha * np.exp(np.minimum(X, 0)))


def slope_of_relu(X):
    return np.heaviside(X, 0)


def log_softmax_backward(Y, dY):
    return dY - np.exp(Y) * dY.sum(1, keepdims=True)


UNUSUAL = (
    ("Linear", "einsum", Einsum),
    ("Linear", "loops", Loops),
    ("Linear", "W of shape (M, N), b of shape (1, N)", Transposed),
    ("Linear", "attributes weight and bias", Attributes),
    ("Linear", "the keys of the course", Course),
    ("Linear", "b as a column of W", Augmented),
    ("Linear", "buffers of its own", OwnBuffers),
    ("Linear", "zeroed, then +=", Zeroed),
    ("Linear", "a tape, tensordot", Listed),
    ("Linear", "float32", Float32),
    ("Linear", "params as a property", Properties),
    ("Linear", "functions with a cache", (linear_forward, linear_backward)),
    ("Linear", "a backward alone, by names", linear_by_names),
    ("ReLU", "heaviside", Entrywise(lambda X: X.clip(0), slope_of_relu)),
    (
        "ReLU",
        "(x + |x|)/2",
        Entrywise(lambda X: (X + abs(X)) / 2, lambda X: np.where(X > 0, 1.0, 0.0).astype(X.dtype)),
    ),
    ("ReLU", "a boolean index", MaskedCopy),
    ("ReLU", "a mask in integers", Entrywise(lambda X: X * (X > 0), lambda X: (X > 0).astype(np.int8))),
    ("ReLU", "from Y", FromY(lambda X: np.fmax(X, 0), lambda Y: Y > 0)),
    ("ReLU", "functions", (lambda X: np.maximum(0, X), lambda X, dY: np.where(X > 0, dY, 0))),
    ("ReLU", "arguments x and g", (lambda x: np.maximum(0, x), lambda g, x: g * (x > 0))),
    ("Sigmoid", "tanh of the half", FromY(lambda X: (1 + np.tanh(X / 2)) / 2, lambda Y: Y - Y * Y)),
    ("Sigmoid", "a case a side", Entrywise(two_sided, lambda X: two_sided(X) * two_sided(-X))),
    (
        "Sigmoid",
        "exp(−log(1 + exp(−x)))",
        FromY(lambda X: np.exp(-np.logaddexp(0, -X)), lambda Y: (1 - Y) * Y),
    ),
    ("Tanh", "2 σ(2x) − 1", FromY(lambda X: 2 / (1 + np.exp(-2 * X)) - 1, lambda Y: (1 + Y) * (1 - Y))),
    ("Tanh", "1/cosh²", Entrywise(np.tanh, lambda X: 1 / np.cosh(X) ** 2)),
    (
        "Softplus",
        "max(x, 0) + log(1 + exp(−|x|))",
        Entrywise(lambda X: np.maximum(X, 0) + np.log1p(np.exp(-np.abs(X))), two_sided),
    ),
    ("ELU", "a backward alone, α by name", elu_backward),
    (
        "ELU",
        "from Y, which is above −α",
        FromY(
            lambda X: np.maximum(X, 0) + 1.7 * np.expm1(np.minimum(X, 0)),
            lambda Y: np.where(Y > 0, 1, Y + 1.7),
        ),
    ),
    (
        "LeakyReLU",
        "max(x, a x)",
        Entrywise(lambda X: np.maximum(X, 0.2 * X), lambda X: 0.2 + 0.8 * (X > 0).astype(X.dtype)),
    ),
    ("Softmax", "the whole Jacobian", Jacobian),
    ("Softmax", "a row at a time", RowByRow),
    ("Softmax", "classes first", ClassesFirst),
    ("Softmax", "functions", (softmax_forward, softmax_backward)),
    ("Softmax", "a backward alone", softmax_backward),
    ("SoftmaxCrossEntropy", "in place on its own buffer", FusedInPlace),
    ("SoftmaxCrossEntropy", "backward(X, T)", FusedByIndex),
    ("SoftmaxCrossEntropy", "backward(dL)", FusedWithUpstream),
    ("CrossEntropy", "only what T picks", Picked),
    ("CrossEntropy", "clipped, backward(x, y)", Clipped),
    ("MSE", "a norm", Norm),
)
"""(family, what is unusual, the work)"""

"""A layer of other conventions is judged as it is written: right ones are right, wrong ones wrong."""

import numpy as np
import pytest

from helpers import implement as ours
from helpers.judge.code import diagnose_work
from helpers.judge.code.door_sentences import DOOR
from helpers.judge.code.sentences import sentence
from helpers.verdict import Kind, State


def diagnose(work, like=None, **options):
    """A diagnosis in which no time limit strikes, however busy the machine is."""
    return diagnose_work.diagnose(work, like, **({"seconds": 1e6, "call_seconds": 1e4} | options))


def with_(base, **methods):
    """A class like base, with other methods."""
    return type("Work", (base,), methods)


def softmax(X, axis=1):
    E = np.exp(X - X.max(axis, keepdims=True))
    return E / E.sum(axis, keepdims=True)


def sigmoid(X):
    return 1 / (1 + np.exp(-X))


class Columns:
    """Samples as columns: Y = W X + b."""

    def __init__(self, m, n):
        self.W, self.b = np.random.randn(n, m), np.zeros((n, 1))

    def forward(self, A):
        self.A = A
        return self.W @ A + self.b

    def backward(self, dZ):
        self.dW, self.db = dZ @ self.A.T, dZ.sum(1, keepdims=True)
        return self.W.T @ dZ


def columns_averaged(self, dZ):
    self.dW, self.db = dZ @ self.A.T / dZ.shape[1], dZ.sum(1, keepdims=True)
    return self.W.T @ dZ


class Vector:
    """One sample at a time: y = W x + b."""

    def __init__(self, m, n):
        self.W, self.b = np.random.randn(n, m), np.zeros(n)

    def forward(self, x):
        assert x.ndim == 1
        self.x = x
        return self.W @ x + self.b

    def backward(self, dy):
        self.dW, self.db = np.outer(dy, self.x), dy
        return self.W.T @ dy


class Slope:
    """backward() is h′."""

    def forward(self, Z):
        self.A = sigmoid(Z)
        return self.A

    def backward(self):
        return self.A * (1 - self.A)


class Updates:
    """backward updates, and keeps no gradient."""

    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_in, n_out), np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.bias

    def backward(self, output_error, learning_rate):
        error = output_error @ self.weights.T
        self.weights -= learning_rate * self.inputs.T @ output_error
        self.bias -= learning_rate * output_error.sum(0, keepdims=True)
        return error


def updated_first(self, output_error, learning_rate):
    self.weights -= learning_rate * self.inputs.T @ output_error
    self.bias -= learning_rate * output_error.sum(0, keepdims=True)
    return output_error @ self.weights.T


class Cached:
    """forward hands the cache over; the rest goes by (dX, [dW, db])."""

    def __init__(self, M, N):
        self.W, self.b = np.random.randn(M, N), np.zeros(N)

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dout, cache):
        return dout @ self.W.T, [cache.T @ dout, dout.sum(0)]


class Beside:
    """output and dinputs are set, and nothing is returned; forward is told that it trains."""

    def forward(self, inputs, training):
        self.inputs, self.output = inputs, np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)


class Torch7:
    """updateOutput, updateGradInput and accGradParameters."""

    def __init__(self, n_in, n_out):
        self.weight, self.bias = np.random.randn(n_out, n_in), np.zeros(n_out)
        self.gradWeight, self.gradBias = np.zeros((n_out, n_in)), np.zeros(n_out)

    def updateOutput(self, input):
        return input @ self.weight.T + self.bias

    def updateGradInput(self, input, gradOutput):
        return gradOutput @ self.weight

    def accGradParameters(self, input, gradOutput):
        self.gradWeight[...], self.gradBias[...] = gradOutput.T @ input, gradOutput.sum(0)


class Inner:
    """W and b in dicts of their own, found by shape and by what changes."""

    def __init__(self, n_in, n_out):
        self.store = [
            {"val": np.random.randn(n_in, n_out), "step": None},
            {"val": np.zeros(n_out), "step": None},
        ]

    def forward(self, X):
        self.kept = [X]
        return X @ self.store[0]["val"] + self.store[1]["val"]

    def backward(self, g):
        self.store[0]["step"], self.store[1]["step"] = self.kept[0].T @ g, g.sum(0)
        return g @ self.store[0]["val"].T


def inner_signed(self, g):
    self.store[0]["step"], self.store[1]["step"] = -self.kept[0].T @ g, g.sum(0)
    return g @ self.store[0]["val"].T


class Function:
    """ctx keeps what backward needs."""

    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(sigmoid(a))
        return sigmoid(a)

    @staticmethod
    def backward(ctx, grad_output):
        (A,) = ctx.saved_tensors
        return grad_output * A * (1 - A)


class ByIds:
    """Cross-entropy of class ids."""

    first = 0

    def forward(self, x, y):
        return -np.log(x[np.arange(len(x)), y - self.first]).mean()

    def backward(self, x, y):
        d = np.zeros_like(x)
        d[np.arange(len(x)), y - self.first] = -1 / x[np.arange(len(x)), y - self.first] / len(x)
        return d


def by_ids_summed(self, x, y):
    return ByIds.backward(self, x, y) * len(x)


def loss_and_gradient(x, y):
    P, rows = softmax(x), np.arange(len(x))
    logs = x - x.max(1, keepdims=True)
    loss = (np.log(np.exp(logs).sum(1)) - logs[rows, y]).mean()
    P[rows, y] -= 1
    return loss, P / len(x)


class EachSample:
    """A loss of each sample, and the gradient of each."""

    def forward(self, X, T):
        self.D = X - T
        return (self.D**2).mean(1)

    def backward(self):
        return 2 * self.D / self.D.shape[1]


class Pooled:
    """Max pooling of images with the channels last."""

    def forward(self, X):
        S, H, W, C = X.shape
        self.shape, h, w = X.shape, H // 2, W // 2
        self.P = X[:, : 2 * h, : 2 * w].reshape(S, h, 2, w, 2, C)
        self.Y = self.P.max((2, 4), keepdims=True)
        return self.Y[:, :, 0, :, 0]

    def backward(self, dY):
        S, h, _, w, _, C = self.P.shape
        flat = self.P.transpose(0, 1, 3, 5, 2, 4).reshape(S, h, w, C, 4)
        first = np.eye(4)[flat.argmax(-1)].reshape(S, h, w, C, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        dX = np.zeros(self.shape, dY.dtype)
        dX[:, : 2 * h, : 2 * w] = (first * dY[:, :, None, :, None]).reshape(S, 2 * h, 2 * w, C)
        return dX


def pooled_mean(self, dY):
    return Pooled.backward(self, dY) / 4


class Lists:
    """ReLU of lists of lists."""

    def forward(self, rows):
        self.rows = rows
        return [[x * (x > 0) for x in (list.copy(row))] for row in rows]

    def backward(self, grads):
        return [
            [g * (x > 0) for g, x in zip(*both, strict=True)] for both in zip(grads, self.rows, strict=True)
        ]


def lists_of(f):
    return lambda self, grads: [[f(g) for g in row] for row in grads]


def relu_of_course(Z):
    return np.maximum(Z, 0), Z


class Outer:
    """Parameters that an inner layer keeps, made at the first forward."""

    def __init__(self, units):
        self.units, self.core = units, None

    def forward_pass(self, X):
        if self.core is None:
            self.core = Columns(X.shape[1], self.units)
        return self.core.forward(X.T).T

    def backward_pass(self, g):
        return self.core.backward(g.T).T


def outer_wrong(self, g):
    dX = self.core.backward(g.T).T
    self.core.dW = self.core.dW * 3
    return dX


CASES = {  # a right work, a wrong one like it, what they are like, and the kind of what is wrong
    "columns": (Columns, with_(Columns, backward=columns_averaged), "linear", Kind.FACTOR),
    "one sample at a time": (
        Vector,
        with_(Vector, backward=lambda self, dy: [Vector.backward(self, dy), -self.W.T @ dy][1]),
        "linear",
        Kind.SIGN,
    ),
    "a slope": (Slope, with_(Slope, backward=lambda self: self.A), "sigmoid", Kind.WRONG_VALUE),
    "updates": (Updates, with_(Updates, backward=updated_first), "linear", Kind.WRONG_ARRAY),
    "a cache": (
        Cached,
        with_(
            Cached, backward=lambda self, dout, cache: (dout @ self.W.T, [cache.T @ dout * 5, dout.sum(0)])
        ),
        "linear",
        Kind.FACTOR,
    ),
    "beside": (
        Beside,
        with_(Beside, backward=lambda self, dvalues: setattr(self, "dinputs", dvalues)),
        "relu",
        Kind.DERIVATIVE_MISSING,
    ),
    "torch7": (
        Torch7,
        with_(Torch7, accGradParameters=lambda self, input, gradOutput: None),
        "linear",
        Kind.ZERO,
    ),
    "inner dicts": (Inner, with_(Inner, backward=inner_signed), "linear", Kind.SIGN),
    "a context": (
        Function,
        with_(Function, backward=staticmethod(lambda ctx, grad_output: grad_output * ctx.saved_tensors[0])),
        "sigmoid",
        Kind.WRONG_VALUE,
    ),
    "class ids": (ByIds, with_(ByIds, backward=by_ids_summed), "cross-entropy", Kind.FACTOR),
    "class ids from 1": (
        with_(ByIds, first=1),
        with_(ByIds, first=1, backward=by_ids_summed),
        "cross-entropy",
        Kind.FACTOR,
    ),
    "loss and gradient": (
        loss_and_gradient,
        lambda x, y: (loss_and_gradient(x, y)[0], -loss_and_gradient(x, y)[1]),
        "softmax cross-entropy",
        Kind.SIGN,
    ),
    "a loss of each": (
        EachSample,
        with_(EachSample, backward=lambda self: -2 * self.D / self.D.shape[1]),
        "mse",
        Kind.SIGN,
    ),
    "channels last": (Pooled, with_(Pooled, backward=pooled_mean), ours.MaxPool2d(2), Kind.FACTOR),
    "lists": (Lists, with_(Lists, backward=lists_of(lambda g: g)), "relu", Kind.DERIVATIVE_MISSING),
    "an inner layer, made late": (
        Outer(3),
        with_(Outer, backward_pass=outer_wrong)(3),
        ours.Linear(4, 3),
        Kind.FACTOR,
    ),
    "names of a course": (
        (relu_of_course, lambda dA, cache: dA * (cache > 0)),
        (relu_of_course, lambda dA, cache: dA * (cache < 0)),
        "relu",
        Kind.WRONG_VALUE,
    ),
}


@pytest.mark.parametrize("work, like", [(row[0], row[2]) for row in CASES.values()], ids=CASES)
def test_a_right_one_is_right_as_it_is_written(work, like):
    found = diagnose(work, like=like)
    assert found.right, found


@pytest.mark.parametrize("work, like, kind", [row[1:] for row in CASES.values()], ids=CASES)
def test_a_wrong_one_like_it_is_wrong(work, like, kind):
    found = diagnose(work, like=like)
    assert found.state is State.WRONG, found
    assert found.kind == kind, found


NAMED = {
    "columns": "samples as columns, X (M, S)",
    "one sample at a time": "one sample at a time, X (M,)",
    "a slope": "what backward returns as h′(X), times dY",
    "updates": "the learning rate as 1",
    "class ids": "T as class ids, 0 to N − 1",
    "class ids from 1": "T as class ids from 1 to N",
    "a loss of each": "a loss of each sample, whose mean is L, and the gradient of each",
    "channels last": "images with the channels last",
    "lists": "X as a list of lists",
    "beside": "Y is self.output",
    "inner dicts": "dW is self.store[0].step",
}


@pytest.mark.parametrize("name", NAMED)
def test_the_verdict_names_what_it_is_taken_as(name):
    work, _, like, _ = CASES[name]
    said = [sentence(v) for v in diagnose(work, like=like).remarks if v.kind is Kind.TAKEN_AS]
    assert any(NAMED[name] in one for one in said), said


def test_a_convention_is_no_way_out_where_the_work_runs_as_it_is():
    """A softmax over the batch is right for samples as columns; where they are rows it is wrong, and both are said."""

    class OverTheBatch:
        def forward(self, X):
            self.Y = softmax(X, 0)
            return self.Y

        def backward(self, dY):
            return self.Y * (dY - (dY * self.Y).sum(0, keepdims=True))

    found = diagnose(OverTheBatch, like="softmax")
    assert found.state is State.WRONG
    assert any("samples as columns" in sentence(v) for v in found.remarks)


def test_a_slope_is_no_way_out_where_dY_is_handed_over_and_ignored():
    class Ignores(Slope):
        def backward(self, dY):
            return self.A * (1 - self.A)

    class IgnoresByDefault(Slope):
        def backward(self, dY=1.0):
            return self.A * (1 - self.A)

    assert diagnose(Ignores, like="sigmoid").kind == Kind.UPSTREAM_IGNORED
    assert diagnose(IgnoresByDefault, like="sigmoid").kind == Kind.UPSTREAM_IGNORED


def test_names_say_which_argument_is_the_target():
    class Squared:
        def loss(self, y_true, y_pred):
            return np.mean((y_true - y_pred) ** 2)

        def gradient(self, y_true, y_pred):
            return 2 * (y_pred - y_true) / y_true.size

    exchanged = with_(Squared, gradient=lambda self, y_true, y_pred: 2 * (y_true - y_pred) / y_true.size)
    assert diagnose(Squared, like="mse").right
    assert diagnose(exchanged, like="mse").kind == Kind.SIGN


class Dense:
    """Parameters under names of its own."""

    def __init__(self, M, N):
        self.kernel, self.offset = np.random.randn(M, N), np.zeros(N)

    def forward(self, X):
        self.X = X
        return X @ self.kernel + self.offset

    def backward(self, dY):
        self.dkernel, self.doffset = self.X.T @ dY, dY.sum(0)
        return dY @ self.kernel.T


def stepped(self, dY):
    self.dkernel, self.doffset = -self.X.T @ dY, dY.sum(0)
    return dY @ self.kernel.T


class Net:
    def __init__(self, kind):
        self.layers = [kind(4, 5), kind(5, 3)]

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, dY):
        for layer in self.layers[::-1]:
            dY = layer.backward(dY)
        return dY


class Scaled(ours.ReLU):
    """An array that Y depends on, and that has no gradient anywhere."""

    def __init__(self):
        super().__init__()
        self.scale = np.array([1.0, 1.0, 1.0])

    def forward(self, X):
        return super().forward(X) * self.scale.astype(X.dtype)


def test_without_like_what_the_result_depends_on_is_compared():
    assert diagnose(Dense(4, 3)).right
    assert diagnose(Net(Dense)).right
    wrong = with_(Dense, backward=stepped)
    assert [(v.kind, v.where) for v in diagnose(wrong(4, 3)).findings] == [(Kind.SIGN, "dkernel")]
    assert {v.where for v in diagnose(Net(wrong)).findings} == {"dlayers[0].kernel", "dlayers[1].kernel"}


def test_no_tick_over_what_was_not_looked_at():
    found = diagnose(Scaled(), like="relu")
    assert found.state is State.REMARK
    assert "right as far as looked" in found.headline
    assert "scale (3,)" in sentence(found.remarks[-1])


UNCALLED = {
    (Kind.INTERFACE, "no method"): (type("F", (), {"forward": lambda self, X: X}), "relu"),
    (Kind.INTERFACE, "no methods"): (3, "relu"),
    (Kind.INTERFACE, "unknown names"): (lambda dY, mask: dY * mask, "relu"),
    (Kind.INTERFACE, "takes nothing"): (with_(Slope, forward=lambda self: 0), "sigmoid"),
    (Kind.INTERFACE, "no parameter"): (Slope, ours.Linear(4, 3)),
}


@pytest.mark.parametrize("key", UNCALLED, ids=str)
def test_what_could_not_be_called_is_not_judged_and_not_wrong(key):
    work, like = UNCALLED[key]
    found = diagnose(work, like=like)
    assert found.state is State.NOT_JUDGED
    assert key in DOOR and (found.findings[0].kind, found.findings[0].pieces["case"]) == key


def test_a_missing_package_is_no_mistake():
    class Needs(Slope):
        def forward(self, X):
            import no_such_package_at_all  # noqa: F401

    found = diagnose(Needs, like="sigmoid")
    assert found.state is State.NOT_JUDGED
    assert "no_such_package_at_all" in found.reason


def test_no_exception_leaves_a_diagnosis(monkeypatch):
    monkeypatch.setattr(diagnose_work, "Battery", lambda bench, inputs: 1 / 0)
    found = diagnose(Slope, like="sigmoid")
    assert found.state is State.NOT_JUDGED
    assert "ZeroDivisionError" in found.reason


@pytest.mark.parametrize("rest", ["()", "[]", "None", "[], {}"])
def test_a_layer_without_parameters_may_return_nothing_for_them(rest):
    names = {"np": np}
    exec(
        "class ReLU:\n"
        "    def forward(self, X):\n        self.X = X\n        return np.maximum(X, 0)\n"
        f"    def backward(self, dY):\n        return dY * (self.X > 0), {rest}\n"
        "class Wrong(ReLU):\n"
        f"    def backward(self, dY):\n        return dY * (self.X < 0), {rest}\n",
        names,
    )
    assert diagnose(names["ReLU"], like="relu").right
    assert diagnose(names["Wrong"], like="relu").state is State.WRONG


def test_two_arrays_for_one_gradient_are_not_taken_for_the_first_of_them():
    class Two:
        def forward(self, X):
            self.X = X
            return np.maximum(X, 0)

        def backward(self, dY):
            return dY * (self.X > 0), dY

    assert not diagnose(Two, like="relu").right


def test_parameters_in_a_list_are_no_error():
    class Scale:
        def __init__(self):
            self.w = np.array([2.0])
            self.params = [("w", "scale", self.w)]

        def forward(self, X):
            return X * self.w

        def backward(self, dY):
            return dY * self.w

    assert diagnose(Scale(), like=Scale()).state is not State.WRONG

"""The framework of a course's first problem set: components that run in the order in which they were made.

x, label = Value(), Value()
W, b = Param(rng.normal(size=(64, 10))), Param(np.zeros(10))
P = SoftMax(Add(VDot(x, W), b))
loss = Mul(Value(-1.0), Log(Aref(P, label)))
program = Program(loss)

x.set(image), label.set(3)
program.forward()         fills every value, parents first
program.backward()        fills every grad, children first
program.step(lr=0.01)     moves every Param

Every component takes one sample, as in the problem set, or a batch with a row a sample. Where this differs
from the problem set's code, notebooks/01_chain_rule.ipynb shows why.
"""

from itertools import count

import numpy as np

from ..broadcasting import unbroadcast
from ..checks import checked_floating

NUMBERS = count()


class Component:
    """A node of the graph: forward fills its value from its parents', backward adds to its parents' grads.

    A parent exists before its child, so the order of making is a topological order.
    """

    value: np.ndarray | None = None
    grad: np.ndarray | None = None

    def __init__(self, *parents: "Component") -> None:
        self.parents, self.number = parents, next(NUMBERS)

    def forward(self) -> None:
        """A leaf has its value already."""

    def backward(self) -> None:
        """A leaf passes nothing on."""

    def add(self, contribution: np.ndarray) -> None:
        """grad += what one child contributes, summed over the entries that a broadcast made of one."""
        self.grad += unbroadcast(np.asarray(contribution), self.grad.shape)


class Value(Component):
    """An input: numbers that are set from outside and never learnt."""

    def __init__(self, value: np.ndarray | float | None = None) -> None:
        super().__init__()
        if value is not None:
            self.set(value)

    def set(self, value: np.ndarray | float) -> None:
        self.value = np.array(value)

    def forward(self) -> None:
        if self.value is None:
            raise RuntimeError("forward() before set(value): a Value holds nothing yet")


class Param(Component):
    """A parameter: numbers that `Program.step` moves against their gradient."""

    def __init__(self, value: np.ndarray) -> None:
        super().__init__()
        self.value = checked_floating("a Param", np.array(value))


class Add(Component):
    """y = a + b      da += dy, db += dy"""

    def forward(self) -> None:
        a, b = self.parents
        self.value = a.value + b.value

    def backward(self) -> None:
        a, b = self.parents
        a.add(self.grad)
        b.add(self.grad)


class Mul(Component):
    """y = a ∘ b      da += dy ∘ b, db += dy ∘ a"""

    def forward(self) -> None:
        a, b = self.parents
        self.value = a.value * b.value

    def backward(self) -> None:
        a, b = self.parents
        a.add(self.grad * b.value)
        b.add(self.grad * a.value)


class VDot(Component):
    """Y = X W      dX += dY Wᵀ, dW += Xᵀ dY

    X (M,) or (S, M)   W (M, N)   Y (N,) or (S, N)
    """

    def forward(self) -> None:
        X, W = (parent.value for parent in self.parents)
        if X.shape[-1:] != W.shape[:1]:
            M = len(W)
            raise ValueError(
                f"X has shape {X.shape}, but W of shape {W.shape} needs X of shape ({M},) or (S, {M})"
            )
        self.value = X @ W

    def backward(self) -> None:
        X, W = self.parents
        X.add(self.grad @ W.value.T)
        W.add(np.atleast_2d(X.value).T @ np.atleast_2d(self.grad))


class Sigmoid(Component):
    """y = 1 / (1 + exp(−a))      da += dy ∘ y ∘ (1 − y)"""

    def forward(self) -> None:
        (a,) = self.parents
        with np.errstate(over="ignore"):  # exp(−a) = inf gives y = 0, which is right
            self.value = 1 / (1 + np.exp(-a.value))

    def backward(self) -> None:
        (a,) = self.parents
        a.add(self.grad * self.value * (1 - self.value))


class Tanh(Component):
    """y = tanh(a)      da += dy ∘ (1 − y²)"""

    def forward(self) -> None:
        (a,) = self.parents
        self.value = np.tanh(a.value)

    def backward(self) -> None:
        (a,) = self.parents
        a.add(self.grad * (1 - self.value**2))


class ReLU(Component):
    """y = max(a, 0)      da += dy where a > 0"""

    def forward(self) -> None:
        (a,) = self.parents
        self.value = np.maximum(a.value, 0)

    def backward(self) -> None:
        (a,) = self.parents
        a.add(self.grad * ~(a.value <= 0))  # not a > 0: PyTorch lets it pass where a is NaN


class SoftMax(Component):
    """yₙ = exp(aₙ) / Σₖ exp(aₖ)      da += y ∘ (dy − Σₙ dyₙ yₙ)

    a (N,) or (S, N): one sum for each sample.
    """

    def forward(self) -> None:
        (a,) = self.parents
        e = np.exp(a.value - a.value.max(axis=-1, keepdims=True))
        self.value = e / e.sum(axis=-1, keepdims=True)

    def backward(self) -> None:
        (a,) = self.parents
        gvdot = (self.grad * self.value).sum(axis=-1, keepdims=True)
        a.add(self.value * (self.grad - gvdot))


class Log(Component):
    """y = log(a)      da += dy ⊘ a"""

    def forward(self) -> None:
        (a,) = self.parents
        self.value = np.log(a.value)

    def backward(self) -> None:
        (a,) = self.parents
        a.add(self.grad / a.value)


class Aref(Component):
    """y = a[label], of a batch yₛ = a[s, labelₛ]      da[label] += dy

    a (N,) and label an integer, or a (S, N) and label (S,).
    """

    def forward(self) -> None:
        a, label = self.parents
        self.place = places(label.value, a.value.shape)
        self.value = a.value[self.place]

    def backward(self) -> None:
        a, _ = self.parents
        np.add.at(a.grad, self.place, self.grad)  # adds, where a was read by somebody else too


class Accuracy(Component):
    """The share of samples whose largest entry of a is that of the label. It has no gradient to pass on."""

    def forward(self) -> None:
        a, label = self.parents
        places(label.value, a.value.shape)
        self.value = np.mean(a.value.argmax(axis=-1) == label.value)


class Program:
    """Everything that the outputs depend on, in the order of its making. The first output is the loss."""

    def __init__(self, loss: Component, *others: Component) -> None:
        self.loss, found, waiting = loss, {}, [loss, *others]
        while waiting:
            component = waiting.pop()
            if component.number not in found:
                found[component.number] = component
                waiting += component.parents
        self.components = [found[number] for number in sorted(found)]
        self.params = [component for component in self.components if isinstance(component, Param)]

    def forward(self) -> np.ndarray:
        """Fill every value; return the loss, one number or one a sample."""
        for component in self.components:
            component.forward()
        return self.loss.value

    def backward(self) -> None:
        """Fill every grad with the gradient of the loss, of a batch that of the sum of its losses."""
        for component in self.components:
            if component.value is None:
                raise RuntimeError("backward() before forward(): there are no values yet")
            component.grad = np.zeros_like(component.value)
        self.loss.grad = np.ones_like(self.loss.value)
        for component in reversed(self.components):
            component.backward()

    def step(self, lr: float) -> None:
        """W ← W − lr dW for every parameter."""
        for param in self.params:
            param.value = param.value - lr * param.grad


def places(label: np.ndarray, shape: tuple[int, ...]) -> tuple:
    """The index of one entry a sample. A label must be a class: −1 would read the last one, unseen."""
    N = shape[-1]
    if label.dtype.kind not in "iu" or label.shape != shape[:-1]:
        raise ValueError(
            f"label has shape {label.shape} and dtype {label.dtype}, but a of shape {shape} needs "
            f"integers of shape {shape[:-1]}"
        )
    if ((label < 0) | (label >= N)).any():
        raise ValueError(f"label {label.tolist()} is no class: a of shape {shape} has 0 ... {N - 1}")
    return (*np.indices(label.shape), label)

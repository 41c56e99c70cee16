"""Training: minibatches, steps, and what was measured on the way."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from .layer import Layer
from .loss import Loss
from .optimizers import Optimizer

Data = tuple[np.ndarray, np.ndarray]


@dataclass
class History:
    """Loss and accuracy at the steps where they were measured; step 0 is the network before it learns."""

    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)


def train(
    network: Layer,
    loss: Loss,
    optimizer: Optimizer,
    data: Data,
    *,
    steps: int,
    batch_size: int,
    validation: Data | None = None,
    eval_every: int = 100,
    rng: np.random.Generator | int | None = None,
    on_evaluation: Callable[[History], None] | None = None,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> History:
    """Take ``steps`` steps on minibatches of data = (X, T), and return what was measured.

    Each epoch is a new shuffle, cut into whole batches; what is left over waits for the next shuffle. Loss
    and accuracy are measured at step 0, every ``eval_every`` steps and at the last, on the validation data
    and on a fixed part of the training data, as large as they are. ``progress`` wraps the steps, as tqdm
    does; ``on_evaluation(history)`` is called after each measurement. Raises FloatingPointError, with the
    step, if the loss of a batch is not finite.
    """
    rng = np.random.default_rng(rng)
    check_training(loss, data, steps, batch_size, eval_every)
    part = data if validation is None else sample(data, len(validation[0]), rng)
    history, batches = History(), minibatches(data, batch_size, rng)
    for step in (progress or iter)(range(steps + 1)):
        if step > 0:
            X, T = next(batches)
            L = loss.forward(network.forward(X), T)
            if not math.isfinite(L):
                raise FloatingPointError(f"the loss is {L} at step {step}: a smaller learning rate may help")
            network.parameter_gradients(loss.backward())
            optimizer.step()
        if step % eval_every == 0 or step == steps:
            measure(history, step, network, loss, part, validation)
            if on_evaluation:
                on_evaluation(history)
    return history


def evaluate(network: Layer, loss: Loss, data: Data) -> tuple[float, float]:
    """Loss and accuracy of the network on data = (X, T)."""
    X, T = data
    Y = network.forward(X)
    return loss.forward(Y, T), loss.accuracy(Y, T)


def minibatches(data: Data, batch_size: int, rng: np.random.Generator) -> Iterator[Data]:
    """Batches without end: a new shuffle each epoch, whole batches only."""
    X, T = data
    while True:
        order = rng.permutation(len(X))
        for start in range(0, len(X) - batch_size + 1, batch_size):
            batch = order[start : start + batch_size]
            yield X[batch], T[batch]


def sample(data: Data, size: int, rng: np.random.Generator) -> Data:
    """As many samples as asked for, or all, none of them twice."""
    X, T = data
    part = rng.permutation(len(X))[:size]
    return X[part], T[part]


def measure(
    history: History, step: int, network: Layer, loss: Loss, part: Data, validation: Data | None
) -> None:
    """One more entry in the history."""
    history.steps.append(step)
    L, accuracy = evaluate(network, loss, part)
    history.train_loss.append(L)
    history.train_accuracy.append(accuracy)
    if validation is not None:
        L, accuracy = evaluate(network, loss, validation)
        history.validation_loss.append(L)
        history.validation_accuracy.append(accuracy)


def check_training(loss: Loss, data: Data, steps: int, batch_size: int, eval_every: int) -> None:
    X, T = data
    if len(X) != len(T):
        raise ValueError(f"X has {len(X)} samples, but T has {len(T)}")
    if not 1 <= batch_size <= len(X):
        raise ValueError(f"batch_size lies between 1 and the {len(X)} samples of X, not at {batch_size}")
    if steps < 0 or eval_every < 1:
        raise ValueError(f"steps is at least 0 and eval_every at least 1, not {steps} and {eval_every}")
    if loss.reduction == "none":
        raise ValueError('training needs one number to make smaller: reduction "mean" or "sum", not "none"')

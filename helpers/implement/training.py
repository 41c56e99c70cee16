"""Training: minibatches, steps, and what was measured on the way."""

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

import numpy as np

from .checkpoint import Arrays, Checkpoint, fingerprint, prefixed, without
from .clipping import clip_by_norm
from .files import held
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
    schedule: Callable[[int], float] | None = None,
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
    max_norm: float | None = None,
    on_evaluation: Callable[[History], None] | None = None,
    progress: Callable[[Iterable], Iterable] | None = None,
    checkpoint: str | os.PathLike | None = None,
) -> History:
    """Take ``steps`` steps on minibatches of data = (X, T), and return what was measured.

    Each epoch is a new shuffle, cut into whole batches; what is left over waits for the next shuffle. Loss
    and accuracy are measured at step 0, every ``eval_every`` steps and at the last, on the validation data
    and on a fixed part of the training data, as large as they are. ``schedule(step)`` is the learning rate of a
    step, in the place of the optimizer's own; ``augment(X, rng)`` changes the X of a batch. With ``max_norm`` the
    gradients of a step are clipped by their norm. ``progress`` wraps the steps, as tqdm does;
    ``on_evaluation(history)`` is called after each measurement.

    With ``checkpoint``, a path, everything is saved at each measurement. The same call then goes on where the file
    stands, and gives the curve of a run that was never interrupted; of a finished run it returns the history at once.
    Raises ValueError for the checkpoint of another training, or of one that is under way, OSError where it cannot be
    written, and FloatingPointError, with the step, if the loss of a batch is not finite.
    """
    stream = None if rng is None else np.random.default_rng(rng)
    rng = stream or np.random.default_rng()
    check_training(loss, data, steps, batch_size, eval_every)
    if schedule:
        optimizer.lr = schedule(1)
    part = np.empty(0, int) if validation is None else sample(data, len(validation[0]), rng)
    run = Run(network, optimizer, Minibatches(data, batch_size, rng), part)
    plain = {"steps": steps, "batch_size": batch_size, "eval_every": eval_every, "max_norm": str(max_norm)}
    with held(checkpoint):
        if checkpoint is not None:
            given = settings(network, loss, optimizer, data, validation, stream, schedule, augment, **plain)
            file = Checkpoint(checkpoint, given)
            run.restore(file.read())
        measured = data if validation is None else tuple(A[run.part] for A in data)
        for step in (progress or iter)(range(run.next_step, steps + 1)):
            if step > 0:
                X, T = next(run.batches)
                if augment:
                    X = augment(X, rng)
                if schedule:
                    optimizer.lr = schedule(step)
                L = loss.forward(network.forward(X), T)
                if not math.isfinite(L):
                    raise FloatingPointError(
                        f"the loss is {L} at step {step}: a smaller learning rate may help"
                    )
                network.parameter_gradients(loss.backward())
                if max_norm is not None:
                    clip_by_norm(network, max_norm)
                optimizer.step()
            if step % eval_every == 0 or step == steps:
                measure(run.history, step, network, loss, measured, validation)
                if checkpoint is not None:
                    file.write(*run.saved())
                if on_evaluation:
                    on_evaluation(run.history)
    return run.history


def evaluate(network: Layer, loss: Loss, data: Data) -> tuple[float, float]:
    """Loss and accuracy of the network on data = (X, T)."""
    X, T = data
    Y = network.predict(X)
    return loss.forward(Y, T), loss.accuracy(Y, T)


class Minibatches:
    """Batches without end: a new shuffle each epoch, whole batches only. It stands at ``start`` in ``order``."""

    def __init__(self, data: Data, batch_size: int, rng: np.random.Generator) -> None:
        self.data, self.batch_size, self.rng = data, batch_size, rng
        self.order, self.start = np.empty(0, int), 0

    def __iter__(self) -> "Minibatches":
        return self

    def __next__(self) -> Data:
        X, T = self.data
        if self.start + self.batch_size > len(self.order):
            self.order, self.start = self.rng.permutation(len(X)), 0
        batch = self.order[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return X[batch], T[batch]


@dataclass
class Run:
    """All that the rest of a training depends on."""

    network: Layer
    optimizer: Optimizer
    batches: Minibatches
    part: np.ndarray  # the places of the training samples that are measured
    history: History = field(default_factory=History)

    @property
    def next_step(self) -> int:
        return self.history.steps[-1] + 1 if self.history.steps else 0

    def saved(self) -> tuple[dict, Arrays]:
        batches = self.batches
        about = {
            "reached": {"weights": fingerprint(*self.network.params.values())},
            "history": asdict(self.history),
            "generator": batches.rng.bit_generator.state,
            "layers": [rng.bit_generator.state for rng in generators(self.network)],
            "start": batches.start,
        }
        arrays = {"order": batches.order, "part": self.part}
        arrays |= prefixed("network", self.network.saved()) | prefixed("optimizer", self.optimizer.saved())
        return about, arrays

    def restore(self, saved: tuple[dict, Arrays] | None) -> None:
        if saved is None:
            return
        about, arrays = saved
        self.network.restore(without("network", arrays))
        self.optimizer.restore(without("optimizer", arrays))
        self.history, self.part = History(**about["history"]), arrays["part"]
        self.batches.rng.bit_generator.state = about["generator"]
        for rng, state in zip(generators(self.network), about["layers"], strict=True):
            rng.bit_generator.state = state
        self.batches.order, self.batches.start = arrays["order"], about["start"]


def generators(network: Layer) -> list[np.random.Generator]:
    """Those that dropout draws from."""
    return [layer.rng for layer in network.layers_within() if layer.rng is not None]


def sample(data: Data, size: int, rng: np.random.Generator) -> np.ndarray:
    """The places of as many samples as asked for, or of all, none of them twice."""
    return rng.permutation(len(data[0]))[:size]


def settings(
    network: Layer,
    loss: Loss,
    optimizer: Optimizer,
    data: Data,
    validation: Data | None,
    stream: np.random.Generator | None,
    schedule: Callable | None,
    augment: Callable | None,
    **plain: int | str,
) -> dict:
    """What a curve depends on, in a form that can be compared: arrays and functions by what they hold and do."""
    fresh = not network.grads  # else it has begun to learn, and its weights say nothing of its start
    rates = np.array([schedule(step) for step in range(1, plain["steps"] + 1)] if schedule else [])
    weight = getattr(loss, "weight", None)
    augmented = augment(data[0][:8], np.random.default_rng(0)) if augment else np.array([])
    return {
        "network": repr(network),
        "dtype": ", ".join(sorted({str(W.dtype) for W in network.params.values()})),
        "weights": fingerprint(*network.params.values()) if fresh else None,
        "loss": repr(loss),
        "class weights": np.ravel([] if weight is None else weight).tolist(),
        "optimizer": repr(optimizer),
        "training data": fingerprint(*data),
        "validation data": fingerprint(*validation or ()),
        "seed": seed(stream),
        "schedule": fingerprint(rates),
        "augment": fingerprint(augmented),
        **plain,
    }


def seed(stream: np.random.Generator | None) -> str | None:
    """Which stream of random numbers this is, however many of them are already drawn."""
    if stream is None:
        return None
    sequence = stream.bit_generator.seed_seq
    numbers = [getattr(sequence, name, None) for name in ("entropy", "spawn_key")]
    return f"{type(stream.bit_generator).__name__} {numbers}"


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


def check_training(loss: Loss, data: Data, steps: int, batch_size: int, eval_every: int = 1) -> None:
    X, T = data
    if len(X) != len(T):
        raise ValueError(f"X has {len(X)} samples, but T has {len(T)}")
    if not 1 <= batch_size <= len(X):
        raise ValueError(f"batch_size lies between 1 and the {len(X)} samples of X, not at {batch_size}")
    if steps < 0 or eval_every < 1:
        raise ValueError(f"steps is at least 0 and eval_every at least 1, not {steps} and {eval_every}")
    if loss.reduction == "none":
        raise ValueError('training needs one number to make smaller: reduction "mean" or "sum", not "none"')

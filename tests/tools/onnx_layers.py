"""ONNX's operators of images, norms and activations by the layers of this project, for tests/tools/onnx_cases.py."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers import implement as ours
from helpers.implement.windows import extent

Arrays = dict[str, np.ndarray]
Run = Callable[[str, Arrays, dict[str, Any]], Arrays]


class Refused(ValueError):
    """What is asked for is none of ours."""


def sides(X: np.ndarray, kernel: tuple, stride: tuple, dilation: tuple, options: dict[str, Any]) -> list:
    """How many zeros stand before X and after it, on each axis."""
    axes, auto = len(kernel), options.get("auto_pad", b"NOTSET").decode()
    if not auto.startswith("SAME"):
        pads = options.get("pads", [0] * 2 * axes)
        return [*zip(pads[:axes], pads[axes:], strict=True)]
    found = []
    for H, e, r in zip(X.shape[2:], extent(kernel, dilation), stride, strict=True):
        total = max((-(-H // r) - 1) * r + e - H, 0)
        found.append((total // 2, total - total // 2)[:: 1 if auto == "SAME_UPPER" else -1])
    return found


def sliding(X: np.ndarray, options: dict[str, Any]) -> tuple[tuple, tuple]:
    """Stride and dilation, 1 where they are not given."""
    one = [1] * (X.ndim - 2)
    return tuple(options.get("strides", one)), tuple(options.get("dilations", one))


def convolution(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    X, W = given["X"], given["W"]
    stride, dilation = sliding(X, options)
    padding, groups = sides(X, W.shape[2:], stride, dilation, options), options.get("group", 1)
    make = {3: ours.Conv1d, 4: ours.Conv2d, 5: ours.Conv3d}[X.ndim]
    layer = make(
        X.shape[1], len(W), W.shape[2:], stride, padding, dilation, groups, "B" in given, dtype=X.dtype
    )
    for key, A in zip(layer.params, (W, given.get("B")), strict=False):
        layer.params[key][...] = A
    return {"Y": layer.forward(X)}


def pooling(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """A signal is pooled as an image of one column."""
    X, kernel = given["X"], tuple(options["kernel_shape"])
    stride, dilation = sliding(X, options)
    padding = sides(X, kernel, stride, dilation, options)
    if any(before != after for before, after in padding):
        raise Refused("pads: as many on both sides of an axis, as in torch.nn")
    padding, signal = tuple(before for before, _ in padding), X.ndim == 3
    if signal:
        X, kernel, stride, dilation, padding = (
            X[..., None],
            (*kernel, 1),
            (*stride, 1),
            (*dilation, 1),
            (*padding, 0),
        )
    ceil = bool(options.get("ceil_mode"))
    if kind == "MaxPool":
        make = ours.MaxPool3d if X.ndim == 5 else ours.MaxPool2d
        layer = make(kernel, stride, padding, dilation, ceil_mode=ceil)
    elif set(dilation) != {1}:
        raise Refused("dilations: a mean is over neighbours, as in torch.nn")
    else:
        make = ours.AvgPool3d if X.ndim == 5 else ours.AvgPool2d
        layer = make(kernel, stride, padding, ceil, bool(options.get("count_include_pad")))
    Y = layer.forward(X)
    return {"Y": Y[..., 0] if signal else Y}


def global_pooling(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    return {"Y": ours.GlobalAvgPool2d().forward(given["X"])[..., None, None]}


def batch_norm(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """Their momentum is the weight of the past, and their running variance is the biased one."""
    X, training = given["X"], bool(options.get("training_mode"))
    make = ours.BatchNorm2d if X.ndim == 4 else ours.BatchNorm1d
    momentum = 1 - options.get("momentum", 0.9)
    layer = make(X.shape[1], options.get("epsilon", 1e-5), momentum, unbiased=False, dtype=X.dtype)
    layer.train(training)
    for name, key in (("mean", "running_mean"), ("var", "running_var"), ("scale", "gamma"), ("B", "beta")):
        (layer.params | layer.buffers)[key][...] = given[name]
    return {"Y": layer.forward(X)} | {key: layer.buffers[key] for key in ("running_mean", "running_var")}


def sample_norm(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    X, eps = given["X"], options.get("epsilon", 1e-5)
    if kind == "GroupNormalization":
        layer = ours.GroupNorm(options["num_groups"], X.shape[1], eps, dtype=X.dtype)
    else:
        layer = ours.LayerNorm(X.shape[options.get("axis", -1) :], eps, dtype=X.dtype)
    for key, name in (("gamma", "scale"), ("beta", "B")):
        layer.params[key][...] = given.get(name, 0)
    return {"Y": layer.forward(X)}


def flatten(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """Theirs makes a matrix: what is before an axis in one, and what is from there on."""
    X, axis = given["X"], options.get("axis", 1)
    axis += X.ndim if axis < 0 else 0
    rows = ours.Flatten(0, axis - 1).forward(X) if axis else X[None]
    return {"Y": ours.Flatten(1).forward(rows if rows.ndim > 1 else rows[:, None])}


def dropout(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """With their mask, which is drawn from the seed."""
    X = given["X"]
    layer = ours.Dropout(float(given.get("ratio", options.get("ratio", 0.5))))
    layer.train(bool(given.get("training_mode", False)))
    R = np.random.RandomState(options.get("seed", 0)).uniform(0, 1, X.shape) >= layer.p
    return {"Y": layer.forward(X, R)}


def prelu(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """Their slopes lie along the last axes of X, which are one here."""
    X, slope = given["X"], given["slope"]
    layer = ours.PReLU(slope.size, dtype=X.dtype)
    layer.params["a"][...] = slope.ravel()
    return {"Y": layer.forward(X.reshape(-1, slope.size)).reshape(X.shape)}


def entrywise(make: Callable[..., ours.Layer], *options: tuple[str, float]) -> Run:
    """By a layer with these options, each with the value that it has where it is not given."""

    def run(kind: str, given: Arrays, said: dict[str, Any]) -> Arrays:
        return {"Y": make(*(said.get(name, value) for name, value in options)).forward(given["X"])}

    return run


def swish(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    if options.get("alpha", 1.0) != 1:
        raise Refused("alpha: SiLU is x σ(x)")
    return {"Y": ours.SiLU().forward(given["X"])}


NORM = ("X", "scale", "B")
LAYERS: dict[str, tuple[Run, tuple[str, ...]]] = {
    "Conv": (convolution, ("X", "W", "B")),
    "MaxPool": (pooling, ("X",)),
    "AveragePool": (pooling, ("X",)),
    "GlobalAveragePool": (global_pooling, ("X",)),
    "BatchNormalization": (batch_norm, (*NORM, "mean", "var")),
    "LayerNormalization": (sample_norm, NORM),
    "GroupNormalization": (sample_norm, NORM),
    "Flatten": (flatten, ("X",)),
    "Dropout": (dropout, ("X", "ratio", "training_mode")),
    "PRelu": (prelu, ("X", "slope")),
    "Relu": (entrywise(ours.ReLU), ("X",)),
    "LeakyRelu": (entrywise(ours.LeakyReLU, ("alpha", 0.01)), ("X",)),
    "Elu": (entrywise(ours.ELU, ("alpha", 1.0)), ("X",)),
    "Sigmoid": (entrywise(ours.Sigmoid), ("X",)),
    "Tanh": (entrywise(ours.Tanh), ("X",)),
    "Softplus": (entrywise(ours.Softplus), ("X",)),
    "Swish": (swish, ("X",)),
    "Softmax": (entrywise(ours.Softmax, ("axis", -1)), ("X",)),
    "LogSoftmax": (entrywise(ours.LogSoftmax, ("axis", -1)), ("X",)),
}
"""What runs each operator, and the names of its inputs."""

"""Layers, losses, networks, optimizers and training in NumPy, each beside its formula."""

from .activations import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .batch_norm import BatchNorm1d, BatchNorm2d
from .cross_entropy import CrossEntropy, SoftmaxCrossEntropy
from .dropout import Dropout
from .layer import Layer
from .layer_norm import GroupNorm, LayerNorm, RMSNorm
from .linear import Linear
from .loss import Loss
from .mlp import MLP
from .mse import MSE
from .network import Sequential
from .optimizers import SGD, Adam, AdamW, Optimizer
from .shaping import Flatten, Residual
from .softmax import LogSoftmax, Softmax
from .training import History, evaluate, train

__all__ = [
    "ELU",
    "GELU",
    "MLP",
    "MSE",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm1d",
    "BatchNorm2d",
    "CrossEntropy",
    "Dropout",
    "Flatten",
    "GroupNorm",
    "History",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Loss",
    "Optimizer",
    "RMSNorm",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Tanh",
    "evaluate",
    "train",
]

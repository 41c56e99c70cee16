"""Layers, losses, networks, optimizers and training in NumPy, each beside its formula."""

from .activations import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .cross_entropy import CrossEntropy, SoftmaxCrossEntropy
from .layer import Layer
from .linear import Linear
from .loss import Loss
from .mlp import MLP
from .mse import MSE
from .network import Sequential
from .optimizers import SGD, Adam, AdamW, Optimizer
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
    "CrossEntropy",
    "History",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Loss",
    "Optimizer",
    "ReLU",
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

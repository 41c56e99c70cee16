"""Layers, losses, networks, optimizers and training in NumPy, each beside its formula."""

from .activations import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .batch_norm import BatchNorm1d, BatchNorm2d
from .cnn import CNN
from .convolution import Conv1d, Conv2d
from .cross_entropy import CrossEntropy, SoftmaxCrossEntropy
from .dropout import Dropout
from .embedding import Embedding
from .layer import Layer
from .layer_norm import GroupNorm, LayerNorm, RMSNorm
from .linear import Linear
from .loss import Loss
from .mlp import MLP
from .mse import MSE
from .network import Sequential
from .optimizers import SGD, Adam, AdamW, Optimizer
from .pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d
from .shaping import Flatten, Residual
from .softmax import LogSoftmax, Softmax
from .training import History, evaluate, train

__all__ = [
    "CNN",
    "ELU",
    "GELU",
    "MLP",
    "MSE",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "CrossEntropy",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAvgPool2d",
    "GroupNorm",
    "History",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Loss",
    "MaxPool2d",
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

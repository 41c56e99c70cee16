"""Layers, losses, networks, optimizers and training in NumPy, each beside its formula."""

from .activations import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .adaptive import Adagrad, Adam, AdamW, RMSprop
from .batch_norm import BatchNorm1d, BatchNorm2d
from .bce import BCEWithLogits
from .clipping import clip_by_norm
from .cnn import CNN
from .convolution import Conv1d, Conv2d
from .cross_entropy import CrossEntropy, NLLLoss, SoftmaxCrossEntropy
from .dropout import Dropout
from .embedding import Embedding
from .gru import GRU
from .layer import Layer
from .layer_norm import GroupNorm, LayerNorm, RMSNorm
from .linear import Linear
from .loss import Loss
from .lstm import LSTM
from .mlp import MLP
from .mse import MSE
from .network import Sequential
from .optimizers import SGD, Optimizer, norms_and_biases
from .pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d
from .recurrent import Recurrent
from .rnn import RNN
from .schedules import cosine
from .shaping import Flatten, Residual
from .softmax import LogSoftmax, Softmax
from .training import History, evaluate, train

__all__ = [
    "CNN",
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "MLP",
    "MSE",
    "RNN",
    "SGD",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "AvgPool2d",
    "BCEWithLogits",
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
    "NLLLoss",
    "Optimizer",
    "RMSNorm",
    "RMSprop",
    "ReLU",
    "Recurrent",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Tanh",
    "clip_by_norm",
    "cosine",
    "evaluate",
    "norms_and_biases",
    "train",
]

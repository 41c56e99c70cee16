"""Layers, losses, networks, optimizers and training in NumPy, each beside its formula."""

from .activations import ELU, GELU, Activation, LeakyReLU, PReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .adaptive import Adagrad, Adam, AdamW, RMSprop
from .attention import Attention
from .batch_norm import BatchNorm1d, BatchNorm2d
from .bce import BCEWithLogits
from .clipping import clip_by_norm
from .cnn import CNN
from .convolution import Conv1d, Conv2d, Conv3d
from .cross_entropy import CrossEntropy, NLLLoss, SoftmaxCrossEntropy
from .dropout import Dropout
from .embedding import Embedding
from .gpt import GPT
from .gpt2 import read_gpt2
from .gru import GRU
from .layer import Layer
from .layer_norm import GroupNorm, LayerNorm, RMSNorm
from .linear import Linear
from .loss import Loss
from .lstm import LSTM
from .mlp import MLP
from .mse import MSE
from .multihead_attention import MultiheadAttention
from .network import Composed, Sequential
from .optimizers import SGD, Optimizer, norms_and_biases
from .pooling import AdaptiveAvgPool2d, AvgPool2d, AvgPool3d, GlobalAvgPool2d, MaxPool2d, MaxPool3d
from .positions import LearnedPositions, RotaryPositions, SinusoidalPositions
from .recurrent import Recurrent
from .rnn import RNN
from .schedules import cosine
from .shaping import Flatten, Residual
from .softmax import LogSoftmax, Softmax
from .swiglu import SwiGLU
from .training import History, evaluate, train
from .transformer import TransformerBlock
from .weights import load_weights, save_weights

__all__ = [
    "CNN",
    "ELU",
    "GELU",
    "GPT",
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
    "AdaptiveAvgPool2d",
    "Attention",
    "AvgPool2d",
    "AvgPool3d",
    "BCEWithLogits",
    "BatchNorm1d",
    "BatchNorm2d",
    "Composed",
    "Conv1d",
    "Conv2d",
    "Conv3d",
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
    "LearnedPositions",
    "Linear",
    "LogSoftmax",
    "Loss",
    "MaxPool2d",
    "MaxPool3d",
    "MultiheadAttention",
    "NLLLoss",
    "Optimizer",
    "PReLU",
    "RMSNorm",
    "RMSprop",
    "ReLU",
    "Recurrent",
    "Residual",
    "RotaryPositions",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SinusoidalPositions",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "SwiGLU",
    "Tanh",
    "TransformerBlock",
    "clip_by_norm",
    "cosine",
    "evaluate",
    "load_weights",
    "norms_and_biases",
    "read_gpt2",
    "save_weights",
    "train",
]

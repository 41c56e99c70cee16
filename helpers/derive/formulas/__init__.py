"""The formulas of the course, one file a family."""

from helpers.derive.formulas import activations
from helpers.derive.formulas.attention_layer import (
    attention,
    causal_attention,
    multihead_attention,
    padded_attention,
    positions,
    relative_attention,
    rotary,
)
from helpers.derive.formulas.batch_normalisation import batch_norm, batch_norm_inline
from helpers.derive.formulas.convolution import conv1d, conv2d, conv2d_bonus
from helpers.derive.formulas.cross_entropy_loss import cross_entropy, softmax_cross_entropy
from helpers.derive.formulas.dropout_layer import dropout
from helpers.derive.formulas.embedding_layer import embedding
from helpers.derive.formulas.formula import Formula
from helpers.derive.formulas.layer_normalisation import group_norm, layer_norm, layer_norm_sample, rms_norm
from helpers.derive.formulas.likelihood_losses import bce_with_logits, cross_entropy_of_ids, nll
from helpers.derive.formulas.linear_layer import linear, linear_sample
from helpers.derive.formulas.logistic_loss import logistic_regression
from helpers.derive.formulas.mlp_network import mlp
from helpers.derive.formulas.mse_loss import mse
from helpers.derive.formulas.pooling import avg_pool2d, global_avg_pool2d, max_pool2d
from helpers.derive.formulas.recurrent import gru, gru_outside, lstm, rnn
from helpers.derive.formulas.softmax_layer import log_softmax, logsumexp, softmax
from helpers.derive.formulas.transformer import post_norm_block, pre_norm_block, swiglu, tied_weights
from helpers.derive.formulas.two_path_graph import two_paths

__all__ = [
    "Formula",
    "activations",
    "attention",
    "avg_pool2d",
    "batch_norm",
    "batch_norm_inline",
    "bce_with_logits",
    "causal_attention",
    "conv1d",
    "conv2d",
    "conv2d_bonus",
    "cross_entropy",
    "cross_entropy_of_ids",
    "dropout",
    "embedding",
    "global_avg_pool2d",
    "group_norm",
    "gru",
    "gru_outside",
    "layer_norm",
    "layer_norm_sample",
    "linear",
    "linear_sample",
    "log_softmax",
    "logistic_regression",
    "logsumexp",
    "lstm",
    "max_pool2d",
    "mlp",
    "mse",
    "multihead_attention",
    "nll",
    "padded_attention",
    "positions",
    "post_norm_block",
    "pre_norm_block",
    "relative_attention",
    "rms_norm",
    "rnn",
    "rotary",
    "softmax",
    "softmax_cross_entropy",
    "swiglu",
    "tied_weights",
    "two_paths",
]

"""Reverse-mode differentiation on a graph of arrays, to read in a sitting.

node.py: what a node is. operations.py: the table of derivatives. backward.py: the way back.
"""

from .backward import gradient, hessian_vector_product, local_derivative, topological_order
from .node import Node, no_grad
from .operations import (
    concatenate,
    cos,
    exp,
    log,
    max,
    mean,
    relu,
    reshape,
    sigmoid,
    sin,
    sqrt,
    sum,
    tanh,
    transpose,
    where,
)

__all__ = [
    "Node",
    "concatenate",
    "cos",
    "exp",
    "gradient",
    "hessian_vector_product",
    "local_derivative",
    "log",
    "max",
    "mean",
    "no_grad",
    "relu",
    "reshape",
    "sigmoid",
    "sin",
    "sqrt",
    "sum",
    "tanh",
    "topological_order",
    "transpose",
    "where",
]

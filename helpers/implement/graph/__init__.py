"""Reverse-mode differentiation on a graph of arrays, to read in a sitting.

node.py       what a node is: an array and where it came from
apply.py      how an operation is applied, and recorded
operations.py the table: beside each operation its vector-Jacobian products
backward.py   the way back, gradients of gradients, Hessian-vector products
"""

from .apply import no_grad
from .backward import gradient, hessian_vector_product, local_derivative, topological_order
from .node import Node
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

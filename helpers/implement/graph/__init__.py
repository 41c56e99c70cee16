"""Reverse-mode differentiation on a graph of arrays, to read in a sitting.

apply.py       how an operation is applied, and recorded
operations.py  the table: beside each operation its vector-Jacobian products
backward.py    the way back through a graph
node.py        what a node is: an array and where it came from, with all of the above as its methods
derivatives.py gradients of what is asked for, gradients of gradients, Hessian-vector products
"""

from .apply import no_grad
from .backward import topological_order
from .derivatives import gradient, hessian_vector_product, local_derivative
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

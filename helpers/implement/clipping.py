"""Gradients clipped by their norm."""

import math

import numpy as np

from .layer import Layer
from .optimizers import not_negative


def clip_by_norm(network: Layer, max_norm: float) -> float:
    """Make all gradients shorter together, in place, until their norm is at most ``max_norm``; the norm before.

    g ← g min(1, max_norm / (‖g‖ + 1e-6)), where ‖g‖² is the sum over all entries of all gradients: the direction of
    the step stays. As torch.nn.utils.clip_grad_norm_ (Pascanu et al. 2013).
    """
    max_norm = not_negative("max_norm", max_norm)
    grads = {id(dW): dW for dW in network.grads.values()}  # an array that two parameters share counts once
    if not grads:
        raise RuntimeError("clip_by_norm before backward(dY): there is no gradient yet")
    norm = math.hypot(*(float(np.linalg.norm(dW.ravel())) for dW in grads.values()))
    if not norm + 1e-6 <= max_norm:  # NaN is passed on
        for dW in grads.values():
            np.multiply(dW, max_norm / (norm + 1e-6), out=dW)
    return norm

"""A chain as a NumPy program: what it computes is what autograd finds."""

import numpy as np
import pytest
import torch
from scipy.special import erf
from sympy import Sum, exp, sqrt

from helpers.compare.meaning import random_numbers
from helpers.derive import Chain, Definition, L, backpropagate, indices, sizes, tensor
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import is_number
from helpers.derive.program import backward_source, forward_source


def run(source, **values):
    """What the lines of a program assign, over what is given."""
    known = {"np": np, "erf": erf, **values}
    exec(source, known)
    return known


def given_values(chain, numbers):
    """The leaves and the numbers of a chain as arrays; sizes are for the program to read."""
    values = {code_name(name_of(t)): numbers.array(t).numpy() for t in chain.leaves}
    return values | {code_name(s): float(v) for s, v in numbers.values.items() if getattr(s, "is_Symbol", False)}


def assert_the_program_is_right(chain, gradients, sizes=None, seed=1):
    """Forward, then backward from a random upstream gradient of the output, against autograd through the definitions."""
    numbers = random_numbers(chain, seed=seed, sizes=sizes)
    values = given_values(chain, numbers)
    forward = run(forward_source(chain), **values)
    for d in chain:
        np.testing.assert_allclose(forward[code_name(name_of(d.tensor))], numbers.array(d.tensor), rtol=1e-11, atol=1e-13)
    output = chain.output.tensor
    if output != L:
        forward[f"d{code_name(name_of(output))}"] = numbers.upstream(next(iter(upstreams(gradients, output)))).numpy()
    backward = run(backward_source(chain, gradients), **forward)
    for name, derivation in gradients.items():
        want = numbers.value(derivation.left, derivation.free)
        np.testing.assert_allclose(backward[code_name(name)], want, rtol=1e-10, atol=1e-12, err_msg=name)

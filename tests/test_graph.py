"""The graph engine against PyTorch, first and second order."""

import numpy as np
import pytest

from helpers.implement.graph import Node, gradient, hessian_vector_product


def test_the_second_derivative_with_its_mixed_term():
    x = Node(0.7, "x")
    y, z = x.sin(), x.exp()
    l = y * z
    (dx,) = gradient(l, [x], create_graph=True)
    (ddx,) = gradient(dx, [x])
    assert ddx == pytest.approx(2 * np.cos(0.7) * np.exp(0.7), rel=1e-14)
    l.backward()
    assert x.grad == pytest.approx(float(dx), rel=1e-14)


def test_hessian_vector_product():
    H = hessian_vector_product(lambda x: (x**3).sum(), [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    assert np.array_equal(H[0], [6.0, 120.0])

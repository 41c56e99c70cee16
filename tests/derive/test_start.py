"""Where a derivation starts: letters that keep apart, and what there is to derive."""

import pytest
from sympy import Idx, Indexed, Sum, exp

from helpers.compare import check
from helpers.derive import Definition, backpropagate, gradient, indices, jacobian, latex, sizes, tensor

S, N = sizes("S N")
(m, i), (n, j, k) = indices("m i", S), indices("n j k", N)
X, Y = tensor("X", S, N), tensor("Y", S, N)
SOFTMAX = Definition(Y[m, n], exp(X[m, n]) / Sum(exp(X[m, k]), k))


@pytest.mark.parametrize("entry", [X[m, n], X[m, k], X[i, n], X[i, j]], ids=str)
def test_an_entry_in_the_letters_of_the_definition(entry):
    """Each axis of Y keeps a letter of its own, also where X takes both of them."""
    J, dX = jacobian(SOFTMAX, entry), gradient(SOFTMAX, entry)
    assert len(set(map(str, J.free))) == 4
    assert check(J).worst < 1e-12 and check(dX).worst < 1e-12


def test_no_index_takes_the_letter_of_a_tensor():
    """q_m K_n of which K is called k: in the gradient no letter is k besides."""
    q, keys, A = tensor("q", S, S), tensor("k", N, S), tensor("A", S, N)
    scores = Definition(A[m, n], exp(Sum(q[m, i] * keys[n, i], i)))
    dk = gradient(scores, keys)
    assert "k" not in {str(letter) for line in dk.lines for letter in line.expression.atoms(Idx)}
    assert check(dk).worst < 1e-12


def test_the_gradient_of_the_last_quantity_is_given():
    for derive in (gradient, backpropagate):
        with pytest.raises(ValueError, match="Y is the last quantity: its upstream gradient is given"):
            derive(SOFTMAX, Y)


def test_a_readers_tensor_may_be_called_as_an_upstream_gradient_is():
    """dY beside Y, dt beside t: dL/dY is then grad_Y in code, and stays ∂L/∂Y on paper."""
    own, W, t, dt = tensor("dY", S, N), tensor("W", N, N), tensor("t", N), tensor("dt", N)
    layer = gradient(Definition(Y[m, n], own[m, n] * Sum(X[m, k] * W[n, k], k)), W)
    square = gradient(Definition(t[n], dt[n] ** 2), dt)
    assert layer.numpy == "(grad_Y.T * dY.T) @ X" and square.numpy == "2 * grad_t * dt"
    assert latex(square.result) == r"2 \frac{\partial L}{\partial t_{i}} \mathrm{dt}_{i}"
    assert check(layer).worst < 1e-12 and check(square).worst < 1e-12
    net = Definition(t[n], dt[n] ** 2), Definition(Y[m, n], own[m, n] * t[n] * dt[n])
    both = gradient(net, dt, through=t)
    assert {str(e.base) for e in both.result.atoms(Indexed)} == {"dt", "grad_t", "grad_Y", "dY", "t"}
    assert check(both).worst < 1e-12
    with pytest.raises(ValueError, match="dt and grad_t are tensors here, rename one"):
        gradient(Definition(t[n], dt[n] * tensor("grad_t", N)[n]), dt)

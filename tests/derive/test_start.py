"""Where a derivation starts: letters that keep apart, and what there is to derive."""

import pytest
from sympy import Sum, exp

from helpers.compare import check
from helpers.derive import Definition, backpropagate, gradient, indices, jacobian, sizes, tensor

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


def test_the_gradient_of_the_last_quantity_is_given():
    for derive in (gradient, backpropagate):
        with pytest.raises(ValueError, match="Y is the last quantity: its upstream gradient is given"):
            derive(SOFTMAX, Y)

"""Every line of the textbook's list: derived, right, as compact, as matrices and as NumPy."""

import numpy as np
import pytest
from sympy import Indexed

from helpers.compare import LeftSide, numpy_function
from helpers.derive.matrix import as_matrices
from helpers.derive.names import code_name
from helpers.derive.notation import L, is_number
from helpers.derive.writing import writing
from tests.derive.textbook import LINES

TOLERANCE = 1e-10


def values_of(derivation, numbers):
    """Arrays, sizes and numbers by the names that the source has for them."""
    values = {code_name(size): n for size, n in numbers.sizes.items()}
    for entry in derivation.result.atoms(Indexed):
        array = numbers.array(entry.base).detach().numpy()
        values[code_name(entry.base.label)] = array.reshape(()) if is_number(entry) else array
    for letter in derivation.result.free_symbols & set(numbers.values):
        values[code_name(letter)] = float(numbers.values[letter])
    return values | ({"L": float(numbers.loss())} if derivation.result.has(L) else {})


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_it_is_the_line_of_the_textbook(line):
    derivation = line.derive()
    judge, book = LeftSide(derivation), line.book(*derivation.free)
    assert judge.verdict(derivation.result)
    assert judge.verdict(book)
    assert writing(derivation.result) <= 1.1 * writing(book)
    if len(derivation.free) <= 2:
        assert as_matrices(derivation.result, derivation.free)
    found = numpy_function(derivation)(**values_of(derivation, judge.numbers))
    np.testing.assert_allclose(found, judge.left, rtol=1e-9, atol=TOLERANCE * judge.scale)

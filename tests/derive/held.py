"""A derivation held to autograd: each of its lines, and what its NumPy computes."""

import numpy as np
from sympy import Indexed, Symbol

from helpers.compare import check, numpy_function
from helpers.compare.meaning import outputs_beside, random_numbers
from helpers.derive import Derivation, L, einsum_source, numpy_source
from helpers.derive.names import code_name
from helpers.derive.notation import is_number


def held(derivation: Derivation, *, numpy: str | None = None) -> Derivation:
    """The derivation; fails where a line, or the source of the last one in NumPy, differs from autograd."""
    assert check(derivation).worst < 1e-10
    if numpy is not None:
        assert derivation.numpy == numpy
    numbers = random_numbers(
        derivation.chain, derivation.facts, seed=1, beside=outputs_beside(derivation.chain, derivation.lines)
    )
    want = numbers.value(derivation.left, derivation.free).detach().numpy()
    values = {code_name(n): size for n, size in numbers.sizes.items()}
    values |= {code_name(s): float(v) for s, v in numbers.values.items() if isinstance(s, Symbol) and s != L}
    for entry in derivation.result.atoms(Indexed):
        array = numbers.array(entry.base).detach().numpy()
        values[code_name(entry.base.label)] = array.reshape(()) if is_number(entry) else array
    if derivation.result.has(L):
        values["L"] = float(numbers.loss())
    for source in (numpy_source, einsum_source):
        got = numpy_function(derivation, source=source)(**values)
        assert np.shape(got) == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-10)
    return derivation

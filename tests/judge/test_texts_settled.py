"""What settles a text that could be read in several ways, and what testifies of a mistake in it."""

import pytest

from helpers.judge.texts import judged, mark_text_by_its_own


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


def d(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


NORM = r"""$$\mu = \frac1m \sum_i x_i, \quad \sigma^2 = \frac1m \sum_i (x_i - \mu)^2$$
$$\hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat x_i + \beta$$
"""
HAT = r"\hat x_i"
OF_HAT = rf"$${d('L', HAT)} = \gamma {d('L', 'y_i')}$$"
FORGETFUL = rf"$${d('L', 'x_i')} = \frac{{\gamma}}{{\sqrt{{\sigma^2 + \epsilon}}}} {d('L', 'y_i')}$$"


def test_a_path_that_a_gradient_forgets_is_named_by_what_is_held_fixed():
    *_, last = judged(NORM + OF_HAT + FORGETFUL).claims
    assert (last.word, last.kind) == ("wrong", "path missing")
    assert "where μ and σ² are held fixed" in last.reason


def test_a_reading_under_which_the_definitions_do_not_hold_is_none():
    (claim,) = (c for c in judged(NORM + OF_HAT).claims if c.word != "definition")
    assert claim.taken == ("small letters are numbers",)  # γ x_i is no entry of a vector where γ is one


def test_where_a_gradient_is_zero_nothing_is_learned_and_another_draw_is_tried():
    hinge = r"$$L = \max(0, 1 - y f), \quad f = w^T x$$ "
    cases = r"\begin{cases} -y x & y f < 1 \\ 0 & \text{otherwise} \end{cases}"
    assert words(hinge + f"$${d('L', 'w')} = {cases}$$") == ["right"]
    assert words(hinge + f"$${d('L', 'w')} = -y x$$") != ["right"]


@pytest.mark.parametrize(
    "last, word", [(r"e x", "right"), (r"-e x", "wrong"), (r"e^2 x", "wrong"), (r"2 e x", "wrong")]
)
def test_e_is_a_letter_where_the_text_defines_it(last, word):
    text = r"$$e = \hat y - y, \quad E = \frac12 e^2, \quad \hat y = w x + b$$"
    assert words(f"{text} $${d('E', 'b')} = e$$ $${d('E', 'w')} = {last}$$") == ["right", word]


COLUMNS = r"""
$$Z^{[1]} = W^{[1]} X + b^{[1]},\ A^{[1]} = \tanh(Z^{[1]})$$
$$Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]},\ A^{[2]} = \sigma(Z^{[2]})$$
$$J = -\frac1m \sum_{i=1}^m \left(y^{(i)} \log a^{[2](i)} + (1 - y^{(i)}) \log(1 - a^{[2](i)})\right)$$
$$dZ^{[2]} = A^{[2]} - Y$$
$$db^{[2]} = \frac1m \sum_{i=1}^m dZ^{[2](i)}$$
"""


@pytest.mark.parametrize(
    "last, word",
    [
        (r"dW^{[2]} = \frac1m dZ^{[2]} A^{[1]T}", "right"),
        (r"dW^{[2]} = dZ^{[2]} A^{[1]T}", "wrong"),
        (r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 - (A^{[1]})^2)", "right"),
        (r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 - A^{[1]})", "wrong"),
    ],
)
def test_what_other_lines_need_is_tried_where_a_line_has_too_many_readings(last, word):
    assert words(f"{COLUMNS}$${last}$$") == ["right", "right", word]


PROGRAM = """Softmax:

```python
Y = X @ W + b  # forward
P = np.exp(Y) / np.exp(Y).sum(axis=1, keepdims=True)
L = -np.sum(T * np.log(P)) / N

dY = (P - T) / N
dW = (X.T @
      dY)
db = dY.sum(axis={axis})
```
"""


@pytest.mark.parametrize("axis, word", [(0, "right"), (1, "wrong")])
def test_a_fenced_block_that_only_names_arrays_is_read(axis, word):
    assert words(PROGRAM.replace("{axis}", str(axis))) == ["right", "right", word]


def test_a_dangling_index_is_not_summed_by_a_convention_for_repeated_ones():
    text = "Repeated indices are summed over (Einstein).\n\n$$Y_{sn} = X_{sm} W_{nm} + b_n$$ "
    right = f"$${d('L', 'X_{sm}')} = {d('L', 'Y_{sn}')} W_{{nm}}$$ "
    assert words(text + right + f"$${d('L', 'b_n')} = {d('L', 'Y_{sn}')}$$") == ["right", "not judged"]

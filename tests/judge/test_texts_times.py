r"""Texts about times: recurrences, first states, a loss of one time or of all."""

import pytest

from helpers.judge.texts import mark_text_by_its_own
from helpers.read.claims.times import steps_in


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


def d(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


SCALAR = r"$$s_t = \tanh(q_t), \quad q_t = a r_t + b s_{t-1}, \quad E_t = \frac12 (s_t - y_t)^2$$" + "\n\n"

JUDGED = {
    "a state by a weight": (
        SCALAR + f"$${d('s_t', 'b')} = (1 - s_t^2)(s_{{t-1}} + b {d('s_{t-1}', 'b')})$$",
        "right",
    ),
    "what came before forgotten": (
        SCALAR + f"$${d('s_t', 'a')} = (1 - s_t^2) (r_t + {d('s_{t-1}', 'a')})$$",
        "wrong",
    ),
    "the loss of a time": (SCALAR + f"$${d('E_t', 's_t')} = s_t - y_t$$", "right"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_recurrence_is_judged(name):
    text, word = JUDGED[name]
    known = f"$${d('E_t', 'q_t')} = (s_t - y_t) (1 - s_t^2)$$ $${d('q_t', 'b')} = s_{{t-1}} + b {d('s_{t-1}', 'b')}$$"
    assert words(text + "\n\n" + known)[0] == word


def test_a_first_state_is_its_own_definition():
    text = r"$$q^t = a r^t + b s^{t-1}$$ $$q^0 = a r^0$$ $$s^t = \tanh(q^t)$$" + "\n\n"
    claims = f"$${d('s^0', 'a')} = (1 - (s^0)^2) r^0$$ $${d('s^0', 'b')} = 0$$ $${d('s^0', 'a')} = (1 - (s^0)^2) r^t$$"
    assert words(text + claims) == ["right", "right", "wrong"]


def test_labels_above_are_no_times():
    text = r"$$Q = X W^Q, \quad K = X W^K, \quad S = Q K^T$$" + "\n\n"
    right = f"$${d('L', 'W^Q')} = X^T {d('L', 'Q')}$$ $${d('L', 'W^K')} = X^T {d('L', 'K')}$$"
    wrong = f"$${d('L', 'W^Q')} = X^T {d('L', 'K')}$$"
    assert words(text + right + wrong) == ["right", "right", "wrong"]


def test_steps_of_nothing():
    assert not steps_in([], set()).letters


CELL = (
    r"$$p_t = \sigma(A_p [r_t, s_{t-1}] + b_p), \quad q_t = \tanh(A_q [r_t, s_{t-1}] + b_q)$$"
    + "\n\n"
    + r"$$m_t = p_t \odot m_{t-1} + q_t, \quad s_t = \tanh(m_t)$$"
    + "\n\n"
)
CELL_RIGHT = (
    f"$${d('L', 'm_t')} = {d('L', 's_t')} \\odot (1 - \\tanh^2(m_t))$$"
    f"$${d('L', 'q_t')} = {d('L', 'm_t')}$$ $${d('L', 'm_{t-1}')} = {d('L', 'm_t')} \\odot p_t$$"
)


def test_a_cell_with_stacked_inputs_is_judged_with_its_states_given():
    assert words(CELL + CELL_RIGHT) == ["right"] * 3


def test_a_gate_without_half_of_its_slope_is_wrong():
    wrong = f"$${d('L', 'b_p')} = {d('L', 'm_t')} \\odot m_{{t-1}} \\odot (1 - p_t)$$"
    assert words(CELL + CELL_RIGHT + wrong)[-1] == "wrong"


def test_no_formula_is_judged_for_the_gradient_of_an_open_loss():
    text = r"$$z = A u, \quad p = \text{softmax}(z)$$" + "\n\n" + f"$${d('L', 'u')} = A^T {d('L', 'z')}$$"
    assert words(text + f"$${d('L', 'z')} = p - q$$") == ["right", "not judged"]


CHAINS = r"$$s_t = \tanh(A r_t + B s_{t-1}), \quad E_t = \frac12 \|s_t - y_t\|^2$$" + "\n\n"
LINKS = rf"\prod_{{j=k+1}}^{{t}} {d('s_j', 's_{j-1}')}"


@pytest.mark.parametrize(("first", "word"), [("1", "right"), ("2", "not right")])
def test_a_sum_over_times_is_spelt_out(first, word):
    claim = (
        rf"$${d('E_t', 'B')} = \sum_{{k={first}}}^t {d('E_t', 's_t')} ({LINKS}) {d('s_k', 'B')}$$"
        rf"$${d('s_t', 's_k')} = {LINKS}$$"
    )
    said, chain = words(CHAINS + claim)
    assert (said == "right") == (word == "right")
    assert chain == "right"


def test_doubled_backslashes_are_those_of_markdown():
    rows = "\\\\[\\begin{align} y & = a x \\\\\\\\\\\n z & = b y \\end{align}\\\\]"
    text = f"{rows}\n\n$${d('z', 'x')} = a b$$"
    assert [c.word for c in mark_text_by_its_own(text)] == ["definition", "definition", "right"]


def test_two_vectors_behind_a_matrix_may_be_multiplied_first():
    text = (
        r"$$z = A u, \quad s = \tanh(z), \quad q = B s$$" + "\n\n" + f"$${d('E', 's')} = B^T {d('E', 'q')}$$"
    )
    claims = (
        f"$${d('E', 'u')} = A^T {d('E', 's')} (1 - s^2)$$ $${d('E', 'z')} = {d('E', 's')} \\odot (1 - s^2)$$"
    )
    assert words(text + claims) == ["right", "not judged", "right"]


RECURRENT = (
    r"$$A_{tn} = \sum_p W_{np} X_{tp} + \sum_k U_{nk} H_{t-1,k} + b_n$$ $$H_{tn} = \tanh(A_{tn})$$ $$Y_{tn} = H_{tn}$$"
    + "\n\n"
)
ALL_USES = rf"$${d('L', 'U_{ij}')} = \sum_t {d('L', 'A_{ti}')} H_{{t%s,j}}$$"
STATE = f"$${d('L', 'H_{tj}')} = {d('L', 'Y_{tj}')} + \\sum_n {d('L', 'A_{t+1,n}')} U_{{nj}}$$"


def test_the_time_of_a_state_is_told_in_a_sum_over_all_times():
    text = RECURRENT + ALL_USES % "-1" + STATE + STATE.replace("nj", "jn") + ALL_USES % ""
    right, state, transposed, late = (c.verdict for c in mark_text_by_its_own(text) if c.word != "definition")
    assert right.right and state.right
    assert transposed.kind == "transposed"
    assert late.kind == "wrong index" and late.pieces["slip"].at.name == "H"


def test_a_loss_of_one_time_is_no_reading_of_a_sum_over_all():
    claim = next(c for c in mark_text_by_its_own(RECURRENT + ALL_USES % "") if c.word != "definition")
    assert "does not depend" not in str(claim.verdict.pieces)


def test_a_state_by_a_matrix_is_a_sum_of_chains():
    text = r"$$s_t = \tanh(A r_t + B s_{t-1})$$" + "\n\n"
    chain = r"\left( \prod_{j=k+1}^t " + d("s_j", "s_{j-1}") + r" \right) " + d("s_k", "B")
    right = f"$${d('s_t', 'B')} = \\sum_{{k=1}}^t {chain}$$ "
    wrong = f"$${d('s_t', 'B')} = \\sum_{{k=2}}^t {chain}$$ "
    assert words(text + right + wrong) == ["right", "not judged"]

r"""Small texts, each judged by its own definitions: which of their equalities are right, wrong, not judged."""

import pytest

from helpers.judge.texts import mark_text_by_its_own
from helpers.verdict import Kind

D = r"\frac{\partial %s}{\partial %s}"


def d(above: str, below: str) -> str:
    return D % (above, below)


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


def taken(text: str) -> set[str]:
    return {t for c in mark_text_by_its_own(text) if c.verdict for t in c.verdict.pieces.get("taken", ())}


AFFINE = "$Y = X W$ with a sample in each row.\n\n"
COLUMNS = "$U = A V$, a sample in each column.\n\n"
SOFTMAX = r"$$p_i = \frac{e^{u_i}}{\sum_j e^{u_j}}$$" + "\n\n"
CROSS = SOFTMAX + r"$$J = -\sum_i q_i \ln p_i$$" + "\n\n"
NORM = (
    r"$$m = \frac{1}{n} \sum_{i=1}^n u_i, \quad v = \frac{1}{n} \sum_{i=1}^n (u_i - m)^2, \quad "
    r"z_i = \frac{u_i - m}{\sqrt{v + \epsilon}}$$" + "\n\n"
)
LAYERS = (
    r"$$z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}, \quad a^{(l)} = \tanh(z^{(l)}), \quad C = \frac12 \|a^{(L)} - y\|^2$$"
    + "\n\n"
)
RIDGE = r"$$J(w) = \|A w - c\|^2 + \lambda \|w\|^2$$" + "\n\n"
ATTENTION = r"$$S = Q K^T, \quad P = \text{softmax}(S), \quad O = P V$$" + "\n\n"

P_U, V_U, Z_L = d("p_i", "u_k"), d("v", "u_k"), d("C", "z^{(L)}")
L_Y, L_X, L_W = d("L", "Y"), d("L", "X"), d("L", "W")
H = f"$$Y_{{ij}} = h(X_{{ij}})$$ $${d('L', 'X_{ij}')} = {d('L', 'Y_{ij}')} h'(X_{{ij}})"

RIGHT = {
    "a linear layer": AFFINE + f"$${L_W} = X^T {L_Y}$$ $${L_X} = {L_Y} W^T$$",
    "its entries": AFFINE + rf"$${d('L', 'W_{ij}')} = \sum_m X_{{mi}} {d('L', 'Y_{mj}')}$$",
    "columns": COLUMNS + f"$${d('E', 'A')} = {d('E', 'U')} V^T$$",
    "nabla": COLUMNS + r"$$\nabla_V E = A^T \nabla_U E$$",
    "short gradients": "Y = X W\n\ndX = dY W^T\n\ndW = X^T dY",
    "derivatives with a slash": "Y = X + X W^T\n\ndL/dX = dL/dY + dL/dY W\n\ndL/dW = dL/dY^T X",
    "entries from a keyboard": "y_i = sum_j W_ij x_j\n\ndL/dW_ij = dL/dy_i x_j\n\ndL/dx_j = sum_i dL/dy_i W_ij",
    "another letter case": "$$y = x A^T$$ $$dX = dY A$$ $$dA = dY^T X$$",
    "a Jacobian": SOFTMAX + rf"$${P_U} = p_i (\delta_{{ik}} - p_k)$$",
    "an indicator": SOFTMAX + rf"$${P_U} = p_i (\mathbb{{1}}_{{i = k}} - p_k)$$",
    "cases": SOFTMAX
    + rf"$${P_U} = \begin{{cases}} p_i (1 - p_i) & i = k \\ -p_i p_k & i \ne k \end{{cases}}$$",
    "a case in words": SOFTMAX + f"If $i = k$, then\n\n$${P_U} = p_i (1 - p_k)$$",
    "a mean and a variance": NORM + rf"$${V_U} = \frac{{2}}{{n}} (u_k - m)$$",
    "a normalised entry": NORM
    + rf"$${d('z_i', 'u_k')} = \frac{{1}}{{\sqrt{{v + \epsilon}}}} (\delta_{{ik}} - \frac1n - \frac1n z_i z_k)$$",
    "an error of a layer": LAYERS
    + rf"$$\delta^{{(L)}} = {Z_L}$$ "
    + r"$$\delta^{(l)} = ((W^{(l+1)})^T \delta^{(l+1)}) \odot (1 - a^{(l)} \odot a^{(l)})$$",
    "a layer's weights": LAYERS + rf"$${d('C', 'W^{(l)}')} = {d('C', 'z^{(l)}')} (a^{{(l-1)}})^T$$",
    "least squares": RIDGE + r"$$\nabla_w J = 2 A^T (A w - c) + 2 \lambda w$$",
    "a gradient of what is said": RIDGE + r"$$\nabla J = 2 A^T (A w - c) + 2 \lambda w$$",
    "attention": ATTENTION + f"$${d('L', 'V')} = P^T {d('L', 'O')}$$ $${d('L', 'Q')} = {d('L', 'S')} K$$",
    "a function of a number": r"$$s(x) = \frac{1}{1 + e^{-x}}$$ $$s'(x) = s(x) (1 - s(x))$$",
    "a function without its argument": r"$$s(x) = \frac{1}{1 + e^{-x}}$$ $$\frac{ds}{dx} = s(x) (1 - s(x))$$",
    "any function": H + "$$",
    "boxes and colours": AFFINE + rf"$$\boxed{{{L_W} = \color{{red}}{{X^T}} {L_Y}}}$$",
    "several in a row": AFFINE + rf"$${L_X} = {L_Y} W^T, \quad {L_W} = X^T {L_Y}$$",
    "a chain that goes on": SOFTMAX + rf"$${P_U} = p_i \delta_{{ik}} - p_i p_k$$ $$= p_i (\delta_{{ik}} - p_k)$$",
    "a family that a heading names": f"# Linear layer\n\n$${d('L', 'b_i')} = \\sum_m {d('L', 'Y_{mi}')}$$",
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_follows_from_the_text_is_right(name):
    assert set(words(RIGHT[name])) == {"right"}


WRONG = {  # a text with one right line and a wrong one behind it, and the kind of its mistake
    "transposed": (AFFINE + f"$${L_X} = {L_Y} W^T$$ $${L_W} = X {L_Y}$$", Kind.TRANSPOSED),
    "a sign": (
        SOFTMAX + rf"$${P_U} = p_i (\delta_{{ik}} - p_k) = p_i (p_k - \delta_{{ik}})$$", Kind.SIGN
    ),
    "a factor": (RIDGE + r"$$\nabla_w J = 2 A^T (A w - c) + 2 \lambda w = A^T (A w - c) + \lambda w$$", Kind.FACTOR),
    "the diagonal only": (
        SOFTMAX + rf"$${P_U} = p_i (\delta_{{ik}} - p_k)$$ $${P_U} = p_i (1 - p_i) \delta_{{ik}}$$",
        Kind.DIAGONAL_ONLY,
    ),
    "a term left out": (NORM + rf"$${V_U} = \frac2n (u_k - m)$$ $${V_U} = \frac2n u_k$$", Kind.TERM_MISSING),
    "a wrong axis": (
        ATTENTION + f"$${d('L', 'Q')} = {d('L', 'S')} K$$ $${d('L', 'K')} = {d('L', 'S')} Q$$", Kind.TRANSPOSED
    ),
    "a function for its derivative": (
        H + f" = {d('L', 'Y_{ij}')} h(X_{{ij}})$$",
        Kind.WRONG_FUNCTION,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_follow_is_wrong_and_what_kind_of_mistake_it_is(name):
    text, kind = WRONG[name]
    claims = [c for c in mark_text_by_its_own(text) if c.verdict is not None]
    assert [c.word for c in claims] == ["right", "wrong"]
    assert claims[1].verdict.kind is kind


NOT_JUDGED = {
    "a letter that nobody defines": AFFINE + f"$${L_X} = {L_Y} R$$",
    "a derivative of what is not defined": f"$${d('G', 'x')} = 2 x$$",
    "an equation to be solved": RIDGE + r"$$2 A^T (A w - c) + 2 \lambda w = 0$$",
    "no ∂ above": AFFINE + r"$$\frac{Y}{\partial X} = W$$",
    "a condition that is not understood": "$$y_i = x_i^2$$\n\nIf $x_i > 3$, then\n\n"
    + f"$${d('y_i', 'x_i')} = 5$$",
    "a formula that does not end": AFFINE + r"$$\frac{\partial L}{\partial X} = (W$$",
    "one line alone": AFFINE + f"$${L_W} = X {L_Y}$$",
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_what_is_not_understood_is_not_judged_and_says_why(name):
    claims = [c for c in mark_text_by_its_own(NOT_JUDGED[name]) if c.verdict is not None]
    assert claims and {c.word for c in claims} == {"not judged"}
    assert all(c.said for c in claims)


def test_a_right_line_names_the_conventions_that_it_needs():
    gradient = f"$${d('J', 'u_k')} = p_k - q_k$$"
    assert taken(CROSS + gradient) == {"targets that sum to 1"}
    assert taken(CROSS + f"$${d('J', 'u_k')} = p_k \\sum_i q_i - q_k$$") == set()
    layout = f"$${L_W} = {L_Y} X$$ $${L_X} = W {L_Y}$$"
    assert taken(AFFINE + layout) == {"a gradient has the shape of its letter's transpose"}


def test_a_convention_that_the_text_states_is_no_choice():
    gradient = f"$${d('J', 'u_k')} = p_k - q_k$$"
    assert words("The targets $q$ are one-hot.\n\n" + CROSS + gradient) == ["right"]
    assert taken("The targets $q$ are one-hot.\n\n" + CROSS + gradient) == set()


def test_a_factor_is_named_by_the_sizes_of_the_text():
    text = NORM + rf"$${V_U} = \frac2n (u_k - m) = 2 (u_k - m)$$"
    assert [c.said for c in mark_text_by_its_own(text)][-1].startswith("factor: n = ")


def test_a_convention_holds_for_the_whole_text():
    both = f"$${L_X} = {L_Y} W^T$$ $${L_W} = X^T {L_Y}$$"
    assert words(AFFINE + both + f"$${L_W} = {L_Y} X$$") == ["right", "right", "wrong"]


def test_a_row_stands_for_a_column_only_if_another_line_needs_it_too():
    text = r"For $x \in \mathbb{R}^n$, $$y = A x$$ " + f"$${d('L', 'A')} = {d('L', 'y')} x$$"
    assert words(text) == ["not judged"]


def test_einsteins_sums_are_read_only_where_the_text_speaks_of_them():
    text = f"$$Y_{{ij}} = X_{{ik}} W_{{jk}}$$ $${d('L', 'X_{mn}')} = {d('L', 'Y_{mj}')} W_{{jn}}$$"
    assert words("An index that occurs twice is summed over (Einstein).\n\n" + text) == ["right"]
    assert words(text) == ["not judged"]


def test_a_line_that_fits_a_loose_reading_alone_does_not_make_the_others_wrong():
    ends = f"$${d('J', 'W')} = h^T {d('J', 'z')}$$ $${d('J', 'W')} = {d('J', 'z')} h^T$$"
    text = r"For $h \in \mathbb{R}^m$, $$z = h W$$ " + f"$${d('J', 'h')} = {d('J', 'z')} W^T$$ {ends}"
    assert words(text)[:2] == ["right", "right"]


def test_the_entries_of_a_matrix_may_be_small():
    text = f"$$Y = W X, \\quad y_{{ij}} = \\sum_a w_{{ia}} x_{{aj}}$$ $${L_X} = W^T {L_Y}$$"
    entries = rf"$${d('L', 'x_{mn}')} = \sum_i {d('L', 'y_{in}')} w_{{im}}$$"
    assert words(text + entries) == ["right", "right", "right"]


def test_a_derivative_may_be_given_a_name_at_the_end():
    text = (
        CROSS + rf"With $\sum_i q_i = 1$: $${d('J', 'u_k')} = p_k - q_k = \delta_k$$ $$\delta_k = p_k - q_k$$"
    )
    assert "wrong" not in words(text) and words(text).count("right") >= 2


def test_a_letter_that_ends_a_chain_and_stands_nowhere_before_is_a_name():
    text = r"$$s(x) = \frac{1}{1 + e^{-x}} = q$$ $$\frac{\partial q}{\partial x} = q (1 - q)$$"
    assert words(text) == ["right"]
    assert words(text + r"$$\frac{\partial q}{\partial x} = q (1 + q)$$") == ["right", "wrong"]


def test_what_nothing_explains_is_not_judged_and_a_slip_is_wrong():
    text = AFFINE + f"$${L_X} = {L_Y} W^T$$"
    assert words(text + f"$${L_W} = X {L_Y}$$") == ["right", "wrong"]
    claims = mark_text_by_its_own(text + f"$${L_W} = X^T X X^T {L_Y} W^T W$$")
    assert claims[-1].word == "not judged" and "no single slip" in claims[-1].said


def test_zero_is_a_claim_where_it_is_so():
    text = SOFTMAX + rf"If $i \neq k$: $${P_U} = - p_i p_k$$ $$\frac{{\partial a}}{{\partial u_k}} = 0$$"
    assert "wrong" not in words(text)


def test_each_claim_has_its_line_and_column():
    text = f"# Layer\n\n{AFFINE}We get ${L_X} = {L_Y} W^T$."
    definition, claim = mark_text_by_its_own(text)
    assert (definition.place.line, definition.place.column) == (3, 6)
    assert text.splitlines()[claim.place.line - 1][claim.place.column - 1 :].startswith(
        r"\frac{\partial L}{\partial Y} W"
    )


def test_a_heading_starts_anew_where_a_letter_is_defined_again():
    first = f"# One\n\n$$Y = X W$$ $${L_X} = {L_Y} W^T$$\n\n"
    second = f"# Two\n\n$$Y = W X$$ $${L_X} = W^T {L_Y}$$"
    assert words(first + second) == ["right", "right"]


BROKEN = [
    "",
    "$",
    "$$=$$",
    "$$x = $$",
    "$$ = = $$",
    r"$$\frac{\partial}{\partial}$$",
    "a = b = c = ",
    "{" * 80 + "$x = {$",
]
BROKEN += [
    r"$$x_{i_{j}} = x^{^2}$$",
    r"$$\sum = \sum_{}$$",
    "$$x = x$$",
    "$$I = 1$$",
    r"$$0 = \delta_{ii}$$",
    "$$y = 1/0$$",
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_text_raises_nothing(text):
    assert all(c.word != "right" or c.verdict for c in mark_text_by_its_own(text))


def test_a_number_may_stand_for_entries_that_are_all_equal():
    text = NORM + rf"$${d('m', 'u')} = \frac1n$$ $${V_U} = \frac2n (u_k - m)$$"
    assert words(text) == ["right", "right"]
    assert words(text + rf"$${d('v', 'u')} = \frac1n$$")[2] != "right"


def test_a_loss_may_have_any_letter_and_several_arguments():
    text = (
        CROSS.replace("J", r"\xi(q, p)")
        + rf"With $\sum_i q_i = 1$: $${d(chr(92) + 'xi', 'u_k')} = p_k - q_k$$"
    )
    assert words(text).count("right") >= 1 and "wrong" not in words(text)


def test_what_is_right_where_two_indices_differ_is_not_called_wrong():
    right = rf"$${P_U} = p_i (\delta_{{ik}} - p_k)$$"
    claims = mark_text_by_its_own(SOFTMAX + right + rf" $${P_U} = - p_i p_k$$")
    assert claims[-1].word == "not judged" and "right where i ≠ k" in claims[-1].said


def test_one_is_not_the_identity():
    text = r"$$z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}, \quad a^{(l)} = \tanh(z^{(l)})$$ "
    text += r"$$\frac{\partial z^{(l)}}{\partial a^{(l-1)}} = W^{(l)}$$ "
    text += r"$$\frac{\partial z^{(l)}}{\partial b^{(l)}} = %s$$"
    assert "right" not in words(text % "1")[1:]
    assert words(text % "I")[1:] == ["right"]

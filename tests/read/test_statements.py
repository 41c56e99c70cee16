"""Whatever people write becomes chains of equalities under their conditions; what claims nothing is left out."""

import pytest

from helpers.read.claims.statements import statements_of
from helpers.read.passages import read_passages


def said(text, kind="markdown"):
    """Each statement as its sides, with the indices that limit it."""
    out = []
    for s in statements_of(read_passages(text, kind)).statements:
        if len(s.parts) > 1:
            limit = s.parts[-1].indices
            out.append(
                " = ".join(p.text.strip(" ,.") for p in s.parts)
                + (f" ({limit[1]}{limit[0]}{limit[2]})" if limit else "")
            )
    return out


def errors(text):
    return [
        p.error for s in statements_of(read_passages(text, "markdown")).statements for p in s.parts if p.error
    ]


SEVERAL = {
    "an arrow": (r"$$a = b \Rightarrow c = d \iff e = f$$", ["a = b", "c = d", "e = f"]),
    "an arrow before the first": (r"$$a \Rightarrow b = c$$", ["b = c"]),
    "words": (r"$$a = b \text{ and } c = d, \text{ where } z = W x$$", ["z = W x", "a = b", "c = d"]),
    "a comma": (r"$$a = b, \quad c = d$$", ["a = b", "c = d"]),
    "a chain over a word": (r"$$a = b = c \text{ so } d = c$$", ["a = b = c", "d = c"]),
    "a chain that begins with the sign": ("$$a = b$$\n\nand so\n\n$$= c, \\quad d = e$$", ["a = b = c", "d = e"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_several_equalities_in_a_row(name):
    text, expected = SEVERAL[name]
    assert said(text) == expected


RELATIONS = {
    r"$$a = b \approx c$$": ["a = b"],
    r"$$a \propto b$$": [],
    r"$$a \approx b = c$$": ["b = c"],
    r"$$a \le b = c$$": ["b = c"],
    r"$$w \leftarrow w - \eta g$$": [],
    r"$$a \ne b c$$": [],
}


@pytest.mark.parametrize("text", RELATIONS)
def test_what_is_no_equality_makes_none(text):
    assert said(text) == RELATIONS[text]


@pytest.mark.parametrize(
    "text",
    [
        r"$$w := w - \eta g$$",
        r"$$w = w - \eta \frac{\partial L}{\partial w}$$",
        r"$$v g = \beta v g + (1 - \beta) g$$",
        r"$$\delta = \delta \odot f'(z)$$",
        r"$\eta = 0.01$",
        r"$$\sum_{i=1}^K x_i$$ $K = 10$",
        r"$$\sum_{i=1}^K x_i$$ where $K = n_y$",
        "{{< figure src=\"a.png\" caption=\"b = c\" >}}",
        "{% include image.html url=\"a = b\" %}",
        "![a = b](c=d.png)",
    ],
)  # fmt: skip
def test_what_claims_nothing_is_no_statement(text):
    assert said(text) == [] and errors(text) == []


def test_a_function_of_itself_is_no_update():
    assert said("$$f'(x) = f(x) (1 - f(x))$$") == ["f'(x) = f(x) (1 - f(x))"]
    assert said("$$C = C(a_1, ..., a_n)$$") == []


def test_numbers_that_are_put_in_end_no_chain():
    assert said(r"$$g = -(t - y) = -(0.01 - 0.75) = 0.74$$") == ["g = -(t - y)"]
    assert said(r"$$\frac{\partial b}{\partial b} = 1$$") == [r"\frac{\partial b}{\partial b} = 1"]


NAMES = {
    r"$$\frac{\partial Cost}{\partial w} = 2 (target - output) x$$",
    r"$$\frac{\partial E}{\partial net_{1}} = \frac{\partial E}{\partial out_{1}}$$",
    r"$$Loss = (y - net)^2$$ $$\frac{\partial Loss}{\partial net} = -2 (y - net)$$",
}


@pytest.mark.parametrize("text", sorted(NAMES))
def test_words_and_letters_side_by_side_may_be_names(text):
    assert said(text) and errors(text) == []


def test_a_word_of_a_sentence_is_no_name():
    assert said(r"$$a = b \text{ by the chain rule}$$") == ["a = b"]


D = r"\frac{\partial p_i}{\partial z_j}"
A, B = rf"{D} = p_i(1 - p_i)", rf"{D} = - p_i p_j"
HERE, THERE, WHOLE = f"{A} (i=j)", f"{B} (i≠j)", rf"{D} = p_i (\delta_{{ij}} - p_j)"
CASES = {
    "in a line": f"If $i = j$, then ${A}$. Otherwise ${B}$.",
    "in bold": f"**Case 1: $i = j$**\n\n$${A}$$\n\n**Case 2: $i \\neq j$**\n\n$${B}$$",
    "in headings": f"## Case $i = j$\n\nWe get\n\n$${A}$$\n\n## Case $i \\neq j$\n\n$${B}$$",
    "in items": f"- When $i = j$:\n  $${A}$$\n- When $i \\ne j$:\n  $${B}$$",
    "in a row": rf"$${A} \text{{ if }} i = j$$ $${B} \text{{ if }} i \neq j$$",
    "in front": rf"$$\text{{if }} i = j: \quad {A}$$ $$\text{{if }} i \neq j: \quad {B}$$",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_case_holds_for_its_claims(name):
    assert said(CASES[name]) == [HERE, THERE]


def test_a_case_lasts_until_another_a_heading_or_words_of_both():
    first = f"For the case when $i = j$:\n\n$${D} = p_i - p_i p_i$$\n\nThis simplifies to\n\n$${A}$$\n\n"
    second = f"When $i \\neq j$, it is similar. We have\n\n$${B}$$\n\n"
    assert said(first + second)[1:] == [HERE, THERE]
    assert said(f"{first}{second}Combining the two:\n\n$${WHOLE}$$")[-1] == WHOLE
    assert said(f"{first}{second}# Result\n\n$${WHOLE}$$")[-1] == WHOLE


def test_two_cases_at_once_limit_nothing():
    assert said(f"There are cases where $i = j$ and $i \\neq j$:\n\n$${WHOLE}$$") == [WHOLE]


@pytest.mark.parametrize(
    "text",
    [
        r"$$L = -\sum_{w \in Words} y_w \log p_w$$",
        r"$$p_j = \frac{e^{u_j}}{\sum_{j'=1}^{V} e^{u_{j'}}}$$",
        r"$$\frac{\partial E}{\partial w_{m', n'}} = \delta_{m'} x_{n'}$$",
        r"$$\bigg{(} a + b \bigg{)} c = d$$",
        r"$$\delta = \sigma'(z) g$$ $$\sigma = 2$$ $$\sigma^2 = v$$",
        r"$$J = y_iln(p_i) + (1 - y_i)ln(1 - p_i)$$",
        r"$$A = g_{\text{ReLU}}(Z)$$ $$B = g'_{\text{ReLU}}(Z)$$",
        r"$$C_0(...) = (a - t1)^2 + (b - t_2)^2$$",
        r"$$a = b \space.$$",
    ],
)
def test_ways_of_writing(text):
    assert said(text) and errors(text) == []


def test_how_far_an_index_runs_limits_nothing():
    for condition in (r"\text{for } c = 1, \dots, C", r"\text{for all } c \in \{1, 2\}", r"\forall c"):
        (statement,) = statements_of(read_passages(rf"$$a_c = b_c \quad {condition}$$")).statements
        assert not statement.parts[-1].limited
    (statement,) = statements_of(read_passages(r"$$a_c = b_c \quad \text{if } c \in S, c > 2$$")).statements
    assert statement.parts[-1].limited


@pytest.mark.parametrize(
    "text", ["$$a = b$$ $$= 0.5$$", "$$= 0.5$$", "$$a = , c = d$$", r"$$\Rightarrow$$", "$$if = 0.5 for$$"]
)
def test_broken_rows_raise_nothing(text):
    said(text)


def test_the_entries_of_a_letter_that_are_spelt_out_claim_nothing():
    for entries in (
        r"[x_1, x_2, \ldots, x_n]^T",
        r"\begin{bmatrix} x_{11} & x_{12} \\ x_{21} & x_{22} \end{bmatrix}",
    ):
        assert said(f"$$x = {entries}$$") == said(f"$$X = {entries}$$") == []
    assert said("$$x = [b_1, b_2]$$") == ["x = [b_1, b_2]"]


def test_a_primed_letter_and_empty_braces():
    text = r"$$\frac{\partial E}{\partial w'_{ij}} = d_j h_i + x_i'$$ $$L = -\sum_{w \in{V}}^{} y_w{}$$"
    assert len(said(text)) == 2 and errors(text) == []

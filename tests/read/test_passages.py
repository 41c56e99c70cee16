"""Any text becomes passages with their places; nothing is dropped without a word, and no text takes long."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.read.passages import Code, Heading, Mathematics, Place, Prose, passages_of, read_passages
from helpers.read.passages.places import Source


def rows(text, kind="markdown"):
    """The texts of all rows."""
    return [str(row.text) for row in read_passages(text, kind).rows]


def formulas(text, kind="markdown"):
    return [passage for passage in read_passages(text, kind).passages if isinstance(passage, Mathematics)]


def conditions(text, kind="markdown"):
    return [row.condition for row in read_passages(text, kind).rows]


def unread(text, kind="markdown"):
    return [(tuple(place)[:2], expected) for place, expected in read_passages(text, kind).unread]


# fences


@pytest.mark.parametrize(
    "text, fence, display",
    [
        ("so $a = b$ holds", "$", False),
        ("so $a\n= b$ holds", "$", False),
        ("so $`a = b`$ holds", "$`", False),
        (r"so \(a = b\) holds", r"\(", False),
        (r"so \\(a = b\\) holds", r"\\(", False),
        ("so $$a = b$$ holds", "$$", True),
        ("$$\na = b\n$$", "$$", True),
        ("$$\n\na = b\n\n$$", "$$", True),
        (r"\[ a = b \]", r"\[", True),
        (r"\\[ a = b \\]", r"\\[", True),
        ("```math\na = b\n```", "```math", True),
        ("```math a = b```", "```math", True),
        ("~~~math\na = b\n~~~", "~~~math", True),
        ("> $$\n> a = b\n> $$", "$$", True),
        ("- $$\n  a = b\n  $$", "$$", True),
        (r"\begin{equation*} a = b \end{equation*}", "equation", True),
        (r"\begin{gather} a = b \end{gather}", "gather", True),
        (r"\begin{multline} a = b \end{multline}", "multline", True),
    ],
)
def test_each_fence_is_read(text, fence, display):
    (formula,) = formulas(text)
    assert ["".join(row.text.split()) for row in formula.rows] == ["a=b"]
    assert (formula.fence, formula.display) == (fence, display)


@pytest.mark.parametrize(
    "environment",
    ["align", "align*", "aligned", "alignat", "split", "gathered", "eqnarray", "flalign", "array"],
)
def test_rows_of_an_environment(environment):
    specified = {"alignat": "{2}", "array": "{rcl}"}.get(environment, "")
    text = rf"\begin{{{environment}}}{specified} a &= b \nonumber \\[2pt] &= c \label{{eq:x}} \end{{{environment}}}"
    assert rows(text) == rows(f"$${text}$$") == ["a = b", "= c"]


def test_what_belongs_to_a_row_stays_in_its_text():
    cases = r"h = \begin{cases} x & x > 0 \\ 0 & x < 0 \end{cases}"
    matrix = r"M = \begin{bmatrix} a & b \\ c & d \end{bmatrix}"
    system = r"\left\{ \begin{array}{cc} a & j = n \\ b & j \ne n \end{array} \right."
    assert rows(rf"$${cases} \\ {matrix}$$") == [cases, matrix]
    assert rows(rf"$$f = {system}$$") == [f"f = {system}"]
    assert rows(r"$$\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.$$") == ["a = b", "c = d"]
    assert rows(r"$$\sum_{\substack{i \\ j}} a = b$$") == [r"\sum_{\substack{i \\ j}} a = b"]
    assert rows(r"$$a =\begin{aligned}[t] b \\ = c \end{aligned}$$") == ["a = b", "= c"]
    assert rows(r"$$\boxed{\begin{aligned} a &= b \\ &= c \end{aligned}}$$") == ["a = b", "= c"]


def test_a_row_that_begins_with_a_bracket_is_no_distance():
    assert rows(r"$$a = b \\ [x]_{ij} = c$$") == ["a = b", "[x]_{ij} = c"]


def test_two_equations_in_a_row_of_align():
    assert rows(r"\begin{align} z &= W x & a &= f(z) \\ c &= d \end{align}") == [
        "z = W x",
        "a = f(z)",
        "c = d",
    ]


def test_a_command_does_not_grow_into_the_next_cell():
    assert rows(r"\begin{align} \alpha&b = c \end{align}") == [r"\alpha b = c"]


def test_a_row_that_begins_with_an_operator_is_the_rest_of_the_one_before():
    assert rows(r"\begin{align} a &= b \\ &\quad + c \\ &= d \end{align}") == [r"a = b \quad + c", "= d"]
    assert rows(r"\begin{multline} a = b \\ (c) \end{multline}") == ["a = b (c)"]


def test_numbers_and_tags():
    row, other = read_passages(r"$$a = b \tag{2-1}$$ and $$c = d$$ (3)").rows
    assert (row.text, row.number, other.number) == ("a = b", "2-1", "3")
    (row,) = read_passages(r"$$1. \frac{a}{b} = c$$").rows
    assert (row.text, row.number) == (r"\frac{a}{b} = c", "1")


def test_an_equality_between_fences_is_one_formula():
    (formula,) = formulas(r"we have $dW$ = $dY^T X$ here")
    assert [str(row.text) for row in formula.rows] == ["dW = dY^T X"]


@pytest.mark.parametrize(
    "text", ["it costs $5 and $10 each", "between $5 and $10.", r"it is \$a = b\$", "`$a = b$`"]
)
def test_what_is_no_formula(text):
    assert not [f for f in formulas(text) if f.fence == "$"]


# places


def test_places_are_lines_and_columns():
    document = read_passages("word\n\n  $a = b$ then\n$$\nc\n= d\n$$\n")
    prose, inline, then, display = document.passages
    assert [p.place for p in (prose, inline, then, display)] == [
        Place(1, 1),
        Place(3, 3),
        Place(3, 11),
        Place(4, 1),
    ]
    (row,) = display.rows
    assert (row.place, row.at(row.text.index("d"))) == (Place(5, 1), Place(6, 3))
    assert str(Place(6, 3)) == "line 6, column 3"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\u2028", "\u2029", "\x85"])
def test_every_line_end_is_one(end):
    (row,) = read_passages(f"word{end}{end}$$a{end}= b$$").rows
    assert row.at(row.text.index("b")) == Place(4, 3)


def test_signs_that_look_like_others():
    assert rows("\ufeff$a\u00a0＝\u2009ｂ$") == ["a = b"]
    assert rows("$a &lt;&nbsp;b$") == ["a < b"]


def test_places_behind_macros_and_entities():
    text = "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\n$\\pd{L}{Wx} &lt; z$"
    (row,) = read_passages(text).rows
    assert row.text == r"\frac{\partial L}{\partial Wx} < z"
    for sign, column in (("L", 6), ("W", 9), ("x", 10), ("<", 13), ("z", 18), (r"\frac", 2)):
        assert row.at(row.text.index(sign)) == Place(3, column)


# conditions


@pytest.mark.parametrize(
    "row, formula, condition",
    [
        (r"a = b && \text{if } i = j", "a = b", r"\text{if } i = j"),
        (r"a &= b & \text{for } i \ne j", "a = b", r"\text{for } i \ne j"),
        (r"a = b \quad \text{if } i = j", "a = b", r"\text{if } i = j"),
        (r"a = b \text{ otherwise}", "a = b", r"\text{ otherwise}"),
        (r"a = b \quad (i = j)", "a = b", "(i = j)"),
        (r"a = b \qquad : i \neq j", "a = b", r": i \neq j"),
        (r"a = b, \quad i = j", "a = b,", "i = j"),
        (r"a = b, \; x_i > 0", "a = b,", "x_i > 0"),
        (r"a = b \quad \forall i", "a = b", r"\forall i"),
        (r"a = b \quad \text{(chain rule)}", "a = b", r"\text{(chain rule)}"),
        (r"\text{if } i = j: \quad a = b", "a = b", r"\text{if } i = j: \quad"),
        (r"a \le b \quad \text{since } b \ge 0", r"a \le b", r"\text{since } b \ge 0"),
        (r"a = \text{softmax}(b)", r"a = \text{softmax}(b)", ""),
        (r"f(b) = c_{i = j}", "f(b) = c_{i = j}", ""),
        (r"a = b, \quad C = D", r"a = b, \quad C = D", ""),
    ],
)
def test_the_condition_beside_a_row(row, formula, condition):
    (read,) = read_passages(rf"\begin{{align}} {row} \end{{align}}").rows
    assert (read.text, read.condition) == (formula, condition)


def test_a_condition_knows_its_places():
    (row,) = read_passages(r"$a = b \text{ if } i = j$").rows
    (condition,) = row.conditions
    assert condition.at(condition.index("j")) == Place(1, 24)


def test_two_cases_in_one_row():
    text = r"$$a = b \text{ if } i = j, \quad a = c \text{ if } i \ne j$$"
    assert rows(text) == ["a = b", "a = c"]
    assert conditions(text) == [r"\text{ if } i = j, \quad", r"\text{ if } i \ne j"]


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("If $i = j$, then\n\n$$a = b$$", ["", "If $i = j$"]),
        ("If i = j, then\n\n$$a = b$$", ["If i = j"]),
        (
            "If $i = j$, then\n\n$$a = b$$\n\nIf $i \\ne j$,\n$$a = c$$",
            ["", "If $i = j$", "", "If $i \\ne j$"],
        ),
        ("Otherwise,\n\n$$a = b$$", ["Otherwise"]),
        ("If $i = j$, it is so. In general,\n$$a = b$$", ["", ""]),
        ("If $i = j$, then\n\n$$a = b$$\n\n# Next\n\n$$c = d$$", ["", "If $i = j$", ""]),
        ("$$a = b$$ if $i = j$ and $$a = c$$ if $i \\ne j$.", ["if $i = j$", "", "if $i \\ne j$", ""]),
        ("For $Y = X W^T$ we get $$a = b$$", ["", ""]),
        ("where $y = z$, so $$a = b$$", ["", ""]),
        ("if $y = 1$ then $$a = b$$", ["", "if $y = 1$"]),
        (
            "| case | value |\n|---|---|\n| $i = j$ | $a = b$ |\n| otherwise | $a = 0$ |",
            ["", "$i = j$", "otherwise"],
        ),
        ("| $i = j$ | $i \\ne j$ |\n|---|---|\n| $a = b$ | $a = 0$ |", ["", "", "$i = j$", "$i \\ne j$"]),
    ],
)
def test_the_condition_in_the_words_around(text, wanted):
    assert conditions(text) == wanted


def test_words_between_rows_state_a_condition():
    text = (
        r"\begin{align} a &= b \\ \text{In the case of } i = j \text{ we get:} \\ &= c \\"
        r" \text{In the case of } i \ne j \text{:} \\ &= d \\ \intertext{If $i > j$,} &= e \end{align}"
    )
    document = read_passages(text)
    first, same, other, _, last = document.rows
    assert [row.text for row in (first, same, other, last)] == ["a = b", "= c", "= d", "= e"]
    assert [row.continues for row in (same, other, last)] == [first] * 3
    assert [r"i = j \text" in same.condition, r"i \ne j \text" in other.condition] == [True, True]
    assert last.condition == "If $i > j$"


def test_a_formula_that_states_a_condition_claims_nothing():
    assert [row.governs for row in read_passages("If $i = j$, then $a = b$").rows] == [True, False]


# chains


@pytest.mark.parametrize(
    "text, chain",
    [
        (r"\begin{align} a &= b \\ &= c \\ &\approx d \\ e &= f \end{align}", [None, 0, 1, None]),
        ("$$a = b$$\n\n$$= c$$", [None, 0]),
        ("$$a = b$$ and by the chain rule $$\\propto c$$", [None, 0]),
        ("$$a =$$\n$$b$$", [None, 0]),
        (r"\begin{align} a &= b \\ \intertext{and so} &= c \end{align}", [None, 0]),
        (
            r"$$\begin{aligned} a &= \\ &= b \text{ if } i = j \\ &= c \text{ if } i \ne j \\ &= d \end{aligned}$$",
            [None, 0, 0, 0],
        ),
        ("$$a = b$$\n\n# Next\n\n$$= c$$", [None, None]),
        ("$$a = b$$\n\n$$\\overset{!}{=} c$$", [None, 0]),
        ("$$a = b$$\n\n$$\\stackrel{(1)}{=} c$$", [None, 0]),
    ],
)
def test_which_row_goes_on_with_which(text, chain):
    found = list(read_passages(text).rows)
    index = {id(row): k for k, row in enumerate(found)}
    assert [index.get(id(row.continues)) for row in found] == chain


# macros


@pytest.mark.parametrize(
    "definition, use, wanted",
    [
        (r"\newcommand{\E}{\mathbb{E}}", r"\E x", r"\mathbb{E} x"),
        (r"\newcommand\E{\mathbb{E}}", r"\E x", r"\mathbb{E} x"),
        (r"\newcommand{\pd}[2][L]{\frac{#1}{#2}}", r"\pd{x} + \pd[y]{z}", r"\frac{L}{x} + \frac{y}{z}"),
        (r"\renewcommand{\b}[1]{\boldsymbol{#1}}", r"\b X", r"\boldsymbol{X}"),
        (r"\def\d#1#2{#1/#2}", r"\d ab", "a/b"),
        (r"\DeclareMathOperator{\tr}{tr}", r"\tr A", r"\operatorname{tr} A"),
        (r"\DeclareMathOperator*{\am}{arg\,max}", r"\am_x", r"\operatorname{arg\,max}_x"),
        (r"\let\eps\varepsilon", r"\eps x", r"\varepsilon x"),
        (r"\let\old\phi\let\phi\varphi", r"\phi + \old", r"\varphi + \phi"),
        (r"\NewDocumentCommand{\q}{m O{y}}{#1_{#2}}", r"\q{a} \q{b}[c]", "a_{y} b_{c}"),
        (r"\newcommand{\x}{\y{1}}\newcommand{\y}[1]{y_#1}", r"\x", "y_1"),
        (r"\newcommand{\p}{\partial}", r"\p x", r"\partial x"),
        (r"\newcommand{\q}[1]{\partial}", r"\q{a}x", r"\partial x"),
        (r"\newcommand{\p}[1]{\partial#1}", r"\p{x}", r"\partial x"),
    ],
)
def test_macros_of_the_author_are_written_out(definition, use, wanted):
    assert rows(f"{definition}\n\n${use}$", "latex") == rows(f"{definition}\n\n${use}$") == [wanted]


def test_macros_that_open_a_display():
    text = "\\newcommand{\\be}{\\begin{equation}}\\newcommand{\\ee}{\\end{equation}}\n\\be a = b \\ee"
    assert rows(text, "latex") == ["a = b"]


def test_a_macro_of_a_package_that_is_not_there_is_named():
    document = read_passages(r"$\foo{X} = \alpha$ and $\foo Y$")
    assert document.unknown_macros == {r"\foo": Place(1, 2)}
    assert [row.text for row in document.rows] == [r"\foo{X} = \alpha", r"\foo Y"]


def test_a_macro_without_end_is_said():
    text = "\\newcommand{\\a}{\\b x}\\newcommand{\\b}{\\a y}\n\n$\\a$ and $c = d$"
    assert "an end of the macro" in unread(text)[0][1]
    assert rows(text)[-1] == "c = d"


# kinds


def test_latex():
    text = r"""\documentclass{article} % a comment
\newcommand{\R}{\mathbb{R}}
\begin{document}
\section{The loss}\label{sec:loss}
It rises by 5\%. % and $this is none
\begin{theorem} Let $x \in \R$. \end{theorem}
\begin{align} a &= b % \\ c
\\ &= 5\% \end{align}
\begin{verbatim}
$x = y$ % kept
\end{verbatim}
\begin{tabular}{cc} $i = j$ & $a = b$ \\ \hline otherwise & $a = 0$ \end{tabular}
\begin{comment} $gone = 1$ \end{comment}
\end{document}
$behind = 1$
"""
    document = read_passages(text)
    heading = next(p for p in document.passages if isinstance(p, Heading))
    (code,) = (p for p in document.passages if isinstance(p, Code))
    assert (heading.text, heading.level, heading.place) == ("The loss", 1, Place(4, 10))
    assert rows(text, None) == [r"x \in \mathbb{R}", "a = b", r"= 5\%", "i = j", "a = b", "a = 0"]
    assert conditions(text, None)[-2:] == ["$i = j$", "otherwise"]
    assert code.text.strip() == "$x = y$ % kept"
    assert {noise.kind for noise in document.noise} >= {"comment", "preamble", "behind the end", "macro"}
    assert not document.unread


def test_a_comment_swallows_no_display():
    assert rows("\\begin{align}\na &= b % why\n\\\\ &= c\n\\end{align}") == ["a = b", "= c"]
    assert rows("text\n\n$$ a = b % why $$\n\n$$c = d$$", "latex") == ["a = b", "c = d"]
    assert rows(r"$$ a = b % why \\ c = d $$") == ["a = b", "c = d"]


def test_markdown():
    text = """# One #

Two
===

**Three**

    indented = code

- item $a = b$
  1. nested

> quoted $c = d$

```python
dW = X.T @ dY  # lines that give names to arrays
db = dY.sum(
    axis=0)
```

```python
for x in X: print(x)
```
text <br> more <!-- $e = f$ -->
"""
    passages = read_passages(text).passages
    assert [(p.text, p.level) for p in passages if isinstance(p, Heading)] == [
        ("One", 1),
        ("Two", 1),
        ("Three", 7),
    ]
    assert [(p.text.strip(), p.language) for p in passages if isinstance(p, Code)] == [
        ("indented = code", ""),
        ("for x in X: print(x)", "python"),
    ]
    assert rows(text) == ["a = b", "c = d", "dW = X.T @ dY", "db = dY.sum(\n    axis=0)"]
    assert [p.text for p in passages if isinstance(p, Prose)] == ["item", "nested", "quoted", "text   more"]


def test_notebook(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# T\n", "\n", "$$a = b$$"]},
        {"cell_type": "code", "source": "x = 1\n", "outputs": [{}]},
        {"cell_type": "raw", "source": "raw"},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}))
    document = passages_of(path)
    assert [type(p) for p in document.passages] == [Heading, Mathematics, Code, Prose]
    assert next(document.rows).place == Place(3, 3, 1)
    assert document.passages[2].place == Place(1, 1, 2)
    assert [noise.kind for noise in document.noise][-1] == "output"
    broken = read_passages('{"cells": [', "notebook")
    assert broken.unread and isinstance(broken.passages[0], Code)


@pytest.mark.parametrize(
    "line, formula, display",
    [
        ("dW = X.T @ dY", "dW = X.T @ dY", True),
        ("    dW = X.T @ dY", "dW = X.T @ dY", True),
        ("So we get dW = dY.T @ X as seen before", "dW = dY.T @ X", False),
        ("loss = -sum(t * log(y))", "loss = -sum(t * log(y))", True),
        ("dY_i/dX_j ≈ y_i (1 - y_j)", "dY_i/dX_j ≈ y_i (1 - y_j)", True),
        ("db = dY.sum(axis=0)  (chain rule)", "db = dY.sum(axis=0)", False),
        ("dW = X.T @ dY  # shape (M, N)", "dW = X.T @ dY", False),
        ("Then db = dY.sum(0).", "db = dY.sum(0)", False),
        ("`dW = X.T @ dY`", "dW = X.T @ dY", True),
        ("a = b +\n  c", "a = b +", True),
        ("a = b\n  + c", "a = b\n  + c", True),
    ],
)
def test_formulas_typed_on_a_keyboard(line, formula, display):
    found = formulas(line, "plain")
    assert (found[0].rows[0].text, found[0].display, found[0].fence) == (formula, display, "plain")


def test_a_condition_typed_on_a_keyboard():
    (row,) = read_passages("dy_i/dx_j = y_i (1 - y_j) if i = j", "plain").rows
    assert (row.text, row.condition) == ("dy_i/dx_j = y_i (1 - y_j)", "if i = j")
    (row,) = read_passages("where a = b for all i != j", "plain").rows
    assert (row.text, row.condition) == ("a = b", "for all i != j")


@pytest.mark.parametrize(
    "line", ["The learning rate = 0.1 works.", "See https://a.b/c?d=e", "Nothing here", "run --lr=0.1"]
)
def test_words_are_no_formulas(line):
    assert rows(line, "plain") == []


def test_the_content_tells_the_kind(tmp_path):
    for name, text, wanted in (
        ("a.txt", "    a = b", ["a = b"]),
        ("a.md", "    a = b", []),
        ("a.tex", "a = b", []),
    ):
        (tmp_path / name).write_text(text)
        assert [row.text for row in passages_of(tmp_path / name).rows] == wanted


# what is missing


@pytest.mark.parametrize(
    "text, place, expected, wanted",
    [
        ("so $a = b and\n\n$c = d$", (1, 4), "a closing $", ["a = b and", "c = d"]),
        ("$$a = b\n\nNow we use the other rule.\n\n$$c = d$$", (1, 1), "a closing $$", ["a = b", "c = d"]),
        ("\\[a = b\n\nNow we use the other rule.", (1, 1), r"a closing \]", ["a = b"]),
        ("\\begin{align} a &= b\n\nNow we use the other rule.", (1, 1), r"\end{align}", ["a = b"]),
        ("a \\end{align} b", (1, 3), r"\begin{align} before \end{align}", []),
        ("```python\nx = 1", (1, 1), "a closing ```", []),
        ("$$ $$", (1, 1), "a formula behind $$", []),
    ],
)
def test_what_is_not_closed_is_read_to_a_sensible_end(text, place, expected, wanted):
    assert (place, expected) in unread(text)
    assert rows(text) == wanted


def lost(text, kind):
    """The characters of a text that stand in no passage or in two, and in no noise."""
    document, string = read_passages(text, kind), Source(text).string
    count = [string[k].isspace() for k in range(len(string))]
    noise = {k for kind, span, _ in document.noise for k in range(*span)}
    for passage in document.passages:
        for k in set(range(*passage.span)) - noise:
            count[k] += not string[k].isspace()
    return [(k, string[k]) for k in range(len(string)) if count[k] != 1 and k not in noise]


SIGNS = (
    r"$ $$ \[ \] \\ & { } | ` > - --- <!-- --> \item \tag{1} \label{x} \intertext{so} \section{S} \def\z{ $5"
)
ENVIRONMENTS = ["align", "cases", "verbatim", "tabular", "document", "comment"]
LINES = [
    "\n",
    "\n\n",
    "\r\n",
    "\u2028",
    "```\n",
    "```math\n",
    "# H\n",
    "| a | $b$ |\n",
    "|---|---|\n",
    "> ",
    "- ",
    "\\",
]
WORDS = ["a = b", "= c", "i = j", r"\text{if }", "% note", "words here ", "If ", "otherwise "]
PIECES = [*SIGNS.split(), *LINES, *WORDS]
PIECES += [rf"\{edge}{{{name}}}" for edge in ("begin", "end") for name in ENVIRONMENTS]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.sampled_from(["markdown", "latex", "plain"]))
def test_every_character_is_in_one_passage_or_in_noise(text, kind):
    assert lost(text, kind) == []


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    for kind in ("markdown", "latex", "plain", "notebook", None):
        read_passages(text, kind)


HOSTILE = {
    "a long line": "a" * 10_000_000,
    "dollars": "$" * 100_001,
    "brackets": r"\[" * 50_000,
    "nested": r"\begin{aligned}" * 1000 + "a = b",
    "nested cases": "$$" + r"\begin{cases}" * 1000 + "$$",
    "open macros": r"\newcommand{\a}{" * 10_000,
    "macros without end": r"\newcommand{\a}{\a\a}" + "$\\a$ " * 1000,
    "deep notebook": '{"cells":' + "[" * 100_000,
    "a long notebook": json.dumps({"cells": [{"cell_type": "markdown", "source": "$a$ $"}] * 20_000}),
    "a long cell": json.dumps({"cells": [{"cell_type": "markdown", "source": "$a$ " * 200_000}]}),
    "a long formula": "$$" + "a = b " * 10_000 + "$$",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_answered_soon_and_said(name):
    start = time.process_time()
    document = read_passages(HOSTILE[name])
    assert document.unread
    assert time.process_time() - start < 5

"""What people write is read, as they mean it; what cannot be read says so, in a second, and is never run."""

import ast
import builtins
import string
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.compare import LeftSide
from helpers.compare.derivation_check import all_derivations
from helpers.compare.left_side import Quantity
from helpers.derive import L, latex
from helpers.derive.matrix import as_matrices
from helpers.derive.rewrite import substitute
from helpers.read import read
from helpers.read.question import QUESTIONS, UNKNOWN, of_formula
from tests.compare.test_check import NAMES, made

FOLDER = Path(__file__).parents[2] / "helpers" / "exercises" / "reports"


def parts_of(text, name):
    """All parts of all statements."""
    return [part for statement in read(text, QUESTIONS[name]()) for part in statement.parts]


def verdict(text, name, given=None):
    """Is the last part of the text equal to its left side, by autograd?"""
    question = QUESTIONS[name]()
    (statement,) = read(text, question)
    left, part = statement.left, statement.parts[-1]
    assert not left.unreadable and not part.unreadable, (left.unreadable, part.unreadable)
    judge = LeftSide(Quantity(left.expression, statement.free, question.definitions, question.facts))
    return judge.verdict(part.expression)


# what derive/ prints reads back


def printed(derivation):
    """The lines of a derivation, its matrix form and its NumPy source, as text: left = right."""
    if isinstance(derivation.left, sp.Sum):
        return  # a sum over a row, which no text has a name for
    left = latex(derivation.left, derivation.left.x.indices)
    yield " = ".join(
        [left, *(latex(line.expression, derivation.left.x.indices) for line in derivation.lines)]
    )
    f, x = derivation.left.f, derivation.left.x.base
    if (f != L and not isinstance(f, sp.Indexed)) or not derivation.free:
        return  # a second derivative, or a number, has no name in code
    yield (f"d{f.base}/d{x}" if isinstance(f, sp.Indexed) else f"d{x}") + f" = {derivation.numpy}"
    try:
        as_matrices(derivation.result, derivation.free)
        yield str(derivation.matrix)
    except NotImplementedError:
        return


NORMS = ("batch_norm_inline", "layer_norm_sample", "group_norm")
WINDOWS = ("conv1d", "conv2d", "conv2d_bonus", "max_pool2d", "avg_pool2d", "global_avg_pool2d")
NOT_READ = dict.fromkeys(NORMS, "its names and sums of zero") | dict.fromkeys(WINDOWS, "letters with a prime")
NOT_READ |= dict.fromkeys(("rnn", "lstm", "gru", "gru_outside"), "a bracket for the first time")
NOT_READ |= dict.fromkeys(("embedding", "tied_weights", "nll", "cross_entropy_of_ids"), "an id as an index")
NOT_READ |= {"relative_attention": "an index such as t + T - i - 1"}
PRINTED = [
    pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=NOT_READ[name]))
    if name in NOT_READ
    else name
    for name in NAMES
]


@pytest.mark.parametrize("name", PRINTED)
def test_what_derive_prints_reads_back_to_the_same_numbers(name, record_property):
    """Every line, matrix form and NumPy source of every formula, but for those that cannot be read yet."""
    formula, count = made(name), 0
    question = of_formula(lambda: formula, name, functions=UNKNOWN, layout="numerator")
    question = QUESTIONS[name]() if name == "two_paths" else question
    for derivation in all_derivations(formula):
        judge = LeftSide(derivation)
        for text in printed(derivation):
            (statement,) = read(text, question)
            for part in statement.parts:
                assert not part.unreadable, (part.unreadable, text)
                assert len(part.free) <= len(statement.free) == len(derivation.free)
                e = substitute(part.expression, statement.free, derivation.free)
                assert judge.verdict(e), (judge.verdict(e), part.text, e)
                count += 1
    print(f"\n{name}: {count} parts read back", end="")


# spellings


def lines_of(file):
    """(question, line) of a file with a heading for each question."""
    name = ""
    for line in (Path(__file__).parents[1] / "corpus" / file).read_text().splitlines():
        if line.startswith("## "):
            name = line[3:]
        elif line and not line.startswith("#"):
            yield name, line


RIGHT = [
    *lines_of("right_lines.txt"),
    (
        "linear",
        "\\begin{align*}\n\\frac{\\partial L}{\\partial X} &= \\frac{\\partial L}{\\partial Y} W \\\\\n\\end{align*}",
    ),
    ("linear", "dL/dW_ij\n  = sum_m dL/dY_mi X_mj"),
    *(
        ("linear", f"{macro}\n$$\\pd{{L}}{{W_{{ij}}}} = \\sum_m \\pd L{{Y_{{mi}}}} X_{{mj}}$$")
        for macro in (
            r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}",
            r"\renewcommand*\pd[2]{\frac{\partial #1}{\partial #2}}",
            r"\def\pd#1#2{\frac{\partial #1}{\partial #2}}",
        )
    ),
    ("softmax", "\\DeclareMathOperator{\\sm}{softmax}\n$$Y = \\sm(X)$$"),
    ("linear", r"\text{d}W = \mathrm{d}Y^T X"),
    ("linear", r"$$\text{Let } dX = dY W$$"),
    ("linear", "\\begin{multline} dX_{ij} = \\sum_n dY_{in} \\\\ W_{nj} \\end{multline}"),
    (
        "relu",
        r"$$dX_{ij} = \left\{ \begin{array}{ll} dY_{ij} & X_{ij} > 0 \\ 0 & \text{otherwise} \end{array} \right.$$",
    ),
]


@pytest.mark.parametrize(("name", "text"), RIGHT, ids=lambda v: v[:60])
def test_a_right_line_is_read_as_it_is_meant(name, text):
    assert verdict(text, name), verdict(text, name)


@pytest.mark.parametrize(("name", "text"), list(lines_of("wrong_lines.txt")), ids=lambda v: v[:60])
def test_a_wrong_line_is_read_as_it_stands(name, text):
    assert not verdict(text, name)


# documents


DOCUMENTS = [  # (text, the parts in each statement, the letters of each left side)
    (r"\begin{gathered} Y = XW^T + B \\ dX = dY W = dY W I \end{gathered}", [2, 3], ["ij", "ij"]),
    (r"Y = XW^T + B \Rightarrow dX = dY W", [2, 2], ["ij", "ij"]),
    (
        r"\frac{\partial L}{\partial b} \Rightarrow \left[\frac{\partial L}{\partial b}\right]_i = \sum_m dY_{mi}",
        [3],
        ["i"],
    ),
    (r"$$Y = XW^T + B, \quad B_{mn} = b_n \tag{1-2}$$", [2, 2], ["ij", "mn"]),
    (r"$$Y = XW^T + B \text{ and so } dX = dY W$$", [2, 2], ["ij", "ij"]),
    (
        r"\begin{aligned} dX_{ij} &= \sum_n dY_{in} \\ &\quad \cdot W_{nj} \\ &= \sum_n dY_{in} W_{nj} \end{aligned}",
        [3],
        ["ij"],
    ),
    (r"\begin{aligned} dX &= dY W \\ db &= dY^T \mathbf{1} \end{aligned}", [2, 2], ["ij", "i"]),
    ("We know that\n\n$Y = XW^T + B$ and thus $dX = dY W$.", [2, 2], ["ij", "ij"]),
    ("Hence dX_ij = sum_n dY_in W_nj for all i, j.", [2], ["ij"]),
    ("dX = dY @ W  # the input\ndb = dY.sum(axis=0)\n   = dY.T @ np.ones(S)", [2, 3], ["ij", "i"]),
    (r"$$dX = dY W$$ so that $$= dY W I$$", [3], ["ij"]),
    (r"$$(1-3)$$ <!-- $$dX = 3$$ --> $$2. dX = dY W$$", [2], ["ij"]),
    (r"\frac{\partial Y_{mn}}{\partial X_{ij}} = W_{nj} \quad (m = i)", [2], ["mnij"]),
]


@pytest.mark.parametrize(("text", "counts", "letters"), DOCUMENTS, ids=lambda v: str(v)[:40])
def test_statements_begin_and_end_where_they_are_meant_to(text, counts, letters):
    statements = read(text, QUESTIONS["linear"]())
    assert [len(s.parts) for s in statements] == counts
    assert not any(p.unreadable for s in statements for p in s.parts)
    assert ["".join(map(str, s.free)) for s in statements] == letters


def test_a_part_knows_its_line_its_text_and_where_it_is_claimed():
    text = "$$\\frac{\\partial L}{\\partial W}\n = \\left(\\frac{\\partial L}{\\partial Y}\\right)^T X.$$"
    left, right = parts_of(text, "linear")
    assert (left.line, right.line) == (1, 2)
    assert right.latex == right.text == r"\left(\frac{\partial L}{\partial Y}\right)^T X"
    (_, part) = parts_of(r"\frac{\partial Y_{mn}}{\partial X_{ij}} = 0 \text{ if } m \neq i", "linear")
    m, i = sorted(part.where.free_symbols & set(part.free), key=str)[::-1]
    assert part.where == 1 - sp.KroneckerDelta(m, i)


@pytest.mark.parametrize(("layout", "right"), [("numerator", "W"), ("denominator", "W^T")])
def test_the_layout_is_that_of_the_question(layout, right):
    question = replace(QUESTIONS["linear_sample"](), layout=layout)
    ((left, part),) = (s.parts for s in read(rf"\frac{{\partial y}}{{\partial x}} = {right}", question))
    at = left.expression.f.indices + left.expression.x.indices
    assert part.expression.indices == at


# the reports


REPORTS = {  # settings that its questions need, parts, parts that cannot be read
    "a": (("linear", "activation", "softmax", "cross_entropy"), 64, 0),
    "b": (("network",), 21, 0),
    "c": (("network",), 43, 0),
    "d": (("two_paths", "softmax_sample"), 58, 0),
    "e": (("linear", "activation", "softmax"), 49, 0),
}


@pytest.mark.parametrize("report", REPORTS)
def test_the_reports_are_read_whole(report):
    """Each part is read in one of the settings, the lines of report D's program too."""
    names, count, unread = REPORTS[report]
    text = (FOLDER / f"report_{report}.md").read_text()
    parts = list(zip(*(parts_of(text, name) for name in names), strict=True))
    refused = [part[0] for part in parts if all(p.unreadable for p in part)]
    assert len(parts) == count and len(refused) == unread, [p.unreadable for p in refused]


# bad input

BAD = [  # text, what the reason says, at which character
    (r"dW = \foo X", r"“\foo” has no meaning here", 6),
    ("dW = dY.T @ Q", "Q is no letter of this question: it has W, X, b, B, Y", 13),
    ("dW = ", "", None),
    ("dW_ij = sum_m dY_mi X_m", "2 indices are needed here, and 1 is written", 23),
    ("dW_ij = sum_m dY_mi X_mjk", "not expected|no letter", 25),
    ("dW = (dY.T @ X", "“)” is missing", 15),
    ("dW = dY.T @ X)", "not expected", 14),
    (r"dW = \frac{dY}", "something is missing", 15),
    ("dW_ij = sum_m dY_mi X_mj ^ 99999999999", "too large|too long", None),
    ("dW = 9^9^9^9 X", "too large", None),
    ("dW = X / 0", "division by 0", None),
    ("dW ≠ dY X", "“≠” claims no equality", 6),
    ("dW = W^{-1}", "inverse of a matrix", None),
    ("x.grad += 1", "variable of a program", 1),
    ("dW_ij = dY_mi X_mj " * 900, "characters, and at most", None),
    ("dW = " + "(" * 500 + "X" + ")" * 500, "nested too deep", None),
    ("dW = " + r"\frac{X}{" * 300 + "X" + "}" * 300, "nested too deep", None),
    ("dW = " + "d(" * 300 + "X", "", None),
    ("dW = __import__('os').system('true')", "", None),
    ("dW = X[0]", "", None),
    (r"dW = \begin{cases} 1 \\ ", "", None),
    (r"dW = \prod_{n=1}^{3} X", "over layers only", None),
    (r"dW_{ij} = \sum_{m=2}^{S} X_{mj}", "does not run over a whole axis", None),
    ('dW = np.einsum("mi,mj->ijq", dY, X)', "cannot be the letters of the result", None),
    ("dW = np.linalg.inv(X)", "not read here|has no meaning|missing", None),
    ("dW = " + "W @ W.T @ " * 300 + "X", "too long", None),
    ("dW = " + "X * " * 900 + "X", "", None),
    ("dW = " + "softmax(" * 9 + "X" + ") + X.T @ W" * 9, "too long", None),
    ("dW = tanh" + "'" * 40 + "(X)", "highest that is read", None),
    ("dW = max(" + ", ".join(f"{k} X_ij" for k in range(100)) + ")", "at most 8", None),
    (r"\def\a{\a\a} $$dW = \a$$", "the macro \\a grows too long", None),
    ("𝔴𝔥𝔞𝔱 = ☃", "", None),
]


@pytest.mark.parametrize(("text", "said", "at"), BAD, ids=lambda v: str(v)[:40])
def test_what_cannot_be_read_says_why_and_where(text, said, at):
    refused = [part for part in parts_of(text, "linear") if part.unreadable]
    if said:
        assert refused and any(s in refused[0].unreadable for s in said.split("|")), refused
        assert "character" in refused[0].unreadable
    if at:
        assert f"(character {at}" in refused[0].unreadable, refused[0].unreadable


def test_an_empty_text_and_prose_have_no_statement():
    for text in ("", "\n\n", "   ", "This is the chain rule.", "# Heading", "% comment"):
        assert read(text, QUESTIONS["linear"]()) == []


def test_nothing_is_evaluated(monkeypatch):
    """Neither Python's eval nor SymPy's reader of text is ever called; Python only parses, to a tree."""
    question, parsed = QUESTIONS["linear"](), compile

    def forbidden(*args, flags=0, **kwargs):
        if args[3:4] == (ast.PyCF_ONLY_AST,) or flags == ast.PyCF_ONLY_AST:
            return parsed(*args, flags=flags, **kwargs) if flags else parsed(*args, **kwargs)
        raise AssertionError("text was evaluated")

    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(builtins, name, forbidden)
    monkeypatch.setattr(sp, "parse_expr", forbidden, raising=False)
    for text in [
        *(text for _, text in RIGHT),
        "dW = __import__('os').system('true')",
        "dW = eval('X')",
        "dW = X.__class__",
    ]:
        read(text, question)


MACROS = (
    r"\frac{ \partial \sum_{ _{ ^{ } \left( \right) \delta_{ \begin{cases} \end{cases} \\ \begin{aligned} \end{aligned}"
    r" & = X W Y L dY np. einsum( exp e^ 9 ^T .T @ $$ if \text{ \prod_{n=l}^{N} softmax( \tilde{x} ^{(l-1)} \Rightarrow"
)
PIECES = [*string.printable, *"∂ΣδᵀᵢⱼХ𝟏σ∘⊙′", *MACROS.split(), "sum_m ", r"\partial "]
COUNTS = Counter()


def mutated(text, edits):
    """The text with a few pieces put in, taken out or exchanged."""
    for at, length, piece in edits:
        at %= len(text) + 1
        text = text[:at] + piece + text[at + length :]
    return text


def survives(text, name):
    """Reading ends, in statements; each part is read or says why not."""
    for statement in read(text, QUESTIONS[name]()):
        for part in statement.parts:
            assert part.aside or (part.expression is None) == bool(part.unreadable)
            assert part.expression is None or isinstance(part.expression, sp.Expr)
            COUNTS["unreadable" if part.unreadable else "read"] += 1
    COUNTS["texts"] += 1


FUZZ = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FUZZ
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(sorted(QUESTIONS)))
def test_fuzz_pieces(text, name):
    survives(text, name)


@FUZZ
@given(st.text(max_size=200), st.sampled_from(sorted(QUESTIONS)))
def test_fuzz_any_text(text, name):
    survives(text, name)


@FUZZ
@given(
    st.sampled_from(RIGHT),
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 3), st.sampled_from(PIECES)), min_size=1, max_size=3
    ),
)
def test_fuzz_mutated_lines(line, edits):
    name, text = line
    survives(mutated(text, edits), name)


def test_fuzz_counts():
    """Shown with -s."""
    print(
        f"\nfuzz: {COUNTS['texts']} texts, {COUNTS['read']} parts read, {COUNTS['unreadable']} not readable"
    )
    assert COUNTS["texts"] == 0 or COUNTS["read"] > 100 < COUNTS["unreadable"]

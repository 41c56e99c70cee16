"""Five written derivations, as formulas: every mistake is flagged at its line with its kind, and nothing else is."""

import pytest

from helpers.exercises.reports import REPORTS
from helpers.judge import mark, mark_text

WRONG = {  # report: (line, the beginning or a part of what is written, kind, a phrase of the reason)
    "a": [],
    "b": [
        (3, r"- \sum_i t_i \frac{1}{x_i^{(N)}}", "delta missing", "a number, but the left side has an entry for each"),
        (3, r"\text{argmax}(t)", "sign", "its sign is not that of the line before where the targets are one-hot"),
        (9, r"x^{(l-1)}", "delta missing", " is missing: right where the left side is not zero"),
        (9, "1", "delta missing", "δ_ij is missing"),
        (11, r"\sum_i t_i \frac{1}{x_i^{(N)}} (", "sign", "the sign is wrong"),
        (13, r"\prod_{n=l}^{N-1}", "path twice", "∂x̃^(4)/∂x^(3) stands twice"),
    ],
    "c": [
        (17, r"\frac{\partial [\sum_m^{d_{l-1}} W_{jm}^{(l)}", "wrong index", "with i in place of j in"),
        (19, r"\begin{cases} x_i^{(l-1)}", "wrong axis", "i in x^(0)_i runs over d1"),
        (25, r"\sum_{i \neq j} \frac{t_i}{x_i^{(N)}}", "wrong index", "identically 0: with j in place of i in t_i/x"),
        (35, r"\begin{cases} x_i^{(l-1)}", "wrong axis", "i in x^(0)_i runs over d1"),
    ],
    "d": [
        (25, "yl' * g'(x)^2 + yl * g''(x)", "path missing", "the term 2 ∂²L/∂y∂z ∂y/∂x ∂z/∂x is missing"),
        (37, "-h_i h_j", "left side", "right for ∂h_i/∂z_j, but ∂h_i/∂z_i stands on the left"),
        (39, r"h_j (\delta_{i,j} - h_i)", "left side", "right for ∂h_i/∂z_j"),
    ],
    "e": [
        (3, r"\sum_m \frac{\partial L}{\partial Y_{mn}} X_{mj} \delta_{ni}", "free index", "index n is still free"),
        (5, r"\sum_{m,n} \frac{\partial L}{\partial Y_{mi}}", "useless index", "it multiplies by N = "),
        (11, r"\frac{\delta_{im} \delta_{jn} e^{X_{mn}} \sum_{k}", "factor", "e^X_mn is too much"),
        (11, r"\left(\delta_{im} \delta_{jn} - \frac{\delta_{im} e^{X_{ij}}", "factor", "e^X_mn is too much"),
    ],
}  # fmt: skip
RIGHT = {"a": 41, "b": 7, "c": 21, "d": 32, "e": 40}  # lines that are right, definitions among them
NO_EQUATION = ("claims no equality", "there is no equation")


@pytest.fixture(scope="module", params=sorted(REPORTS))
def report(request):
    return request.param, mark(None, REPORTS[request.param])


def test_every_mistake_is_flagged_with_its_kind_and_nothing_else(report):
    name, marked = report
    found = marked.wrong
    assert [(w.written.line, w.kind) for w in found] == [(line, kind) for line, _, kind, _ in WRONG[name]]
    for w, (_, written, _, said) in zip(found, WRONG[name], strict=True):
        assert written in w.written.text
        assert said in w.reason, w.reason


HEADINGS = {  # report: before which line a writer has which heading
    "b": {
        3: "## Cross-entropy module",
        5: "## Softmax module",
        7: "## ReLU module",
        9: "## Linear module",
        11: "# All",
    },
    "e": {3: "# Gradients\n\n## Linear module", 7: "## Activation module", 9: "## Softmax and loss modules"},
}


@pytest.mark.parametrize(
    ("name", "headings"), [*((name, False) for name in sorted(REPORTS)), *((name, True) for name in HEADINGS)]
)
def test_whoever_marks_a_report_sees_these_mistakes_and_no_others(name, headings):
    """By the door that people use, where headings name questions that have not all the letters."""
    above = HEADINGS[name] if headings else {}
    lines = enumerate(REPORTS[name].split("\n"), 1)
    marked = mark_text("\n".join(f"{above[k]}\n\n{line}" if k in above else line for k, line in lines))
    assert [w.kind for w in marked.wrong] == [kind for _, _, kind, _ in WRONG[name]]
    assert len(marked.not_judged) == (name == "d")  # Σ e^z over all z, in the words of a program


def test_all_other_lines_are_right(report):
    name, marked = report
    left_sides = sum(chain[0].word == "given" for chain in marked.statements)
    given = sum(line.word == "given" for line in marked)
    right = sum(line.word == "right" for line in marked)
    assert right + given - left_sides == RIGHT[name]


def test_what_cannot_be_read_is_no_equation(report):
    name, marked = report
    assert name == "d" or not marked.not_judged
    for line in marked.not_judged:
        assert any(reason in line.reason for reason in NO_EQUATION), line.said


def test_questions_are_inferred(report):
    name, marked = report
    questions = list(dict.fromkeys(line.question for line in marked))
    expected = {
        "a": ["linear", "activation", "softmax", "cross_entropy"],
        "b": ["network"],
        "c": ["network"],
        "d": ["two_paths", "softmax_sample"],
        "e": ["linear", "activation", "softmax"],
    }
    assert questions == expected[name]

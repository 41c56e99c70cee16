"""A student's lines of batch norm and layer norm, right and wrong, in the spellings that people use."""

import re

import pytest

from helpers.judge import mark

DY = r"\frac{\partial L}{\partial Y_{%s}}"
DX, DGAMMA = r"\frac{\partial L}{\partial X_{ij}} = ", r"\frac{\partial L}{\partial \gamma_j} = "
DXHAT = r"\frac{\partial \hat{X}_{mn}}{\partial X_{ij}} = "
MEAN = rf" - \sum_m {DY % 'mj'}"
VARIANCE = rf" - \hat{{X}}_{{ij}} \sum_m {DY % 'mj'} \hat{{X}}_{{mj}}"
FRONT = r"\frac{\gamma_j}{S \sigma_j} \left(S " + DY % "ij"
COMPACT = rf"{FRONT}{MEAN}{VARIANCE}\right)"

RIGHT = [
    DX + COMPACT,
    DX
    + rf"\frac{{\gamma_j}}{{\sqrt{{v_j + \epsilon}}}} \left({DY % 'ij'} - \frac{{1}}{{S}} \sum_m {DY % 'mj'}"
    rf" - \frac{{X_{{ij}} - \mu_j}}{{S \sigma_j^2}} \sum_m {DY % 'mj'} (X_{{mj}} - \mu_j)\right)",
    DGAMMA + rf"\sum_m {DY % 'mj'} \hat X_{{mj}}",
    DXHAT
    + r"\frac{\delta_{nj}}{\sigma_n} \left(\delta_{mi} - \frac1S - \frac1S \hat X_{mn} \hat X_{in}\right)",
    r"\frac{\partial \mu_n}{\partial X_{ij}} = \frac{1}{S} \delta_{nj}",
    r"\frac{\partial v_n}{\partial \mu_j} = -\frac{2}{S} \delta_{nj} \sum_m (X_{mn} - \mu_n) = 0",
    r"\frac{\partial \sigma^2_n}{\partial X_{ij}} = \frac{2}{S} (X_{in} - \mu_n) \delta_{nj}",
    r"\hat X_{mn} = \frac{X_{mn} - \mu_n}{\sqrt{v_n + \varepsilon}}",
    r"\sum_m \hat X_{mn} = 0",
    "dL/dgamma_j = sum_m dL/dY_mj Xhat_mj",
    "∂L/∂γ_j = Σ_m ∂L/∂Y_mj X̂_mj",
    "∂L/∂β_j = Σ_m ∂L/∂Y_mj",
    "dL/dgamma_j = sum_m dL/dy_mj (x_mj - mu_j) / sigma_j",
    "dgamma = np.sum(dY * xhat, axis=0)",
    "dX = gamma / (S * sigma) * (S * dY - dY.sum(0) - Xhat * (dY * Xhat).sum(0))",
]


def marked(question: str, line: str):
    return mark(question, f"$${line}$$" if "\\" in line else line)


@pytest.mark.parametrize("question", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize(
    "line",
    [
        r"Y = \gamma \hat X + \beta",
        r"\frac{\partial L}{\partial \hat X} = \gamma \frac{\partial L}{\partial Y}",
    ],
)
def test_a_vector_of_the_features_stands_in_each_row(question, line):
    found = marked(question, line)
    assert not found.wrong and not found.not_judged, found
    assert "in each row" in found.lines[-1].reason
    assert marked(question, line.replace(r"\gamma", r"\gamma^T")).wrong


@pytest.mark.parametrize("line", RIGHT)
def test_a_right_line_of_batch_norm(line):
    verdicts = [found.word for found in marked("batch_norm", line)]
    assert len(verdicts) > 1 and set(verdicts) <= {"given", "right"}


WRONG = [
    ("mean path forgotten", DX + rf"{FRONT}{VARIANCE}\right)", "path missing", "X_mn in μ_n"),
    ("variance a constant", DX + rf"{FRONT}{MEAN}\right)", "path missing", "X_mn in v_n"),
    ("both constants", DX + rf"\frac{{\gamma_j}}{{\sigma_j}} {DY % 'ij'}", "path missing", "in μ_n .* and .* in v_n"),
    ("both, in the Jacobian", DXHAT + r"\frac{1}{\sigma_n} \delta_{mi} \delta_{nj}", "path missing", "and through"),
    ("1/S missing", DX + COMPACT.replace(r"S \sigma", r"\sigma"), "factor", "S = . times"),
    ("X for X̂", DX + COMPACT.replace(r"\hat{X}_{ij}", "X_{ij}"), "wrong array", "X̂_ij in place of X_ij"),
    ("X for X̂ in dγ", DGAMMA + rf"\sum_m {DY % 'mj'} X_{{mj}}", "wrong array", "X̂_mj in place of X_mj"),
    ("a sign", DX + COMPACT.replace(r"- \hat", r"+ \hat"), "sign", "the sign of the term"),
    ("γ missing", DX + COMPACT.replace(r"\gamma_j", "1"), "factor", "the factor γ_j is missing"),
    ("γ_i", DX + COMPACT.replace(r"\gamma_j", r"\gamma_i"), "wrong axis", "with γ_j in place of γ_i"),
    ("σ² for σ", DX + COMPACT.replace(r"\sigma_j", r"\sigma_j^2"), "factor", r"1/σ_j in place of 1/σ_j\^2"),
    ("features summed", DX + COMPACT.replace(MEAN, rf" - \sum_n {DY % 'in'}"), "wrong axis", "a sum runs over N"),
    ("dγ not summed", DGAMMA + rf"{DY % 'mj'} \hat X_{{mj}}", "free index", "sum over m"),
    ("dγ averaged", DGAMMA + rf"\frac1S \sum_m {DY % 'mj'} \hat X_{{mj}}", "factor", "1/S = 1/. times"),
    ("S − 1", r"\frac{\partial v_n}{\partial X_{ij}} = \frac{2}{S-1} (X_{in} - \mu_n) \delta_{nj}", "factor", "times"),
    ("S lost in one term", DX + COMPACT.replace("(S ", "("), "factor", "the factor S is missing beside ∂L/∂Y_ij"),
    ("1/S lost in two", DX + COMPACT.replace("(S ", "(").replace("{S ", "{"), "factor", "factor 1/S is missing"),
    ("δ missing", r"\frac{\partial \sigma_n}{\partial X_{ij}} = \frac1S \hat X_{in}", "delta missing", "δ_jn"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "said"), [case[1:] for case in WRONG], ids=[c[0] for c in WRONG])
def test_a_wrong_line_of_batch_norm_is_named(line, kind, said):
    found = marked("batch_norm", line).lines[-1]
    assert (found.word, found.kind) == ("wrong", kind), found
    assert re.search(said, found.reason), found.reason


@pytest.mark.parametrize("question", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("root", [r"\sqrt{\sigma_%s^2 + \epsilon}", r"\sqrt{\sigma^2_{%s} + \varepsilon}"])
def test_sigma_squared_for_the_variance(question, root):
    """Where a text has √(σ² + ε), σ² is the variance; else σ is √(v + ε)."""
    k, total, count = ("n", "m", "S") if question == "batch_norm" else ("m", "n", "N")
    text = rf"""
$$\mu_{k} = \frac{{1}}{{{count}}} \sum_{total} X_{{mn}}$$
$$\sigma_{k}^2 = \frac{{1}}{{{count}}} \sum_{total} (X_{{mn}} - \mu_{k})^2$$
$$\hat X_{{mn}} = \frac{{X_{{mn}} - \mu_{k}}}{{{root % k}}}$$
"""
    report = mark(question, text)
    assert report and {line.question for line in report} == {f"{question}_paper"}
    wrong = mark(
        question, text.replace(r"+ \epsilon", r"+ 2 \epsilon").replace("varepsilon", "varepsilon + 1")
    )
    assert not wrong


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (r"\sum_j \frac{\partial L}{\partial X_{ij}} = 0", ""),
        (r"\sum_j \hat X_{ij} = 0", ""),
        (r"\sum_n \hat X_{mn}^2 = N \frac{v_m}{v_m + \epsilon}", ""),
        (r"\sum_n \hat X_{mn}^2 = N", "index missing"),
        (r"\sum_j \hat X_{ij} \frac{\partial L}{\partial X_{ij}} = 0", "index missing"),
        (
            r"\sum_j \hat X_{ij} \frac{\partial L}{\partial X_{ij}}"
            rf" = \frac{{\epsilon}}{{\sigma_i^3}} \sum_n {DY % 'in'} \gamma_n \hat X_{{in}}",
            "",
        ),
        (r"\frac{\partial L}{\partial \hat X_{ij}} = \gamma_j " + DY % "ij", ""),
        (r"\frac{\partial L}{\partial \hat X_{ij}} = " + DY % "ij", "factor"),
        (
            DX + rf"\frac{{1}}{{N \sigma_i}} \left(N \gamma_j {DY % 'ij'} - \sum_n \gamma_n {DY % 'in'}"
            rf" - \hat X_{{ij}} \sum_n \gamma_n {DY % 'in'} \hat X_{{in}}\right)",
            "",
        ),
        (DX + rf"\frac{{1}}{{\sigma_i}} \gamma_j {DY % 'ij'}", "path missing"),
    ],
)
def test_a_line_of_layer_norm(line, kind):
    found = marked("layer_norm", line).lines[-1]
    assert (found.word, found.kind) == ("wrong" if kind else "right", kind), found


def test_the_letters_of_the_question_are_spoken_as_written():
    reason = marked("batch_norm", DX + r"\hat Q_{ij}").lines[-1].reason
    assert "X̂" in reason and "Xhat" not in reason

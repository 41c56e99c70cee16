"""Convolution and pooling in index form: each line by autograd, each last line equal to PyTorch."""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.compare import LeftSide, check
from helpers.compare.generated import numpy_function
from helpers.compare.meaning import random_numbers
from helpers.derive import formulas, latex
from helpers.derive.formulas.convolution import DILATION, PADDING, STRIDE
from helpers.derive.notation import Iverson, upstream
from helpers.judge import mark

STEPS = list(product((1, 2), (0, 1), (1, 2)))


def L_(name: str) -> str:
    """∂L/∂name in LaTeX."""
    return rf"\frac{{\partial L}}{{\partial {name}}}"


INSIDE = "[y_{hu}] [x_{wv}]"
OUTPUTS = r"[0 \le y + p - u d < N_{1}] [0 \le x + p - v d < N_{2}]"
LAST_LINES = [
    (formulas.conv2d, "dW", rf"\sum_{{s,h,w}} {L_('Y_{sohw}')} X_{{s,c,y_{{hu}},x_{{wv}}}} {INSIDE}"),
    (formulas.conv2d, "db", rf"\sum_{{s,h,w}} {L_('Y_{sohw}')}"),
    (
        formulas.conv2d,
        "dX",
        rf"\sum_{{o,h,w,u,v}} {L_('Y_{sohw}')} W_{{ocuv}} [y = y_{{hu}}] [x = x_{{wv}}]",
    ),
    (
        lambda: formulas.conv2d(stride=1),
        "dX",
        rf"\sum_{{o,u,v}} {L_('Y_{s,o,y + p - u d,x + p - v d}')} W_{{ocuv}} {OUTPUTS}",
    ),
    (formulas.conv1d, "dX", rf"\sum_{{o,h,u}} {L_('Y_{soh}')} W_{{ocu}} [y = y_{{hu}}]"),
    (
        lambda: formulas.conv1d(1, 0, 1),
        "dX",
        rf"\sum_{{o,u}} {L_('Y_{s,o,y - u}')} W_{{ocu}} [0 \le y - u < N]",
    ),
    (
        formulas.max_pool2d,
        "dX",
        rf"\sum_{{h,w,u,v}} {L_('Y_{schw}')} A_{{schwuv}} [y = y_{{hu}}] [x = x_{{wv}}]",
    ),
    (
        formulas.avg_pool2d,
        "dX",
        rf"\frac{{1}}{{K_{{1}} K_{{2}}}} \sum_{{h,w}} {L_('Y_{schw}')}"
        r" [0 \le y + p - h r < K_{1}] [0 \le x + p - w r < K_{2}]",
    ),
    (formulas.global_avg_pool2d, "dX", rf"\frac{{1}}{{H_{{1}} H_{{2}}}} {L_('Y_{sc}')}"),
]


@pytest.mark.parametrize(("formula", "name", "form"), LAST_LINES)
def test_the_last_line(formula, name, form):
    derivation = formula()[name]
    assert latex(derivation.result, derivation.last, derivation.chain.places) == form


def numbers_for(formula, r: int, p: int, d: int, seed: int = 0):
    steps = {STRIDE: r, PADDING: p, DILATION: d}
    return random_numbers(formula.chain, formula.facts, seed, sizes=steps)


@pytest.mark.parametrize(("r", "p", "d"), STEPS)
def test_each_line_of_a_convolution_of_a_signal(r, p, d):
    """With stride, padding and dilation left as letters, and these numbers put in for them."""
    formula = formulas.conv1d()
    for derivation in formula.derivations.values():
        judge = LeftSide(derivation, numbers=numbers_for(formula, r, p, d))
        assert [line.rule.title for line in derivation.lines if not judge.verdict(line.expression)] == []


@pytest.mark.parametrize(
    "make", [lambda: formulas.conv2d(1), lambda: formulas.conv2d(2, 1, 1), lambda: formulas.avg_pool2d(1)]
)
def test_each_line_with_numbers_for_strides(make):
    """Those on the sheet, with letters, are checked in notebook 99."""
    assert check(make()).worst < 1e-12


def last_line(formula, name: str, numbers) -> np.ndarray:
    derivation = formula[name]
    return numbers.value(derivation.result, derivation.free).detach().numpy()


def tensors(numbers) -> dict[str, torch.Tensor]:
    return {str(t): a.clone().requires_grad_() for t, a in numbers.values.items()}


@pytest.mark.parametrize(("r", "p", "d"), STEPS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_last_lines_are_the_gradients_of_conv2d(r, p, d, seed):
    formula = formulas.conv2d()
    numbers = numbers_for(formula, r, p, d, seed)
    given = tensors(numbers)
    Y = F.conv2d(given["X"], given["W"], given["b"], r, p, d)
    base = formula.definitions[0].tensor
    np.testing.assert_allclose(
        Y.detach(), numbers.array(base), atol=1e-13
    )  # and so its shape, from N1 and N2
    Y.backward(numbers.array(upstream(base)))
    for name in "XWb":
        np.testing.assert_allclose(last_line(formula, f"d{name}", numbers), given[name].grad, atol=1e-12)


@pytest.mark.parametrize(("r", "p", "d"), STEPS)
def test_the_last_line_is_the_gradient_of_max_pooling(r, p, d):
    """The selection is PyTorch's own: a 1 at the place of the entry that it takes of each window."""
    formula = formulas.max_pool2d()
    numbers = numbers_for(formula, r, p, d)
    definition, X = formula.definitions[0], tensors(numbers)["X"]
    A = next(t for t in numbers.values if str(t) == "A")
    K = numbers.values[A].shape[-2:]
    if 2 * p > min(K):
        pytest.skip("PyTorch pads by half a window at most")
    Y, taken = F.max_pool2d(X, tuple(K), r, p, d, return_indices=True)
    h, w, u, v = np.ogrid[: Y.shape[2], : Y.shape[3], : K[0], : K[1]]
    place = (h * r + u * d - p) * X.shape[3] + w * r + v * d - p
    inside = (w * r + v * d - p >= 0) & (w * r + v * d - p < X.shape[3])
    selection = torch.tensor((place == taken[..., None, None].numpy()) & inside).double()
    assert (selection.sum((-1, -2)) == 1).all()
    numbers = random_numbers(
        formula.chain, formula.facts, sizes=numbers.sizes, values={**numbers.values, A: selection}
    )
    np.testing.assert_allclose(numbers.array(definition.tensor), Y.detach(), atol=1e-13)
    Y.backward(numbers.array(upstream(definition.tensor)))
    np.testing.assert_allclose(last_line(formula, "dX", numbers), X.grad, atol=1e-12)


@pytest.mark.parametrize(("r", "p"), [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_the_last_line_is_the_gradient_of_average_pooling(r, p):
    formula = formulas.avg_pool2d()
    numbers = numbers_for(formula, r, p, 1)
    X, sizes = tensors(numbers)["X"], {str(n): value for n, value in numbers.sizes.items()}
    Y = F.avg_pool2d(X, (sizes["K1"], sizes["K2"]), r, p)
    base = formula.definitions[0].tensor
    np.testing.assert_allclose(numbers.array(base), Y.detach(), atol=1e-13)
    Y.backward(numbers.array(upstream(base)))
    np.testing.assert_allclose(last_line(formula, "dX", numbers), X.grad, atol=1e-12)


def test_the_bonus_question_is_written_out():
    formula = formulas.conv2d_bonus()
    written = {name: latex(formula[name].result) for name in ("Y21", "dK11", "dX12")}
    dY = {ab: L_(f"Y_{{{ab}}}") for ab in (11, 12, 21, 22)}
    assert written == {
        "Y21": "K_{11} X_{21} + K_{12} X_{22} + K_{21} X_{31} + K_{22} X_{32}",
        "dK11": " + ".join(f"{dY[ab]} X_{{{ab}}}" for ab in dY),
        "dX12": f"{dY[12]} K_{{11}} + {dY[11]} K_{{12}}",
    }


@pytest.mark.parametrize("name", ["dW", "dX"])
def test_a_line_without_its_brackets_is_wrong(name):
    """They are what padding leaves of a convolution."""
    formula = formulas.conv1d(1, 1, 1)
    derivation = formula[name]
    brackets = derivation.result.atoms(Iverson)
    assert brackets
    judge = LeftSide(derivation)
    assert judge.verdict(derivation.result)
    assert not judge.verdict(derivation.result.xreplace(dict.fromkeys(brackets, 1)))


SOURCES = [
    (formulas.conv2d, ("dW", "db", "dX"), STEPS),
    (lambda: formulas.conv2d(stride=1), ("dX",), [(1, 0, 1), (1, 1, 1), (1, 0, 2), (1, 1, 2)]),
    (lambda: formulas.conv2d(1, 0, 1), ("dW", "dX"), [(1, 0, 1)]),
]


@pytest.mark.parametrize(("make", "names", "steps"), SOURCES)
def test_the_source_of_the_last_line_runs_and_is_the_gradient_of_conv2d(make, names, steps):
    """Each for every stride, padding and dilation that it is made for."""
    functions = {name: numpy_function(make()[name]) for name in names}
    rng = np.random.default_rng(0)
    for r, p, d in steps:
        X, W, b = (rng.normal(size=shape) for shape in ((2, 3, 8, 7), (5, 3, 3, 2), 5))
        given = {name: torch.tensor(a, requires_grad=True) for name, a in (("X", X), ("W", W), ("b", b))}
        Y = F.conv2d(given["X"], given["W"], given["b"], r, p, d)
        dY = rng.normal(size=Y.shape)
        Y.backward(torch.tensor(dY))
        letters = {"r": r, "p": p, "d": d, "H1": 8, "H2": 7, "K1": 3, "K2": 2}
        for name, function in functions.items():
            found = function(dY=dY, X=X, **letters, **({"W": W} if name == "dX" else {}))
            np.testing.assert_allclose(found, given[name[1:]].grad, atol=1e-12)


@pytest.mark.parametrize("make", [formulas.max_pool2d, formulas.avg_pool2d, lambda: formulas.avg_pool2d(1)])
def test_the_source_of_pooling_says_what_the_last_line_says(make):
    formula = make()
    numbers = random_numbers(formula.chain, formula.facts)
    arrays = {str(t): a.numpy() for t, a in numbers.values.items()}
    dY = numbers.array(upstream(formula.definitions[0].tensor)).numpy()
    found = numpy_function(formula["dX"])(dY=dY, **arrays, **{str(n): v for n, v in numbers.sizes.items()})
    np.testing.assert_allclose(found, last_line(formula, "dX", numbers), atol=1e-12)


def test_the_source_of_the_flip():
    """The kernel turned by 180° in textbooks: here the windows of dY are read backwards."""
    assert formulas.conv1d(1, 0, 1)["dX"].numpy == (
        'np.einsum("soyu,ocu->scy", sliding_window_view(np.pad(dY, ((0, 0), (0, 0), (K - 1, K - 1))), (K,), (2,))'
        "[:, :, :, ::-1], W)"
    )


@pytest.mark.parametrize(
    ("question", "line", "right"),
    [
        ("conv2d_bonus", r"\frac{\partial L}{\partial X_{12}} = dY_{11} K_{12} + dY_{12} K_{11}", True),
        ("conv2d_bonus", r"\frac{\partial L}{\partial X_{12}} = dY_{11} K_{11} + dY_{12} K_{12}", False),
        ("conv2d_bonus", "dL/dK11 = dL/dY11 X11 + dL/dY12 X12 + dL/dY21 X21 + dL/dY22 X22", True),
        ("conv2d_bonus", "dL/dK11 = dL/dY11 X11 + dL/dY12 X21 + dL/dY21 X12 + dL/dY22 X22", False),
        ("conv2d_bonus", r"dK_{uv} = \sum_{hw} dY_{hw} X_{h+u,w+v}", True),
        ("conv1d", r"db_o = \sum_{s,h} dY_{soh}", True),
        ("conv1d", r"db_o = \sum_{h} dY_{soh}", False),
    ],
)
def test_a_readers_line_is_judged(question, line, right):
    marked = [part for part in mark(question, line).lines if not part.given]
    assert [part.word for part in marked] == ["right" if right else "wrong"]

"""The numbers that the batch norm explorer draws and says, against autograd with paths cut."""

import re

import numpy as np
import pytest
import torch

from helpers.implement.batch_norm import BatchNorm1d
from helpers.show import blank_figure
from helpers.show.explorers.batch_norm import PATHS, UPSTREAM, X, batch_norm_explorer, numbers_of

CUTS = [(), ("mean",), ("variance",), ("direct",), ("mean", "variance"), ("direct", "mean", "variance")]


def by_autograd(x=2.5, upstream="mixed", eps=1e-5, cut=()):
    """Y and dX: a path is cut where its tensor is detached."""
    A = torch.tensor([*X[:-1], x], dtype=torch.float64, requires_grad=True)
    μ = A.mean()
    v = ((A - μ) ** 2).mean()
    direct = A.detach() if "direct" in cut else A
    μ, v = (t.detach() if name in cut else t for name, t in (("mean", μ), ("variance", v)))
    Y = (direct - μ) / (v + eps).sqrt()
    dY = Y.detach() if upstream == "dY = Y" else torch.tensor(UPSTREAM[upstream])
    dX = torch.autograd.grad(Y, A, dY)[0] if Y.requires_grad else torch.zeros_like(A)
    return Y.detach().numpy(), dX.numpy()


def numbers_in(sentence):
    return [float(n.replace("−", "-")) for n in re.findall(r"= (−?\d+\.\d+)", sentence)]


@pytest.mark.parametrize("upstream", UPSTREAM)
@pytest.mark.parametrize("cut", CUTS)
def test_each_path_is_what_its_statistic_carries(cut, upstream):
    for x, eps in ((2.5, 1e-5), (-4.0, 0.1)):
        Y, dX, paths = numbers_of(BatchNorm1d, np.array([*X[:-1], x]), upstream, eps)
        np.testing.assert_allclose(Y, by_autograd(x, upstream, eps)[0], atol=1e-12)
        np.testing.assert_allclose(dX, by_autograd(x, upstream, eps)[1], atol=1e-12)
        total = sum(path for name, path in zip(PATHS, paths, strict=True) if name not in cut)
        np.testing.assert_allclose(total + 0 * dX, by_autograd(x, upstream, eps, cut)[1], atol=1e-12)


@pytest.mark.parametrize("cut", CUTS)
def test_sentence(cut):
    sentence = batch_norm_explorer(BatchNorm1d).move(x=6.0, **dict.fromkeys(cut, False))
    Y, right = by_autograd(6.0)
    _, total = by_autograd(6.0, cut=cut)
    assert sentence.startswith("x₆ = 6.0: all six rows of Y and all six rows of dX moved.")
    assert numbers_in(sentence)[1:] == pytest.approx([total.sum(), total @ Y], abs=6e-4)
    off = np.linalg.norm(total - right) / np.linalg.norm(right)
    said = f"Cut {' and '.join(cut)}: dX is {off:.0%} off." if cut else "All three paths: dX is right."
    assert said in sentence


def test_the_errors_of_two_paths_add_as_the_sides_of_a_right_triangle():
    explorer = batch_norm_explorer(BatchNorm1d)
    off = [explorer.move(mean=m, variance=v) for m, v in ((False, True), (True, False), (False, False))]
    mean, variance, both = (int(re.search(r"(\d+)% off", said)[1]) for said in off)
    assert (mean, variance, both) == (34, 77, 85)
    assert np.hypot(mean, variance) == pytest.approx(both, abs=1)


def test_what_eps_leaves():
    explorer = batch_norm_explorer(BatchNorm1d)
    sentence = explorer.move(upstream="dY = Y", eps=0.1)
    Y, _ = by_autograd(eps=0.1)
    left = 0.1 / (X.var() + 0.1) ** 1.5 * (Y @ Y)
    assert "ε/σ³ Σ dY X̂" in sentence
    assert numbers_in(sentence) == pytest.approx([0, left], abs=6e-4)
    assert "ε/σ³" not in explorer.move(eps=0.0)


def test_where_the_right_gradient_is_0_no_error_is_divided_by_it():
    sentence = batch_norm_explorer(BatchNorm1d).move(upstream="all equal", mean=False, eps=0.0)
    assert f"Cut mean: dX is {1 / X.std():.3f}, where 0 is right." in sentence


def test_prediction_is_what_happens():
    explorer = batch_norm_explorer(BatchNorm1d)
    (_, before), (Y, after) = by_autograd(), by_autograd(10.0)
    assert abs(after[5]) < 0.02 * abs(before[5])
    assert Y[5] < 5**0.5
    assert "✓" in explorer.commit("it nearly vanishes")
    assert explorer.values["x"] == 10.0


def test_picture():
    figure = blank_figure()
    values = {"x": 4.0, "upstream": "mixed", "eps": 1e-5}
    batch_norm_explorer(BatchNorm1d)._draw(figure, **values, direct=True, mean=False, variance=True)
    _, right = by_autograd(4.0)
    _, total = by_autograd(4.0, cut=("mean",))
    heights = np.array([bar.get_height() for bar in figure.axes[1].patches]).reshape(4, 6)
    np.testing.assert_allclose(heights[3], total, atol=1e-12)
    np.testing.assert_allclose(
        heights[:3].sum(0), right, atol=1e-12
    )  # the outline of the path that is cut too
    assert figure.axes[0].get_title(loc="left") == "All six rows of Y moved"
    texts = [text.get_text() for text in figure.axes[1].texts]
    assert f"dX₆ = {total[5]:.3f}" in texts
    assert "▮ mean: cut" in texts
    assert batch_norm_explorer(BatchNorm1d)._repr_mimebundle_()[0]["image/png"]

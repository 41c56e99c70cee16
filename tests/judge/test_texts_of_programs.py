"""Lines of NumPy are judged by the definitions of their text, as NumPy evaluates them."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text):
    return [c.word for c in mark_text_by_its_own(text) if c.verdict is not None]


LINEAR = "Y = X W^T + b\ndW = dY.T @ X\ndX = dY @ W\n"
COLUMNS = "Z = np.dot(W, X) + b\nA = np.tanh(Z)\ndZ = dA * (1 - A**2)\n"
NORM = """mu = X.mean(axis=0)
v = ((X - mu)**2).mean(axis=0)
Z = (X - mu) / np.sqrt(v + eps)
Y = gamma * Z + beta
N = X.shape[0]
dgamma = (dY * Z).sum(axis=0)
dZ = dY * gamma
"""
ATTENTION = "scores = Q @ K.T\nP = softmax(scores)\nO = P @ V\ndV = P.T @ dO\ndP = dO @ V.T\n"
RELU = "Y = np.maximum(0, X)\n"
LOSS = "Y_ij = e^{X_ij} / sum_k e^{X_ik}\nL = -1/S sum_{i,j} T_ij log Y_ij\n"
NET = "Z1 = X @ W1 + b1\nA1 = np.tanh(Z1)\nZ2 = A1 @ W2 + b2\ndW2 = A1.T @ dZ2\n"

RIGHT = {
    "a sum over an axis": LINEAR + "db = dY.sum(axis=0)\ndb = np.sum(dY, 0, keepdims=True)",
    "axes one by one": LINEAR + "db = np.ones(len(X)) @ dY\nL = (Y**2).sum(axis=(0, 1))\ndY = 2 * Y",
    "einsum": LINEAR + 'dW = np.einsum("mi,mj->ij", dY, X)',
    "samples in columns": COLUMNS + "dW = np.dot(dZ, X.T)\ndX = W.T @ dZ",
    "a norm": NORM + "dX = (N * dZ - dZ.sum(0) - Z * (dZ * Z).sum(0)) / (N * np.sqrt(v + eps))",
    "long names": ATTENTION + "dscores = P * (dP - (dP * P).sum(axis=1)[:, None])\ndQ = dscores @ K",
    "a mask, and a step before it": RELU + "dX = dY.copy()\ndX[X <= 0] = 0",
    "a step that is as well mathematics": LOSS + "dX = Y - T\ndX /= S",
    "numbered letters": NET + "dZ1 = (dZ2 @ W2.T) * (1 - A1**2)\ndb1 = dZ1.sum(0)\nW1 -= 0.1 * dW1",
}
WRONG = {
    "a mean": (LINEAR + "db = dY.mean(0)", "factor", "dY.sum(axis=0)"),
    "another axis": (
        LINEAR + "db = dY.sum(0)\ndb = np.sum(dY, axis=0)\ndb = dY.sum(1)",
        "wrong axis",
        "dY.sum(axis=0)",
    ),
    "two factors exchanged": (LINEAR + "dW = X.T @ dY\ndX = dY @ W", "wrong axis", "dY.T @ X"),
    "a sign of a product": (
        ATTENTION + "dscores = P * (dP - (dP * P).sum(1)[:, None])\ndQ = dscores * K",
        "wrong value",
        "dscores @ K",
    ),
    "a sign": (
        NORM + "dX = (dZ - dZ.mean(0) + Z * (dZ * Z).mean(0)) / np.sqrt(v + eps)",
        "sign",
        "(dZ - dZ.mean(axis=0) - Z * np.mean(dZ * Z, axis=0)) / np.sqrt(v + eps)",
    ),
    "the other branch": (
        RELU + "dX = np.where(X > 0, dY, 0)\ndX = np.where(X > 0, 0, dY)",
        "wrong value",
        "np.where(X > 0, dY, 0)",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_program_computes_rightly_is_right(name):
    found = words(RIGHT[name])
    assert found and set(found) == {"right"}


@pytest.mark.parametrize("name", WRONG)
def test_a_slip_is_named_and_mended_in_the_words_of_numpy(name):
    text, kind, repaired = WRONG[name]
    (found,) = (c for c in mark_text_by_its_own(text) if c.word == "wrong")
    assert (found.kind, found.repair) == (kind, repaired)


@pytest.mark.parametrize("line", ["db = dY.cumsum(0)", "db += dY.sum(0)", "dW = dY[0]", "db = f.grad(dY)"])
def test_what_a_program_leaves_open_is_not_judged(line):
    assert words(LINEAR + line)[-1] == "not judged"


def test_a_step_of_a_descent_claims_nothing():
    assert words(LINEAR + "W = W - 0.1 * dW\nb -= 0.1 * db") == ["right", "right"]

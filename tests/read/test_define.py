"""Texts to chains, held to PyTorch in numbers."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from helpers.compare.random_numbers import random_numbers
from helpers.derive import L, gradient
from helpers.derive.names import code_name
from helpers.read import Ambiguous, Unreadable, define, read_definitions
from helpers.read.definitions.engine import HAS_INTEGERS, HAS_TIME, of_matrix
from helpers.read.definitions.statements import statements_of
from helpers.read.definitions.syntax import walk

softmax, sigmoid, relu = (lambda x: torch.softmax(x, -1)), torch.sigmoid, torch.relu


def cosines(z):
    return F.normalize(z) @ F.normalize(z).T


def numbers_of(chain):
    """The numbers of a chain, and each letter of it by its name in code: arrays, numbers and sizes."""
    numbers = random_numbers(chain)
    letters = {}
    for t in (*chain.leaves, *(d.tensor for d in chain)):
        if str(t) != "L" or hasattr(t, "shape"):
            array = numbers.array(t)
            letters[code_name(t.label)] = array.reshape(()) if t.shape == (1,) else array
    letters |= {code_name(s): torch.tensor(float(n), dtype=torch.float64) for s, n in numbers.sizes.items()}
    letters |= {code_name(s): v for s, v in numbers.values.items() if not hasattr(s, "shape")}
    return numbers, SimpleNamespace(**letters)


def agrees(text, expected):
    chain = define(text)
    numbers, v = numbers_of(chain)
    output = chain.output
    got = numbers.loss() if str(output.left) == "L" else numbers.array(output.tensor)
    want = expected(v)
    got = got.reshape(want.shape) if want.dim() == 0 else got
    return got.shape == want.shape and torch.allclose(got, want.double(), rtol=1e-9, atol=1e-9)


LINEAR = lambda v: v.X @ v.W.T + v.b  # noqa: E731
ENTROPY = lambda v: -(v.T * torch.log(softmax(v.Z))).sum() / v.S  # noqa: E731

TEXTS = [
    # matrices
    ("Y = X W^T + b", LINEAR),
    (r"Y = X W^\top + b", LINEAR),
    (r"\mathbf{Y} = \mathbf{X}\mathbf{W}^{\mathsf{T}} + \mathbf{b}", LINEAR),
    ("Y = X Wᵀ + b", LINEAR),
    ("Y = X W' + b", LINEAR),
    (r"Y = X W^T + 1 b^T", LINEAR),
    (r"Y = X W^T + \mathbb{1} b^T", LINEAR),
    ("$Y = XW^T + b$", LINEAR),
    ("Y = X W + b", lambda v: v.X @ v.W + v.b),
    ("Y = XW", lambda v: v.X @ v.W),
    ("Y = W X + b", lambda v: v.W @ v.X + v.b[:, None]),
    ("y = W x + b", lambda v: v.W @ v.x + v.b),
    ("y = x W + b", lambda v: v.x @ v.W + v.b),
    ("y = w x + b", lambda v: v.w * v.x + v.b),
    (r"\hat y = \sigma(w^T x + b)", lambda v: sigmoid(v.w @ v.x + v.b)),
    (r"\mathbf{y} = \sigma(\mathbf{W}\mathbf{x} + \mathbf{b})", lambda v: sigmoid(v.W @ v.x + v.b)),
    ("P = softmax(A), A = Q K^T / sqrt(D)", lambda v: softmax(v.Q @ v.K.T / v.D.sqrt())),
    (
        r"O = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V",
        lambda v: softmax(v.Q @ v.K.T / v.d_k.sqrt()) @ v.V,
    ),
    (r"Y = \max(0, X W_1^T + b_1) W_2^T + b_2", lambda v: relu(v.X @ v.W1.T + v.b1) @ v.W2.T + v.b2),
    ("z = relu(W1 x + b1); y = W2 z + b2", lambda v: v.W2 @ relu(v.W1 @ v.x + v.b1) + v.b2),
    (r"a^{(1)} = \tanh(W^{(1)} x), a^{(2)} = W^{(2)} a^{(1)}", lambda v: v.W2 @ torch.tanh(v.W1 @ v.x)),
    (r"Y = X \odot \sigma(X W)", lambda v: v.X * sigmoid(v.X @ v.W)),
    ("Y = X * sigmoid(X)", lambda v: v.X * sigmoid(v.X)),
    ("Y = X ∘ M / p", lambda v: v.X * v.M / v.p),
    (r"Y = \gamma \odot X + \beta", lambda v: v.gamma * v.X + v.beta),
    ("Y = X^T X", lambda v: v.X.T @ v.X),
    ("Y = a X, a is a number", lambda v: v.a * v.X),
    ("Y = A B C", lambda v: v.A @ v.B @ v.C),
    (r"L = x^T A x", lambda v: v.x @ v.A @ v.x),
    (r"L = \frac12 \|y - A x\|^2", lambda v: ((v.y - v.A @ v.x) ** 2).sum() / 2),
    (r"L = \frac{1}{2} \lVert X W - Y \rVert_F^2", lambda v: ((v.X @ v.W - v.Y) ** 2).sum() / 2),
    (r"c = \frac{x^T y}{\|x\| \|y\|}", lambda v: F.cosine_similarity(v.x, v.y, 0)),
    (r"c = \frac{x \cdot y}{||x|| ||y||}", lambda v: F.cosine_similarity(v.x, v.y, 0)),
    (r"y = x / \|x\|_1, x \in \mathbb{R}^N", lambda v: v.x / v.x.abs().sum()),
    ("L = tr(A^T X B)", lambda v: torch.trace(v.A.T @ v.X @ v.B)),
    ("Y = diag(d) X", lambda v: v.d[:, None] * v.X),
    ("L = sum((Y - T)^2) / 2", lambda v: ((v.Y - v.T) ** 2).sum() / 2),
    (r"L = \sqrt{x^T x}", lambda v: v.x.norm()),
    # indices
    (r"Y_{ij} = \sum_k X_{ik} W_{jk} + b_j", LINEAR),
    ("Y[s, n] = sum_p X[s, p] W[n, p] + b[n]", LINEAR),
    ("Y_ij = Σ_k X_ik W_jk + b_j", LINEAR),
    (r"Y_{ij} = \sum_{k=1}^{K} X_{ik} W_{jk} + b_j", LINEAR),
    (r"Y_{ij} = b_j + \sum_{k} W_{jk}\,X_{ik}", LINEAR),
    ("y_i = e^{x_i} / sum_k e^{x_k}", lambda v: softmax(v.x)),
    ("p_i = softmax(z)_i", lambda v: softmax(v.z)),
    ("p_i = softmax(z_i)", lambda v: softmax(v.z)),
    (r"P_{ij} = \mathrm{softmax}_i(A_{ij})", lambda v: torch.softmax(v.A, 0)),
    (r"P_{sn} = \frac{\exp(Z_{sn})}{\sum_{k} \exp(Z_{sk})}", lambda v: softmax(v.Z)),
    (
        r"L = -\frac{1}{S}\sum_{s,n} T_{sn} \log P_{sn}, where P_{sn} = \exp(Z_{sn})/\sum_k \exp(Z_{sk})",
        ENTROPY,
    ),
    (
        r"L = \frac{1}{S} \sum_s \left( \log \sum_n e^{Z_{sn}} - Z_{s1} \right)",
        lambda v: (torch.logsumexp(v.Z, 1) - v.Z[:, 0]).mean(),
    ),
    (
        r"$$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$$ with \mu = \frac1N\sum_i x_i,"
        r" \sigma^2 = \frac1N \sum_i (x_i - \mu)^2",
        lambda v: (v.x - v.x.mean()) / torch.sqrt(v.x.var(unbiased=False) + v.epsilon),
    ),
    (
        r"y_i = \frac{x_i}{\sqrt{\frac{1}{n}\sum_{j=1}^n x_j^2 + \epsilon}} g_i",
        lambda v: v.g * v.x / torch.sqrt((v.x**2).mean() + v.epsilon),
    ),
    (r"L = \sum_s \max(0, 1 - t_s z_s)", lambda v: relu(1 - v.t * v.z).sum()),
    (
        r"L = \sum_i \max(0, 1 - y_i (w^T x_i + b)) + \lambda \|w\|^2",
        lambda v: relu(1 - v.y * (v.x @ v.w + v.b)).sum() + v.lambda_ * (v.w**2).sum(),
    ),
    (r"L = \frac{1}{N} \sum_{n=1}^N (y_n - w^T x_n)^2", lambda v: ((v.y - v.x @ v.w) ** 2).mean()),
    (
        r"L = -\sum_i [t_i \log p_i + (1 - t_i) \log(1 - p_i)], p_i = \sigma(z_i)",
        lambda v: -(v.t * sigmoid(v.z).log() + (1 - v.t) * (1 - sigmoid(v.z)).log()).sum(),
    ),
    (r"L = \sum_i |x_i - y_i|", lambda v: (v.x - v.y).abs().sum()),
    (r"D_{ij} = \sum_k (X_{ik} - Y_{jk})^2", lambda v: torch.cdist(v.X, v.Y) ** 2),
    (r"K_{ij} = \exp(-\gamma \|x_i - y_j\|^2)", lambda v: torch.exp(-v.gamma * torch.cdist(v.x, v.y) ** 2)),
    (r"C_{ij} = \frac{x_i^T y_j}{\|x_i\| \|y_j\|}", lambda v: F.normalize(v.x) @ F.normalize(v.y).T),
    (r"y_i = \sum_{j \ne i} x_j", lambda v: v.x.sum() - v.x),
    (r"y_t = \sum_{k \le t} x_k", lambda v: v.x.cumsum(0)),
    (r"y_t = \sum_{k=1}^{t} x_k", lambda v: v.x.cumsum(0)),
    (r"Y_{ij} = \delta_{ij} x_i", lambda v: torch.diag(v.x)),
    (r"y_i = \mathbb{1}[x_i > 0]\, x_i", lambda v: relu(v.x)),
    (r"y_i = \max_k X_{ik}", lambda v: v.X.amax(1)),
    (r"s = \sum_{i,j} A_{ij} x_i y_j", lambda v: v.x @ v.A @ v.y),
    (r"Y_{bij} = \sum_k A_{bik} B_{bkj}", lambda v: v.A @ v.B),
    (
        r"L = -\frac{1}{N}\sum_{i=1}^{N} \log \frac{\exp(z_i^\top c_i / \tau)}{\sum_{j=1}^{N} \exp(z_j^\top c_i/\tau)}",
        lambda v: -torch.log_softmax(v.c @ v.z.T / v.tau, 1).diagonal().mean(),
    ),
    # cases and functions
    (
        r"y_i = \begin{cases} x_i & x_i > 0 \\ \alpha x_i & \text{otherwise} \end{cases}",
        lambda v: torch.where(v.x > 0, v.x, v.alpha * v.x),
    ),
    (
        r"\ell = \begin{cases} \frac12 u^2 & \text{if } |u| \le \delta \\"
        r" \delta |u| - \frac12 \delta^2 & \text{else} \end{cases}, u = y - t",
        lambda v: torch.where(v.u.abs() <= v.delta, v.u**2 / 2, v.delta * v.u.abs() - v.delta**2 / 2),
    ),
    ("y = gelu(W x)", lambda v: F.gelu(v.W @ v.x)),
    (r"y = \mathrm{SiLU}(W x)", lambda v: F.silu(v.W @ v.x)),
    (r"y = \mathrm{Swish}_\beta(x)", lambda v: v.x * sigmoid(v.beta * v.x)),
    ("Y = softplus(X) + ln(1 + exp(X))", lambda v: 2 * F.softplus(v.X)),
    ("f(x) = 1/(1+e^{-x}), Y = f(X W)", lambda v: sigmoid(v.X @ v.W)),
    ("f(u, v) = u v + v, y = f(a, b)", lambda v: v.a * v.b + v.b),
    (r"y = \log_2(1 + x^2)", lambda v: torch.log2(1 + v.x**2)),
    (r"y = \tanh^2(x)", lambda v: torch.tanh(v.x) ** 2),
    # NumPy
    ("Y = X @ W.T + b", LINEAR),
    (
        "H = np.maximum(0, X @ W1.T + b1)\nY = H @ W2.T + b2",
        lambda v: relu(v.X @ v.W1.T + v.b1) @ v.W2.T + v.b2,
    ),
    (
        "Y = (X - X.mean(0)) / np.sqrt(X.var(0) + eps)",
        lambda v: (v.X - v.X.mean(0)) / torch.sqrt(v.X.var(0, unbiased=False) + v.eps),
    ),
    ("Y = X / np.linalg.norm(X, axis=1, keepdims=True)", lambda v: F.normalize(v.X)),
    ("L = sum((Y - T)**2) / 2", lambda v: ((v.Y - v.T) ** 2).sum() / 2),
    (
        "P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)\nL = -(T * np.log(P)).sum() / Z.shape[0]",
        lambda v: -(v.T * softmax(v.Z).log()).sum() / v.Z.shape[0],
    ),
    ('C = np.einsum("ij,kj->ik", X, Y)', lambda v: v.X @ v.Y.T),
    ("Y = x[:, None] * w[None, :]", lambda v: torch.outer(v.x, v.w)),
    ("D = ((X[:, None, :] - Y[None, :, :])**2).sum(-1)", lambda v: torch.cdist(v.X, v.Y) ** 2),
    (
        "L = 0.5 * np.sum((X @ w - y) ** 2) + lam * np.sum(w ** 2)",
        lambda v: ((v.X @ v.w - v.y) ** 2).sum() / 2 + v.lam * (v.w**2).sum(),
    ),
    ("Y = np.where(X > 0, X, 0.1 * X)", lambda v: F.leaky_relu(v.X, 0.1)),
    ("Y = X - X.max(axis=1, keepdims=True)", lambda v: v.X - v.X.amax(1, keepdim=True)),
    ("Y = np.tanh(X.dot(W))", lambda v: torch.tanh(v.X @ v.W)),
    ("Y = max(X @ W, 0)", lambda v: relu(v.X @ v.W)),
    ("y = X.max(0) + np.sum(X, 0)", lambda v: v.X.amax(0) + v.X.sum(0)),
    # letters that look like something else
    ("e = y - t, L = e^2 / 2", lambda v: (v.y - v.t) ** 2 / 2),
    ("e = y - A x, L = e^T e", lambda v: ((v.y - v.A @ v.x) ** 2).sum()),
    (r"m = (1 - b^t) g", lambda v: (1 - v.b**v.t) * v.g),
    (r"L = -x^2 + 2^y", lambda v: -(v.x**2) + 2**v.y),
    # papers
    (
        r"\mathrm{SwiGLU}(x, W, V) = \mathrm{Swish}_1(xW) \otimes (xV)",
        lambda v: F.silu(v.x @ v.W) * (v.x @ v.V),
    ),
    (
        r"\mathrm{FiLM}(\mathbf{F}_{i,c} | \gamma_{i,c}, \beta_{i,c}) = \gamma_{i,c} \mathbf{F}_{i,c} + \beta_{i,c}",
        lambda v: v.gamma * v.F + v.beta,
    ),
    (
        r"\mathrm{FL}(p_t) = -\alpha_t (1 - p_t)^2 \log(p_t)",
        lambda v: -v.alpha_t * (1 - v.p_t) ** 2 * v.p_t.log(),
    ),
    (
        r"\mathbf{y} = H(\mathbf{x}) \cdot T(\mathbf{x}) + \mathbf{x} \cdot (1 - T(\mathbf{x})),"
        r" H(\mathbf{x}) = \tanh(\mathbf{W}_H \mathbf{x}), T(\mathbf{x}) = \sigma(\mathbf{W}_T^T \mathbf{x})",
        lambda v: torch.lerp(v.x, torch.tanh(v.W_H @ v.x), sigmoid(v.W_T.T @ v.x)),
    ),
    (r"h = W_0 x + \frac{\alpha}{r} B A x", lambda v: v.W0 @ v.x + v.alpha / v.r * v.B @ v.A @ v.x),
    (r"\mathbf{w} = \frac{g}{\|\mathbf{v}\|}\mathbf{v}", lambda v: v.g * v.v / v.v.norm()),
    (
        r"\varphi(\mathbf{x}) = \sum_{i=1}^{N} a_i \exp\left(-\beta_i \|\mathbf{x} - \mathbf{c}_i\|^2\right)",
        lambda v: (v.a * torch.exp(-v.beta * ((v.x - v.c) ** 2).sum(1))).sum(),
    ),
    (
        r"e_{ij} = v^\top \tanh(W_a s_i + U_a h_j), \alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})},"
        r" c_i = \sum_j \alpha_{ij} h_j",
        lambda v: softmax(torch.tanh((v.s @ v.W_a.T)[:, None] + v.h @ v.U_a.T) @ v.v) @ v.h,
    ),
    (
        r"\mathcal{L}_{i,j} = -\log \frac{\exp(\mathrm{sim}(z_i, z_j))}{\sum_{k=1}^{N} \mathbb{1}_{[k \neq i]}"
        r" \exp(\mathrm{sim}(z_i, z_k))}, \mathrm{sim}(u, v) = \frac{u^\top v}{\|u\| \|v\|}",
        lambda v: (
            (c := cosines(v.z)) - (c.exp().sum(1, keepdim=True) - c.exp().diagonal()[:, None]).log()
        ).neg(),
    ),
    (
        r"a_i = \frac{x_i}{\mathrm{RMS}(x)} g_i, where \mathrm{RMS}(x) = \sqrt{\frac{1}{n}\sum_{i=1}^{n} x_i^2}",
        lambda v: v.g * v.x / (v.x**2).mean().sqrt(),
    ),
    # what a text says besides
    ("x in R^(1×N); y = x W + b", lambda v: v.x @ v.W + v.b),
    (
        r"X \in \mathbb{R}^{S \times M}, W \in \mathbb{R}^{N \times M}, b \in \mathbb{R}^N: Y = X W^T + b",
        LINEAR,
    ),
    (
        r"\begin{align} Z &= X W^T + b \\ P_{sn} &= \frac{e^{Z_{sn}}}{\sum_k e^{Z_{sk}}} \end{align}",
        lambda v: softmax(v.X @ v.W.T + v.b),
    ),
    (
        r"We define $Y = XW^\top$ with the loss $L = \frac{1}{2}\|Y - T\|_F^2$.",
        lambda v: ((v.X @ v.W.T - v.T) ** 2).sum() / 2,
    ),
    ("Y = X W^T\n  + b", LINEAR),
    (
        r"L = \frac{1}{2}\sum_{i} (y_i - t_i)^2 where y_i = \sum_j w_{ij} x_j for i = 1, \dots, N",
        lambda v: ((v.w @ v.x - v.t) ** 2).sum() / 2,
    ),
]


@pytest.mark.parametrize("text, expected", TEXTS, ids=[text[:60] for text, _ in TEXTS])
def test_a_text_means_what_pytorch_computes(text, expected):
    assert agrees(text, expected)


NOTATIONS = [
    r"Y_{sn} = \sum_m X_{sm} W_{nm} + b_n",
    "Y = X W^T + b",
    r"\mathbf{Y} = \mathbf{X} \mathbf{W}^\top + \mathbf{b}",
    "Y[s, n] = sum_m X[s, m] W[n, m] + b[n]",
    "Y = X @ W.T + b",
]


def test_five_notations_give_one_gradient():
    for letter in "XWb":
        found = set()
        for text in NOTATIONS:
            reading = read_definitions(text)
            found.add(str(gradient(reading.chain, reading.tensors[letter]).result))
        assert len(found) == 1


def test_the_tree_does_not_know_its_notation():
    same = [
        (r"Y = \frac{X}{2}", "Y = X/2"),
        (r"y = \sqrt{x} + \hat{z}", "y = sqrt(x) + ẑ"),
        (r"y = e^{-x_i}", "y = exp(-x_i)"),
        (r"Y = X^\top W", "Y = X' W"),
        (r"Y = X \odot Z", "Y = X ∘ Z"),
        (r"L = \sum_{i=1}^{N} x_i^2", "L = sum_{i=1}^N x_i^2"),
        (r"c = \mathrm{tr}(A)", "c = Tr(A)"),
        (r"\mathcal{L} = \left\| x \right\|", "L = ||x||"),
    ]
    for a, b in same:
        (left,), (right,) = (statements_of(text).defined for text in (a, b))
        assert (left.left, left.right) == (right.left, right.right), (a, b)


def test_every_node_knows_its_place():
    text = "a = 1\nY = X W^T + b"
    (_, d) = statements_of(text).defined
    places = {n.name: (n.place.line, n.place.column) for n in walk(d.right) if hasattr(n, "name")}
    assert places == {"X": (2, 5), "W": (2, 7), "b": (2, 13)}


def test_sizes_are_those_of_the_text():
    shapes = {
        "X in R^(B×D), Y = X W^T": {"X": "(B, D)", "Y": "(B, N)", "W": "(N, D)"},
        r"y_i = \sum_{j=1}^{K} W_{ij} x_j": {"x": "(K,)", "W": "(N, K)"},
        r"m = \frac{1}{N} \sum_i x_i": {"x": "(N,)"},
        "A = Q K^T / sqrt(D)": {"Q": "(S, D)", "K": "(N, D)"},
        "S = X X^T": {"X": "(N, M)", "S": "(N, N)"},
        "x in R^3, y = W x": {"x": "(3,)", "W": "(N, 3)"},
        "x: (N,), y = A x": {"x": "(N,)"},
        "L = x^T A x": {"A": "(M, M)"},
    }
    for text, wanted in shapes.items():
        tensors = read_definitions(text).tensors
        assert {name: str(tensors[name].shape) for name in wanted} == wanted, text


def test_letters_of_the_text_are_kept():
    labels = {
        r"\hat{y}_i = \bar{x}_i + \tilde z_i": {"yhat", "xbar", "ztilde"},
        r"a^{(2)} = W^{(2)} a^{(1)}": {"a2", "W2", "a1"},
        r"y = W_{out} x_{in}": {"y", "W_{out}", "x_{in}"},
        r"\sigma^2 = \frac{1}{N}\sum_i (x_i - \mu)^2": {"sigma_sq", "x", "mu"},
        r"a^{(l)} = \tanh(W^{(l)} a^{(l-1)})": {"a^{l}", "W^{l}", "a^{l-1}"},
    }
    for text, wanted in labels.items():
        chain = define(text)
        assert {str(t.label) for t in chain.tensors} == wanted, text


def test_definitions_come_in_the_order_of_their_use():
    chain = define("L = sum((P - T)^2), where P = softmax(Z), Z = X W")
    assert [str(d.tensor) for d in chain] == ["Z", "P", "L"]


def test_the_loss_is_the_loss_of_the_engine():
    for letter in (r"\mathcal{L}", r"\ell", "J", "L", r"L_{CE}", "loss"):
        assert define(rf"{letter} = \sum_i x_i^2").output.left == L
    assert define("c = x^T y").output.left != L


def test_a_line_in_the_text_answers_the_question():
    text = "Y = A B + b"
    with pytest.raises(Ambiguous) as asked:
        define("Y = P Q + b")
    assert asked.value.letter == "b"
    row = define("b in R^(1×N), Y = P Q + b").output
    column = define("b in R^(N×1), Y = P Q + b").output
    assert str(row.indices[1]) in str(next(e for e in row.right.args if "b" in str(e)))
    assert str(column.indices[0]) in str(next(e for e in column.right.args if "b" in str(e)))
    assert define(text)


BAD = [  # text, the error, the letter it names, the line, the column
    ("", Unreadable, "", 1, 1),
    ("hello", Unreadable, "", 1, 1),
    ("X W", Unreadable, "", 1, 1),
    ("Y = ", Unreadable, "", 1, 4),
    ("a = 1\nY = X W^T + ", Unreadable, "", 2, 12),
    ("Y = (X W", Unreadable, "", 1, 5),
    ("Y = X W)", Unreadable, "", 1, 8),
    (r"Y = \frac{X}{", Unreadable, "", 1, 14),
    (r"Y = \foo X", Unreadable, r"\foo", 1, 5),
    ("Y = X W\nY = X V", Unreadable, "Y", 2, 1),
    ("X in R^(S×M), W in R^(N×K), Y = X W^T", Unreadable, "W", 1, 33),
    ("x in R^3, W in R^(2×4), y = W x", Unreadable, "W", 1, 29),
    ("Y_{ij} = X_{ik} W_{kj}", Unreadable, "k", 1, 10),
    (r"Y_{ij} = \sum_k X_{ik} W_{kl}", Unreadable, "l", 1, 28),
    (r"Y_{ij} = \sum_i X_{ij}", Unreadable, "i", 1, 15),
    ("y = x_i w_i", Unreadable, "i", 1, 5),
    ("y = P_{ij}", Unreadable, "i", 1, 5),
    (r"y = \partial L / \partial x", Unreadable, r"\partial", 1, 5),
    ("Y = X^2", Ambiguous, "X", 1, 5),
    ("Y = P Q + b", Ambiguous, "b", 1, 5),
    (r"y_i = \sum_j W_ij x_j", Ambiguous, "j", 1, 16),
    (r"y = \tanh W x", Ambiguous, "x", 1, 11),
    ("y = 1/2x", Ambiguous, "x", 1, 7),
    ("y = |A|", Ambiguous, "A", 1, 5),
    (r"\mathbf y = \mathbf a \otimes \mathbf c", Ambiguous, "a", 1, 21),
    ("x = x + 1", Unreadable, "x", 1, 1),
    ("a = b + 1, b = a", Unreadable, "a", 1, 1),
    (r"y_i = x_{i+1} - x_i", Unreadable, "x", 1, 7),
    ("Y = X[1:3] @ W", Unreadable, "", 1, 7),
    ("Y = foo(X) @ W", Unreadable, "foo", 1, 5),
    ("Z = X @ W\nY += X @ W", Unreadable, "", 2, 1),
    ("Y = X.mean(1) - X", Unreadable, "", 1, 5),
    (r"Y = \sum X", Unreadable, "", 1, 5),
    (r"L = \|x\|_5", Unreadable, "", 1, 11),
    (r"L = \sum_{i \in S} x_i", Unreadable, "", 1, 13),
    ("y = x^{10^{10}}", Unreadable, "", 1, 5),
    ("y = 9^{9^{9^9}}", Unreadable, "", 1, 8),
    (r"y = \begin{cases} x & x > 0", Unreadable, "", 1, 5),
    (r"y = \begin{cases} x & x > 0 \\ 2x & x > 5 \end{cases}", Unreadable, "", 1, 5),
    ("y = argmax(x)", Unreadable, "argmax", 1, 5),
    ("x y = 3", Unreadable, "", 1, 1),
    ("2 = x", Unreadable, "", 1, 1),
    ("= 3", Unreadable, "=", 1, 1),
    ("f(x) = f(x) + 1, y = f(z)", Unreadable, "", 1, 8),
    (r"y = \sigma'(x)", Unreadable, "sigma", 1, 5),
    (r"y = \mathrm{LN}(x)", Unreadable, "LN", 1, 13),
    ("p_i = softmax(A_{ij})", Unreadable, "j", 1, 19),
    ("Y = " + "(" * 60 + "X" + ")" * 60, Unreadable, "", 1, 56),
    ("Y = " + "X " * 100, Unreadable, "", 1, 5),
    ("y = x" + " + x" * 100, Unreadable, "", 1, 5),
    (", ".join(f"y{k} = x{k}" for k in range(50)), Unreadable, "", 1, 1),
    ("Y = X" + " " * 10_000, Unreadable, "", 1, 1),
]


@pytest.mark.parametrize(
    "text, error, letter, line, column", BAD, ids=[row[0][:40] or "nothing" for row in BAD]
)
def test_what_has_no_meaning_says_where_and_of_which_letter(text, error, letter, line, column):
    with pytest.raises(error) as refused:
        define(text)
    assert (refused.value.letter, refused.value.line, refused.value.column) == (letter, line, column)
    assert refused.value.message


def test_a_refusal_quotes_the_piece():
    with pytest.raises(Unreadable) as refused:
        define(r"Y = X + \foo")
    assert refused.value.piece == r"\foo" and r"\foo" in str(refused.value)


def test_only_a_text_is_read():
    with pytest.raises(TypeError):
        define(3)


GRU = r"""z_t = \sigma(W_z x_t + U_z h_{t-1}), r_t = \sigma(W_r x_t + U_r h_{t-1}),
\tilde h_t = \tanh(W x_t + U (r_t \odot h_{t-1})), h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t"""


@pytest.mark.skipif(not HAS_TIME, reason="the engine has no recursions")
def test_a_recursion_has_its_own_past():
    for text in (r"h_t = \tanh(W h_{t-1} + U x_t + b), h_0 = 0", GRU):
        chain = define(text)
        assert "h[t - 1" in " ".join(map(str, chain))


@pytest.mark.skipif(HAS_TIME, reason="the engine has recursions")
def test_a_recursion_is_refused_where_it_cannot_be_derived():
    with pytest.raises(Unreadable) as refused:
        define(GRU)
    assert refused.value.letter == "h"


@pytest.mark.skipif(not of_matrix("logdet"), reason="the engine has no functions of a matrix")
def test_functions_of_a_matrix():
    assert agrees(r"L = x^T A^{-1} x", lambda v: v.x @ torch.linalg.solve(v.A, v.x))
    assert agrees(r"L = \log |A|", lambda v: torch.linalg.slogdet(v.A)[1])


@pytest.mark.skipif(bool(of_matrix("logdet")), reason="the engine has functions of a matrix")
def test_functions_of_a_matrix_are_refused_where_they_cannot_be_derived():
    for text in (r"L = x^T A^{-1} x", r"L = \log\det A"):
        with pytest.raises(Unreadable) as refused:
            define(text)
        assert refused.value.letter == "A"


@pytest.mark.skipif(not HAS_INTEGERS, reason="the engine has no integers as indices")
def test_an_integer_as_an_index():
    for text in (r"L = -\log p_y, p = softmax(z)", "y_i = E[t_i, :]", "t in Z^S, y_s = Z[s, t_s]"):
        assert define(text)

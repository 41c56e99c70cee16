"""Texts to chains, held to PyTorch in numbers."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from helpers.compare.meaning import random_numbers
from helpers.derive import L, gradient
from helpers.derive.names import code_name
from helpers.read import Ambiguous, Unreadable, define, read_definitions
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
    # how far a sign reaches
    (r"y = e^{-x^2}", lambda v: torch.exp(-(v.x**2))),
    ("y = x^10 + x_12", lambda v: v.x**10 + v.x12),
    (r"y = (x - \mu)/\sigma^2", lambda v: (v.x - v.mu) / v.sigma**2),
    ("y = 1/2 x^2 + 1/(2 a) b", lambda v: v.x**2 / 2 + v.b / (2 * v.a)),
    (r"L = \lambda/2 \|w\|^2", lambda v: v.lambda_ / 2 * (v.w**2).sum()),
    (r"y = \frac{1}{1 + \frac{a}{b + \frac{c}{d}}}", lambda v: 1 / (1 + v.a / (v.b + v.c / v.d))),
    (r"y = a / b \cdot c", lambda v: v.a / v.b * v.c),
    (r"y = \sin 2x + \log x^2", lambda v: torch.sin(2 * v.x) + torch.log(v.x**2)),
    (r"y = \sum_i a_i b_i + c", lambda v: v.a @ v.b + v.c),
    ("c = x^T y/(|x||y|)", lambda v: F.cosine_similarity(v.x, v.y, 0)),
    (r"y = |x - |z||", lambda v: (v.x - v.z.abs()).abs()),
    (r"h = r \odot U s + W x", lambda v: v.r * (v.U @ v.s) + v.W @ v.x),
    (r"Y = X U \odot X V", lambda v: (v.X @ v.U) * (v.X @ v.V)),
    ("y = sign(x) max(|x| - a, 0)", lambda v: torch.sign(v.x) * relu(v.x.abs() - v.a)),
    (r"c = \langle w, x \rangle + [b]_+", lambda v: v.w @ v.x + relu(v.b)),
    (r"h = W_{in} x + b_{\text{in}}", lambda v: v.W_in @ v.x + v.b_in),
    # where a sum starts and ends
    (r"y_i = \sum_{j=i+1}^{N} x_j", lambda v: v.x.sum() - v.x.cumsum(0)),
    (r"y_i = \sum_{j=i+1} x_j", lambda v: v.x.sum() - v.x.cumsum(0)),
    (r"y_i = \sum_{j=i}^{N} x_j", lambda v: v.x.sum() - v.x.cumsum(0) + v.x),
    (r"y_n = \sum_{k=0}^{n-1} x_k", lambda v: v.x.cumsum(0) - v.x),
    (r"y = \sum_{k=0}^{K-1} w_k x_k", lambda v: v.w @ v.x),
    (r"L = \sum_{i=3}^{N} x_i^2", lambda v: (v.x[2:] ** 2).sum()),
    (r"L = \sum_{i<j} (x_i - x_j)^2", lambda v: ((v.x[:, None] - v.x) ** 2).sum() / 2),
    (r"L = \sum_i \sum_{j \neq i} x_i x_j", lambda v: v.x.sum() ** 2 - (v.x**2).sum()),
    # an index as a number
    (r"y_t = t x_t, t = 1, \dots, T", lambda v: v.x * torch.arange(1, len(v.x) + 1)),
    (r"s = \sum_{k=0}^{K-1} k w_k", lambda v: v.w @ torch.arange(len(v.w)).double()),
    (
        r"Y_{ij} = (i - j) X_{ij}",
        lambda v: v.X * (torch.arange(len(v.X))[:, None] - torch.arange(v.X.shape[1])),
    ),
    # what a text says of a letter
    ("E_i in R^(N×M); y_i = E_i x", lambda v: v.E @ v.x),
    ("z is a number; s = x^T y z", lambda v: v.x @ v.y * v.z),
    ("y is an integer; L = -log p_y, p = softmax(z)", lambda v: -softmax(v.z)[v.y.long()].log()),
    # functions put in
    (r"f(u) = \sum_i u_i w_i, y = f(x)^2", lambda v: (v.x @ v.w) ** 2),
    (r"f(u) = \sum_i u_i^2, y = f(x - z)", lambda v: ((v.x - v.z) ** 2).sum()),
    (
        r"L = \frac{1}{2} (\mathbf{x} - \boldsymbol{\mu})^T \Sigma^{-1} (\mathbf{x} - \boldsymbol{\mu})",
        lambda v: (v.x - v.mu) @ torch.linalg.solve(v.Sigma, v.x - v.mu) / 2,
    ),
    # more NumPy and PyTorch
    ("Y = torch.var(X, dim=0)", lambda v: v.X.var(0)),
    ("Y = np.std(X, axis=0, ddof=1)", lambda v: v.X.std(0)),
    ("Y = X.var(axis=0)", lambda v: v.X.var(0, unbiased=False)),
    ("Y = A @ B * C", lambda v: v.A @ v.B * v.C),
    ("Y = -X ** 2 @ W", lambda v: -(v.X**2) @ v.W),
    ("Y = X / X.sum(-1)[:, None]", lambda v: v.X / v.X.sum(1, keepdim=True)),
    ("A = Q @ K.T / np.sqrt(Q.shape[-1])", lambda v: v.Q @ v.K.T / v.Q.shape[1] ** 0.5),
    ("D = ((X[:, None] - X[None]) ** 2).sum(-1)", lambda v: torch.cdist(v.X, v.X) ** 2),
    ("b is a number\ny = X @ w + b", lambda v: v.X @ v.w + v.b),
    ("Y = F.leaky_relu(X @ W)", lambda v: F.leaky_relu(v.X @ v.W)),
    (
        "mu = X.mean(axis=1, keepdims=True)\nvar = X.var(axis=1, keepdims=True)\n"
        "Y = gamma * (X - mu) / np.sqrt(var + 1e-5) + beta",
        lambda v: F.layer_norm(v.X, v.gamma.shape, v.gamma, v.beta),
    ),
    # papers
    (
        r"R_\beta(W) = \beta \| W^\top W - I \|_F^2",
        lambda v: v.beta * ((v.W.T @ v.W - torch.eye(v.W.shape[1])) ** 2).sum(),
    ),
    (
        r"\hat{m}_h(z) = \frac{\sum_{i=1}^{n} K_h(z - x_i) y_i}{\sum_{i=1}^{n} K_h(z - x_i)},"
        r" K_h(u) = \exp(-u^2 / (2 h^2))",
        lambda v: softmax(-((v.z - v.x) ** 2) / (2 * v.h**2)) @ v.y,
    ),
    (
        r"q_i = \frac{\exp(z_i/T)}{\sum_j \exp(z_j/T)}, p_i = \frac{\exp(v_i/T)}{\sum_j \exp(v_j/T)},"
        r" C = -\sum_i p_i \log q_i",
        lambda v: -(softmax(v.v / v.T) * torch.log_softmax(v.z / v.T, 0)).sum(),
    ),
    (
        r"\mathcal{L}_C = \frac{1}{2} \sum_{i=1}^{m} \| x_i - c_{y_i} \|_2^2",
        lambda v: ((v.x - v.c[v.y.long()]) ** 2).sum() / 2,
    ),
    (
        r"v(Z) = \frac{1}{d} \sum_{j=1}^{d} \max(0, \gamma - S_j),"
        r" S_j = \sqrt{\frac{1}{n-1} \sum_{i=1}^{n} (z_{ij} - \bar{z}_j)^2 + \epsilon},"
        r" \bar{z}_j = \frac{1}{n} \sum_{i=1}^{n} z_{ij}",
        lambda v: relu(v.gamma - torch.sqrt(v.z.var(0) + v.epsilon)).mean(),
    ),
    (
        r"h_i(x) = \max_{j} z_{ij}, z_{ij} = x^T W_{ij} + b_{ij}",
        lambda v: (v.W @ v.x + v.b).amax(1),
    ),
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
        r"y = W_{out} x_{in}": {"y", "W_out", "x_in"},
        r"\sigma^2 = \frac{1}{N}\sum_i (x_i - \mu)^2": {"sigma_sq", "x", "mu"},
        r"a^{(l)} = \tanh(W^{(l)} a^{(l-1)})": {"a^{l}", "W^{l}", "a^{l-1}"},
    }
    for text, wanted in labels.items():
        chain = define(text)
        assert {str(t.label) for t in chain.tensors} == wanted, text


def test_a_transpose_may_be_written_as_in_numpy():
    assert str(define("Y = relu(X W.T + b)").output) == str(define("Y = relu(X W^T + b)").output)
    assert len(define("Z = X W.T + b. Y = tanh(Z)").definitions) == 2


def test_a_second_name_has_the_meaning_of_what_follows():
    assert [str(d) for d in define("L = a = b + c; M = a^2")] == [
        "a[0] = b[0] + c[0]",
        "M[0] = a[0]**2",
        "L = a[0]",
    ]
    assert str(define(r"L = L_{CE} = -\sum_i y_i \log p_i").definitions[0].left) == "L_CE[0]"


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
    ("Y = X W^T plus b", Ambiguous, "plus", 1, 11),
    ("L = (x^T x) / (x^T A x)", Ambiguous, "A", 1, 20),
    (r"L = -\log P_{s,t_s}; P = softmax(Z)", Ambiguous, "P", 1, 11),
    ("P = softmax(Z); L = -1/S sum_s log P_s0", Ambiguous, "P", 1, 36),
    ("y = x for x > 0, 0 otherwise", Unreadable, "otherwise", 1, 20),
    ("Y = X W^T + b unless b = 0", Unreadable, "unless", 1, 15),
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
    ("s = x^T y z", Ambiguous, "z", 1, 11),
    ("z_i = y_i E_i x", Ambiguous, "E", 1, 11),
    ("y = a / b c", Ambiguous, "c", 1, 9),
    ("y = x / 2 z", Ambiguous, "z", 1, 9),
    ("y = x/2(a + b)", Ambiguous, "(", 1, 7),
    ("y = a^b^c", Ambiguous, "a", 1, 5),
    ("y = e^-x^2", Ambiguous, "exp", 1, 5),
    (r"y = \alpha x^10", Ambiguous, "10", 1, 14),
    (r"y = \exp -x z", Ambiguous, "z", 1, 10),
    (r"y = \log x/z", Ambiguous, "/", 1, 10),
    (r"y = \log x^2 z", Ambiguous, "z", 1, 10),
    ("y = e^2x", Ambiguous, "x", 1, 5),
    (r"y_t = t x_t", Ambiguous, "t", 1, 7),
    (r"p(k) = e^{z_k} / \sum_j e^{z_j}", Ambiguous, "z", 1, 11),
    ("Y = torch.max(X, dim=1)[0]", Unreadable, "", 1, 5),
    ("y = X @ w + b", Ambiguous, "b", 1, 13),
    (r"y = \sin^{-1} x", Unreadable, "sin", 1, 5),
    ("y = |x|, x in R^N", Ambiguous, "", 1, 5),
    (r"L = \|W\|_2, W in R^(N×M)", Ambiguous, "W", 1, 5),
    ("Y = softmax(W X)", Ambiguous, "", 1, 5),
    ("y = leaky_relu(x)", Ambiguous, "leaky_relu", 1, 5),
    (r"Y = A \otimes B", Ambiguous, "A", 1, 5),
    ("Y = (X - mu) / sigma", Ambiguous, "sigma", 1, 16),
    ("y = x[1] + z", Ambiguous, "x", 1, 7),
    (r"L = -\log \frac{e^{z_y}}{\sum_j e^{z_j}}", Ambiguous, "z", 1, 20),
    (r"y_i = \sum_j W_{ij} x_j + W_{12}", Ambiguous, "W", 1, 27),
    ("y_i = exp(x - x_i)", Ambiguous, "x", 1, 11),
    (r"y = \sum_{k=1}^{2N} x_k", Unreadable, "k", 1, 17),
    (r"y = \sum_{k=1}^{N-1} x_k", Unreadable, "k", 1, 17),
    (r"y_i = \sum_{j=i-1}^{N} x_j", Unreadable, "j", 1, 15),
    (r"L = \sum_{i \ne j} x_i x_j", Unreadable, "j", 1, 17),
    ("y = huber(r)", Unreadable, "huber", 1, 5),
    ("y = x + F(x)", Unreadable, "F", 1, 9),
    (r"y = f_\theta(x)", Unreadable, "f", 1, 5),
    ("$y = LN(x)$", Unreadable, "LN", 1, 6),
    ("y = exp(a, b)", Unreadable, "exp", 1, 5),
    ("Y = 1 - X if X > 0 else X", Unreadable, "if", 1, 11),
    ("y = (x - x.mean()) / x.std()", Ambiguous, "", 1, 22),
    ("L = np.linalg.norm(X, ord=1)", Unreadable, "", 1, 5),
    ("L = np.linalg.norm(X, 1)", Unreadable, "norm", 1, 5),
    ("Y = F.gelu(X @ W, approximate='tanh')", Unreadable, "", 1, 5),
    ("Y = X.transpose(0, 1) @ W", Unreadable, "transpose", 1, 5),
    ("Y = sum(X, 0) + X @ W", Unreadable, "sum", 1, 5),
    ("Y = np.dot(x, w) + b", Ambiguous, "b", 1, 20),
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


def test_a_recursion_has_its_own_past():
    for text in (r"h_t = \tanh(W h_{t-1} + U x_t + b), h_0 = 0", GRU):
        chain = define(text)
        assert "h[t - 1" in " ".join(map(str, chain))


def test_functions_of_a_matrix():
    assert agrees(r"L = x^T A^{-1} x", lambda v: v.x @ torch.linalg.solve(v.A, v.x))
    assert agrees(r"L = \log |A|", lambda v: torch.linalg.slogdet(v.A)[1])


def test_an_integer_as_an_index():
    for text in (r"L = -\log p_y, p = softmax(z)", "y_i = E[t_i, :]", "t in Z^S, y_s = Z[s, t_s]"):
        assert define(text)

"""What a transformer has beside attention: gated units, norms before or after each part, weights used twice."""

from collections.abc import Callable

from sympy import Expr, Rational, Sum, Symbol, erf, exp, sqrt

from helpers.derive.definition import Definition
from helpers.derive.formulas.attention_layer import N, Part, T, heads
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import Tensor, elementwise, indices, sizes, tensor
from helpers.derive.strategy import backpropagate

F, V = sizes("F V")
(t,), (n,), (q,) = indices("t", T), indices("n", N), indices("q", F)
X, Y = tensor("X", T, N), tensor("Y", T, N)
eps, ANY = Symbol("epsilon", positive=True), elementwise("h")


def swiglu() -> Formula:
    """A = X Wᵀ, B = X Vᵀ, H = A σ(A) ∘ B, Y = H W2ᵀ: the gate A σ(A) says how much of B passes

    dW2_ij = Σ_t dY_ti H_tj       dH_ij = Σ_n dY_in W2_nj
    dB_ij  = dH_ij A_ij σ_ij
    dA_ij  = dH_ij B_ij σ_ij (1 + A_ij (1 − σ_ij))
    dV_ij  = Σ_t dB_ti X_tj       dW_ij = Σ_t dA_ti X_tj
    dX_ij  = Σ_q dA_iq W_qj + Σ_q dB_iq V_qj
    """
    W, V, W2 = tensor("W", F, N), tensor("V", F, N), tensor("W2", N, F)
    A, B, sigma, H = (tensor(name, T, F) for name in ("A", "B", r"\sigma", "H"))
    definitions = (
        Definition(A[t, q], Sum(X[t, n] * W[q, n], n)),
        Definition(B[t, q], Sum(X[t, n] * V[q, n], n)),
        Definition(sigma[t, q], 1 / (1 + exp(-A[t, q]))),
        Definition(H[t, q], A[t, q] * sigma[t, q] * B[t, q]),
        Definition(Y[t, n], Sum(H[t, q] * W2[n, q], q)),
    )
    return Formula("SwiGLU", definitions, backpropagate(definitions, W2, H, B, A, V, W, X))


def pre_norm_block(h: Callable[[Expr], Expr] = ANY) -> Formula:
    """R = X + attention(norm1(X)), Y = R + mlp(norm2(R)): a path from Y to X that nothing stands in

    dR = dY + what comes back through mlp and norm2
    dX = dR + what comes back through attention and norm1
    """
    R, Z1, Z2, A, B = (tensor(name, T, N) for name in ("R", "Z1", "Z2", "A", "B"))
    first, back1 = norm(X, Z1, "1")
    attention, back2 = heads(Z1, A)
    second, back3 = norm(R, Z2, "2")
    last, back4 = mlp(Z2, B, h)
    middle, end = Definition(R[t, n], X[t, n] + A[t, n]), Definition(Y[t, n], R[t, n] + B[t, n])
    definitions = *first, *attention, middle, *second, *last, end
    xs = B, *back4, Z2, *back3, R, A, *back2, Z1, *back1, X
    return Formula("transformer block, norm first", definitions, backpropagate(definitions, *xs))


def post_norm_block(h: Callable[[Expr], Expr] = ANY) -> Formula:
    """R = norm1(X + attention(X)), Y = norm2(R + mlp(R)): every path from Y to X leads through both norms

    dZ2 = what comes back through norm2, dR = dZ2 + the same through mlp
    dZ1 = what comes back through norm1, dX = dZ1 + the same through attention
    """
    R, Z1, Z2, A, B = (tensor(name, T, N) for name in ("R", "Z1", "Z2", "A", "B"))
    attention, back1 = heads(X, A)
    first, back2 = norm(Z1, R, "1")
    last, back3 = mlp(R, B, h)
    second, back4 = norm(Z2, Y, "2")
    one, two = Definition(Z1[t, n], X[t, n] + A[t, n]), Definition(Z2[t, n], R[t, n] + B[t, n])
    definitions = *attention, one, *first, *last, two, *second
    xs = *back4, Z2, B, *back3, R, *back2, Z1, A, *back1, X
    return Formula("transformer block, norm last", definitions, backpropagate(definitions, *xs))


def norm(X: Tensor, Z: Tensor, tag: str) -> Part:
    """Layer norm from X to Z, and what a gradient is taken by, from the back to the front."""
    mu = tensor(f"mu{tag}", T)
    v, sigma = (tensor(f"{name}{tag}", T, positive=True) for name in ("v", "sigma"))
    Xhat, gamma, beta = tensor(f"Xhat{tag}", T, N), tensor(f"gamma{tag}", N), tensor(f"beta{tag}", N)
    definitions = (
        Definition(mu[t], Sum(X[t, n], n) / N),
        Definition(v[t], Sum((X[t, n] - mu[t]) ** 2, n) / N),
        Definition(sigma[t], sqrt(v[t] + eps)),
        Definition(Xhat[t, n], (X[t, n] - mu[t]) / sigma[t]),
        Definition(Z[t, n], gamma[n] * Xhat[t, n] + beta[n]),
    )
    return definitions, [gamma, beta, Xhat]


def mlp(X: Tensor, Y: Tensor, h: Callable[[Expr], Expr]) -> Part:
    """Two linear layers with h between them, from X to Y, and what a gradient is taken by."""
    W1, b1, W2, b2 = tensor("W1", F, N), tensor("b1", F), tensor("W2", N, F), tensor("b2", N)
    G, U = tensor("G", T, F), tensor("U", T, F)
    definitions = (
        Definition(G[t, q], Sum(X[t, n] * W1[q, n], n) + b1[q]),
        Definition(U[t, q], h(G[t, q])),
        Definition(Y[t, n], Sum(U[t, q] * W2[n, q], q) + b2[n]),
    )
    return definitions, [W2, b2, U, G, W1, b1]


def gelu(x: Expr) -> Expr:
    """x Φ(x)"""
    return x * (1 + erf(x / sqrt(2))) * Rational(1, 2)


def tied_weights() -> Formula:
    """X_tn = W_{i_t,n} reads row i_t of W, H = h(X), Y_tv = Σ_n H_tn W_vn compares with every row: W is used twice

    dW_ij = Σ_t dY_ti H_tj + Σ_t δ(i_t, i) dX_tj
    """
    (v,) = indices("v", V)
    ids, W = tensor("i", T, integer=True), tensor("W", V, N)
    H, Y, h = tensor("H", T, N), tensor("Y", T, V), elementwise("h")
    definitions = (
        Definition(X[t, n], W[ids[t], n]),
        Definition(H[t, n], h(X[t, n])),
        Definition(Y[t, v], Sum(H[t, n] * W[v, n], n)),
    )
    return Formula("tied weights", definitions, backpropagate(definitions, H, X, W))

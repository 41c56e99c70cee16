"""Two linear layers with h between them, softmax and cross-entropy: every gradient, from the loss back to X."""

from sympy import Sum, exp, log

from helpers.derive.definition import Definition, Fact
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import L, elementwise, indices, sizes, tensor
from helpers.derive.strategy import backpropagate


def mlp() -> Formula:
    """X → Y1 = X W1ᵀ + b1 → H = h(Y1) → Y2 = H W2ᵀ + b2 → P = softmax(Y2) → L

    dY2 = (P − T) / S
    dW2 = dY2ᵀ H      db2 = Σₛ dY2      dH = dY2 W2
    dY1 = dH ∘ h'(Y1)
    dW1 = dY1ᵀ X      db1 = Σₛ dY1      dX = dY1 W1
    """
    S, M, K, N = sizes("S M K N")
    (m,), (p,), (q,), (n, k) = indices("m", S), indices("p", M), indices("q", K), indices("n k", N)
    X, T = tensor("X", S, M), tensor("T", S, N)
    W1, b1, W2, b2 = tensor("W1", K, M), tensor("b1", K), tensor("W2", N, K), tensor("b2", N)
    Y1, H, Y2, P = tensor("Y1", S, K), tensor("H", S, K), tensor("Y2", S, N), tensor("P", S, N)
    h, facts = elementwise("h"), (Fact("rows of T sum to 1", Sum(T[m, n], n), 1),)
    net = (
        Definition(Y1[m, q], Sum(X[m, p] * W1[q, p], p) + b1[q]),
        Definition(H[m, q], h(Y1[m, q])),
        Definition(Y2[m, n], Sum(H[m, q] * W2[n, q], q) + b2[n]),
        Definition(P[m, n], exp(Y2[m, n]) / Sum(exp(Y2[m, k]), k)),
        Definition(L, -Sum(T[m, n] * log(P[m, n]), m, n) / S),
    )
    derivations = backpropagate(net, Y2, W2, b2, H, Y1, W1, b1, X, facts=facts)
    return Formula("two-layer MLP", net, derivations, facts)

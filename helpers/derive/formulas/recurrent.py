"""Recurrent nets over T steps: H_t from H_{t−1} and X_t, and the gradients back through time."""

from sympy import Expr, Sum, exp, tanh

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import Tensor, indices, sizes, tensor
from helpers.derive.strategy import backpropagate

T, M, N = sizes("T M N")
(t,), (n, k), (p,) = indices("t", T), indices("n k", N), indices("p", M)
X, H, Y, H0 = tensor("X", T, M), tensor("H", T, N), tensor("Y", T, N), tensor("H0", N)
READ = Definition(Y[t, n], H[t, n])
"""What the loss sees: its gradient dY arrives, and dH is the sum of that and of what later times send."""


def sigma(x: Expr) -> Expr:
    """1/(1 + e^(-x))"""
    return 1 / (1 + exp(-x))


def affine(gate: str, state: Expr, biases: str = "b") -> tuple[Expr, list[Tensor]]:
    """W X_t + U s_t + b for the weights of a gate, and these weights; the state s is given as its entry at t, k.

    PyTorch has two biases, "bc", one for each product.
    """
    W, U, bs = tensor(f"W{gate}", N, M), tensor(f"U{gate}", N, N), [tensor(f"{b}{gate}", N) for b in biases]
    products = Sum(W[n, p] * X[t, p], p) + Sum(U[n, k] * state, k)
    return products + sum(b[n] for b in bs), [W, U, *bs]


def rnn(biases: str = "b") -> Formula:
    """A_t = W X_t + U H_{t−1} + b, H_t = tanh(A_t); H_0 is the first state H0, Y = H is what the loss sees

    dH_ij  = dY_ij + Σ_n dA_{i+1,n} U_nj      no second term at the last time
    dA_ij  = dH_ij (1 − H_ij²)
    dU_ij  = Σ_t dA_ti H_{t−1,j}
    dW_ij  = Σ_t dA_ti X_tj
    db_i   = Σ_t dA_ti
    dX_ij  = Σ_n dA_in W_nj
    dH0_i  = Σ_n dA_1n U_ni
    """
    A, (right, weights) = tensor("A", T, N), affine("", H[t - 1, k], biases)
    definitions = Definition(A[t, n], right), Definition(H[t, n], tanh(A[t, n]), first=H0[n]), READ
    return Formula("RNN", definitions, backpropagate(definitions, H, A, *weights, X, H0))


def lstm(biases: str = "b") -> Formula:
    """C_t = F_t C_{t−1} + I_t G_t, H_t = O_t tanh(C_t), the gates I, F, O = σ(A), G = tanh(A) of X_t and H_{t−1}

    dH_ij  = dY_ij + Σ_n dAi_{i+1,n} Ui_nj + Σ_n dAf_{i+1,n} Uf_nj + ...    over the four gates
    dO_ij  = dH_ij tanh(C_ij)
    dC_ij  = dH_ij O_ij (1 − tanh²(C_ij)) + dC_{i+1,j} F_{i+1,j}
    dG_ij  = dC_ij I_ij      dI_ij = dC_ij G_ij      dF_ij = dC_ij C_{i−1,j}
    dAi_ij = dI_ij I_ij (1 − I_ij), F and O alike      dAg_ij = dG_ij (1 − G_ij²)
    dUi_ij = Σ_t dAi_ti H_{t−1,j}      dWi_ij = Σ_t dAi_ti X_tj      dbi_i = Σ_t dAi_ti
    dX_ij  = Σ_n dAi_in Wi_nj + ...    over the four gates
    dH0_i  = Σ_n dAi_1n Ui_ni + ...      dC0_i = dC_1i F_1i
    """
    C, C0 = tensor("C", T, N), tensor("C0", N)
    gates, definitions, weights = {}, [], []
    for letter in "ifog":
        A, gates[letter] = tensor(f"A{letter}", T, N), tensor(letter.upper(), T, N)
        right, own = affine(letter, H[t - 1, k], biases)
        weights += own
        definitions.append(Definition(A[t, n], right))
        f = tanh if letter == "g" else sigma
        definitions.append(Definition(gates[letter][t, n], f(A[t, n])))
    I, F, O, G = gates.values()
    definitions += [
        Definition(C[t, n], F[t, n] * C[t - 1, n] + I[t, n] * G[t, n], first=C0[n]),
        Definition(H[t, n], O[t, n] * tanh(C[t, n]), first=H0[n]),
        READ,
    ]
    back = [d.tensor for d in reversed(definitions[:-1])]
    return Formula("LSTM", tuple(definitions), backpropagate(definitions, *back, *weights, X, H0, C0))


def gru() -> Formula:
    """H_t = (1 − Z_t) C_t + Z_t H_{t−1}, the gates R, Z = σ(A) of X_t and H_{t−1}, C = tanh(A) of X_t and R_t H_{t−1}

    dH_ij  = dY_ij + dH_{i+1,j} Z_{i+1,j} + Σ_n dAr_{i+1,n} Ur_nj + Σ_n dAz_{i+1,n} Uz_nj
             + R_{i+1,j} Σ_n dAc_{i+1,n} Uc_nj
    dC_ij  = dH_ij (1 − Z_ij)      dZ_ij = dH_ij (H_{i−1,j} − C_ij)
    dAc_ij = dC_ij (1 − C_ij²)
    dR_ij  = H_{i−1,j} Σ_n dAc_in Uc_nj
    dAz_ij = dZ_ij Z_ij (1 − Z_ij), R alike
    dUc_ij = Σ_t dAc_ti R_tj H_{t−1,j}      dUz_ij = Σ_t dAz_ti H_{t−1,j}      dbz_i = Σ_t dAz_ti
    """
    R, Z, C = tensor("R", T, N), tensor("Z", T, N), tensor("C", T, N)
    definitions, weights = [], []
    for letter, gate, state in (
        ("r", R, H[t - 1, k]),
        ("z", Z, H[t - 1, k]),
        ("c", C, R[t, k] * H[t - 1, k]),
    ):
        A, (right, own) = tensor(f"A{letter}", T, N), affine(letter, state)
        weights += own
        definitions.append(Definition(A[t, n], right))
        definitions.append(Definition(gate[t, n], tanh(A[t, n]) if gate == C else sigma(A[t, n])))
    new = (1 - Z[t, n]) * C[t, n] + Z[t, n] * H[t - 1, n]
    definitions += [Definition(H[t, n], new, first=H0[n]), READ]
    back = [d.tensor for d in reversed(definitions[:-1])]
    return Formula("GRU", tuple(definitions), backpropagate(definitions, *back, *weights, X, H0))


def gru_outside() -> Formula:
    """The GRU of PyTorch: R stands outside of the product with U, C = tanh(A) of X_t and R_t (Uc H_{t−1} + cc)

    dC_ij  = dH_ij (1 − Z_ij)      dZ_ij = dH_ij (H_{i−1,j} − C_ij)
    dAc_ij = dC_ij (1 − C_ij²)     dQ_ij = dAc_ij R_ij      dR_ij = dAc_ij Q_ij
    dUc_ij = Σ_t dQ_ti H_{t−1,j}   dcc_i = Σ_t dQ_ti        dbc_i = Σ_t dAc_ti
    """
    R, Z, Q, C = (tensor(letter, T, N) for letter in "RZQC")
    definitions, weights = [], []
    for letter, gate in (("r", R), ("z", Z)):
        A, (right, own) = tensor(f"A{letter}", T, N), affine(letter, H[t - 1, k], "bc")
        weights += own
        definitions += [Definition(A[t, n], right), Definition(gate[t, n], sigma(A[t, n]))]
    A, W, U, b, c = (
        tensor("Ac", T, N),
        tensor("Wc", N, M),
        tensor("Uc", N, N),
        tensor("bc", N),
        tensor("cc", N),
    )
    definitions += [
        Definition(Q[t, n], Sum(U[n, k] * H[t - 1, k], k) + c[n]),
        Definition(A[t, n], Sum(W[n, p] * X[t, p], p) + b[n] + R[t, n] * Q[t, n]),
        Definition(C[t, n], tanh(A[t, n])),
        Definition(H[t, n], (1 - Z[t, n]) * C[t, n] + Z[t, n] * H[t - 1, n], first=H0[n]),
        READ,
    ]
    back = [d.tensor for d in reversed(definitions[:-1])]
    return Formula("GRU", tuple(definitions), backpropagate(definitions, *back, *weights, W, U, b, c, X, H0))

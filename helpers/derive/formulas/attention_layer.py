"""Y = softmax(Q Kᵀ/√D) V: each query gets the mean of all values, weighted by how well their keys fit it."""

from collections.abc import Callable

from sympy import Expr, Sum, exp, sqrt

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import Iverson, L, Partial, Tensor, indices, sizes, tensor
from helpers.derive.strategy import backpropagate, gradient, identity

Part = tuple[tuple[Definition, ...], list[Tensor]]
T, U, D, E, H, N = sizes("T U D E H N")


def attention() -> Formula:
    """S = Q Kᵀ/√D, P = softmax(S) row by row, Y = P V: T queries ask U keys, each with a value

    dV_ij = Σ_t P_ti dY_tj
    dP_ij = Σ_e dY_ie V_je
    dS_ij = P_ij (dP_ij − Σ_u dP_iu P_iu)
    dQ_ij = 1/√D Σ_u dS_iu K_uj
    dK_ij = 1/√D Σ_t dS_ti Q_tj

    The row sum in dS can be had before P, which is what attention in blocks needs; a row of dS sums to 0:

    Σ_u dP_tu P_tu = Σ_e dY_te Y_te
    Σ_u dS_tu      = 0
    """
    (t,), (u, k), (d,), (e,) = indices("t", T), indices("u k", U), indices("d", D), indices("e", E)
    Q, K, V, Y = tensor("Q", T, D), tensor("K", U, D), tensor("V", U, E), tensor("Y", T, E)
    S, P = tensor("S", T, U), tensor("P", T, U)
    definitions = (
        Definition(S[t, u], Sum(Q[t, d] * K[u, d], d) / sqrt(D)),
        Definition(P[t, u], exp(S[t, u]) / Sum(exp(S[t, k]), k)),
        Definition(Y[t, e], Sum(P[t, u] * V[u, e], u)),
    )
    derivations = backpropagate(definitions, V, P, S, Q, K)
    dP, dS = derivations["dP"], derivations["dS"]
    row = identity(definitions, Sum(Partial(L, P[t, u]) * P[t, u], u), "the row sum in dS", [dP])
    ones = identity(definitions, Sum(P[t, u], u), "a row of P sums to 1")
    balance = identity(definitions, Sum(Partial(L, S[t, u]), u), "a row of dS sums to 0", [dS, ones])
    derivations |= {"sum dP P": row, "sum P": ones, "sum dS": balance}
    derivations |= {f"d{x.label} from dY": gradient(definitions, x) for x in (S, Q, K)}
    return Formula("attention", definitions, derivations)


def causal_attention() -> Formula:
    """Each place sees itself and those before it: P_tu = [u ≤ t] exp(S_tu) / Σ_{k ≤ t} exp(S_tk)

    All gradients are those of attention: P is 0 where nothing may be seen, and so is dS.
    """
    return of_places(
        "causal attention", lambda S, t, u, k: Iverson(t - u, T) * exp(S[t, u]) / Sum(exp(S[t, k]), (k, 0, t))
    )


def padded_attention() -> Formula:
    """R_u is 1 where place u is there, and 0 where it only fills a row: P_tu = R_u exp(S_tu) / Σ_k R_k exp(S_tk)

    All gradients are those of attention: P is 0 where nothing may be seen, and so are dS, dK and dV.
    """
    R = tensor("R", T)
    return of_places("padded attention", lambda S, t, u, k: R[u] * exp(S[t, u]) / Sum(R[k] * exp(S[t, k]), k))


def relative_attention() -> Formula:
    """Each distance has a number, which is learned: S_tu = Σ_d Q_td K_ud / √D + B_{t−u+T−1}

    dB_i = Σ_tu dS_tu where t − u + T − 1 = i, the sum along a diagonal of dS; all others as in attention
    """
    return of_places(
        "relative attention", lambda S, t, u, k: exp(S[t, u]) / Sum(exp(S[t, k]), k), tensor("B", 2 * T - 1)
    )


def of_places(name: str, softmax: Callable[..., Expr], B: Tensor | None = None) -> Formula:
    """Attention of T places to each other, with a softmax of its own, and a B for each distance where one is given."""
    (t, u, k), (d,), (e,) = indices("t u k", T), indices("d", D), indices("e", E)
    Q, K, V, Y = tensor("Q", T, D), tensor("K", T, D), tensor("V", T, E), tensor("Y", T, E)
    S, P = tensor("S", T, T), tensor("P", T, T)
    definitions = (
        Definition(S[t, u], Sum(Q[t, d] * K[u, d], d) / sqrt(D) + (0 if B is None else B[t - u + T - 1])),
        Definition(P[t, u], softmax(S, t, u, k)),
        Definition(Y[t, e], Sum(P[t, u] * V[u, e], u)),
    )
    return Formula(name, definitions, backpropagate(definitions, V, P, S, *([] if B is None else [B]), Q, K))


def multihead_attention() -> Formula:
    """H heads, each with Q, K, V of its own made of X; Wo joins their outputs O: Y_tn = Σ_hd O_htd Wo_nhd + bo_n

    dWo_ijl = Σ_t dY_ti O_jtl       dO_ijl = Σ_n dY_jn Wo_nil
    dWq_ijl = Σ_t dQ_itj X_tl       dbq_ij = Σ_t dQ_itj       Wk and Wv alike; dQ, dK, dV in each head as in attention
    dX_ij   = Σ_hd dQ_hid Wq_hdj + Σ_hd dK_hid Wk_hdj + Σ_hd dV_hid Wv_hdj
    """
    X, Y = tensor("X", T, N), tensor("Y", T, N)
    definitions, back = heads(X, Y)
    return Formula("multi-head attention", definitions, backpropagate(definitions, *back, X))


def heads(X: Tensor, Y: Tensor) -> Part:
    """The definitions that lead from X to Y, and what a gradient is taken by, from the back to the front."""
    (t, u, k), (d,), (h,), (n,) = indices("t u k", T), indices("d", D), indices("h", H), indices("n", N)
    S, P, O = tensor("S", H, T, T), tensor("P", H, T, T), tensor("O", H, T, D)
    Wo, bo = tensor("Wo", N, H, D), tensor("bo", N)
    made, weights = [], []
    for letter in "QKV":
        A, W, b = (
            tensor(letter, H, T, D),
            tensor(f"W{letter.lower()}", H, D, N),
            tensor(f"b{letter.lower()}", H, D),
        )
        made.append(Definition(A[h, t, d], Sum(X[t, n] * W[h, d, n], n) + b[h, d]))
        weights += [W, b]
    Q, K, V = (definition.tensor for definition in made)
    definitions = (
        *made,
        Definition(S[h, t, u], Sum(Q[h, t, d] * K[h, u, d], d) / sqrt(D)),
        Definition(P[h, t, u], exp(S[h, t, u]) / Sum(exp(S[h, t, k]), k)),
        Definition(O[h, t, d], Sum(P[h, t, u] * V[h, u, d], u)),
        Definition(Y[t, n], Sum(O[h, t, d] * Wo[n, h, d], h, d) + bo[n]),
    )
    return definitions, [Wo, bo, O, V, P, S, Q, K, *weights]


def rotary() -> Formula:
    """Y_tic = Σ_a R_tica X_tia: pair i of the entries at place t is turned by an angle, that is by a 2 × 2 matrix R_ti

    dX_tia = Σ_c dY_tic R_tica, the turn back
    """
    pair = sizes("I")
    (t,), (i,), (c, a) = indices("t", T), indices("i", pair), indices("c a", 2)
    X, Y, R = tensor("X", T, pair, 2), tensor("Y", T, pair, 2), tensor("R", T, pair, 2, 2)
    definition = Definition(Y[t, i, c], Sum(R[t, i, c, a] * X[t, i, a], a))
    return Formula("rotary positions", (definition,), {"dX": gradient(definition, X)})


def positions() -> Formula:
    """Y_stn = X_stn + P_tn: what stands at place t is told its place, the same for every sample

    dX = dY
    dP_ij = Σ_s dY_sij
    """
    B = sizes("S")
    (s,), (t,), (n,) = indices("s", B), indices("t", T), indices("n", N)
    X, P, Y = tensor("X", B, T, N), tensor("P", T, N), tensor("Y", B, T, N)
    definition = Definition(Y[s, t, n], X[s, t, n] + P[t, n])
    return Formula("positions", (definition,), backpropagate(definition, X, P))

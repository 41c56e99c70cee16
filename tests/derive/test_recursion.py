"""Definitions through time: what is accepted, and the gradients of a textbook."""

import re
from functools import cache

import pytest
from sympy import Sum, tanh

from helpers.compare import check, check_line
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    gradient,
    hessian,
    indices,
    jacobian,
    latex,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.formulas import recurrent
from helpers.derive.notation import Iverson
from helpers.derive.rewrite import same

S, T, M, N, K = sizes("S T M N K")
(s,), (t, r), (n, k), (p,), (o,) = (
    indices("s", S),
    indices("t r", T),
    indices("n k", N),
    indices("p", M),
    indices("o", K),
)
X, A, H, W, U, b = (
    tensor("X", T, M),
    tensor("A", T, N),
    tensor("H", T, N),
    tensor("W", N, N),
    tensor("U", N, M),
    tensor("b", N),
)
H0, V, O, G = tensor("H0", N), tensor("V", K, N), tensor("O", T, K), tensor("G", T, K)
dA, dH, dO = map(upstream, (A, H, O))
DRIVE = Sum(U[n, p] * X[t, p], p) + b[n]
PRE = Definition(A[t, n], Sum(W[n, k] * H[t - 1, k], k) + DRIVE)
READ = Definition(O[t, o], Sum(V[o, n] * H[t, n], n))
LOSS = Definition(L, Sum((O[t, o] - G[t, o]) ** 2, t, o) / 2)
NET = PRE, Definition(H[t, n], tanh(A[t, n]), first=H0[n]), READ, LOSS


@cache
def back():
    """Its gradients, derived when a test asks."""
    return backpropagate(NET)


def past(j):
    """H_{t−1,j}"""
    return back()["dW"].chain.in_names(H[t - 1, j])


TEXTBOOK = {
    "dO": lambda i, j: O[i, j] - G[i, j],
    "dH": lambda i, j: Sum(dO[i, o] * V[o, j], o) + Sum(dA[i + 1, n] * W[n, j], n) * Iverson(i + 1, T),
    "dA": lambda i, j: dH[i, j] * (1 - H[i, j] ** 2),
    "dW": lambda i, j: Sum(dA[t, i] * past(j), t),
    "dU": lambda i, j: Sum(dA[t, i] * X[t, j], t),
    "db": lambda i: Sum(dA[t, i], t),
    "dX": lambda i, j: Sum(dA[i, n] * U[n, j], n),
    "dH0": lambda i: Sum(dA[0, n] * W[n, i], n),
    "dV": lambda i, j: Sum(dO[t, i] * H[t, j], t),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_backpropagation_through_time_is_the_textbook_s(name):
    derivation = back()[name]
    want = TEXTBOOK[name](*derivation.free)
    assert (
        all(any(same(a, b) for b in want.args) for a in derivation.result.args)
        if want.is_Add
        else same(derivation.result, want)
    )
    assert check(derivation).worst < 1e-11
    assert all(line.checked for path in derivation.paths for line in path.lines)


VARIANTS = {
    "all in one line": [Definition(H[t, n], tanh(Sum(W[n, k] * H[t - 1, k], k) + DRIVE), first=H0[n]), READ],
    "no first state": [PRE, Definition(H[t, n], tanh(A[t, n])), READ],
    "backward in time": [
        Definition(A[t, n], Sum(W[n, k] * H[t + 1, k], k) + DRIVE),
        Definition(H[t, n], tanh(A[t, n]), first=H0[n]),
        READ,
    ],
    "two steps back": [
        Definition(H[t, n], tanh(Sum(W[n, k] * H[t - 2, k], k) + b[n] * H[t - 1, n] + DRIVE)),
        READ,
    ],
    "nonlinear in its past": [
        Definition(
            H[t, n], tanh(Sum(W[n, k] * H[t - 1, k], k) + b[n] * H[t - 1, n] ** 2 + DRIVE), first=H0[n]
        ),
        READ,
    ],
    "the loss reads differences": [
        PRE,
        Definition(H[t, n], tanh(A[t, n]), first=H0[n]),
        Definition(L, Sum((H[t, n] - H[t - 1, n]) ** 2, t, n)),
    ],
    "the last quantity is a state": [PRE, Definition(H[t, n], tanh(A[t, n]), first=H0[n])],
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_recursion_agrees_with_autograd_over_all_times(name):
    chain = Chain(VARIANTS[name])
    for x in sorted({H, W, H0} & chain.tensors - {chain.output.tensor}, key=str):
        assert check(gradient(chain, x, through=[A] if A in chain and x != A else None)).worst < 1e-10


def test_a_state_after_each_step():
    """H_{t+1} of H_t, with T + 1 entries, is read as H_t of H_{t−1}."""
    after = tensor("H", T + 1, N)
    chain = Chain(
        [
            Definition(after[t + 1, n], tanh(Sum(W[n, k] * after[t, k], k) + DRIVE), first=H0[n]),
            Definition(O[t, o], Sum(V[o, n] * after[t + 1, n], n)),
        ]
    )
    same_chain = Chain(VARIANTS["all in one line"])
    assert [(d.left, d.right) for d in chain] == [(d.left, d.right) for d in same_chain]
    with pytest.raises(ValueError, match="reads H at a place that no step defines"):
        (every,) = indices("q", T + 1)
        Chain(
            [
                Definition(after[t + 1, n], tanh(Sum(W[n, k] * after[t, k], k))),
                Definition(L, Sum(after[every, n], every, n)),
            ]
        )


def test_a_readers_line_may_say_the_past_as_it_is_written():
    dW = back()["dW"]
    i, j = dW.free
    assert check_line(dW, Sum(dA[t, i] * H[t - 1, j], t))
    assert not check_line(dW, Sum(dA[t, i] * H[t - 1, j] * Iverson(t - 1, T), t))  # the first state is lost
    assert not check_line(dW, Sum(dA[t, i] * H[t, j], t))


def test_the_past_is_written_as_on_paper():
    assert latex(back()["dW"].result) == r"\sum_{t} \frac{\partial L}{\partial A_{ti}} H_{t - 1,j}"
    assert r"\text{where } H_{0n} = H^{(0)}_{n}" in back()["dW"]._repr_latex_()
    assert r"[i + 1 \le T] \sum_{n} \frac{\partial L}{\partial A_{i + 1,n}} W_{nj}" in latex(
        back()["dH"].result
    )
    assert r"\frac{\partial L}{\partial A_{1n}} W_{ni}" in latex(back()["dH0"].result)
    assert str(back()["dW"].matrix.right).endswith(r"^T \mathbf{H}_{\mathrm{prev}}")
    assert back()["dW"].numpy == "dA.T @ H_prev"
    assert back()["dH"].numpy == "dO @ V + np.pad(dA[1:] @ W, ((0, 1), (0, 0)))"
    assert r"H_{0n} = H^{(0)}_{n}" in recurrent.rnn()._repr_latex_()


def test_without_a_first_state_the_past_begins_with_0():
    dW = gradient(VARIANTS["no first state"], W)
    assert r"\text{where } H_{0n} = 0" in dW._repr_latex_()


def test_a_gradient_takes_the_states_as_stops_by_itself():
    dW = gradient(NET, W)
    i, j = dW.free
    assert same(dW.result, Sum(dH[t, i] * (1 - H[t, i] ** 2) * past(j), t))


B = tensor("B", T, N)
REFUSED = {
    "itself at the same place": (
        lambda: Definition(H[t, n], tanh(Sum(W[n, k] * H[t, k], k))),
        "H is defined in terms of itself: only an earlier place of one index may stand there, H[t - 1, k]",
    ),
    "both ways": (
        lambda: Definition(H[t, n], H[t - 1, n] + H[t + 1, n]),
        "H is defined in terms of itself",
    ),
    "all times": (
        lambda: Definition(H[t, n], Sum(H[r, n], r) + DRIVE),
        "H is defined in terms of itself",
    ),
    "no index": (
        lambda: Definition(b[n], b[n] / 2 + 1),
        "b is defined in terms of itself",
    ),
    "a circle at one time": (
        lambda: Chain([Definition(A[t, n], H[t, n] + A[t - 1, n]), Definition(H[t, n], tanh(A[t, n]))]),
        "H stands in A[t, n] = .*, before its own definition: only an earlier place",
    ),
    "in the wrong order": (
        lambda: Chain([Definition(H[t, n], tanh(A[t, n])), PRE]),
        "A stands in H[t, n] = tanh(A[t, n]), before its own definition: only an earlier place",
    ),
    "two ways in one circle": (
        lambda: Chain([Definition(A[t, n], H[t - 1, n]), Definition(H[t, n], tanh(A[t, n]) + A[t + 1, n])]),
        "before its own definition",
    ),
    "over another size": (
        lambda: Definition(tensor("Z", T, S)[t, s], tensor("Z", T, S)[s - 1, s] * 2, broadcast=(t,)),
        "Z is defined in terms of itself",
    ),
    "a first state that nothing reads": (
        lambda: Chain(Definition(H[t, n], DRIVE, first=H0[n])),
        "first=H0[n]: no definition reads H at an earlier place",
    ),
    "a first state for two steps back": (
        lambda: Chain(Definition(H[t, n], H[t - 2, n] + DRIVE, first=H0[n])),
        "first=H0[n] of H: one first state",
    ),
    "a first state at each time": (
        lambda: Chain(Definition(H[t, n], H[t - 1, n] + DRIVE, first=B[t, n])),
        "first=B[t, n] of H: one first state, without t",
    ),
    "a Jacobian": (
        lambda: jacobian(NET[:3], W, of=H),
        "through the recursion of H only a gradient is derived",
    ),
    "a Hessian": (
        lambda: hessian(NET, W),
        "through the recursion of H only a gradient is derived",
    ),
    "the last state": (
        lambda: gradient(NET[:2], H),
        "H is the last quantity: its upstream gradient is given, not derived; define what reads this state",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recursion_through_time_is_refused(name):
    make, said = REFUSED[name]
    pattern = ".*".join(re.escape(part) for part in said.split(".*"))
    with pytest.raises(ValueError, match=pattern):
        make()

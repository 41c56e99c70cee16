"""Notebook 16: the term between the paths, a classifier's Hessian, a product with one, a line, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, matrix, numeral, whole
from helpers.exercises.machine.worked import Worked, equation
from helpers.verdict import Kind

SHARES = ([0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.3, 0.2], [0.1, 0.5, 0.4])


def between(rng: np.random.Generator) -> Problem:
    """L'' where two paths meet."""
    a, b, x = (int(n) for n in whole(rng, 3, most=3))
    n, c = rng.integers(1, 4, 2)
    net = Worked(f"y = {a} x^2; z = {b} x + {c}; L = y{f'^{n}' if n > 1 else ''} z", x=x)
    second = net.second("x")
    right, y = net.number(second), net["y"]
    mixed, bent = n * y ** (n - 1) * 2 * a * x * b, net["dy"] * 2 * a
    return Problem(
        question=f"{net.definitions}, with $x = {x}$. What is $d^2 L / dx^2$?",
        answer=right,
        worked=f"${equation(second)}$, with $y = {y}$ and $z = {net['z']}$: ${right}$. The term between the paths, "
        f"$2 f_{{yz}} g' h'$, is ${numeral(2 * mixed)}$ of it.",
        mistakes={
            "The term between the paths is missing, 2 f_yz g′ h′.": right - 2 * mixed,
            "The term between the paths is there once. It comes twice, one from each path.": right - mixed,
            "A path that bends brings a term with its own second derivative, f_y g″.": right - bent,
            "That is the first derivative.": net["dx"],
        },
        tolerance=1e-4,
    )


def classifier(rng: np.random.Generator) -> Problem:
    """A row of the Hessian of softmax and cross-entropy."""
    p, i = np.array(rng.choice(SHARES)), int(rng.integers(3))
    net = Worked(
        "p_n = exp(x_n)/sum_k exp(x_k); L = -sum_n t_n log(p_n)", x=np.log(p), t=np.eye(3)[rng.integers(3)]
    )
    second = net.second("x")
    H = net.number(second)
    return Problem(
        question=f"Softmax with cross-entropy, one sample, $p = {listed(p)}$, and a target of one right "
        f"class. What is row "
        f"{i + 1} of the Hessian at the logits? Write three numbers.",
        answer=H[i],
        worked=f"${equation(second)}$, and $t$ adds up to 1: $H = \\mathrm{{diag}}(p) - p\\,p^T = "
        f"{matrix(H)}$. Which class "
        "is right does not matter.",
        mistakes={
            "Only the diagonal is here.": H[i] * np.eye(3)[i],
            "diag(p) is missing.": -p[i] * p,
            "p pᵀ is missing.": p * np.eye(3)[i],
            "That is the gradient, p − t.": net["dx"],
            "The sign is turned. A convex loss has no negative number on its diagonal.": -H[i],
        },
    )


def product(rng: np.random.Generator) -> Problem:
    """A Hessian times a vector, without the Hessian."""
    p, v = np.array(rng.choice(SHARES)), 4 * whole(rng, 3, most=3)
    right = p * (v - p @ v)
    net = Worked("p_n = exp(x_n)/sum_k exp(x_k)", x=np.log(p), dp=v)
    return Problem(
        question=f"The Hessian of softmax with cross-entropy is $H = \\mathrm{{diag}}(p) - p\\,p^T$, with $p "
        f"= {listed(p)}$. "
        f"What is $H v$ for $v = {listed(v)}$? Write three numbers; no matrix is needed.",
        answer=net["dx"],
        worked=f"$H v = p \\circ v - p\\,(p^T v)$ with $p^T v = {numeral(p @ v)}$: ${listed(right)}$. It is "
        f"what a softmax "
        "hands back to $v$.",
        mistakes={
            "p pᵀ v is missing.": p * v,
            "diag(p) is missing.": -p * (p @ v),
            "The mean of v has to be weighted by p.": p * (v - v.mean()),
        },
    )


def quadratic(rng: np.random.Generator) -> Problem:
    """The Hessian of a quadratic form whose matrix is not symmetric."""
    A = whole(rng, 2, 2)
    net = Worked("L = 1/2 sum_n sum_k x_n A_nk x_k", A=A, x=whole(rng, 2))
    second = net.second("x")
    H = net.number(second)
    return Problem(
        question=f"$L = \\tfrac12 x^T A x$ with $A = {matrix(A)}$. What is the Hessian? Write it as [[1, 2], [3, 4]].",
        answer=H,
        worked=f"${equation(second)}$: $H = {matrix(H)}$. A Hessian is symmetric, whatever $A$ is.",
        mistakes={
            "A Hessian is symmetric, and A is not.": A * 1.0,
            "The ½ in front is lost.": 2 * H,
            "That is A transposed. Both of them take part.": A.T * 1.0,
            "Both halves are needed off the diagonal, and the diagonal is met twice.": np.diag(np.diag(A))
            * 1.0,
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """The Hessian of a sum over entries: a delta stays."""
    a, x = rng.choice(["ax", "wy", "cz"])
    n = int(rng.integers(3, 6))
    inner = f"{n * (n - 1)} {a}_i" + (f" {x}_i^{n - 2}" if n > 3 else f" {x}_i")
    return Worked(f"L = sum_n {a}_n {x}_n^{n}").line(f"d{x}2", {Kind.DELTA_MISSING: inner})


PROBLEMS = (between, classifier, line, product, quadratic)

"""Notebook 13: one step back, a sum over uses, powers, a cell, clipping and truncation, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, listed, matrix, numeral


def first_state(rng: np.random.Generator) -> Problem:
    """How far the loss moves with the first state: a power."""
    u, T = rng.choice([-3, -2, 2, 3, 0.5, -0.5]), int(rng.integers(3, 6))
    return Problem(
        question=f"A state is multiplied by the same number at each step, $h_t = u\\,h_{{t-1}} + x_t$ with "
        f"$u = {u:g}$, and the loss reads the last state only, $L = h_{{{T}}}$. What is $dh_0$?",
        answer=u**T,
        worked=f"Each step back multiplies by $u$, from $dh_{{{T}}} = 1$ down to $dh_0$ in {T} steps: "
        f"${factor(u)}^{{{T}}} = {numeral(u**T, 5)}$. The $x_t$ do not matter.",
        mistakes={
            "That adds up where the chain rule multiplies: each step is one more factor u.": u * T,
            f"That is one factor too few. From h_{T} to h_0 there are {T} steps.": u ** (T - 1),
            f"That is one factor too many. From h_{T} to h_0 there are {T} steps.": u ** (T + 1),
        },
    )


def all_uses(rng: np.random.Generator) -> Problem:
    """One number used at every step: its gradient is a sum over the uses, each with the state before it."""
    T = int(rng.integers(3, 5))
    h, da = rng.integers(-3, 5, T + 1), rng.integers(-3, 5, T)
    terms = da * h[:-1]
    said = " + ".join(f"{factor(a)} \\cdot {factor(b)}" for a, b in zip(da, h[:-1], strict=True))
    return Problem(
        question=f"$a_t = u\\,h_{{t-1}} + x_t$ for $t = 1 \\ldots {T}$. The states $h_0 \\ldots h_{{{T}}}$ are "
        f"${listed(h)}$, and the $da_1 \\ldots da_{{{T}}}$ are ${listed(da)}$. What is $du$?",
        answer=terms.sum(),
        worked=f"Every step uses $u$, and at step $t$ it meets $h_{{t-1}}$: "
        f"$du = \\sum_t da_t\\,h_{{t-1}} = {said} = {terms.sum()}$. The last state is met by no $u$.",
        mistakes={
            "At step t the weight meets the state before it, h_{t−1}. Yours meets h_t.": (da * h[1:]).sum(),
            "That is the last step's part. The loss hears every use of u.": terms[-1],
            "That is a mean over the steps. Nothing divides by their number.": terms.mean(),
        },
    )


def one_step_back(rng: np.random.Generator) -> Problem:
    """dH_t: what the next step sends through Uᵀ, and what the loss sends here."""
    U, dA, dY = rng.integers(-3, 4, (2, 2)), rng.integers(-3, 4, 2), rng.integers(-3, 4, 2)
    sent = U.T @ dA
    return Problem(
        question=f"The net of this notebook with two units has $U = {matrix(U)}$. At step $t$ the loss itself sends "
        f"$dY_t = {matrix(dY)}$, and $dA_{{t+1}} = {matrix(dA)}$. What is $dH_t$? Write two numbers, such as [1, 2].",
        answer=dY + sent,
        worked=f"$U$ carried $H_t$ to $A_{{t+1}}$, so $U^T$ brings $dA_{{t+1}}$ back: "
        f"$U^T dA_{{t+1}} = {matrix(sent)}$. With what the loss sends, "
        f"$dH_t = {matrix(dY)} + {matrix(sent)} = {matrix(dY + sent)}$.",
        mistakes={
            "U is not transposed. Unit j reached all units n through U_nj, so sum over n: Uᵀ dA.": dY
            + U @ dA,
            "What the loss sends at step t itself is missing, dY_t.": sent,
            "What the next step sends is missing, Uᵀ dA.": dY,
        },
    )


def cell(rng: np.random.Generator) -> Problem:
    """dC_t of an LSTM: what its own output sends, and the next cell through its forget gate."""
    dH, later = rng.integers(-4, 5, 2)
    O, F, D = rng.choice([0.2, 0.4, 0.5, 0.8, 0.9], 3)
    own, sent = dH * O * (1 - D**2), later * F
    return Problem(
        question=f"In one unit of an LSTM $dH_t = {dH}$, $O_t = {O}$ and $\\tanh C_t = {D}$. One step later "
        f"$dC_{{t+1}} = {later}$ and $F_{{t+1}} = {F}$. What is $dC_t$?",
        answer=own + sent,
        worked=f"The cell is read twice. Its own output sends $dH_t\\,O_t\\,(1 - \\tanh^2 C_t) = {numeral(own)}$, and "
        f"the next cell sends $dC_{{t+1}}\\,F_{{t+1}} = {numeral(sent)}$: together ${numeral(own + sent)}$.",
        mistakes={
            "The next cell took F times this one, so F comes back with its gradient.": own + later,
            "The next cell is missing: C_t is read by H_t and by the next cell.": own,
            "The derivative of the tanh is missing, 1 − tanh² C.": dH * O + sent,
            "What H_t sends is missing: C_t is read by H_t and by the next cell.": sent,
        },
    )


def clipped(rng: np.random.Generator) -> Problem:
    """Two arrays of gradients, shortened together."""
    a, b, c, norm = (int(x) for x in rng.choice([(2, 3, 6, 7), (4, 4, 7, 9), (1, 4, 8, 9), (2, 6, 9, 11)]))
    dW, db, limit = np.array([a, -b]), np.array([c]), int(rng.integers(2, 5))
    g = np.concatenate([dW, db])
    apart = np.concatenate([A * min(1, limit / np.linalg.norm(A)) for A in (dW, db)])
    return Problem(
        question=f"A net has $dW = {listed(dW)}$ and $db = {listed(db)}$. All gradients are clipped together, by their "
        f"norm, to at most {limit}. What are the three numbers then? Write [dW, dW, db], in this order.",
        answer=g * limit / norm,
        worked=f"The norm of all three is $\\sqrt{{{a * a} + {b * b} + {c * c}}} = {norm}$, so each is multiplied by "
        f"$\\tfrac{{{limit}}}{{{norm}}}$: ${listed(g * limit / norm)}$. The direction is the same as before.",
        mistakes={
            "That clips each number. It changes the direction of the step.": np.clip(g, -limit, limit),
            "That shortens dW and db apart. One factor for all keeps the direction.": apart,
            "That divides by the norm, and forgets to multiply by the limit.": g
            / norm
            * (1 if limit > 1 else 2),
        },
    )


def truncated(rng: np.random.Generator) -> Problem:
    """What is left of du where the way back ends after k steps."""
    u, T = int(rng.choice([-2, 2, 3])), int(rng.integers(3, 6))
    k, h = int(rng.integers(1, T)), rng.integers(-3, 5, T)
    terms = np.array([u ** (T - t) * h[t - 1] for t in range(1, T + 1)])
    return Problem(
        question=f"$h_t = u\\,h_{{t-1}} + x_t$ with $u = {u}$, and $L = h_{{{T}}}$. The states "
        f"$h_0 \\ldots h_{{{T - 1}}}$ are ${listed(h)}$. "
        f"The way back is cut after {k} step{'s' * (k > 1)}: only the last {k} use{'s' * (k > 1)} of $u$ "
        f"{'are' if k > 1 else 'is'} heard. What is $du$ then?",
        answer=terms[T - k :].sum(),
        worked=f"The use at step $t$ is worth $u^{{{T}-t}}\\,h_{{t-1}}$, for $t = 1 \\ldots {T}$: ${listed(terms)}$. "
        f"The last {k} of them add{'s' * (k == 1)} up to ${terms[T - k :].sum()}$. "
        f"The whole gradient would be ${terms.sum()}$.",
        mistakes={
            "That is the whole gradient. The uses before the cut are lost.": terms.sum(),
            "Those are the first uses. The way back begins at the loss, so it is the last ones that are heard.": (
                terms[:k].sum()
            ),
            "The factors u on the way from the loss are missing.": h[T - k :].sum(),
        },
    )


PROBLEMS = (first_state, all_uses, one_step_back, cell, clipped, truncated)

"""RNN, LSTM and GRU with a mistake on the way back through time."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from helpers.compare.slipped.slip import Slip, change, sloped
from helpers.verdict import Kind

States = tuple[torch.Tensor, ...]
Step = Callable[[torch.Tensor, torch.Tensor, States, str], States]
SIGMA, TANH = torch.sigmoid, torch.tanh


def opened(h: Callable, A: torch.Tensor, forgotten: bool) -> torch.Tensor:
    """h(A); or without h′ on the way back."""
    return sloped(h(A), A) if forgotten else h(A)


def rnn_step(A: torch.Tensor, B: torch.Tensor, states: States, slip: str, h: Callable = TANH) -> States:
    A = A + B
    if slip == "h′-at-A":
        return (sloped(h(A), A, 1 - A**2 if h is TANH else (A > 0).to(A.dtype)),)
    if slip == "h′-at-H":
        return (sloped(h(A), A, 1 - h(h(A)) ** 2),)
    return (opened(h, A, slip == "h′"),)


def lstm_step(A: torch.Tensor, B: torch.Tensor, states: States, slip: str) -> States:
    (_, C_before), gates = states, (A + B).chunk(4, -1)
    I, F, G, O = (
        opened(TANH if gate == "G" else SIGMA, Q, slip == f"′-of-{gate}")
        for gate, Q in zip("IFGO", gates, strict=True)
    )
    kept = F * C_before.detach() + change(C_before) if slip == "F" else F * C_before
    C = kept + I * G
    if slip == "C-for-C-before":
        C = C + change(F) * (C - C_before).detach()
    told = {
        "tanh′-of-C": lambda: O * opened(TANH, C, True),
        "O": lambda: O * TANH(C.detach()) + change(TANH(C)),
        "H-to-C": lambda: O * TANH(C.detach()),
        "C-for-tanh": lambda: O * TANH(C) + change(O) * (C - TANH(C)).detach(),
    }
    return told.get(slip, lambda: O * TANH(C))(), C


def gru_step(A: torch.Tensor, B: torch.Tensor, states: States, slip: str) -> States:
    (H,), ((Ar, Az, Ac), (Br, Bz, Bc)) = states, (Q.chunk(3, -1) for Q in (A, B))
    R, Z = opened(SIGMA, Ar + Br, slip == "′-of-R"), opened(SIGMA, Az + Bz, slip == "′-of-Z")
    if slip == "sign-of-Z":
        Z = Z.detach() - change(Z)
    inner = {"R": R.detach() * Bc, "R-on-B": R * Bc.detach() + change(Bc)}.get(slip, R * Bc)
    C = opened(TANH, Ac + inner, slip == "′-of-C")
    return ((1 - Z) * C + Z * (H.detach() if slip == "straight" else H),)


def through_time(
    step: Step, slip: str, X: torch.Tensor, weights: tuple[Any, ...], states: States
) -> tuple[torch.Tensor, list[States]]:
    """All Hₜ (S, T, N), and the states after each time, from X (S, T, M) and W, U, b, c."""
    after, T = [], X.shape[1]
    for t in range(T):
        alone = {"first": t == 0, "last": t == T - 1}.get(slip, True)
        W, U, b, c = (Q if alone or isinstance(Q, float) else Q.detach() for Q in weights)
        given = tuple(cut(Q, letter, slip) if t else Q for letter, Q in zip("HC", states, strict=False))
        A, B = X[:, t] @ W.T + b, given[0] @ U.T + c
        if slip == "H-for-H-before":
            B = B + (step(A, B, given, "")[0] - given[0]).detach() @ change(U).T
        if slip == "U-turned" and len(U) == len(U.T):
            B = B + change(given[0]) @ (U - U.T).detach()
        states = step(A, B, given, slip)
        after.append(states)
    Y = torch.stack([H for H, *_ in after], 1)
    return (torch.cat([Y[:, :-1].detach(), Y[:, -1:]], 1) if slip == "dY-last" else Y), after


def cut(Q: torch.Tensor, letter: str, slip: str) -> torch.Tensor:
    """A state as it is handed on to the next time: cut off where its gradient is not handed back."""
    letters, cut_off, _ = slip.partition("-cut")
    return Q.detach() if cut_off and letter in letters else Q


def last(after: list[States], k: int, letter: str, slip: str) -> torch.Tensor:
    """A last state; its gradient may be dropped, or added at every time."""
    *before, Q = (states[k] for states in after)
    if slip in (f"{letter}-last", f"{letter}-cut-last-too"):
        return Q.detach()
    return Q + sum(change(P) for P in before) if slip == f"{letter}-cut-last-at-each" else Q


def slipped(step: Step, letters: str, slip: str, layers: int) -> Callable[..., tuple[torch.Tensor, ...]]:
    """The function of a recurrent layer with one slip, called as its twin: X, H0, perhaps C0, lengths, parameters."""

    def f(X: torch.Tensor, *given: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        first, parameters, Y, ends = given[: len(letters)], given[len(letters) + 1 :], X, []
        each = len(parameters) // layers
        for l in range(layers):
            weights = (*parameters[l * each : (l + 1) * each], 0.0, 0.0)[:4]
            zeros = X.new_zeros(len(X), weights[1].shape[1])
            Y, after = through_time(
                step, slip, Y, weights, tuple(zeros if Q is None else Q[l] for Q in first)
            )
            ends.append([last(after, k, letter, slip) for k, letter in enumerate(letters)])
        return Y, *(torch.stack(Q) for Q in zip(*ends, strict=True))

    return f


CUTS = {
    "H": [("H-cut", "h"), ("H-cut-last-too", "h"), ("H-cut-last-at-each", "h")],
    "C": [("C-cut", "c"), ("C-cut-last-too", "c"), ("C-cut-last-at-each", "c")],
}
SHARED = (  # the slip, its kind, its case, the pieces of its sentence
    ("first", Kind.NOT_SUMMED, "one time", {"which": "first"}),
    ("last", Kind.NOT_SUMMED, "one time", {"which": "last"}),
    ("H-for-H-before", Kind.WRONG_ARRAY, "state", {}),
    *((slip, Kind.NOT_HANDED_ON, case, {}) for slip, case in CUTS["H"]),
    ("H-last", Kind.LAST_STATE, "", {"letter": "H"}),
    ("dY-last", Kind.UPSTREAM_IGNORED, "times", {}),
)


def gates(**slopes: str) -> list[tuple]:
    """The rows of a gate whose derivative is forgotten."""
    return [
        (f"′-of-{gate}", Kind.DERIVATIVE_MISSING, "gate", {"gate": gate, "h": h})
        for gate, h in slopes.items()
    ]


RECURRENT = {
    "RNN": (
        ("h′", Kind.DERIVATIVE_MISSING, "step", {}),
        ("h′-at-A", Kind.WRONG_ARRAY, "slope", {"letter": "A"}),
        ("U-turned", Kind.TRANSPOSED, "U", {}),
        ("h′-at-H", Kind.WRONG_ARRAY, "slope", {"letter": "H"}),
    ),
    "LSTM": (
        *gates(I="σ′", F="σ′", G="tanh′", O="σ′"),
        *((slip, Kind.NOT_HANDED_ON, case, {}) for slip, case in CUTS["C"]),
        ("C-last", Kind.LAST_STATE, "", {"letter": "C"}),
        ("F", Kind.GATE_LEFT_OUT, "F", {}),
        ("O", Kind.GATE_LEFT_OUT, "O", {}),
        ("H-to-C", Kind.PATH_MISSING, "H to C", {}),
        ("tanh′-of-C", Kind.DERIVATIVE_MISSING, "cell", {}),
        ("C-for-C-before", Kind.WRONG_ARRAY, "cell", {}),
        ("C-for-tanh", Kind.WRONG_ARRAY, "tanh", {}),
    ),
    "GRU": (
        *gates(R="σ′", Z="σ′", C="tanh′"),
        ("straight", Kind.PATH_MISSING, "straight", {}),
        ("R", Kind.PATH_MISSING, "R", {}),
        ("R-on-B", Kind.GATE_LEFT_OUT, "R", {}),
        ("sign-of-Z", Kind.SIGN, "gate", {"gate": "Z"}),
    ),
}
SPOILED = {f"{letter}-cut": frozenset({f"d{letter}0"}) for letter in "HC"}
"""A work that hands nothing on may return as the gradient of a first state what is left over."""
STEPS = {"RNN": rnn_step, "LSTM": lstm_step, "GRU": gru_step}


def recurrent_slips(name: str, layers: int, nonlinearity: str = "tanh") -> Iterator[Slip]:
    """The slips of RNN, LSTM or GRU."""
    for slip, kind, case, pieces in (*RECURRENT[name], *SHARED):
        function = recurrent(name, layers, nonlinearity, slip)
        yield Slip(kind, function, case, pieces, SPOILED.get(slip[:5], frozenset()))


def recurrent(
    name: str, layers: int, nonlinearity: str, slip: str
) -> Callable[..., tuple[torch.Tensor, ...]]:
    """RNN, LSTM or GRU with one slip."""
    step = partial(rnn_step, h=torch.relu) if nonlinearity == "relu" else STEPS[name]
    return slipped(step, "HC" if name == "LSTM" else "H", slip, layers)

"""The rules of optimizers in NumPy, with the conventions and the mistakes that people have in them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from helpers.judge.code.case import Arrays


class How(StrEnum):
    """A convention or a mistake in a rule."""

    DAMPENED = "dampened"
    EPSILON_INSIDE = "ε inside"
    EPSILON_BEFORE = "ε before the correction"
    NOTHING_KEPT = "nothing kept"
    NO_CORRECTION = "no correction"
    T_STAYS = "t stays 1"
    NOT_SQUARED = "not squared"
    NO_ROOT = "no root"
    CORRECTED_ONCE = "corrected once"
    ONE_BETA = "one beta"
    DECAY_IN_GRADIENT = "decay in the gradient"


SPELLINGS = {
    "lr": ("lr", "learning_rate", "eta", "step_size", "current_learning_rate", "alpha"),
    "momentum": ("momentum", "mu", "mom", "beta", "gamma", "rho"),
    "beta1": ("beta1", "beta_1", "b1", "momentum"),
    "beta2": ("beta2", "beta_2", "b2", "rho"),
    "alpha": ("decay_rate", "rho", "alpha", "decay", "gamma", "beta", "beta2"),
    "eps": ("eps", "epsilon"),
    "weight_decay": ("weight_decay", "wd", "l2", "reg"),
}
ASKED = {  # the numbers of each rule
    "SGD": ("lr", "momentum", "weight_decay"),
    "Adam": ("lr", "beta1", "beta2", "eps", "weight_decay"),
    "AdamW": ("lr", "beta1", "beta2", "eps", "weight_decay"),
    "RMSprop": ("lr", "alpha", "eps", "weight_decay"),
    "Adagrad": ("lr", "eps", "weight_decay"),
}
CONVENTIONS = (How.DAMPENED, How.EPSILON_INSIDE, How.EPSILON_BEFORE)
MISTAKES = {
    "SGD": (How.NOTHING_KEPT,),
    "Adam": (How.NO_CORRECTION, How.T_STAYS, How.NOT_SQUARED, How.NO_ROOT, How.CORRECTED_ONCE, How.ONE_BETA),
    "RMSprop": (How.NOT_SQUARED, How.NO_ROOT, How.NOTHING_KEPT),
    "Adagrad": (How.NOT_SQUARED, How.NO_ROOT, How.NOTHING_KEPT),
}
MISTAKES["AdamW"] = (*MISTAKES["Adam"], How.DECAY_IN_GRADIENT)


def numbers(rule: str, seen: Mapping[str, object], given: Mapping[str, object]) -> dict[str, float]:
    """The numbers of a rule, under the names of torch.optim, as the work has them, else as they are given."""
    found = {}
    spread = {"beta1": seen["betas"][0], "beta2": seen["betas"][1]} if "betas" in seen else {}
    for name in ASKED.get(rule, ("lr",)):
        spellings = (
            SPELLINGS[name] if name in ("lr", "eps") or name not in given else (name, *SPELLINGS[name])
        )
        values = [seen[s] for s in spellings if isinstance(seen.get(s), int | float)]
        if name in spread:
            found[name] = spread[name]
        elif values:
            found[name] = float(values[0])
    return found


def options_of(found: Mapping[str, float]) -> dict[str, object]:
    """The same as torch.optim takes them."""
    options: dict[str, object] = {k: v for k, v in found.items() if k not in ("beta1", "beta2")}
    if "beta1" in found or "beta2" in found:
        options["betas"] = found.get("beta1", 0.9), found.get("beta2", 0.999)
    return options


def steps(
    rule: str, how: How, h: Mapping[str, float], start: Arrays, grads: Sequence[Arrays]
) -> list[Arrays]:
    """The weights after each step of a rule, with one convention or mistake in it."""
    W, after = {key: A.copy() for key, A in start.items()}, []
    m, v = ({key: np.zeros_like(A) for key, A in start.items()} for _ in range(2))
    change = {"SGD": descent, "RMSprop": divided, "Adagrad": divided}.get(rule, adam)
    for t, grad in enumerate(grads, 1):
        for key in W:
            g = grad[key]
            decay = h.get("weight_decay", 0.0) * W[key]
            g = g + decay if rule != "AdamW" or how is How.DECAY_IN_GRADIENT else g
            step, m[key], v[key] = change(rule, how, h, t, g, m[key], v[key])
            if rule == "AdamW" and how is not How.DECAY_IN_GRADIENT:
                W[key] = W[key] - h["lr"] * decay
            W[key] = W[key] - h["lr"] * step
        after.append({key: A.copy() for key, A in W.items()})
    return after


Step = tuple[np.ndarray, np.ndarray, np.ndarray]


def descent(rule: str, how: How, h: Mapping, t: int, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> Step:
    mu = h.get("momentum", 0.0)
    m = g if how is How.NOTHING_KEPT else mu * m + ((1 - mu) * g if how is How.DAMPENED else g)
    return m, m, v


def divided(rule: str, how: How, h: Mapping, t: int, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> Step:
    square = np.abs(g) if how is How.NOT_SQUARED else g * g
    a = h.get("alpha", 0.99)
    v = square if how is How.NOTHING_KEPT else v + square if rule == "Adagrad" else a * v + (1 - a) * square
    return g / root(how, v, h), m, v


def root(how: How, v: np.ndarray, h: Mapping) -> np.ndarray:
    eps = h.get("eps", 1e-8)
    if how is How.NO_ROOT:
        return v + eps
    return np.sqrt(v + eps) if how is How.EPSILON_INSIDE else np.sqrt(v) + eps


def adam(rule: str, how: How, h: Mapping, t: int, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> Step:
    b1, b2 = h.get("beta1", 0.9), h.get("beta2", 0.999)
    b2 = b1 if how is How.ONE_BETA else b2
    t = 1 if how is How.T_STAYS else t
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * (np.abs(g) if how is How.NOT_SQUARED else g * g)
    if how is How.NO_CORRECTION:
        return m / root(how, v, h), m, v
    if how is How.CORRECTED_ONCE:
        return m / (1 - b1**t) / root(how, v, h), m, v
    if how is How.EPSILON_BEFORE:
        return m / (1 - b1**t) * np.sqrt(1 - b2**t) / root(how, v, h), m, v
    return m / (1 - b1**t) / root(how, v / (1 - b2**t), h), m, v

"""Judges an optimizer by the weights after several steps, held against those of torch.optim."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.compare.difference import diagnose_difference
from helpers.compare.optimizer_steps import optimizer_meant, torch_steps
from helpers.judge.code.case import Arrays
from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.draws import normal
from helpers.judge.code.guard import Endless, Raised, within
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.training.forms import forms
from helpers.judge.code.training.rules import ASKED, CONVENTIONS, MISTAKES, numbers, options_of, steps
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

EPSILONS = 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-10, 0.0
STEPS, SHAPES = 5, {"W": (4, 3), "b": (4,)}


def judge_optimizer(work: Any, like: Any, seconds: float, options: Mapping[str, Any]) -> Diagnosis:
    """Hold the weights after each of five steps against those of torch.optim, with the numbers that the work has.

    Of the forms in which it can be run the one counts that is right, if there is one, else the first.
    """
    rng = np.random.default_rng(0)
    start, *grads = ({key: normal(shape, rng) for key, shape in SHAPES.items()} for _ in range(STEPS + 1))
    name, found = getattr(work, "__name__", type(work).__name__), []
    for form in forms(work, options):
        seen = dict(options)
        try:
            got = within(seconds, form, seen, start, grads)
        except (Raised, Endless):
            continue
        if moved(got, start):
            found.append(judged(name, like, seen, got, start, grads))
            if found[-1].right:
                return found[-1]
    return found[0] if found else Diagnosis(name, (not_judged(Kind.INTERFACE, name, case="optimizer"),))


def judged(
    name: str, like: Any, seen: Mapping[str, Any], got: list[Arrays], start: Arrays, grads: list[Arrays]
) -> Diagnosis:
    """Return the diagnosis of these weights, of an optimizer with the numbers that were seen."""
    kind, given = optimizer_meant(like)
    chosen = given | options_of(numbers(kind.__name__, seen, given))
    start, *grads = ({key: A[key] for key in got[0]} for A in (start, *grads))
    if "eps" in ASKED.get(kind.__name__, ()) and "eps" not in chosen:
        chosen["eps"] = next(
            (e for e in EPSILONS if known(kind.__name__, chosen | {"eps": e}, got, start, grads)), 1e-8
        )
    want = torch_steps(kind, chosen, start, grads)
    stage = "steps", {"steps": STEPS, "options": ", ".join(f"{k} = {v}" for k, v in chosen.items())}
    said = verdicts(kind.__name__, flat(chosen), got, want, start, grads)
    return Diagnosis(name, tuple(said), (stage,))


def known(
    rule: str, options: Mapping[str, Any], got: list[Arrays], start: Arrays, grads: list[Arrays]
) -> bool:
    """Tell whether these options, with a convention or as they are in torch.optim, make these weights."""
    return any(same(got, steps(rule, how, flat(options), start, grads)) for how in ("", *CONVENTIONS))


def flat(options: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among the options, the betas by themselves."""
    betas = dict(zip(("beta1", "beta2"), options.get("betas", ()), strict=False))
    return {"lr": 1e-3} | {k: v for k, v in options.items() if isinstance(v, float | int)} | betas


def moved(got: list[Arrays], start: Arrays) -> bool:
    """Tell whether every weight is a finite array of its shape, and another after the first step."""
    shapes = all(A.shape == start[key].shape for after in got for key, A in after.items())
    return bool(got) and shapes and all(not np.array_equal(A, start[key]) for key, A in got[0].items())


def same(got: list[Arrays], want: list[Arrays]) -> bool:
    return all(agree(a[key], b[key]) for a, b in zip(got, want, strict=True) for key in b)


def verdicts(
    rule: str,
    h: Mapping[str, float],
    got: list[Arrays],
    want: list[Arrays],
    start: Arrays,
    grads: list[Arrays],
) -> list[Verdict]:
    """Return what is to be said of the weights after each step."""
    if same(got, want):
        return []
    if rule in ASKED:
        for how in (*CONVENTIONS, *MISTAKES[rule]):
            if same(got, steps(rule, how, h, start, grads)):
                return [(remark if how in CONVENTIONS else wrong)(Kind.WRONG_VALUE, "W", case=how)]
    wrongly = (key for key in start if not same(alone(got, key), alone(want, key)))
    return [unnamed(next(wrongly), got, want, start)]


def alone(after: list[Arrays], key: str) -> list[Arrays]:
    return [{key: weights[key]} for weights in after]


def unnamed(key: str, got: list[Arrays], want: list[Arrays], start: Arrays) -> Verdict:
    """Say at which step a weight is wrong first, and by how much where that is a multiple."""
    step = next(t for t, (a, b) in enumerate(zip(got, want, strict=True), 1) if not agree(a[key], b[key]))
    if step > 1:
        return wrong(Kind.EARLIER_CALLS, key, case="step", step=step)
    difference = diagnose_difference(got[0][key] - start[key], want[0][key] - start[key])
    if difference and difference.kind in (Kind.SIGN, Kind.FACTOR):
        return wrong(difference.kind, key, difference, case="step")
    return wrong(Kind.WRONG_VALUE, key, diagnose_difference(got[0][key], want[0][key]), case="step")

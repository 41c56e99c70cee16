"""The masks that a work takes beside its arrays: in which convention, and what goes wrong with them.

No name says whether True hides a key or shows it, nor whether a mask is that of the keys or of each query: every
convention is tried, and the one under which Y is right is taken. Where none is, only a mistake that has a name counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from helpers.judge.code.arguments import optional_names_of
from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.truth import Torch
from helpers.verdict import Kind, remark, wrong

NAMES = (
    "padding", "mask", "key_padding_mask", "padding_mask", "pad_mask", "key_mask", "attn_mask", "attention_mask",
    "src_mask", "src_key_padding_mask",
)  # fmt: skip
MEANT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "True where nobody looks": lambda hidden: hidden,
    "True where one may look": np.logical_not,
    "−∞ where nobody looks": lambda hidden: np.where(hidden, -np.inf, 0.0),
}
SHAPES = {
    "padding": {"(S, U)": (slice(None),), "(S, 1, U)": np.s_[:, None], "(S, 1, 1, U)": np.s_[:, None, None]},
    "mask": {"(T, U)": (slice(None),)},
}


@dataclass(frozen=True)
class Tried:
    """A mask in one convention: the case with it under our letter, what the work is handed, its Y, the right one."""

    case: Case
    said: str
    handed: np.ndarray
    Y: np.ndarray
    right: np.ndarray


def judge_masks(bench: Bench, case: Case) -> None:
    """Judge each mask that forward takes, one at a time."""
    if not isinstance(bench.truth, Torch):
        return
    _, forward, _ = bench.subject.ready(bench.subject.adapted(case))
    own = bench.subject.options
    for name in (name for name in optional_names_of(forward) if name in NAMES and name not in own):
        try:
            judge_one(bench, case, name)
        finally:
            bench.subject.options = own


def judge_one(bench: Bench, case: Case, name: str) -> None:
    subject, tried = bench.subject, []
    own, without = subject.options, subject.forward(case)["Y"]
    for one in conventions(bench, case, name):
        if agree(one.Y, one.right):
            subject.options = {**own, name: one.handed}
            bench.judge(one.case)
            stage = "a mask", {"name": name, "said": one.said}
            return None if stage in bench.stages else bench.done(stage[0], **stage[1])
        tried.append(one)
    if tried and all(agree(one.Y, without) for one in tried):
        return bench.add(wrong(Kind.MASK, "Y", case="ignored", name=name))
    for one in tried if bench.slips else ():
        for verdict in bench.slips.explain({"Y": one.Y}, {"Y": one.right}, one.case):
            if verdict.kind is Kind.MASK:
                return bench.add(verdict)
    bench.add(remark(Kind.UNLOOKED, name, case="mask"))


def conventions(bench: Bench, case: Case, name: str) -> Iterator[Tried]:
    """Each convention in which forward runs with a mask of this name."""
    subject = bench.subject
    own = subject.options
    for letter in (letter for letter in SHAPES if letter in bench.truth.inputs):
        hidden = drawn(letter, case)
        with_it = replace(case, more={**case.more, letter: hidden})
        right = bench.truth.values(with_it)["Y"]
        for said, meant in MEANT.items():
            for shape, cut in SHAPES[letter].items():
                handed = meant(hidden)[cut]
                subject.options = {**own, name: handed}
                try:
                    Y = subject.forward(case)["Y"]
                except Trouble:
                    continue
                yield Tried(with_it, f"{said}, {shape}", handed, Y, right)


def drawn(letter: str, case: Case) -> np.ndarray:
    """A mask at random that hides some keys, and never the first, which every query may see."""
    rng, S, (T, U) = np.random.default_rng(0), len(case.X), (case.X.shape[1], keys(case))
    hidden = rng.random((S, U) if letter == "padding" else (T, U)) < 0.5
    hidden[:, 0], hidden[:, -1] = False, True
    return hidden


def keys(case: Case) -> int:
    return case.more["K"].shape[1] if "K" in case.more else case.X.shape[1]

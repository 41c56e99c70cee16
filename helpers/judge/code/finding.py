"""What a diagnosis says: findings, each of a kind from one closed vocabulary."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

KINDS = {
    # what the numbers say
    "sign": "the right value with the wrong sign",
    "ratio": "the right value times a constant: S, 1/S, N, 2, ...",
    "transposed": "rows and columns exchanged",
    "diagonal only": "the other entries of the Jacobian are left out",
    "zero": "zero everywhere",
    "bias averaged": "a mean over the samples, where their sum is right",
    "bias scalar": "one number for all outputs",
    "bias never set": "no gradient of b",
    "never set": "no gradient of this parameter",
    "not summed": "one sample stands for all of them, or their axis is still there",
    "upstream ignored": "dY does not enter",
    "derivative missing": "dY handed on as it came",
    "applied twice": "multiplied by the same Jacobian a second time",
    "weight decay": "a multiple of the parameter is added to its gradient",
    "flipped": "the kernel turned by 180° where it should not be, or not where it should",
    "swapped": "the right result under the name of another",
    "wrong array": "h' taken at another array than X, or a product with another array",
    "unbiased variance": "S − 1 where S is right",
    "ε outside the root": "√v + ε where √(v + ε) is right",
    "wrong axis": "normalised over the features where it should be over the samples, or the other way round",
    "statistics constant": "the path through the mean or the variance is missing",
    "gamma left out": "γ does not enter",
    "not scaled": "dropout without its 1/(1 − p)",
    "drop for keep": "p is the probability to keep, where it should be that to drop",
    "one branch": "right on one side of 0, wrong on the other",
    "forward": "Y or L itself is wrong",
    "value": "wrong in no way that has a name",
    "NaN": "not a number",
    # where only some inputs show it
    "only when square": "right where the sizes differ, wrong where they are equal",
    "only with one sample": "right for several samples, wrong for one",
    "only at ties": "wrong where entries are equal, or exactly 0",
    "NaN at extremes": "not finite for large numbers, where the right value is",
    "only at extremes": "a wrong number for large numbers",
    "only in float32": "right in float64, wrong in float32",
    "batch statistics in evaluation": "right while training; then the running statistics are asked for",
    "running variance biased": "right while training; the running variance is over S where S − 1 is right",
    "momentum reversed": "right while training; running statistics move by 1 − m where m is right",
    "only in evaluation": "right while training, wrong in evaluation",
    # what the code does beside computing
    "accumulates": "each call adds to the result of the call before",
    "depends on earlier calls": "something of an earlier call is still in the result",
    "mutates its input": "an array that it was handed is another afterwards",
    "aliased output": "a result shares its memory with an argument",
    "shape": "not the shape of the array whose gradient it is",
    "dtype": "not the dtype of the arguments",
    "type": "not an array",
    "returns nothing": "a return is missing",
    "raises": "an error ends it",
    "prints": "it writes to the screen",
    "loops for ever": "it did not return in time",
    "too slow": "not all could be checked in time",
    "interface": "it cannot be called as a layer or as functions",
}
REMARKS = {"prints", "aliased output"}  # worth saying, and not wrong: the numbers are right


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its kind, the quantity it was seen on ("dW"), and a sentence.

    A remark is worth saying, and yet the numbers are right.
    """

    kind: str
    of: str
    reason: str
    remark: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind {self.kind!r} in the vocabulary")

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


@dataclass(frozen=True)
class Diagnosis:
    """What the battery found, the worst first; true where nothing is wrong. Prints, and renders in a notebook."""

    name: str
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    checked: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.findings

    def __bool__(self) -> bool:
        return self.right

    @property
    def kind(self) -> str:
        """The kind of the first finding, "" where there is none."""
        return self.findings[0].kind if self.findings else ""

    @property
    def reason(self) -> str:
        """All that is wrong, in sentences; "" where nothing is."""
        return " ".join(finding.reason for finding in self.findings)

    @property
    def headline(self) -> str:
        if self.right:
            return f"✓ {self.name}: right"
        return f"✗ {self.name}: {self.kind}"

    def lines(self) -> Iterable[tuple[str, Finding]]:
        yield from (("✗", finding) for finding in self.findings)
        yield from (("·", remark) for remark in self.remarks)

    def __repr__(self) -> str:
        checked = f"checked: {'; '.join(self.checked)}" if self.checked else "nothing could be checked"
        return "\n".join([self.headline, *(f"  {mark} {f}" for mark, f in self.lines()), f"  {checked}"])

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>{mark} <strong>{escape(f.kind)}</strong>: {escape(f.reason)}</li>"
            for mark, f in self.lines()
        )
        checked = "".join(f"<li>{escape(what)}</li>" for what in self.checked)
        return (
            f"<p><strong>{escape(self.headline)}</strong></p>"
            + (f"<ul style='list-style: none'>{items}</ul>" if items else "")
            + f"<details><summary>What was checked</summary><ul>{checked}</ul></details>"
        )


class Trouble(Exception):
    """A finding that ends the run it was made in."""

    def __init__(self, kind: str, of: str, reason: str) -> None:
        self.finding = Finding(kind, of, reason)

"""What is said of a reader's work, as data: one vocabulary for lines, code, answers and tables of numbers.

A Verdict is decided first; its sentence is written last, from its pieces, in the `sentences.py` of each room.
Nothing reads a sentence back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any


class State(Enum):
    """What came of judging."""

    RIGHT = "right"
    REMARK = "right with a remark"
    WRONG = "wrong"
    NOT_JUDGED = "not judged"


class Kind(StrEnum):
    """What is wrong, in a word or two; `meaning` says it in a few more."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> "Kind":
        kind = str.__new__(cls, word)
        kind._value_, kind.meaning = word, meaning
        return kind

    # what the numbers say, of a line or of an array
    SIGN = "sign", "the right value with the wrong sign"
    FACTOR = "factor", "the right value times a constant: S, 1/S, N, 2, ..."
    TRANSPOSED = "transposed", "rows and columns exchanged"
    DIAGONAL_ONLY = "diagonal only", "the other entries of the Jacobian are left out"
    ZERO = "zero", "zero everywhere"
    WRONG_AXIS = "wrong axis", "a sum, a mean or an index runs over another axis"
    WRONG_ARRAY = "wrong array", "another array stands where this one belongs"
    WRONG_VALUE = "wrong value", "wrong in no way that has a name"
    NOT_SUMMED = "not summed", "one sample stands for all of them, or their axis is still there"
    SHAPE = "shape", "not the shape of the array whose gradient it is"
    NAN = "NaN", "not a number"
    # of a line
    FREE_INDEX = "free index", "an index is left over that the left side does not have"
    INDEX_MISSING = "index missing", "an index of the left side does not occur"
    USELESS_INDEX = "useless index", "a sum over an index that does not occur"
    INDEX_USED_TWICE = "index used twice", "one letter for two indices"
    WRONG_INDEX = "wrong index", "another index belongs there"
    OUT_OF_RANGE = "out of range", "an index leaves its axis, or a function its domain"
    DELTA_MISSING = "delta missing", "right where two indices are equal, and not zero elsewhere"
    PATH_MISSING = "path missing", "a path of the chain rule is left out"
    TERM_MISSING = "term missing", "a term is left out"
    PATH_TWICE = "path twice", "a path of the chain rule is counted twice"
    FACT_NOT_GIVEN = "fact not given", "right only if something holds that nobody said"
    WRONG_FUNCTION = "wrong function", "h where h' is right, or the other way round"
    LEFT_SIDE = "left side", "right for another left side"
    NOT_READABLE = "not readable", "nothing could be judged"
    # of a layer or a loss
    BIAS_AVERAGED = "bias averaged", "a mean over the samples, where their sum is right"
    BIAS_SCALAR = "bias scalar", "one number for all outputs"
    BIAS_NEVER_SET = "bias never set", "no gradient of b"
    NEVER_SET = "never set", "no gradient of this parameter"
    UPSTREAM_IGNORED = "upstream ignored", "dY does not enter"
    DERIVATIVE_MISSING = "derivative missing", "dY handed on as it came"
    APPLIED_TWICE = "applied twice", "multiplied by the same Jacobian a second time"
    WEIGHT_DECAY = "weight decay", "a multiple of the parameter is added to its gradient"
    FLIPPED = "flipped", "the kernel turned by 180° where it should not be, or not where it should"
    SWAPPED = "swapped", "the right result under the name of another"
    UNBIASED_VARIANCE = "unbiased variance", "S − 1 where S is right"
    EPSILON_OUTSIDE = "ε outside the root", "√v + ε where PyTorch has √(v + ε): a convention"
    OTHER_EPSILON = "another ε", "another ε than that of the layer it is held against: a convention"
    EPSILON_IN_LOG = "ε in the logarithm", "log(P + ε) for log P: a convention"
    OTHER_MEAN = "another mean", "½ or another 1/S in front of a loss, and in its gradient: a convention"
    STATISTICS_CONSTANT = "statistics constant", "the path through the mean or the variance is missing"
    GAMMA_LEFT_OUT = "gamma left out", "γ does not enter"
    NOT_SCALED = "not scaled", "dropout without its 1/(1 − p)"
    DROP_FOR_KEEP = "drop for keep", "p is the probability to keep, where it should be that to drop"
    ONE_BRANCH = "one branch", "right on one side of 0, wrong on the other"
    NOT_HANDED_ON = "not handed on", "what goes back from one time to the one before is left out"
    LAST_STATE = "last state dropped", "the gradient of a last state does not enter"
    GATE_LEFT_OUT = "gate left out", "a gate that multiplies on the way back does not enter"
    SCALE = "scale", "1/√D is missing, forward or backward, or comes from another size"
    MASK = "mask", "a query sees what it should not, or not what it should"
    HEADS = "heads mixed", "cut into heads, or joined, by a reshape without its transpose"
    NORM_PLACE = "norm's place", "the norm stands elsewhere in its block"
    PADDING = "padding learns", "what stands for nothing has a gradient"
    FORWARD = "forward", "Y or L itself is wrong"
    # where only some inputs show it
    WHEN_SQUARE = "only when square", "right where the sizes differ, wrong where they are equal"
    WITH_ONE_SAMPLE = "only with one sample", "right for several samples, wrong for one"
    WITH_ONE_TIME = "only with one time", "right for sequences, wrong for those of one time"
    WITH_ONE_OUTPUT = "only with one output", "right for several outputs and inputs, wrong for one"
    AT_TIES = "only at ties", "wrong where entries are equal, or exactly 0"
    NAN_AT_EXTREMES = "NaN at extremes", "not finite for large numbers, where the right value is"
    AT_EXTREMES = "only at extremes", "a wrong number for large numbers"
    IN_FLOAT32 = "only in float32", "right in float64, wrong in float32"
    BATCH_IN_EVALUATION = (
        "batch statistics in evaluation",
        "right while training; then the running statistics are asked for",
    )
    RUNNING_BIASED = (
        "running variance biased",
        "right while training; the running variance is over S where S − 1 is right",
    )
    MOMENTUM_REVERSED = (
        "momentum reversed",
        "right while training; running statistics move by 1 − m where m is right",
    )
    IN_EVALUATION = "only in evaluation", "right while training, wrong in evaluation"
    # what code does beside computing
    ACCUMULATES = "accumulates", "each call adds to the result of the call before"
    EARLIER_CALLS = "depends on earlier calls", "something of an earlier call is still in the result"
    MUTATES = "mutates its input", "an array that it was handed is another afterwards"
    ALIASED = "aliased output", "a result shares its memory with an argument"
    DTYPE = "dtype", "not the dtype of the arguments"
    TYPE = "type", "not what is asked for: a number, an array, a function, text"
    RETURNS_NOTHING = "returns nothing", "a return is missing"
    RAISES = "raises", "an error ends it"
    PRINTS = "prints", "it writes to the screen"
    LOOPS = "loops for ever", "it did not return in time"
    TOO_SLOW = "too slow", "not all could be checked in time"
    INTERFACE = "interface", "it cannot be called as a layer or as functions"
    TARGETS = "targets", "nothing says which T a loss takes, and it depends on that whether it is right"
    TAKEN_AS = "taken as", "a convention other than the house's, under which it is judged"
    UNLOOKED = "not looked at", "arrays that the result depends on, and that were not compared"
    # of an answer to an exercise
    INCOMPLETE = "incomplete", "a part of it is blank, or a step is still to be taken"
    KNOWN_MISTAKE = "known mistake", "a wrong answer that people give, with an explanation of its own"


@dataclass(frozen=True)
class Factor:
    """wrong = value · right; `names` say which size, or product or quotient of sizes, the value is: "S = 5"."""

    value: float
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One entry that differs: its place, what stands there, and what is right."""

    index: tuple[int, ...]
    got: float
    want: float


TELLING = frozenset({
    Kind.SIGN, Kind.FACTOR, Kind.TRANSPOSED, Kind.DIAGONAL_ONLY, Kind.WRONG_AXIS, Kind.WRONG_ARRAY, Kind.NOT_SUMMED,
    Kind.FREE_INDEX, Kind.INDEX_MISSING, Kind.INDEX_USED_TWICE, Kind.WRONG_INDEX, Kind.DELTA_MISSING, Kind.PATH_MISSING,
    Kind.TERM_MISSING, Kind.PATH_TWICE, Kind.WRONG_FUNCTION,
})  # fmt: skip
"""Kinds that are worth a thought by themselves, before a page shows where, and what would be right."""


@dataclass(frozen=True)
class Difference:
    """What makes one array out of another, as data: its kind, and what the kind needs to be told.

    `factor` of a factor or a sign; `axis` over which nothing was summed, or (`kept`) what should stay was; `entry`, the
    worst one, with how `many` of `size` entries differ; `vanishes` where 0 is right everywhere; `shapes`, got and
    wanted, where they are not equal.
    """

    kind: Kind
    factor: Factor | None = None
    axis: int | None = None
    kept: bool = False
    entry: Entry | None = None
    many: int = 0
    size: int = 0
    vanishes: bool = False
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Verdict:
    """What is said of one line, one quantity of a layer, or one answer.

    `where` names the quantity ("dW") or the place; `difference` says by how much; `pieces` are what else the sentence
    needs, by name. A right verdict may have pieces too: the rule that was used, a remark. It is true where it is right.
    """

    state: State
    kind: Kind | None = None
    where: str = ""
    difference: Difference | None = None
    pieces: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def right(self) -> bool:
        return self.state in (State.RIGHT, State.REMARK)

    def __bool__(self) -> bool:
        return self.right

    @property
    def wrong(self) -> bool:
        return self.state is State.WRONG

    def having(self, **pieces: Any) -> "Verdict":
        """The same verdict with more pieces."""
        return replace(self, pieces=MappingProxyType({**self.pieces, **pieces}))


def wrong(kind: Kind, where: str = "", difference: Difference | None = None, **pieces: Any) -> Verdict:
    """A verdict of state WRONG."""
    return Verdict(State.WRONG, kind, where, difference, MappingProxyType(pieces))


def not_judged(kind: Kind = Kind.NOT_READABLE, where: str = "", **pieces: Any) -> Verdict:
    """A verdict of state NOT_JUDGED, with the reason among its pieces."""
    return Verdict(State.NOT_JUDGED, kind, where, None, MappingProxyType(pieces))


def right(where: str = "", **pieces: Any) -> Verdict:
    """A verdict of state RIGHT; of state REMARK where a remark is among the pieces."""
    state = State.REMARK if pieces.get("remark") else State.RIGHT
    return Verdict(state, None, where, None, MappingProxyType(pieces))


def remark(kind: Kind, where: str = "", **pieces: Any) -> Verdict:
    """A verdict of state REMARK, on what has a kind and yet is not wrong."""
    return Verdict(State.REMARK, kind, where, None, MappingProxyType(pieces))

"""What a text leaves open, as choices that hold for all of it, and sizes that are found where they must be equal.

A choice is asked where it matters: the evaluation stops with a Fork and is done again with each answer. Every axis of a
letter without a definition begins with a size that no other has. Where a definition needs two sizes to be equal, their
classes are merged and all is drawn again; in a claim the same is a misfit.
"""

from collections.abc import Callable, Mapping

CHANGES = "what changes"
CHOICES = {
    "vectors": {"columns": "vectors are columns", "rows": "vectors are rows"},
    "vectors in programs": {
        "one axis": "a vector has one axis in a program",
        "columns": "a vector is an array of one column in a program",
    },
    "gradient": {
        "shape of the letter": "a gradient has the shape of its letter",
        "transposed": "a gradient has the shape of its letter's transpose",
    },
    "Jacobian": {
        "rows are the numerator": "the rows of a Jacobian are those of the numerator",
        "transposed": "the rows of a Jacobian are those of the denominator",
    },
    "diagonal Jacobian": {
        "matrix": "a Jacobian is a matrix",
        "entries": "the derivative of a function of each entry is taken entry by entry",
    },
    "samples": {"rows": "a sample in each row", "columns": "a sample in each column"},
    "small letters": {
        "vectors": "small letters are vectors",
        "numbers": "small letters are numbers",
        "matrices": "small letters are matrices",
    },
    "small letters beside bold ones": {
        "numbers": "small letters that are not bold are numbers",
        "vectors": "small letters that are not bold are vectors",
        "matrices": "small letters that are not bold are matrices",
    },
    "letters with a transpose": {
        "vectors": "small letters with a transpose are vectors",
        "matrices": "small letters with a transpose are matrices",
    },
    "targets": {"any": "any targets", "sum to 1": "targets that sum to 1", "one-hot": "one-hot targets"},
    "square matrices": {"any": "any matrices", "symmetric": "square matrices are symmetric"},
    "sigma": {"of each entry": "σ is a function of each entry", "softmax": "σ is the softmax"},
    "sigma of each entry": {"any": "σ is any function", "sigmoid": "σ is the sigmoid"},
    "reach": {
        "all": "a derivative reaches to the end of its term",
        "bracket": "a derivative reaches only to the bracket behind it",
    },
    "bars": {
        "each entry": "|v| is taken entry by entry",
        "length": "|v| is the length of a vector",
    },
    "slash": {
        "first": "a/b c is a quotient times c",
        "all": "a/b c has all that follows below the line",
    },
    CHANGES: {
        "all": "all letters behind a d change",
        "own": "the letters without a d of their own are held fixed",
    },
    "gradients of samples": {
        "of the mean": "all gradients are those of one loss",
        "of each": "the gradients by letters of the samples are those of the sum of their losses",
    },
    "square": {"letter": "σ² is a letter", "squared": "σ² is the square of σ"},
    "d": {"gradient": "dW is the gradient of the loss by W", "differential": "dW is a differential"},
    "loss": {"another": "the loss of any outputs", "as defined": "the loss as the text defines it"},
    "outputs": {"one": "one output", "several": "the loss of several outputs is their sum"},
    "times": {
        "one": "the loss of one time",
        "all": "the loss of all times",
        "step": "one step, with the states before it given",
    },
    "weights": {
        "at once": "the last link of a chain is what a weight does at that time",
        "through all": "the last link of a chain is total",
    },
    "partial": {"total": "total derivatives", "direct": "the other letters held fixed"},
    "repeated index": {"as typed": "sums as typed", "summed": "Einstein's sums"},
    "index that stands twice": {
        "as typed": "sums as typed",
        "summed": "an index that stands twice is summed over",
    },
    "row or column": {
        "as typed": "rows and columns as typed",
        "whichever fits": "a row may stand for a column",
    },
    "number": {
        "as typed": "a number as typed",
        "each entry": "a number stands for each of the entries, which are all equal",
    },
    "vector times vector": {
        "entry by entry": "a product of vectors entry by entry",
        "inner": "a product of vectors is their inner product",
    },
}
"""Each choice, its options and how they are said; the first option needs no word."""
LOCAL = frozenset({"number", "square", "partial", "weights"})
"""Choices that authors make line by line."""
OF_ANY = frozenset({"targets", "square matrices", "sigma of each entry"})
"""Choices whose options are special cases of the first: what is right for any targets is so for one-hot ones."""
SIZE = "size of "
"""How the choice begins of what a letter is that might be a size: what is right for any number is so for each size."""
LOOSEST = {"row or column": "whichever fits", "index that stands twice": "summed"}
"""What counts only where a line of another chain needs it too."""
SIZES = tuple(range(3, 90))
LARGEST = 30


class NotJudged(Exception):
    """A formula has no meaning that is known here: nothing is said of the claim."""


class NoReading(NotJudged):
    """The text's own definitions do not hold under these choices."""


class Misfit(Exception):
    """Sizes or indices do not fit under this reading: the claim is wrong under it."""


class Fork(Exception):
    """A choice is open: the evaluation goes on with each of its options."""

    def __init__(self, name: str, options: tuple[str, ...]) -> None:
        self.name, self.options = name, options


class Merged(Exception):
    """Two sizes are one: everything is drawn again."""


class Sizes:
    """Classes of axes, each with a size of its own; `letters` are the names of sizes, N of \\sum_{i=1}^N.

    The `settled` letters are those in definitions.
    """

    def __init__(self, settled: frozenset[str] | set[str]) -> None:
        self.parent: dict = {}
        self.number: dict = {}
        self.settled = settled
        self.letters: dict[str, object] = {}
        self.sums: dict = {}
        self.merges = 0

    def copy(self) -> "Sizes":
        other = Sizes(self.settled)
        other.learn(self)
        other.merges = self.merges
        return other

    def learn(self, other: "Sizes") -> None:
        """Take over the axes, sizes and letters of another."""
        for name in ("parent", "number", "letters", "sums"):
            setattr(self, name, {**getattr(self, name), **getattr(other, name)})

    def agree(self, other: "Sizes") -> bool:
        """Are the axes that both have of the same classes and sizes, and do others not have a size twice?"""
        more = {root: n for root, n in other.number.items() if root not in self.number}
        return (
            self.merges == other.merges
            and all(self.parent.get(axis, root) == root for axis, root in other.parent.items())
            and all(self.number.get(root, n) == n for root, n in other.number.items())
            and not {*more.values()} & {*self.number.values()}
            and all(self.letters.get(name, axis) == axis for name, axis in other.letters.items())
            and all(self.sums.get(axis, own) == own for axis, own in other.sums.items())
        )

    def root(self, axis):
        while self.parent[axis] != axis:
            axis = self.parent[axis]
        return axis

    def of(self, axis, draw: int) -> int:
        """The size of an axis in a draw: the draws are apart by one."""
        self.parent.setdefault(axis, axis)
        root = self.root(axis)
        if root in self.sums:
            return sum(self.of(part, draw) for part in self.sums[root])
        if root not in self.number:
            self.number[root] = self.unused()
        return in_draw(self.number[root], draw)

    def unused(self) -> int:
        """A size that no axis has, in any draw."""
        used = {*self.number.values()}
        sums = {draw: {self.of(root, draw) for root in self.sums} for draw in DRAWS}
        unused = (n for n in SIZES if n not in used and all(in_draw(n, d) not in sums[d] for d in DRAWS))
        found = next(unused, None)
        if found is None:
            raise NotJudged("the text has too many letters with axes of their own")
        return found

    def add(self, parts: list) -> None:
        """The axis of vectors one behind the other: its size is the sum of theirs."""
        roots = [self.root(part) for part in parts]
        if any([self.root(part) for part in known] == roots for known in self.sums.values()):
            return
        axis = ("sum", len(self.sums))
        self.parent[axis], self.sums[axis] = axis, tuple(parts)
        if self.part_sums():
            self.merges += 1
            raise Merged

    def part_sums(self) -> bool:
        """Give other sizes to the parts of a sum that is as large as another axis; was there one?"""
        changed = False
        for root in [r for r in self.sums if self.root(r) == r]:
            part = self.root(self.sums[root][0])
            for size in SIZES:
                if not any(self.of(root, d) == in_draw(n, d) for n in self.number.values() for d in DRAWS):
                    break
                if part in self.number and size not in self.number.values():
                    self.number[part], changed = size, True
        return changed

    def axis_of(self, size: int, draw: int):
        """The class of axes with a size; None where no axis has it."""
        roots = (r for r in [*self.number, *self.sums] if self.root(r) == r)
        return next((r for r in roots if self.of(r, draw) == size), None)

    def merge(self, a: int, b: int, draw: int, defining: bool) -> None:
        """Make two sizes one, if a definition asks for it or one of them is not settled yet."""
        first, second = self.axis_of(a, draw), self.axis_of(b, draw)
        if first is None or second is None:
            return
        if not defining and self.is_settled(first) and self.is_settled(second):
            return
        if second in self.sums:
            first, second = second, first
        if second in self.sums:
            pairs = zip(self.sums[first], self.sums[second], strict=False)
            first, second = next((p, q) for p, q in pairs if self.root(p) != self.root(q))
            first, second = self.root(first), self.root(second)
        if self.is_part(second, first):
            return
        self.parent[second] = first
        self.number.pop(second, None)
        self.part_sums()
        self.merges += 1
        raise Merged

    def is_part(self, axis, whole) -> bool:
        parts = [self.root(part) for part in self.sums.get(whole, ())]
        return axis in parts or any(self.is_part(axis, part) for part in parts)

    def is_settled(self, root) -> bool:
        """Does a class have an axis of a letter in a definition? No claim may make two of these equal."""
        return any(axis[0] in self.settled and self.root(axis) == root for axis in self.parent)


DRAWS = (-1, 0, 1, 2, 3, 4)


def in_draw(number: int, draw: int) -> int:
    """The size of a class in a draw; in one below 0 what was smaller is larger, so that XᵀX has an inverse."""
    return number + draw if draw >= 0 else LARGEST - number + draw


class Reading:
    """Some choices, a draw, and the sizes: what an evaluation asks. What the text has `stated` is no choice."""

    def __init__(
        self, choices: Mapping[str, str], sizes: Sizes, draw: int = 0, stated: Mapping[str, str] | None = None
    ) -> None:
        self.choices, self.sizes, self.draw, self.stated = dict(choices), sizes, draw, stated or {}
        self.defining = 0
        self.idle = False
        """Was a gradient of the loss 0 everywhere?"""
        self.asked: set[str] = set()

    def choose(self, name: str, options: tuple[str, ...]) -> str:
        if len(options) == 1:
            return options[0]
        if name in self.stated:
            return self.stated[name]
        self.asked.add(name)
        if name not in self.choices:
            raise Fork(name, options)
        return self.choices[name]

    def fit(self, a: int, b: int, what: str = "sizes") -> None:
        """Two sizes must be equal."""
        if a == b:
            return
        if a != 1 and b != 1:
            self.sizes.merge(a, b, self.draw, self.defining > 0)
        raise Misfit(f"{what}: {a} and {b}")


def explored(
    attempt: Callable[[dict[str, str]], object],
    most: int,
    decides: Callable[[object], bool] = lambda found: False,
    given: Mapping[str, str] | None = None,
) -> list[tuple[dict[str, str], object]]:
    """Each reading that an attempt distinguishes, with its outcome, the plainest first; None for those beyond the most.

    What `decides` says holds for special cases too is the outcome of all of them, and they are not tried one by one.
    Of a choice that is `given` only that option is tried.
    """
    given = given or {}
    todo: list[tuple[dict[str, str], set[str]]] = [({}, set())]
    out, options, decided = [], {}, []
    while todo:
        choices, general = todo.pop(min(range(len(todo)), key=lambda k: plainness(*todo[k], k)))
        if any(known.items() <= choices.items() for known in decided):
            continue
        try:
            found = attempt(choices)
            if decides(found):
                decided.append({k: v for k, v in choices.items() if k not in general})
                out.append((decided[-1], found))
                continue
            out.append((choices, found))
            special = [({**choices, k: o}, general - {k}) for k in general for o in options[k][:0:-1]]
            todo += [s for s in special if s not in todo]
        except Fork as fork:
            options[fork.name] = first, *_ = fork.options
            if fork.name in given:
                todo.append(({**choices, fork.name: given[fork.name]}, general))
            elif fork.name in OF_ANY or fork.name.startswith(SIZE):
                todo.append(({**choices, fork.name: first}, general | {fork.name}))
            else:
                todo += [({**choices, fork.name: o}, general) for o in reversed(fork.options)]
        if len(out) + len(todo) > most:
            return out + [(choices, None) for choices, _ in todo]
    return out


def plainness(choices: Mapping[str, str], general: set[str], place: int) -> tuple[int, int, int]:
    """First what is nearest to the plainest reading, then what has fewest special cases, then what came last."""
    return distance(choices), -len(general), -place


def distance(choices: Mapping[str, str]) -> int:
    """In how many choices a reading is not the plainest."""
    return sum(o != next(iter(CHOICES.get(name, {o: ""}))) for name, o in choices.items())


def said(choices: Mapping[str, str]) -> list[str]:
    """The choices that are not the first of their options, in words."""
    out = []
    for name, option in choices.items():
        known = CHOICES.get(name, {})
        if option == next(iter(known), None):
            continue
        out.append(known.get(option, f"{name}: {option}"))
    return out

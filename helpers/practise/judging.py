r"""Every line of a person's derivation on its own against the truth.

    mark("linear", r"\frac{\partial L}{\partial W_{ij}} = \sum_m \frac{\partial L}{\partial Y_{mi}} X_{mj}")

The left side of a chain of equalities is evaluated at distinct random sizes by autograd, and so is each line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from itertools import product

import sympy as sp
from sympy import Indexed

from helpers.compare import Judge
from helpers.compare.check import Quantity, Verdict
from helpers.compare.meaning import Numbers, random_numbers
from helpers.derive import L, Partial, free_indices, gradient, jacobian, latex
from helpers.practise.fault import beside_the_line_before, explain
from helpers.practise.marked import MarkedDerivation, MarkedLine
from helpers.practise.notation import notation_of
from helpers.practise.reading import Statement, Written, layout, read
from helpers.practise.setting import SETTINGS, Setting
from helpers.practise.step import name_step

Question = Setting | str
SQUARE = r"(?:sigma|σ)[_\w{}]{0,6}(?:²|\^2|\^\{2\}|\*\*2)[_\w{}]{0,6}\s*"
EPSILON = r"\\?(?:varepsilon|epsilon|eps|ε|ϵ)"
VARIANCE = re.compile(rf"{SQUARE}\+\s*{EPSILON}|^\W*{SQUARE}=(?!.*{EPSILON})", re.MULTILINE)
REFUSALS = (ValueError, TypeError, IndexError, NotImplementedError, RuntimeError)
RANGELESS = re.compile(r"the range of the index (\w+) is not known")


def mark(
    question: Question | None, lines: str | Iterable[str], left: str | sp.Expr | None = None
) -> MarkedDerivation:
    """Judges each line of a derivation: right, wrong (which kind, why), unreadable (why) or given.

    `question` is a setting or the name of one; None infers it, chain by chain. `left` is the left side that is asked
    for: a line without an equals sign is held against it.
    """
    text = text_of(lines)
    found = layout(text)
    if question is None:
        from helpers.practise.inference import infer

        return MarkedDerivation(tuple(infer(text, found)), found.passed_over)
    setting = in_its_letters(setting_of(question), text)
    chains = enumerate(statements_of(text, setting, left))
    marked = tuple(line for k, s in chains for line in mark_statement(setting, s, k))
    return MarkedDerivation(marked, found.passed_over)


def text_of(lines: str | Iterable[str]) -> str:
    """The lines as one text."""
    whole = [lines] if isinstance(lines, str) else list(lines) if isinstance(lines, Iterable) else [lines]
    for line in whole:
        if not isinstance(line, str):
            raise TypeError(
                f"lines are text, or a list of lines of text; this is of type {type(line).__name__}"
            )
    return "\n".join(whole)


def setting_of(question: Question) -> Setting:
    """A setting by its name, in any spelling."""
    return question if isinstance(question, Setting) else SETTINGS[question_named(question)]()


def in_its_letters(setting: Setting, text: str) -> Setting:
    """A norm whose text has √(σ² + ε) writes σ² for the variance; else σ is √(v + ε)."""
    paper = f"{setting.name}_paper"
    return SETTINGS[paper]() if paper in SETTINGS and VARIANCE.search(text) else setting


def question_named(name: str) -> str:
    """softmax_cross_entropy for "Softmax cross-entropy"."""
    if not isinstance(name, str):
        raise TypeError(
            f'a question is a name such as "linear", or a Setting; this is of type {type(name).__name__}'
        )
    plain = re.sub(r"[\s_-]+", "_", name.strip().lower())
    if plain in SETTINGS:
        return plain
    near = get_close_matches(plain, SETTINGS, cutoff=0.5)
    there = f"there are {', '.join(near)} near it, and " if near else ""
    raise ValueError(
        f"no question is named {name!r}: {there}python -m helpers.practise --questions lists all"
    )


def statements_of(text: str, setting: Setting, left: str | sp.Expr | None = None) -> list[Statement]:
    """The chains in a text; one that has no equals sign is the right side of what is asked for."""
    statements = read(text, setting)
    if left is None:
        return statements
    asked = left if isinstance(left, str) else latex(left)
    whole = []
    for s in statements or read(f"{asked} = {text}", setting):
        if len(s.parts) == 1:
            (s,) = read(f"{asked} = {s.parts[0].text or s.parts[0].latex}", setting)[:1] or (s,)
        whole.append(s)
    return whole


def mark_statement(
    setting: Setting, statement: Statement, number: int = 0, how: str = "declared"
) -> list[MarkedLine]:
    """Every part of one chain of equalities."""
    return [replace(line, statement=number, how=how) for line in marker_of(setting).mark(statement)]


@cache
def marker_of(setting: Setting) -> "Marker":
    return Marker(setting)


class Marker:
    """A setting in numbers, once; chains of equalities are held against it."""

    def __init__(self, setting: Setting, seed: int = 0) -> None:
        self.setting = setting
        self.numbers = calm(random_numbers(setting.definitions, setting.facts, seed), setting)
        self.judges: dict[tuple, Judge] = {}
        self.derived: dict[sp.Expr, list[sp.Expr]] = {}

    def judge(self, left: sp.Expr, free: tuple[sp.Idx, ...]) -> Judge:
        if (left, free) not in self.judges:
            quantity = Quantity(left, free, self.setting.definitions, self.setting.facts)
            self.judges[left, free] = Judge(quantity, numbers=self.numbers)
        return self.judges[left, free]

    def engine_lines(self, left: sp.Expr) -> list[sp.Expr]:
        """The lines that the machine derives for the same left side, where it can."""
        if left not in self.derived:
            self.derived[left] = list(derived_lines(left, self.setting))
        return self.derived[left]

    def mark(self, statement: Statement) -> list[MarkedLine]:
        """The first part that can be read is the left side, and given; each other is held against it."""
        chain = EqualityChain(self, statement)
        return [
            MarkedLine(part, *chain.verdict(part), question=self.setting.name) for part in statement.parts
        ]

    def verdicts(self, statement: Statement) -> list[str]:
        """The verdict of each part, without the reason."""
        chain = EqualityChain(self, statement, diagnose=False)
        return [chain.verdict(part)[0] for part in statement.parts if not part.aside]


def calm(numbers: Numbers, setting: Setting) -> Numbers:
    """Smaller weights in a net of several layers: a softmax of large numbers is so small that it hides mistakes."""
    if len(setting.definitions.definitions) <= 3:
        return numbers
    fixed = {f.left.function.base for f in setting.facts}
    values = {t: a if t in fixed or not a.ndim else a / 2 for t, a in numbers.values.items()}
    return Numbers(numbers.chain, numbers.sizes, values, numbers.seed, numbers.output)


def derived_lines(left: sp.Expr, setting: Setting) -> Iterator[sp.Expr]:
    """The lines without ∂ of the derivation of ∂L/∂X_ij or ∂Y_mn/∂X_ij."""
    if not isinstance(left, Partial) or not isinstance(left.x, Indexed):
        return
    if isinstance(left.f, Partial):
        yield from second_order(left, setting)
        return
    try:
        if left.f == L:
            derivation = gradient(setting.definitions, left.x, facts=setting.facts)
        else:
            derivation = jacobian(setting.definitions, left.x, of=left.f, facts=setting.facts)
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
        return
    for line in derivation.lines:
        e = line.expression
        if not e.has(Partial) and free_indices(e) <= free_indices(
            left
        ):  # more of them for ∂v_j/∂μ_j: as ∂v_k/∂μ_j
            yield e


def second_order(left: Partial, setting: Setting) -> Iterator[sp.Expr]:
    """∂²L/∂x² through numbers y, z that are computed from x: Σ ∂²L/∂y∂z ∂y/∂x ∂z/∂x + Σ ∂L/∂y ∂²y/∂x²"""
    chain, x = setting.definitions, left.x
    through = [d.left for d in chain if isinstance(d.left, Indexed) and chain.computed_from(d.tensor, x.base)]
    if left.f.f != L or left.f.x != x or any(t.base.shape != (1,) for t in (x, *through)):
        return
    numbers = [t.base[0] for t in through]
    mixed = [
        Partial(Partial(L, y), z) * Partial(y, x) * Partial(z, x)
        for y, z in product(numbers, numbers)
        if y != z
    ]
    pure = [Partial(Partial(L, y), y) * Partial(y, x) ** 2 for y in numbers]
    slopes = [Partial(L, y) * Partial(Partial(y, x), x) for y in numbers]
    yield sp.Add(*pure, *slopes, *(2 * m for m in mixed[: len(mixed) // 2]))


class EqualityChain:
    """One chain of equalities: its left side, and what was right and wrong so far."""

    def __init__(self, marker: Marker, statement: Statement, diagnose: bool = True) -> None:
        self.marker, self.statement, self.diagnose = marker, statement, diagnose
        self.left: Written | None = None
        self.right: list[sp.Expr] = []
        self.wrong_before: sp.Expr | None = None

    def verdict(self, part: Written) -> tuple[str, str, str, str]:
        """Verdict, kind, reason, rule of the next part."""
        if part.aside:
            return "given", "", part.aside, ""
        if part.expression is None and self.left and (lost := RANGELESS.match(part.unreadable)):
            reason = f"index {lost[1]} stands on no tensor: nothing says what it runs over"
            return "wrong", "useless index", reason, ""
        if part.expression is None:
            return "unreadable", "not readable", part.unreadable, ""
        if self.left is None:
            return self.begin(part)
        try:
            judge, e, verdict = self.hold(part)
        except REFUSALS as refusal:
            return "unreadable", "not readable", str(refusal), ""
        if verdict:
            return self.accept(part)
        if verdict.kind == "not readable":
            return "unreadable", "not readable", verdict.reason.removeprefix("cannot be read: "), ""
        return self.refuse(part, judge, e, verdict)

    def begin(self, part: Written) -> tuple[str, str, str, str]:
        """The left side: nothing is claimed yet."""
        if len(self.statement.parts) == 1:
            return "unreadable", "not readable", "there is no equation here: nothing to hold it against", ""
        if part is self.statement.parts[-1]:
            return (
                "unreadable",
                "not readable",
                "no left side that can be read: nothing to hold it against",
                "",
            )
        try:
            self.marker.judge(part.expression, self.statement.free)
        except REFUSALS as refusal:
            return "unreadable", "not readable", str(refusal), ""
        self.left = part
        if not isinstance(part.expression, Partial | Indexed):
            self.right.append(part.expression)
        return "given", "", "", ""

    def hold(self, part: Written) -> tuple[Judge, sp.Expr, Verdict]:
        """The part against the left side, where the part is claimed ("if i = j")."""
        left, e = self.left.expression, part.expression
        judge = self.marker.judge(left, self.statement.free)
        if part.where is not None and not judge.wrong_letters(e):
            judge = self.marker.judge(left * part.where, self.statement.free)
            e = e * part.where
        return judge, e, judge.verdict(e)

    def accept(self, part: Written) -> tuple[str, str, str, str]:
        left, e = self.left.expression, part.expression
        restated = isinstance(left, Indexed) and left.base in self.marker.setting.definitions
        before = self.right[-1] if self.right and part.where is None else left
        rule = "definition" if restated and not self.right else ""
        if self.diagnose and not rule:
            rule = name_step(before, e, self.marker.setting, left)
        judge = self.marker.judge(left, self.statement.free)
        nothing = "both sides are 0: any factor would pass" if judge.vanishes and e != 0 else ""
        reason = "; ".join(filter(None, (part.note, nothing)))
        if self.wrong_before is not None:
            reason, rule = "right again, though the line before it is wrong", ""
        self.right.append(e)
        self.wrong_before = None
        return "given" if restated and len(self.right) == 1 else "right", "", reason, rule

    def refuse(self, part: Written, judge: Judge, e: sp.Expr, verdict: Verdict) -> tuple[str, str, str, str]:
        if not self.diagnose:
            return "wrong", verdict.kind, verdict.reason, ""
        right_lines = [*self.right, *self.marker.engine_lines(self.left.expression)]
        kind, reason = explain(judge, e, verdict, right_lines, part.where, notation_of(part))
        beside = beside_the_line_before(judge, e, self.wrong_before)
        self.wrong_before = e
        reason = f"{reason}; {part.note}" if part.note else reason
        if beside:
            kind, reason = "sign" if "sign" in beside else kind, f"{reason}; {beside}"
        return "wrong", kind, reason, ""

"""From the parts of a statement to what they mean: letters for unnamed axes, sizes for all letters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Sum

from helpers.derive import Partial, free_indices, latex
from helpers.derive.notation import Iverson, Largest
from helpers.derive.rewrite import size_of
from helpers.read.arrays import Array, Arrays, renamed
from helpers.read.grammar import Grammar
from helpers.read.question import Question
from helpers.read.statement import Statement, Written
from helpers.read.tokens import SPACES, Token, Unreadable

PUNCTUATION = {",", ".", ";", ":", *SPACES}
LETTERS = "ijklmnpqrsuvw"


@dataclass
class Part:
    """The tokens between two equality signs, the condition behind them, and what they are read as."""

    tokens: list[Token]
    start: int
    end: int
    arrow: bool = False
    universal: bool = False
    code: bool = False
    relation: str = "="
    aside: str = ""
    condition: list[Token] | None = None
    unreadable: Unreadable | None = None
    array: Array | None = None
    where: sp.Expr | None = None
    free: dict[str, Idx] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def extend(self, tokens: list[Token]) -> None:
        self.tokens = self.tokens + tokens
        self.end = tokens[-1].end


def finished(parts: list[Part], text: str, question: Question) -> Iterator[Statement]:
    """The statements that a chain makes: after ⇒ a new one begins, unless it speaks of the same quantity."""
    statement: list[Part] = []
    arrays = Arrays()
    for part in parts:
        if part.arrow and statement and not same_quantity(statement, part, question):
            yield made(statement, text, question, arrays)
            statement, arrays = [], Arrays()
            part.arrow = False
        read_part(part, question, arrays, statement)
        statement.append(part)
    if statement:
        yield made(statement, text, question, arrays)


def same_quantity(statement: list[Part], part: Part, question: Question) -> bool:
    """∂L/∂W ⇒ [∂L/∂W]_ij = ...: what follows the arrow is an entry of what stands before it."""
    arrays = Arrays()
    try:
        after = Grammar(trimmed(part.tokens), question, arrays, {}).read().entry
    except Unreadable:
        return True
    before = statement[0].array.entry if statement[0].array else None
    return before is not None and quantity(before) == quantity(after)


def quantity(e: sp.Expr) -> object:
    """What an entry is one of: the tensor, or what is differentiated by what."""
    if isinstance(e, Indexed):
        return e.base
    if isinstance(e, Partial):
        return quantity(e.f), quantity(e.x)
    return e


def trimmed(tokens: list[Token]) -> list[Token]:
    """Without the punctuation of the sentence around it."""
    tokens = list(tokens)
    while tokens and tokens[-1].text in PUNCTUATION:
        tokens.pop()
    while tokens and tokens[0].text in PUNCTUATION:
        tokens.pop(0)
    return tokens


def read_part(part: Part, question: Question, arrays: Arrays, before: list[Part]) -> None:
    """Reads a part; the letters of the left side mean here what they mean there."""
    letters = {}
    if left := next((p for p in before if p.array is not None), None):
        letters = {c: arrays.settled(k) for c, k in left.free.items()}
    tokens = trimmed(part.tokens)
    if part.unreadable or not tokens:
        part.unreadable = part.unreadable or Unreadable("nothing stands here", part.start)
        return
    try:
        grammar = Grammar(tokens, question, arrays, letters, part.code)
        part.array = grammar.read()
        if left and grammar.rows and len(part.array.axes) != len(left.array.axes):
            grammar = Grammar(tokens, question, arrays, letters, part.code)
            grammar.upright = True  # u vᵀ of rows that are written as columns
            part.array = grammar.read()
        if part.condition is not None:
            part.where = condition(part, grammar, question, arrays, letters)
        part.free, part.notes = grammar.free, grammar.notes
    except Unreadable as refusal:
        refusal.at = refusal.at or part.start
        part.array, part.unreadable = None, refusal
    except (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError, IndexError) as error:
        part.array, part.unreadable = None, Unreadable(f"this cannot be read ({error})"[:200], part.start)


def condition(
    part: Part, grammar: Grammar, question: Question, arrays: Arrays, letters: dict[str, Idx]
) -> sp.Expr | None:
    """1 where the part is claimed: `if i = j`, `if x > 0`. None for what is said of all, `for all i`."""
    tokens = trimmed(part.condition)
    if part.universal:
        return None
    while tokens and (
        tokens[0].text.startswith("text ") or tokens[0].text in ("all", r"\forall", "for", "if")
    ):
        if tokens[0].text in (r"\forall", "all", "text all", "text for all"):
            return None
        tokens = tokens[1:]
    if not tokens:
        return None
    while len(tokens) > 2 and tokens[0].text == "(" and tokens[-1].text == ")":
        tokens = tokens[1:-1]
    inner = Grammar(tokens, question, arrays, letters, part.code)
    inner.free = grammar.free
    found = inner.condition()
    if inner.take("else", "text else", "text otherwise"):
        part.array = inner.by_cases([(part.array, found), (inner.read(), None)])
        return None
    if inner.now is not None:
        raise inner.wrong(f"“{inner.now}” is not expected in a condition")
    if isinstance(found.entry, sp.Expr):
        return found.entry
    mask = inner.indicator(found)
    where = arrays.elementwise(lambda value, m: m, part.array, mask)
    part.array = arrays.elementwise(lambda value, m: value, part.array, mask)
    return where.entry


def made(parts: list[Part], text: str, question: Question, arrays: Arrays) -> Statement:
    """The statement, with a letter for each axis and a size for each letter."""
    readable = [p for p in parts if p.array is not None]
    left = left_letters(readable, arrays) if readable else ()
    return Statement(tuple(written(p, left, text, question, arrays) for p in parts))


def left_letters(parts: list[Part], arrays: Arrays) -> tuple[Idx, ...]:
    """The letters of the left side in their order; axes without letters take those of a part that has them."""
    left = parts[0]
    axes = [k for k in left.array.axes if k is not None]
    named = [arrays.settled(k) for k in left.free.values()]
    if not axes:
        return tuple(named)
    names = letters_for(axes, parts[1:], arrays, {str(k) for k in named})
    chosen = [Idx(c, arrays.size(k)) for c, k in zip(names, axes, strict=True)]
    return (*named, *chosen)


def letters_for(axes: list[Idx], parts: list[Part], arrays: Arrays, taken: set[str]) -> list[str]:
    """A letter for each axis: those of the first part with as many, else i, j, k, ..."""
    sizes = [arrays.size(k) for k in axes]
    for part in parts:
        letters = [(c, arrays.size(k)) for c, k in part.free.items() if c not in taken]
        if part.array.axes or len(letters) != len(axes):
            continue
        if [n for _, n in letters] == sizes or len({n for _, n in letters}) < len(letters):
            return [c for c, _ in letters]
        by_size = {n: c for c, n in letters}
        if set(by_size) == set(sizes):
            return [by_size[n] for n in sizes]
        return [c for c, _ in letters]
    used = (
        taken
        | {c for p in parts for c in p.free}
        | {str(k) for p in parts for k in all_letters(p.array.entry)}
    )
    return [c for c in [*LETTERS, *(c + "'" for c in LETTERS)] if c not in used][: len(axes)]


def all_letters(e: sp.Basic) -> set[Idx]:
    return e.atoms(Idx)


def written(part: Part, left: tuple[Idx, ...], text: str, question: Question, arrays: Arrays) -> Written:
    """What is handed over of one part."""
    source = clean(text[part.start : part.end])
    line = text.count("\n", 0, part.start) + 1
    if part.array is not None:
        try:
            e, where = meaning(part, left, question, arrays)
            note = "; ".join(dict.fromkeys(part.notes))
            own = free_indices(e) if where is None else free_indices(e) | free_indices(where)
            extra = sorted(
                own - set(left),
                key=lambda k: (list(part.free).index(str(k)) if str(k) in part.free else 99, str(k)),
            )
            free = (*(k for k in left if k in own), *extra)
            shown = source if "\\" in source else latex(e)
            return Written(shown, line, e, free, "", source, where, note, aside=part.aside)
        except Unreadable as refusal:
            part.unreadable = refusal
        except (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError) as error:
            part.unreadable = Unreadable(f"this cannot be read ({error})"[:200])
    if part.aside and not part.tokens:
        return Written(source, line, text=source, aside=part.aside)
    reason, refusal = said(part.unreadable, part, text), part.unreadable
    return Written(
        source, line, unreadable=reason, text=source, unknown=refusal.name, rangeless=refusal.rangeless
    )


def clean(source: str) -> str:
    """The source of a part without what belongs to the rows around it."""
    source = re.sub(r"\\(begin|end)\{(aligned|split|gathered)\}", "", source)
    if r"\begin{cases}" not in source:
        source = re.sub(r"(?<!\\)&|\\\\", "", source)
    return re.sub(r"\s+", " ", source).strip(" ,;.")


def said(refusal: Unreadable, part: Part, text: str) -> str:
    """The reason, and the place in the line."""
    at = part.start if refusal.at is None else min(refusal.at, len(text))
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    near = text[at : min(at + 20, len(text) if end < 0 else end)].strip()
    place = f"character {at - begin + 1}" + (f", at “{near}”" if near else ", at the end")
    return f"{refusal.reason} ({place})"


def meaning(
    part: Part, left: tuple[Idx, ...], question: Question, arrays: Arrays
) -> tuple[sp.Expr, sp.Expr | None]:
    """The entry of the part, its axes named like those of the left side, its letters with their sizes."""
    e = part.array.entry
    if not isinstance(e, sp.Expr):
        raise Unreadable("this is a condition, and no quantity")
    axes = [k for k in part.array.axes if k is not None]
    letters = matched(axes, part, left, arrays)
    diagonal = is_diagonal(axes, part, left, arrays)
    if diagonal:
        letters = (left[0],)
        part.notes.append("a vector where a matrix stands on the left: read as its diagonal")
    for k, letter in zip(axes, letters, strict=True):
        arrays.same(k, letter)
    e = renamed(e, tuple(axes), tuple(letters))
    where = renamed(part.where, tuple(axes), tuple(letters)) if part.where is not None else None
    if diagonal:
        e *= KroneckerDelta(*left)
    e = sized(e, question, arrays)
    if e.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise Unreadable("this is no number: a division by 0, or cases that leave a value open")
    return lettered(e), sized(where, question, arrays) if where is not None else None


def matched(axes: list[Idx], part: Part, left: tuple[Idx, ...], arrays: Arrays) -> tuple[Idx, ...]:
    """A letter of the left side for each unnamed axis: in their order, or where fewer, by their sizes."""
    open_letters = [k for k in left if str(k) not in part.free]
    if len(axes) == len(open_letters):
        return tuple(open_letters)
    chosen: list[Idx] = []
    for axis in axes:
        rest = [k for k in open_letters if k not in chosen]
        fitting = [k for k in rest if arrays.size(axis) == size_of(k)]
        taken = {str(k) for k in (*left, *chosen)} | set(part.free)
        new = Idx(
            next(c for c in [*LETTERS, *(c + "'" for c in LETTERS)] if c not in taken), arrays.size(axis)
        )
        chosen.append((fitting or rest or [new])[0])
    return tuple(chosen)


def is_diagonal(axes: list[Idx], part: Part, left: tuple[Idx, ...], arrays: Arrays) -> bool:
    return (
        len(axes) == 1
        and len(left) == 2
        and not part.free
        and all(arrays.size(axes[0]) == size_of(k) for k in left)
    )


def sized(e: sp.Basic, question: Question, arrays: Arrays) -> sp.Basic:
    """Every index with its range: the axis it stands on, or the range that the definitions give its letter."""
    for first, second in ((d.args[0], d.args[1]) for d in e.atoms(KroneckerDelta)):
        arrays.same(first, second)
    for k in sorted(e.atoms(Idx), key=str):
        n = arrays.size(k)
        if isinstance(n, sp.Dummy):
            if str(k) not in question.letters:
                reason = f"the range of the index {k} is not known: it stands on no tensor"
                raise Unreadable(reason, rangeless=str(k) if str(k).isidentifier() else "")
            arrays.found[n] = question.letters[str(k)]
    e = arrays.settled(e)
    return e.xreplace({b: sp.S.One for b in e.atoms(Iverson) if always(b)})


def always(bracket: Iverson) -> bool:
    """Does every entry exist, whatever the letters are? X_{h+u} of 3 entries where h and u are 0 or 1."""
    letters = free_indices(bracket.entry)
    first, last = (
        bracket.entry.xreplace({k: at(k) for k in letters}) for at in (lambda k: k.lower, lambda k: k.upper)
    )
    grows = all(bracket.entry.coeff(k).is_positive for k in letters)
    return bool(grows and first.is_nonnegative and (bracket.size - 1 - last).is_nonnegative)


def lettered(e: sp.Expr) -> sp.Expr:
    """Readable letters for those that nobody has written, each with one range."""
    bound = {limit[0] for s in e.atoms(Sum) for limit in s.limits} | {m.letter for m in e.atoms(Largest)}
    taken = {str(k) for k in e.atoms(Idx) if not str(k).startswith("#")}
    taken |= {
        str(getattr(x.base, "of", x.base.label)) for x in e.atoms(Indexed)
    }  # no p_p: SymPy mixes them up
    new = {}
    for k in sorted(bound, key=lambda k: (len(str(k)), str(k), str(size_of(k)))):
        others = [o for o in e.atoms(Idx) if str(o) == str(k) and o != k]
        if str(k).startswith("#") or others:
            letter = next(c for c in [*"kpqrsuvwabcfg", *(f"k{n}" for n in range(1, 99))] if c not in taken)
            taken.add(letter)
            new[k] = Idx(letter, size_of(k))
    return e.xreplace(new)

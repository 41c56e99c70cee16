r"""Indices that move along an axis: i + m of X_{i+m}, p − i of W_{p-i}, as a convolution has them."""

import re

from helpers.read.definitions.syntax import Letter, Minus, Node, Number, Plus

SMALL = {*"ijkmnpqrsuvxy"}
TERM = re.compile(r"([+-]?)(?:(\d+)|([^\W\d]\w*'*))")


def window(item: Node, bound: set[str]) -> str | None:
    """ "i+m" of an index i + m of letters that are indices themselves; None for any other subscript."""
    terms = item.terms if isinstance(item, Plus) else ()
    found, letters = "", 0
    for term in terms:
        of = term.of if isinstance(term, Minus) else term
        if isinstance(of, Letter) and not of.below and not of.above and of.name in bound:
            letters += 1
        elif not isinstance(of, Number) or not of.text.isdigit():
            return None
        found += ("-" if isinstance(term, Minus) else "+") + (of.name if isinstance(of, Letter) else of.text)
    return found.removeprefix("+") if letters > 1 else None


def beside_an_index(x: Letter, bound: set[str]) -> set[str]:
    """i of X_{i+m} where m is an index: then it is one too."""
    found = set[str]()
    for item in x.below:
        terms = [t.of if isinstance(t, Minus) else t for t in item.terms] if isinstance(item, Plus) else []
        names = {t.name for t in terms if isinstance(t, Letter) and not t.below and not t.above}
        if names & bound:
            found |= names & SMALL
    return found


def is_window(index: str) -> bool:
    return "+" in index or "-" in index


def letters_in(index: str) -> list[str]:
    """i and m of "i+m"; i of "i"."""
    return [letter for _, _, letter in TERM.findall(index) if letter]


def shifts(index: str) -> tuple[dict[str, int], int]:
    """The sign of each letter, and the number beside them."""
    signs, number = {}, 0
    for sign, digits, letter in TERM.findall(index):
        one = -1 if sign == "-" else 1
        if letter:
            signs[letter] = one
        else:
            number += one * int(digits)
    return signs, number

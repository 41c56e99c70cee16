r"""Names as they are written: fonts, accents, layers: \mathbf{Y}, \tilde{x}_i^{(l-1)}, W1, dY."""

import re
from collections.abc import Callable

import sympy as sp

from helpers.derive import L
from helpers.derive.notation import Elementwise, Tensor
from helpers.read.arrays import Array
from helpers.read.cursor import (
    ACCENTS,
    BRACKETS,
    FONTS,
)
from helpers.read.functions import exponential
from helpers.read.letters import Letters
from helpers.read.question import Question
from helpers.read.tokens import Token, Unreadable


def letters_of(question: Question) -> str:
    """W, X, b, B, Y: the tensors that are given, then those that are computed."""
    given, computed = question.definitions.leaves, [d.tensor for d in question.definitions if d.tensor != L]
    labels = [
        re.sub(r"\\tilde\{(\w)\}", "\\1\u0303", str(t.label)).replace("\\", "") for t in (*given, *computed)
    ]
    labels = [re.sub(r"(?<=\w)hat$", "\u0302", label) for label in labels]
    if question.layers:
        labels = [label.rstrip("0123456789") for label in labels]
    return ", ".join(dict.fromkeys(labels))


class Names(Letters):
    """Reads names, and the quantities that they stand for."""

    def name(self) -> Array:
        """A tensor, a number, or a function with its argument."""
        base = self.base()
        if slope := self.slope(base):
            return slope
        quantity = (base in self.question.meaning and self.now not in ("(", "'")) or self.is_layered(base)
        return self.quantity(base) if quantity or self.function(base) is None else self.called(base)

    def is_layered(self, base: str) -> bool:
        """Does a tensor that this question knows stand here with its number, such as sigma^{(2)}?"""
        start, tokens = self.at, self.tokens
        try:
            number = self.layer_of(base)
        except Unreadable:
            return False
        finally:
            self.at, self.tokens = start, tokens
        return number is not None and f"{base}{number}" in self.question.meaning

    def slope(self, base: str) -> Array | None:
        """f_yz, f_{yz}(y, z), g'' without its argument: a derivative that the question has a name for."""
        primes = 0
        while self.peek(primes) == "'":
            primes += 1
        braced = self.now == "_" and self.peek(1) == "{"
        name, length = base + "'" * primes, primes
        if self.now == "_":
            name, length = f"{base}_{self.peek(1 + braced)}", 2 + braced
        found = self.question.meaning.get(name)
        if not isinstance(found, Elementwise) or (primes and self.peek(primes) == "("):
            return None
        self.at += length
        if braced:
            self.need("}")
        if self.now != "(":
            return Array(found)
        behind = self.attempt(lambda: self.arguments_of(found))
        return behind or Array(found)

    def arguments_of(self, found: Elementwise) -> Array | None:
        """f_yz(y, z); None where a factor stands in the brackets, as in f_yy (g')^2"""
        arguments = self.arguments()
        if len(arguments) != len(found.arguments):
            return None
        return self.entrywise(found.name, lambda *es: Elementwise(*found.args[:2], *es), arguments)

    def base(self) -> str:
        r"""A letter or a longer name, without its font: Y for \mathbf{Y}, tilde x, W1, sigma"""
        if self.take(*FONTS):
            return self.in_braces(self.base)
        if accent := self.take(*ACCENTS):
            return f"{ACCENTS[accent]} {self.in_braces(self.base)}"
        if self.now == "{":
            return self.in_braces(self.base)
        if re.fullmatch(r"\\[a-zA-Z]+", self.now or ""):
            return self.advance()[1:]
        if (self.now or "").isalpha():
            return self.word()
        raise self.unknown_name()

    def in_braces(self, read: Callable[[], str]) -> str:
        with self.deeper():
            if not self.take("{"):
                return read()
            found = read()
        self.need("}")
        return found

    def word(self) -> str:
        """The longest name that a word begins with: of XW it is X, of W1 it is W1."""
        token, following = self.tokens[self.at], self.peek(1) or ""
        if following.isdigit() and self.tokens[self.at + 1].at == token.end:
            digits = token.text + following
            if digits in self.question.meaning or digits.removeprefix("d") in self.question.meaning:
                self.at += 2
                return digits
            if self.known(token.text) is not None or self.is_upstream(token.text):
                raise self.wrong(f"“{digits}” has no meaning here").about(digits.removeprefix("d"))
        for length in range(len(token.text), 0, -1):
            begin = token.text[:length]
            if self.known(begin) is not None or self.is_upstream(begin) or begin in ("e", "I", "len"):
                return self.split(length)
        raise self.unknown_name()

    def is_upstream(self, word: str) -> bool:
        """dY, for the gradient of the loss with respect to Y"""
        return len(word) > 1 and word[0] == "d" and (
            isinstance(self.question.meaning.get(word[1:]), Tensor) or self.known(word[1:]) == word[1:]
        )  # fmt: skip

    def unknown_name(self) -> Unreadable:
        word = self.now
        if word is None:
            return self.wrong("something is missing at the end")
        if self.peek(1) == "." and self.peek(2) == "grad":
            return self.wrong(
                "a variable of a program (.grad) is no quantity: its value changes from line to line"
            )
        if word.startswith("text "):
            return self.wrong(f"words stand in the formula: “{word[5:]}”")
        if re.fullmatch("d?[a-zA-Z]", word):
            reason = f"{word[-1]} is no letter of this question: it has {letters_of(self.question)}"
            return self.wrong(reason).about(word[-1])
        if word == "sum":
            return self.wrong("a sum says over which letter it runs: sum_m, or Σ_m")
        if word.isalpha() or re.fullmatch(r"\\[a-zA-Z]+", word):
            return self.wrong(f"“{word}” has no meaning here").about(word)
        return self.wrong(f"“{word}” is not expected here")

    def quantity(self, base: str) -> Array:
        """A tensor, a size, a parameter, e^..., I."""
        meaning = self.question.meaning
        if base == "e" and base not in meaning:
            return self.natural_exponential()
        if base == "I" and base not in meaning:
            return self.arrays.identity()
        if base == "pi" and base not in meaning:
            return Array(sp.pi)
        gradient = base not in meaning and self.is_upstream(base)
        if gradient:
            base = base[1:]
        number = self.layer_of(base)
        if number is None and self.now == "'" and f"{base}'" in meaning:
            self.advance()
            base += "'"
        key = base if number is None else f"{base}{number}"
        if key not in meaning:
            if number is not None:
                raise self.wrong(f"there is no {base} of layer {number} here", 1).about(f"{base}{number}")
            self.at -= 1
            raise self.unknown_name()
        found = meaning[key]
        if not isinstance(found, Tensor):
            return Array(found)
        a = self.arrays.tensor(found)
        if gradient:
            a = self.differentiate(Array(L), a)
        return self.loosely_indexed(a)

    def natural_exponential(self) -> Array:
        if not self.take("^", "**"):
            return Array(sp.E)
        if self.take("{"):
            exponent = self.sum()
            self.need("}")
        else:
            exponent = self.bare_exponent()
        return exponent.map(exponential)

    def loosely_indexed(self, a: Array) -> Array:
        """x_argmax(t) is Σ_k t_k x_k; hi, where h is a vector and i no name, is h_i"""
        if self.now == "_" and "argmax" in (self.peek(1), self.peek(2)) and len(a.axes) == 1:
            braced = self.peek(1) == "{"
            self.at += 3 if braced else 2
            t = self.bracket()
            if braced:
                self.need("}")
            self.notes.append("argmax(t) is read as the entry where t is 1")
            return self.arrays.product(t, a, dot=True)
        token, now = self.tokens[self.at - 1], self.now or ""
        letters = now.isalpha() and now.islower() and all(self.known(c) is None for c in now)
        touching = token.text.isalpha() and letters and self.tokens[self.at].at == token.end
        if touching and len(now) == len(a.axes):
            self.notes.append(f"{token.text}{now} is read as {token.text}_{now}")
            return self.arrays.named(a, tuple(self.letter(c) for c in self.advance()))
        return a

    def layer(self, end: str | None) -> int:
        """l - 1, as a number; `l < N` stands for l."""
        number, sign = 0, 1
        while True:
            word = self.advance()
            if word.isdigit() and len(word) < 4:
                number += sign * int(word)
            elif word in self.layers:
                number += sign * self.layers[word]
            else:
                raise self.wrong(f"“{word}” is no layer here", 1)
            if self.now in ("<", r"\le"):
                while self.now not in (end, None):
                    self.advance()
            if end is None or self.take(end):
                return number
            sign = {"+": 1, "-": -1}.get(self.advance(), 0)
            if not sign:
                raise self.wrong("a layer is written l, l - 1, l + 1 or N", 1)

    def layer_of(self, base: str) -> int | None:
        r"""The number in x^{(l-1)}, x_i^{(l-1)}, W_1, d_{l-1}, also in x_i^{N2}; it is taken out of the line."""
        at = self.at
        if self.now == "_":
            at = self.behind_subscript()
        raised = at < len(self.tokens) and self.tokens[at].text == "^"
        if raised and (found := self.layer_at(at, base)) is not None:
            return found
        if self.now == "_" and base not in self.question.meaning:
            return self.layer_at(self.at, base)
        return None

    def behind_subscript(self) -> int:
        at, depth = self.at + 1, 0
        while at < len(self.tokens):
            depth += (self.tokens[at].text == "{") - (self.tokens[at].text == "}")
            at += 1
            if depth == 0:
                break
        return at

    def layer_at(self, at: int, base: str) -> int | None:
        """A layer behind the ^ or _ at this place: in round or square brackets, or where nothing else is meant."""
        start, tokens = self.at, self.tokens
        self.at = at + 1
        try:
            ends = [BRACKETS[b] for b in (self.take("{"), self.take("(", "[")) if b]
            letter = self.now in self.layers and bool(self.question.layers)
            if not (")" in ends or "]" in ends or letter or base not in self.question.meaning):
                raise self.wrong("a power")
            power_behind = letter and (self.peek(1) or "").isdigit() and self.peek(2) == "}"
            number = self.layers[self.advance()] if power_behind else self.layer(ends[-1] if ends else None)
            rest = (
                [Token("^", tokens[at].at, tokens[at].end), *self.tokens[self.at : self.at + 1]]
                if power_behind
                else []
            )
            self.at += 2 if power_behind else max(len(ends) - 1, 0)
        except Unreadable:
            self.at, self.tokens = start, tokens
            if at + 2 < len(tokens) and tokens[at + 1].text == "{" and tokens[at + 2].text == "(":
                raise
            return None
        self.tokens = [*tokens[:at], *rest, *self.tokens[self.at :]]
        self.at = start
        return number

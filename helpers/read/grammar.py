r"""The grammar of tensor derivations, read straight into arrays.

    sum       [-] product  { + product | - product }
    product   chain  { ∘ chain | ⊙ chain | ⊘ chain | ⊗ chain }
    chain     factor { [* | @ | /] factor }                       side by side: the matrix product
    factor    Σ_{letters} product  |  ∏_{n=a}^{b} product  |  ∂/∂x product  |  atom { postfix }
    postfix   _{letters}  ^{power}  ^T  '  [m, j]
    atom      number | name | 𝟏 | I | (sum) | [sum] | [condition] | \frac{sum}{sum} | ∂sum/∂x
              | δ_{letters} | function factor | function(sum, ...) | cases
    name      [font] letter [layer] [letters]                     \mathbf{Y}, \tilde{x}_i^{(l-1)}, W1, dY

Whatever follows a Σ or a ∂/∂x in the same product belongs to it; a bracket ends what ∂/∂x acts on.
A formula of a program, dY.sum(0), is read by numpy_arrays.py instead.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import sympy as sp
from sympy import Indexed

from helpers.derive import Partial
from helpers.read.arrays import Array
from helpers.read.calls import Calls
from helpers.read.conditions import Conditions
from helpers.read.cursor import BRACKETS, ENDS, PRODUCTS, RELATIONS
from helpers.read.derivatives import Derivatives
from helpers.read.functions import power
from helpers.read.names import Names
from helpers.read.numpy_arrays import NumPy
from helpers.read.sums import Sums


class Grammar(Sums, Derivatives, Conditions, Calls, NumPy, Names):
    """Reads one part of a chain of equalities. `letters` are the indices that the left side has given a meaning."""

    def read_mathematics(self) -> Array:
        """The whole part; anything left over is an error."""
        a = self.sum()
        if self.now is not None:
            raise (
                self.unknown_name()
                if self.now.startswith("text ")
                else self.wrong(f"“{self.now}” is not expected here")
            )
        return a

    def sum(self) -> Array:
        with self.deeper():
            negative = self.sign()
            a = self.product()
            total = a.map(lambda e: -e) if negative else a
            while self.now in ("+", "-"):
                negative = self.sign()
                b = self.product()
                b = b.map(lambda e: -e) if negative else b
                if len(total.axes) == 2 and not b.axes and b.entry.has(sp.Sum) and not self.free:
                    self.notes.append("uᵀ v is a number, u vᵀ a matrix")
                total = self.arrays.elementwise(lambda u, v: u + v, total, b)
            return total

    def sign(self) -> bool:
        """Is an odd number of minus signs here?"""
        negative = False
        while sign := self.take("+", "-"):
            negative ^= sign == "-"
        return negative

    def product(self) -> Array:
        a = self.chain()
        while operation := self.take(*PRODUCTS):
            b = self.chain()
            if operation == r"\oslash":
                b = b.map(self.inverse)
            a = (
                self.arrays.outer(a, b)
                if operation == r"\otimes"
                else self.arrays.product(a, b, elementwise=True)
            )
        return a

    def chain(self) -> Array:
        a = self.factor()
        while not (
            self.now in ENDS or self.now in self.bars or self.now in PRODUCTS or self.now.startswith("text ")
        ):
            operation = self.take("*", r"\cdot", "@", "/")
            b = self.factor_behind(a) if operation in (None, "@") else self.factor()
            a = self.combined(a, operation, b)
        return a

    def combined(self, a: Array, operation: str | None, b: Array) -> Array:
        """a b, a * b, a @ b, a / b"""
        if operation == "/":
            return self.arrays.product(a, b.map(self.inverse), elementwise=True)
        if chained := self.arrays.chain_rule(a, b, self.question.layout == "numerator"):
            return chained
        if operation in ("*", r"\cdot"):
            return self.starred(a, b, operation)
        if operation is None and self.arrays.in_each_row(a, b):
            self.notes.append("read entry by entry, with the vector in each row")
            return self.arrays.product(a, b, elementwise=True)
        return self.arrays.product(a, b, dot=operation == "@")

    def factor_behind(self, a: Array) -> Array:
        """A factor of a matrix product; A 1 is the product with a vector of ones"""
        if self.now == "1" and a.axes and self.peek(1) not in ("/", "[", "^", "_", "*"):
            self.advance()
            return self.arrays.ones()
        return self.factor()

    def starred(self, a: Array, b: Array, operation: str) -> Array:
        r"""a * b and a \cdot b: entry by entry in code, in mathematics what the shapes and the question leave."""
        vectors = len(a.axes) == len(b.axes) == 1 and not self.code
        slices = operation == r"\cdot" and a.slice and b.slice
        dot = vectors and (self.question.dot or slices)
        matrices = self.arrays.only_as_matrices(a, b)
        if matrices:
            self.notes.append(
                "* multiplies entry by entry: @ is meant"
                if self.code
                else "* is read as a matrix product here; NumPy writes it @"
            )
        return self.arrays.product(a, b, elementwise=not dot and (self.code or not matrices), dot=dot)

    def inverse(self, e: sp.Expr) -> sp.Expr:
        if e == 0:
            raise self.wrong("a division by 0", 1)
        return 1 / e

    def factor(self) -> Array:
        if self.now in ("-", "+"):
            return self.factor_with_sign()
        if self.now == r"\sum" or (self.now == "sum" and self.peek(1) in ("_", "{")):
            return self.summation()
        if self.now == r"\prod":
            return self.product_over_layers()
        with self.deeper():
            return self.bounded(self.postfixes(self.atom()))

    def factor_with_sign(self) -> Array:
        """2 * -x"""
        negative = self.sign()
        with self.deeper():
            a = self.factor()
        return a.map(lambda e: -e) if negative else a

    def postfixes(self, a: Array) -> Array:
        while True:
            if self.take("_"):
                a = self.subscripted(a)
            elif self.take("^", "**"):
                a = self.raised(a)
            elif self.now == "'":
                a = self.primed(a)
            elif self.now == "[" and self.has_places(a):
                a = self.at_places(a)
            else:
                return a

    def subscripted(self, a: Array) -> Array:
        count = len(a.axes)
        if count == 0:
            raise self.wrong("a number has no index", 1)
        return self.sliced(self.arrays.named(a, self.indices(count)))

    def sliced(self, a: Array) -> Array:
        """X_{m,:}, a row of a matrix and so a row, unless it is meant as a column"""
        self.rows |= a.slice and a.row is True
        return replace(a, row=False) if a.slice and self.upright else a

    def raised(self, a: Array) -> Array:
        braced = self.take("{")
        self.take(r"\circ")
        if self.now in ("T", r"\top") and (not braced or self.peek(1) == "}"):
            self.advance()
            a = self.transposed(a)
        elif self.now == "'":
            a = self.primed(a)
        else:
            exponent = self.sum() if braced else self.bare_exponent()
            if len(a.axes) > 1 and exponent.entry == -1:
                raise self.wrong("the inverse of a matrix is not read here", 1)
            a = self.arrays.elementwise(power, a, exponent)
        if braced:
            self.need("}")
        return a

    def bare_exponent(self) -> Array:
        """x^2, x^-1, x**0.5, x^n"""
        negative = self.take("-")
        if self.now and self.now.isdigit():
            a = self.number()
            return a.map(lambda e: -e) if negative else a
        with self.deeper():
            a = self.atom()
        return a.map(lambda e: -e) if negative else a

    def transposed(self, a: Array) -> Array:
        if isinstance(a.entry, Indexed) and not a.axes and len(a.entry.indices) == 2:
            return a.map(lambda e: e.base[e.indices[::-1]])
        return a.transposed

    def primed(self, a: Array) -> Array:
        """(...)', by the variable of the question"""
        while self.take("'"):
            if self.question.variable is None:
                raise self.wrong("a prime stands behind what is no function", 1)
            a = a.map(lambda e: Partial(e, self.question.variable))
        return a

    def group(self, read: Callable[[], Array]) -> Array:
        """{...}, or one token where the braces are left out: \frac12"""
        if self.take("{"):
            a = read()
            self.need("}")
            return a
        if self.now and self.now.isdigit():
            return Array(sp.Integer(self.split(1)))
        with self.deeper():
            return self.atom()

    def atom(self) -> Array:
        word = self.now
        if word is None:
            raise self.wrong("something is missing at the end")
        if word in BRACKETS:
            return self.bracket()
        if word[0].isdigit() or (word[0] == "." and len(word) > 1):
            return self.number()
        if word == r"\frac":
            self.advance()
            return self.fraction()
        if word in (r"\delta", "delta", "Delta") and self.peek(1) == "_":
            return self.delta()
        if word == r"\one":
            return self.ones()
        if word == r"\zero":
            self.advance()
            return Array(sp.S.Zero)
        if word == r"\begin{cases}":
            return self.cases()
        if word in ("|", r"\|"):
            return self.norm()
        if word in (r"\underbrace", r"\overbrace"):
            self.advance()
            return self.annotated()
        if word == r"\nabla" or (word == r"\partial" and self.peek(1) == "_"):
            return self.gradient()
        if self.starts_differential(0) and (a := self.attempt(self.slashed_derivative)):
            return a
        if (
            word in (r"\partial", "d")
            and self.starts_differential(0)
            and (a := self.attempt(self.differential))
        ):
            return a
        return self.name()

    def norm(self) -> Array:
        r"""|a|, entry by entry; \|A\|, \|A\|_F, a number"""
        self.bars.append(bar := self.advance())
        with self.deeper():
            a = self.sum()
        self.need(self.bars.pop())
        if bar == r"\|" and self.take("_"):
            self.advance()
        return self.arrays.norm(a) if bar == r"\|" else a.map(sp.Abs)

    def has_places(self, a: Array) -> bool:
        """Do the brackets hold m, j of X[m, j], and no factor, as in X [Y - T]?"""
        rest = [t.text for t in self.tokens[self.at + 1 :]]
        words = rest[: rest.index("]")] if "]" in rest else ["?"]
        places = all(re.fullmatch(r"[a-z]|\d|[:,+*()-]", w) and self.is_place(w) for w in words)
        return bool(a.axes) and places and self.tokens[self.at].at == self.tokens[self.at - 1].end

    def at_places(self, a: Array) -> Array:
        """X[m, j], X[m, :] and X[m], which is the same"""
        given = self.commas(1) + 1
        rest = (None,) * max(len(a.axes) - given, 0)
        return self.arrays.named(a, (*self.indices(len(a.axes) - len(rest)), *rest))

    def skip_to(self, end: str) -> None:
        depth = 0
        while self.now is not None and not (depth == 0 and self.now == end):
            depth += (self.now in "([{") - (self.now in ")]}")
            self.at += 1

    def annotated(self) -> Array:
        r"""\underbrace{a}_{what it is}"""
        a = self.group(self.sum)
        if self.take("_", "^"):
            self.need("{")
            self.skip_to("}")
            self.need("}")
        return a

    def number(self) -> Array:
        word = self.advance()
        digits, _, exponent = word.partition("e")
        if len(digits) > 15 or len(exponent) > 4:
            raise self.wrong("the number is too long", 1)
        if word == "1" and self.now == "[":
            return self.bracket()
        if word == "1" and self.now == "^" and self.peek(2 if self.peek(1) == "{" else 1) in ("T", r"\top"):
            return self.arrays.ones()
        return Array(sp.Rational(word))

    def bracket(self) -> Array:
        """(a), [a], {a}; [a > 0] is 1 where that holds; ⟨u, v⟩ is uᵀv"""
        opened = self.advance()
        with self.deeper():
            a = self.attempt(self.index_condition)
            if a is None:
                a = self.sum()
                if self.now in RELATIONS:
                    a = self.relation(a)
            a = self.indicator(a)
            if opened == r"\langle":
                self.need(",")
                b = self.sum()
                a = self.arrays.elementwise(lambda u, v: u * v, a, b)
                a = Array(self.arrays.total(a.entry, *a.axes))
        self.need(BRACKETS[opened])
        return a

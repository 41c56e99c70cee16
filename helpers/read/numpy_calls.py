"""NumPy: np.einsum("mi,mj->ij", dY, X), dY.sum(0), X.T, s[:, None]."""

import re

import sympy as sp
from sympy import Idx

from helpers.read.arrays import REDUCTIONS, Array
from helpers.read.cursor import BRACKETS, Cursor

SAME = ("copy", "astype", "transpose")  # methods that keep the values


class NumPy(Cursor):
    """Reads calls and methods of NumPy. They are only read: nothing is run."""

    def numpy_call(self, name: str) -> Array:
        """np.exp(X), np.sum(dY, axis=0), np.einsum("mi,mj->ij", dY, X), np.where(X > 0, a, b), ..."""
        if name == "einsum":
            return self.einsum()
        if name == "linalg" and self.take("."):
            name = self.advance()
        if name in ("pi", "e"):
            return Array({"pi": sp.pi, "e": sp.E}[name])
        self.need("(")
        with self.deeper():
            if name.removeprefix("a") in REDUCTIONS:  # amax is max
                return self.reduced(name.removeprefix("a"), self.sum())
            if name in ("ones", "zeros", "eye", "identity"):
                return self.filled(name)
            arguments = [self.argument()]
            while self.take(","):
                if name in ("broadcast_to", "full_like", "transpose") or self.peek(1) == "=":
                    self.skip_to(")")
                    break
                arguments.append(self.argument())
            self.need(")")
        return self.numpy_function(name, arguments)

    def numpy_function(self, name: str, arguments: list[Array]) -> Array:
        if name in ("dot", "matmul") and len(arguments) == 2:
            return self.arrays.product(*arguments, dot=True)
        if name == "norm" and len(arguments) == 1:
            return self.arrays.norm(arguments[0])
        if name == "outer" and len(arguments) == 2:
            return self.arrays.outer(*arguments)
        if name == "where" and len(arguments) == 3:
            condition, a, b = arguments
            return self.by_cases([(a, condition), (b, None)])
        if name in ("broadcast_to", "asarray", "array"):
            return arguments[0]
        if name in ("ones_like", "zeros_like"):
            return arguments[0].map(lambda e: sp.Integer(name == "ones_like"))
        if name == "heaviside" and len(arguments) == 2:
            return self.arrays.elementwise(lambda u, v: sp.Heaviside(u, 0), *arguments)
        if self.function(name) is None:
            raise self.wrong(f"“np.{name}” is not read here")
        return self.applied(name, 0, arguments)

    def skip_to(self, end: str) -> None:
        depth = 0
        while self.now is not None and not (depth == 0 and self.now == end):
            depth += (self.now in "([{") - (self.now in ")]}")
            self.at += 1

    def filled(self, name: str) -> Array:
        """(S, N)) behind np.ones, N) behind np.eye"""
        braced = self.take("(", "[")
        sizes = [self.sum().entry]
        while self.take(","):
            if self.now not in (")", "]"):
                sizes.append(self.sum().entry)
        if braced:
            self.need(BRACKETS[braced])
        self.need(")")
        if name in ("eye", "identity"):
            return self.arrays.identity(sizes[0])
        return Array(sp.Integer(name == "ones"), tuple(self.arrays.axis(n) for n in sizes))

    def reduced(self, how: str, a: Array) -> Array:
        """axis=0, keepdims=True) behind the array of a sum"""
        axes: tuple[int, ...] | None = None
        keepdims, ddof = False, sp.S.Zero
        while not self.take(")"):
            self.take(",")
            key = self.advance() if self.peek(1) == "=" else "axis"
            self.take("=")
            if key == "keepdims":
                keepdims = self.advance() == "True"
            elif key == "axis":
                axes = self.axis_numbers()
            elif key == "ddof" and how in ("var", "std"):
                ddof = self.sum().entry
            else:
                raise self.wrong(f"“{key}” is not read here", 1)
        return self.arrays.reduce(how, a, axes, keepdims, ddof)

    def axis_numbers(self) -> tuple[int, ...] | None:
        """0, -1, (0, 1), None"""
        if self.take("None"):
            return None
        braced, found = self.take("(", "["), []
        while True:
            sign = -1 if self.take("-") else 1
            word = self.advance()
            if not word.isdigit() or len(word) > 1:
                raise self.wrong("the number of an axis is expected", 1)
            found.append(sign * int(word))
            if not braced or (self.take(",") is None) or self.now in (")", "]"):
                break
        if braced:
            self.need(BRACKETS[braced])
        return tuple(found)

    def method(self, a: Array) -> Array:
        """.T, .sum(0), .mean(axis=0), .dot(B), .shape[0], .size, .copy(), .astype(float), .reshape(-1, 1)"""
        self.advance()
        name = self.advance()
        if name == "T":
            return a.transposed
        if name in ("dot", *REDUCTIONS):
            self.need("(")
            with self.deeper():
                if name != "dot":
                    return self.reduced(name, a)
                b = self.sum()
            self.need(")")
            return self.arrays.product(a, b, dot=True)
        if name == "shape" and self.take("["):
            (axis,) = self.axis_numbers() or (0,)
            self.need("]")
            if not -len(a.axes) <= axis < len(a.axes) or a.axes[axis] is None:
                raise self.wrong(f"there is no axis {axis}")
            return Array(self.arrays.size(a.axes[axis]))
        if name == "size":
            return Array(sp.Mul(*(self.arrays.size(k) for k in a.axes if k is not None)))
        if name in SAME:
            self.need("(")
            self.skip_to(")")
            self.need(")")
            return a.transposed if name == "transpose" else a
        if name == "reshape" and len(a.axes) == 1:
            return self.column_or_row(a)
        if name == "grad":
            raise self.wrong(
                "a variable of a program (.grad) is no quantity: its value changes from line to line", 1
            )
        raise self.wrong(f"“.{name}” is not read here", 1)

    def column_or_row(self, v: Array) -> Array:
        """(-1, 1) or (1, -1) behind v.reshape"""
        shape = [self.advance() for _ in range(6) if self.now is not None]
        ways = {"(-1,1)": (*v.axes, None), "(1,-1)": (None, *v.axes)}
        if "".join(shape) not in ways:
            raise self.wrong("of a vector only .reshape(-1, 1) and .reshape(1, -1) are read")
        return Array(v.entry, ways["".join(shape)])

    def length(self) -> Array:
        """len(X), the size of its first axis"""
        (a,) = self.arguments()[:1]
        if not a.axes or a.axes[0] is None:
            raise self.wrong("len(...) needs an array")
        return Array(self.arrays.size(a.axes[0]))

    def words_in_brackets(self, a: Array) -> list[str] | None:
        """m, j of X[m, j]; None where the brackets are a factor, as in X [Y - T]"""
        rest = [t.text for t in self.tokens[self.at + 1 :]]
        words = rest[: rest.index("]")] if "]" in rest else ["?"]
        places = all(re.fullmatch(r"None|[a-z]|\d|[:,+*()-]", w) and self.is_place(w) for w in words)
        touching = self.tokens[self.at].at == self.tokens[self.at - 1].end
        return words if places and a.axes and (touching or "None" in words) else None

    def at_places(self, a: Array) -> Array:
        """X[m, j], X[m, :] and X[m], which is the same"""
        given = self.commas(1) + 1
        rest = (None,) * max(len(a.axes) - given, 0)
        return self.arrays.named(a, (*self.indices(len(a.axes) - len(rest)), *rest))

    def new_axes(self, a: Array) -> Array:
        """[:, None]"""
        self.advance()
        axes, rest = [], list(a.axes)
        while not self.take("]"):
            if self.take(":"):
                if not rest:
                    raise self.wrong("there are more colons than axes")
                axes.append(rest.pop(0))
            elif self.take("None"):
                axes.append(None)
            else:
                raise self.wrong("only : and None are read here")
            self.take(",")
        return Array(a.entry, (*axes, *rest))

    def einsum(self) -> Array:
        """np.einsum("mi,mj->ij", dY, X) = Σ_m dY_mi X_mj"""
        self.need("(")
        equation = self.advance().strip("\"'").replace(" ", "")
        if not re.fullmatch(r"[a-zA-Z]+(,[a-zA-Z]+)*(->[a-zA-Z]*)?", equation):
            raise self.wrong("an equation such as “mi,mj->ij” is expected", 1)
        inputs, _, output = equation.partition("->")
        if "->" not in equation:
            output = "".join(sorted(c for c in inputs.replace(",", "") if inputs.count(c) == 1))
        letters: dict[str, Idx] = {c: self.arrays.axis() for c in inputs if c != ","}
        e: sp.Expr = sp.S.One
        with self.deeper():
            for term in inputs.split(","):
                self.need(",")
                a = self.sum()
                if len(a.axes) != len(term):
                    raise self.wrong(f"“{term}” has {len(term)} letters for an array of {len(a.axes)} axes")
                e *= self.arrays.named(a, tuple(letters[c] for c in term)).entry
        self.take(",")
        self.need(")")
        if not set(output) <= set(letters) or len(set(output)) < len(output):
            raise self.wrong(f"“{output}” cannot be the letters of the result")
        gone = [k for c, k in letters.items() if c not in output]
        return Array(self.arrays.total(e, *gone), tuple(letters[c] for c in output))

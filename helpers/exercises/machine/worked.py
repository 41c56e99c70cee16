"""Definitions with numbers for their letters: the engine derives, computes and writes down the solution.

layer = Worked("Y_mn = sum_p X_mp W_np + b_n", X=X, W=W, b=b, dY=dY)
layer["dW"]                                          the number that the derived line gives
layer.numbers("dW", {"W is not transposed.": ...})   a problem that asks for it
layer.line("dW")                                     a problem that asks for the formula
"""

import ast
import builtins
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sympy import Indexed, Sum

from helpers.derive import Chain, Derivation, backpropagate, backward_source, forward_source, hessian, latex
from helpers.derive.names import name_of
from helpers.derive.plain_text import spoken
from helpers.exercises.machine.checks import same_lines
from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import shown
from helpers.read import define
from helpers.read.question import Question
from helpers.verdict import Kind

LETTERS = {"beta": r"\beta", "gamma": r"\gamma", "mu": r"\mu", "sigma": r"\sigma"}

NOTHING: Mapping[Kind, str] = MappingProxyType({})


@cache
def derived(definitions: str | Chain) -> tuple[Chain, dict[str, Derivation]]:
    """What a text or a chain defines, and all its gradients from the back to the front."""
    chain = define(definitions) if isinstance(definitions, str) else definitions
    return chain, backpropagate(chain)


class Worked:
    """Definitions, as a text or a chain, and what follows from the numbers given: all that these are enough for."""

    def __init__(self, definitions: str | Chain, /, **given: Any) -> None:
        self.chain, self.gradients = derived(definitions)
        self.given = {name: np.asarray(value) for name, value in given.items()}
        self.values: dict[str, Any] = {"np": np, "sliding_window_view": sliding_window_view} | self.given
        sources = forward_source(self.chain), backward_source(self.chain, self.gradients)
        for line in "\n".join(sources).splitlines():
            if names_read(line) <= set(self.values):
                exec(line, self.values)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def again(self, name: str, **changed: Any) -> Any:
        """The number of one gradient where others are not what they should be."""
        return eval(self.gradients[name].numpy, self.values | changed)

    def paths(self, name: str) -> list[Any]:
        """What each path gives to a gradient that is a sum over paths."""
        return [eval(path.numpy, self.values) for path in self.gradients[name].paths]

    @property
    def definitions(self) -> str:
        """The definitions, as they are written in a sentence."""
        places = self.chain.places
        return ", ".join(f"${latex(d.left)} = {latex(d.right, (), places)}$" for d in self.chain)

    @property
    def numbers_given(self) -> str:
        """X = (1, 2), dY = 3 for each letter that has a number."""
        return ", ".join(f"${written(name)} = {shown(value)}$" for name, value in self.given.items())

    def formula(self, name: str) -> str:
        """∂L/∂W_ij = Σ_m ∂L/∂Y_mi X_mj"""
        return equation(self.gradients[name])

    def second(self, name: str) -> Derivation:
        """The Hessian by one of the letters that the definitions start from."""
        return hessian(self.chain, next(x for x in self.chain.leaves if name_of(x) == name))

    def number(self, d: Derivation) -> Any:
        """The number of any derivation here."""
        sizes = {
            str(n): k
            for x in self.chain.leaves
            for n, k in zip(x.shape, np.shape(self.given[name_of(x)]), strict=False)
        }
        return eval(d.numpy, self.values | sizes)

    def needed(self, name: str) -> list[str]:
        """The gradients that one is computed from, from the back to the front, and then itself."""
        before = {name_of(e.base) for e in self.gradients[name].result.atoms(Indexed)} & set(self.gradients)
        wanted = {name}.union(*(self.needed(b) for b in before))
        return [g for g in self.gradients if g in wanted]

    def solution(self, name: str) -> str:
        """Each derived line with its number; first what the definitions name."""
        names = [d for d in map(str, self.computed) if np.ndim(self.values[d]) < 3]
        forward = ", ".join(f"${written(d)} = {shown(self[d])}$" for d in names)
        lines = [f"${self.formula(g)}$, so ${written(g)} = {shown(self[g])}$." for g in self.needed(name)]
        return " ".join([f"Forward {forward}." * bool(names), *lines]).strip()

    @property
    def computed(self) -> list[str]:
        """The names of what the definitions compute, but for an output of which only the upstream gradient matters."""
        loss = [d for d in self.chain if name_of(d.tensor) == "L"]
        inner = list(self.chain) if loss else list(self.chain)[:-1]
        used = {name_of(e.base) for d in self.gradients.values() for e in d.result.atoms(Indexed)}
        return [name_of(d.tensor) for d in inner if name_of(d.tensor) in used]

    def numbers(
        self, name: str, mistakes: Mapping[str, Any], before: str = "", note: str = "", **further: Any
    ) -> Problem:
        """A problem that asks for the numbers of one gradient, or of a quantity on the way forward."""
        solution = self.solution(name) if name in self.gradients else self.computation(name)
        return Problem(
            question=f"{before} {self.definitions}, with {self.numbers_given}. What is ${written(name)}$?"
            f"{how(self[name])}".strip(),
            answer=self[name],
            worked=f"{solution} {note}".strip(),
            mistakes=mistakes,
            **further,
        )

    def computation(self, name: str) -> str:
        """The number of what is computed forward."""
        return f"Put the numbers in: ${written(name)} = {shown(self[name])}$."

    def line(
        self, name: str, mistakes: Mapping[Kind, str] = NOTHING, before: str = "", note: str = ""
    ) -> Problem:
        """A problem that asks for one gradient as a formula; mistakes are wrong lines, beside the usual slips."""
        d = self.second(name[1:-1]) if name.endswith("2") else self.gradients[name]
        return Problem(
            question=f"{before} {self.definitions}. What is ${latex(d.left, d.last)}$? Write a line of text, such as "
            f'<code>"{spoken(d.left)} = ..."</code>.'.strip(),
            answer=spoken(d.result),
            worked=f"${equation(d)}$. {note}".strip(),
            mistakes=slips(d) | mistakes,
            check=same_lines(Question("drill", self.chain), spoken(d.left)),
        )


def equation(d: Derivation) -> str:
    """The left side and the last line of a derivation."""
    return f"{latex(d.left, d.last)} = {latex(d.result, d.last, d.chain.places)}"


def names_read(line: str) -> set[str]:
    """The names that a line of Python reads."""
    nodes = [node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)} - set(dir(builtins))


def slips(d: Derivation) -> dict[str, str]:
    """Wrong lines in place of the last one of a derivation, by their kinds."""
    wrong = {Kind.SIGN: -d.result, Kind.FACTOR: 2 * d.result}
    if isinstance(d.result, Sum):
        wrong[Kind.FREE_INDEX] = d.result.function
    return {kind: spoken(e) for kind, e in wrong.items()}


def written(name: str) -> str:
    r"""dW, d\gamma: a name of the code in mathematics."""
    stem = name.removeprefix("d") if name != "d" else name
    return ("d" if name.startswith("d") and len(name) > 1 else "") + LETTERS.get(stem, stem)


def how(answer: Any) -> str:
    """How an answer is written that is more than a number."""
    example = {1: "[1, 2]", 2: "[[1, 2], [3, 4]]"}.get(np.ndim(answer))
    return f" Write it as a list, such as {example}." if example else ""

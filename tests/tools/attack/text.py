"""Derivations that break readers: crafted ones, and mutated ones.

Each holds one line that is wrong whatever stands around it, in a display of its own at the end: it must be in the
report, as wrong, as not judged or as not read, and never as right.
"""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from string import ascii_uppercase

from helpers.judge.door import mark_text
from tests.tools.attack.trial import FINE, LOST, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 1000, Allowed(seconds=5, memory=500 * 10**6)
CANARY = r"dW = 7 dY^T X"

OWN = """# A linear layer

The layer is $Y = X W^\\top + b$, with $X$ of shape $(S, M)$, $W$ of shape $(N, M)$ and $b$ of shape $(N,)$.

"""
DECLARED = "<!-- question: linear -->\n\n"
RIGHT = (
    "$$dW = dY^T X$$",
    "$$db_j = \\sum_s dY_{sj}$$",
    "$$\\frac{\\partial L}{\\partial X_{sm}} = \\sum_n \\frac{\\partial L}{\\partial Y_{sn}} W_{nm}$$",
    "dX = dY @ W",
    "\\begin{align}\ndW &= dY^T X \\\\ % a note\n   &= dY^\\top X\n\\end{align}",
    "```\ndW_ij = sum_m dY_mi X_mj\n```",
)
ROUND = {
    "alone": "{}",
    "dollars": "${}$",
    "display": "$$\n{}\n$$",
    "align": "\\begin{{align}}\ndW &= {} \\\\\n &= dY^T X\n\\end{{align}}",
    "right of dW": "dW = {}",
    "a display right of dW": "$$dW = {}$$",
    "below a fraction": "$$dX = \\frac{{1}}{{{}}}$$",
    "in prose": "By the chain rule {} follows from what was said.",
    "a macro's": "\\newcommand{{\\a}}{{{}}}\n$$dW = \\a$$",
    "a definition": "$$f(x) = {}$$\n\n$$f'(x) = {}$$",
}
"""How a fragment stands in the text."""


def nested(opening: str, inside: str, closing: str, times: int) -> str:
    return opening * times + inside + closing * times


def derivative(times: int) -> str:
    return nested(r"\frac{\partial}{\partial W_{ij}} (", "e^{W_{ij}^3}", ")", times)


FRAGMENTS: dict[str, Callable[[], str]] = {
    "a huge exponent": lambda: "1e99999999",
    "a huge negative exponent": lambda: "x^{1e-99999999}",
    "a tower": lambda: "9^{9^{9^{9^{9}}}}",
    "a tower of stars": lambda: "9**9**9**9",
    "powers of powers": lambda: "((((y+z)^99)^99)^99)",
    "a factorial": lambda: "(((99!)!)!)!",
    "many digits": lambda: "9" * 20_000,
    "nested derivatives": lambda: derivative(6),
    "many nested derivatives": lambda: derivative(60),
    "powers of a derivative": lambda: "(d/dW_ij (W_ij^99))^99",
    "a letter summed twice": lambda: "sum_m dY_mi sum_m X_mj",
    "a forgotten L": lambda: "sum_m d/dY_mi X_mj",
    "thirty sums": lambda: " ".join(f"sum_{a}" for a in "abcdefghijklmnopqrstuvwxyz") + " X_ab",
    "thirty indices": lambda: "X_{" + "abcdefghijklmnopqrstuvwxyz" + "}",
    "thirty factors": lambda: " @ ".join(["X"] * 30),
    "a thousand terms": lambda: " + ".join(["X"] * 1000),
    "two hundred letters": lambda: " + ".join(f"A_{{{k}}}" for k in range(200)),
    "deep brackets": lambda: nested("(", "X", ")", 5000),
    "deep fractions": lambda: nested(r"\frac{1}{", "X", "}", 2000),
    "deep exponents": lambda: nested("e^{", "X", "}", 500),
    "deep transposes": lambda: nested("(", "X", "^T)", 800),
    "open brackets": lambda: "(" * 5000,
    "open fractions": lambda: r"\frac{" * 2000,
    "open macros": lambda: r"\newcommand{\a" * 2500,
    "open environments": lambda: r"\begin{align}" * 300,
    "a macro in itself": lambda: r"\def\b{\b\b}\b",
    "macros that double": lambda: "".join(f"\\def\\{a}{{\\{b}\\{b}}}" for a, b in pairwise(ascii_uppercase)) + r"\A",
    "backslashes": lambda: "\\" * 1000,
    "dollars": lambda: "$" * 1001,
    "percent": lambda: "% = % =\n = %",
    "ampersands": lambda: "&" * 2000,
    "equals": lambda: "=" * 1000,
    "a chain of equals": lambda: " = ".join(["dY^T X"] * 150),
    "dashes": lambda: "-" * 200_000,
    "primes": lambda: "f" + "'" * 3000,
    "subscripts": lambda: "X" + "_a" * 2000,
    "carets": lambda: "x" + "^2" * 500,
    "combining marks": lambda: "W" + "\u0302" * 3000,
    "surrogates": lambda: "\ud800\udfff",
    "controls": lambda: "".join(map(chr, range(32))),
    "other line ends": lambda: "X\r= Y\x0b= Z\x0c= W\u2028= V\u2029= U\x85= T",
    "right to left": lambda: "\u202e X = Y \u2066",
    "zero width": lambda: "W\u200b\u200d\ufeff = dY^T X",
    "words of emoji": lambda: "🙂 = 🙃" * 50,
    "code that ends": lambda: "__import__('os')._exit(0)",
    "html": lambda: "<script>alert(1)</script> = <img onerror=x>",
    "a link": lambda: r"\underbrace{dY^T}_{\href{javascript:alert(1)}{x}} X",
    "steps that repeat": lambda: "dY\n" + "dX[X <= 0] += dX[X <= 0]\n" * 30,
    "cases": lambda: r"\begin{cases}" + r" 1 & i = j \\" * 300 + r"\end{cases}",
    "a matrix": lambda: r"\begin{pmatrix}" + (" & ".join("x" * 40) + r" \\") * 40 + r"\end{pmatrix}",
    "a large sum": lambda: r"\sum_{k=1}^{10^{99}} k X",
    "a product": lambda: r"\prod_{k=1}^{999999} \prod_{l=1}^{999999} X_{kl}",
    "integrals": lambda: r"\int" * 200 + " X",
    "nothing below": lambda: r"\frac{0}{0} + \frac{1}{1-1} X",
    "infinity": lambda: r"\infty - \infty",
    "words": lambda: r"\text{" + "w" * 50_000 + "}",
    "long name": lambda: "W" + "x" * 50_000,
    "an open fence": lambda: "~~~~",
    "quotes": lambda: ">" * 3000 + " X = Y",
    "list marks": lambda: "- " * 2000 + "X = Y",
    "tables": lambda: "|" * 5000,
    "einsum": lambda: "np.einsum('" + "ab," * 200 + "->', X)",
    "numpy": lambda: "np.linalg.inv(" * 200 + "X" + ")" * 200,
    "lambdas": lambda: "lambda x: " * 300 + "x",
    "a comprehension": lambda: "[x for x in range(10**12)]",
    "indices that are expressions": lambda: "X_{" + "i+" * 300 + "j}",
}  # fmt: skip
LARGE: dict[str, Callable[[], str]] = {
    "10 MB on a line": lambda: "dW = " + "dY^T X + " * 1_100_000 + "0",
    "10 MB of prose": lambda: "word " * 2_000_000,
    "10 MB of blank lines": lambda: "\n" * 10_000_000,
    "250 pages": lambda: "\n\n".join(
        RIGHT[k % 4] + "\n\n" + "A sentence of prose. " * 60 for k in range(750)
    ),
    "250 pages of definitions": lambda: "\n\n".join(f"$$A_{{{k}}} = X W^T + {k}$$" for k in range(2000)),
    "100,000 dollars": lambda: "$x$ " * 100_000,
    "a page in one display": lambda: "\\begin{align}\n" + "dW &= dY^T X \\\\\n" * 600 + "\\end{align}",
    "a notebook of brackets": lambda: '{"cells": ' + "[" * 100_000,
    "bytes of no text": lambda: bytes(range(256)).decode("latin1") * 2000,
    "carriage returns": lambda: "\r".join(RIGHT * 20),
    "a BOM on each line": lambda: "\n".join("\ufeff" + line for line in RIGHT * 20),
}


def cases(seed: int, budget: int) -> Iterator[Case]:
    for head in (OWN, DECLARED):  # what is made once is not counted against the first case
        tried(head, RIGHT[0])
    crafted = list(crafted_cases())
    drawn = random.Random(seed)
    yield from crafted if budget >= len(crafted) else drawn.sample(crafted, budget)
    for k in range(budget - len(crafted)):
        yield Case(f"mutated {seed}/{k}", lambda k=k: tried(*mutated(random.Random(f"{seed} {k}"))))


def crafted_cases() -> Iterator[Case]:
    """Each fragment in each surrounding, in a text with its own definitions or a declared question by turns."""
    for n, (name, fragment) in enumerate(FRAGMENTS.items()):
        for k, (where, around) in enumerate(ROUND.items()):
            head = (OWN, DECLARED)[(n + k) % 2]
            yield Case(
                f"{name}, {where}",
                lambda head=head, fragment=fragment, around=around: tried(
                    head, around.replace("{}", "{0}").format(fragment())
                ),
            )
    for name, text in LARGE.items():
        for kind, head in (("own", OWN), ("declared", DECLARED)):
            yield Case(f"{name}, {kind}", lambda head=head, text=text: tried(head, text()))


def tried(head: str, body: str) -> str:
    text = head + body + "\n\n$$" + CANARY + "$$\n"
    report = mark_text(text)
    report.shown(repair=True), report._repr_html_(), [line.as_dict() for line in report]
    last = text.rstrip().count("\n") + 1
    said = [line.word for line in report if "7" in line.text and flat(CANARY) in flat("dW=" + line.text)]
    if "right" in said:
        return f"{WRONG}: {CANARY} is right"
    if "wrong" in said:
        return FINE
    if said or max(report.passed_over, default=0) >= last or report.notes:
        return f"{SENTENCE}: {said}"
    return f"{LOST}: {report.summary[:100]}"


def flat(text: str) -> str:
    return "".join(text.split()).replace("\\", "").replace("top", "T").replace("{", "").replace("}", "")


PIECES = [*RIGHT, "\\", "{", "}", "$", "$$", "&", "%", "_", "^", "=", "(", ")", "\r", "\u2028", "\x0b", "\ufeff",
          "\\frac", "\\sum", "_{ij}", "^T", "\\\\", "\n", "\n\n", "`", "```", "#", "[", "]", "d/d", "1e9", "@", ".T",
          "\\begin{align}", "\\end{align}", "\\text{", "\\left(", "\\right)", "where", "let", "∂", "Σ", "⊤",
          "'"]  # fmt: skip


def mutated(drawn: random.Random) -> tuple[str, str]:
    """A text of right lines after some changes: pieces put in, cut out, doubled, exchanged."""
    head = drawn.choice([OWN, DECLARED])
    text = "\n\n".join(drawn.sample(RIGHT, 4))
    for _ in range(drawn.randint(1, 8)):
        i, j = sorted(drawn.randrange(len(text) + 1) for _ in range(2))
        j = min(j, i + drawn.randint(0, 30))
        match drawn.randrange(4):
            case 0:
                text = text[:i] + drawn.choice(PIECES) + text[i:]
            case 1:
                text = text[:i] + text[j:]
            case 2:
                text = text[:j] + text[i:j] * drawn.randint(1, 9) + text[j:]
            case 3:
                text = text[:i] + text[i:j][::-1] + text[j:]
    return head, text

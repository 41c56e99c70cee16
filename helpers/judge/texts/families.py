"""What a heading or the words of a text name without defining it: layers and losses in their usual letters.

They only fill letters that the text does not define. Each alternative is tried; the one with most right claims stays.
"""

import re
from collections.abc import Iterator

from helpers.compare.readings.room import Definition
from helpers.read.claims.asking import names_in, squares_in
from helpers.read.claims.grammar import parsed
from helpers.read.claims.letters import Letters
from helpers.read.claims.pieces import sides
from helpers.read.claims.tidy import tidy
from helpers.read.definitions.errors import Place, ReadingError
from helpers.read.definitions.syntax import Letter, walk
from helpers.read.definitions.tokens import tokens_of

NORM = [
    r"\hat{X}_{si} = \frac{X_{si} - \mu_s}{\sqrt{\sigma_s^2 + \epsilon}}",
    r"Y_{si} = \gamma_i \hat{X}_{si} + \beta_i",
]
GATE = r"%s_t = \operatorname{sigmoid}(W_%s [h_{t-1}, x_t] + b_%s)"


def cell(state: str, candidate: str) -> list[str]:
    """A cell of an LSTM, whose state and candidate have these letters."""
    return [
        *(GATE % (gate, gate, gate) for gate in "fio"),
        rf"{candidate}_t = \tanh(W_{state} [h_{{t-1}}, x_t] + b_{state})",
        rf"{state}_t = f_t \odot {state}_{{t-1}} + i_t \odot {candidate}_t",
        rf"h_t = o_t \odot \tanh({state}_t)",
    ]


def gru(candidate: str) -> list[str]:
    """A gated recurrent unit whose candidate has this letter."""
    return [
        *(GATE % (gate, gate, gate) for gate in "zr"),
        rf"{candidate}_t = \tanh(W_h [r_t \odot h_{{t-1}}, x_t] + b_h)",
        rf"h_t = (1 - z_t) \odot h_{{t-1}} + z_t \odot {candidate}_t",
    ]


FAMILIES: dict[str, tuple[str, list[list[str]]]] = {
    "linear layer": (
        r"\blinear (?:layer|module)|fully[- ]connected|affine|dense layer|question: linear",
        [["Y = X W^T + b"], ["Y = X W + b"], ["Y = W X + b"], ["Y = X W^T + B", "B_{mn} = b_n"]],
    ),
    "softmax": (r"\bsoftmax\b", [[r"Y_{ij} = \frac{e^{X_{ij}}}{\sum_k e^{X_{ik}}}"]]),
    "layer normalisation": (
        r"layer[ _-]?norm",
        [
            [
                r"\mu_s = \frac{1}{M} \sum_{i=1}^{M} X_{si}",
                r"\sigma_s^2 = \frac{1}{M} \sum_{i=1}^{M} (X_{si} - \mu_s)^2",
                *NORM,
            ]
        ],
    ),
    "batch normalisation": (
        r"batch[ _-]?norm",
        [
            [
                r"\mu = \frac{1}{N} \sum_{i=1}^{N} x_i",
                r"\sigma^2 = \frac{1}{N} \sum_{i=1}^{N} (x_i - \mu)^2",
                r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}",
                r"y_i = \gamma \hat{x}_i + \beta",
            ]
        ],
    ),
    "activation": (r"\bactivation (?:layer|module|function)", [["Y_{ij} = h(X_{ij})"]]),
    "network": (
        r"question: network|\bmlp\b|multi-?layer perceptron",
        [
            [
                r"\tilde{x}^{(l)} = W^{(l)} x^{(l-1)} + b^{(l)}",
                r"x^{(l)} = \operatorname{relu}(\tilde{x}^{(l)})",
                r"x^{(N)} = \operatorname{softmax}(\tilde{x}^{(N)})",
                r"L = -\sum_i t_i \log x_i^{(N)}",
            ]
        ],
    ),
    "attention": (
        r"\battention\b",
        [[r"S = \frac{Q K^T}{\sqrt{d}}", r"P = \operatorname{softmax}(S)", "O = P V"]],
    ),
    "recurrent network": (
        r"\brnn\b|recurrent",
        [
            [r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)", "y_t = W_{hy} h_t + b_y"],
            [r"a_t = W h_{t-1} + U x_t + b", r"h_t = \tanh(a_t)", "o_t = V h_t + c"],
        ],
    ),
    "LSTM": (
        r"\blstm\b|long short[- ]term",
        [cell("c", "g"), cell("c", r"\tilde{c}"), cell("C", r"\tilde{C}")],
    ),
    "GRU": (r"\bgru\b|gated recurrent", [gru(r"\tilde{h}"), gru("n"), gru("g")]),
    "logistic regression": (
        r"logistic regression",
        [[r"J = -\frac{1}{m} \sum_{i=1}^m (y_i \log h_i + (1 - y_i) \log(1 - h_i))"]],
    ),
    "ridge regression": (r"\bridge\b", [[r"J = \|y - X w\|^2 + \lambda \|w\|^2"]]),
}


VARIED = ("recurrent network", "LSTM", "GRU")
"""Families that authors write in several ways."""


def families_of(
    letters: Letters, named: str, defined: set[str], used: set[str]
) -> Iterator[tuple[str, dict[str, list[Definition]], Letters]]:
    """Each alternative by name: what it adds, letter by letter, and the letters of the text with its indices."""
    yield "", {}, letters
    for name, (pattern, alternatives) in FAMILIES.items():
        if not re.search(pattern, named, re.I):
            continue
        for lines in alternatives:
            small = not {"X", "Y", "W"} & used and any("X" in line for line in lines)
            for lower in (False, True) if small else (False,):
                own = letters.copy()
                found = definitions(own, lines, lower, defined)
                everything = set(found) | {x for ds in found.values() for d in ds for x in names_in(d.right)}
                if name in VARIED and len(found) < len(lines):
                    continue  # the text has its own
                if found and everything & used and not other_axes(letters, found):
                    yield name, found, own


def other_axes(letters: Letters, found: dict[str, list[Definition]]) -> bool:
    """Has a letter of a family another number of indices in the text: y_i of a text, Y_{ij} of the family?"""
    within = [
        n for ds in found.values() for d in ds for n in (d.left, *walk(d.right)) if isinstance(n, Letter)
    ]
    counts = {(n.name, len(letters.slots(n).indices)) for n in within}
    return any(0 < letters.rank.get(name, 0) != count for name, count in counts if count)


def definitions(
    letters: Letters, lines: list[str], lower: bool, defined: set[str]
) -> dict[str, list[Definition]]:
    """The lines as definitions of what is not defined; their indices become indices of the text."""
    trees = []
    for line in lines:
        if lower:
            line = re.sub(r"(?<![\\A-Za-z])[XYW](?![A-Za-z])", lambda m: m[0].lower(), line)
        try:
            both = [
                parsed(side, letters.text.notation, Place(0, 0, 1, 1))
                for side in sides(tidy(tokens_of(line, 1, "$" + line)))
            ]
        except ReadingError:
            continue
        letters.squares |= squares_in(both[:1], [])
        trees.append([letters.normal(side) for side in both])
    names = {left.name for left, _ in trees if isinstance(left, Letter)}
    for n in (n for both in trees for side in both for n in walk(side)):
        letters.learn(n, names)
    out: dict[str, list[Definition]] = {}
    for left, right in trees:
        if isinstance(left, Letter) and not {left.name, left.name.swapcase()} & defined:
            out.setdefault(left.name, []).append(Definition(left, right, letters))
    return out

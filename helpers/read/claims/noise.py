r"""What stands among the equalities of a text and claims nothing of its definitions.

update   = x "=" a sum or product with x itself, as in w = w − η g
list     = "[" letter {"," letter} "]", or a matrix of letters: x = [x_1, ..., x_n]
example  = a side of numbers alone, one with a point: = −(0.01 − 0.75) = 0.74
relation = a sign that is no equality: ≈, ∝, <, ≤, ≠, ←, →, ∼
aside    = words between two equalities: where, and, so
"""

from collections.abc import Iterator
from dataclasses import replace

from helpers.read.definitions.names import FUNCTIONS, PROSE
from helpers.read.definitions.syntax import Letter, Minus, Node, Number, Plus, Times
from helpers.read.definitions.tokens import Token

RELATIONS = {
    r"\approx", "≈", r"\propto", "∝", r"\sim", "∼", r"\simeq", r"\cong", "<", ">", "≤", "≥", "≠", "←", "→",
    r"\leftarrow", r"\gets", r"\to", r"\rightarrow", r"\longrightarrow", r"\mapsto", r"\ll", r"\gg",
}  # fmt: skip
ARROWS = {
    "⇒", r"\Rightarrow", r"\implies", r"\Longrightarrow", "⟹", "⇔", r"\iff", r"\Leftrightarrow", "⟺",
    r"\Longleftrightarrow", r"\therefore", r"\because", "∴", "∵", r"\leadsto",
}  # fmt: skip
ASIDES = {
    "where", "with", "since", "because", "and", "so", "hence", "thus", "then", "but", "while", "whereas", "therefore",
    "giving", "yields", "gives", "implies", "or", "using", "let",
}  # fmt: skip
CONDITIONALS = {"if", "when", "whenever", "unless", "for", "otherwise", "else"}
BEFORE_A_NAME = {"(", "[", "{", "+", "-", "=", "·", "×", "*", "/", r"\partial", "∂"}
BEHIND_A_NAME = {")", "]", "}", "+", "-", "=", "·", "×", "*", "/", "^", "_"}


def is_update(left: Node, right: Node) -> bool:
    """Does the right side begin anew from the left one, as w − η g does for w?"""
    own = list(factors(left))
    terms = right.terms if isinstance(right, Plus) else (right,)
    if right == left or isinstance(left, Number):
        return False
    of_a_letter = isinstance(left, Letter)
    return any(all(x in list(factors(term)) for x in own) for term in terms if of_a_letter or len(terms) > 1)


def factors(node: Node) -> Iterator[Node]:
    if isinstance(node, Times):
        yield from factors(node.left)
        yield from factors(node.right)
    elif isinstance(node, Minus):
        yield from factors(node.of)
    else:
        yield node


def is_example(tokens: list[Token]) -> bool:
    """Are these numbers that somebody has put in?"""
    before = ["", *[t.text for t in tokens]]
    numbers = [t.text for t in tokens if t.kind == "number"]
    others = [
        t for b, t in zip(before, tokens, strict=False) if t.kind == "letter" and t.text != "e" and b != "^"
    ]
    array = len(before) > 1 and (before[1] == "[" or before[1].endswith("matrix"))
    return bool(numbers) and not others and (array or any("." in n for n in numbers))


def is_list(tokens: list[Token], left: list[Token]) -> bool:
    """Does a side only spell out the entries of the letter on the left, as [x_1, ..., x_n]ᵀ does for x?"""
    texts = [t.text for t in tokens]
    opened = texts[:1] in (["["], ["("], [r"\begin:bmatrix"], [r"\begin:pmatrix"], [r"\begin:matrix"])
    if not opened or not ({",", "&"} & {*texts} or any(t.kind == "row" for t in tokens)):
        return False
    own = {t.text.lower() for t in left}
    derived = r"\nabla" in own
    bare = [t for t, is_script in zip(tokens, in_scripts(tokens), strict=True) if not is_script]
    names = {t.text.lower() for t in bare if t.kind == "letter"}
    others = {"+", "-", "·"} if derived else {"+", "-", "·", r"\frac", r"\partial"}
    plain = not any(t.kind in ("number", "word") or t.text in others for t in bare)
    return plain and 0 < len(names) <= 1 + derived and names <= own


def in_scripts(tokens: list[Token]) -> list[bool]:
    """Which tokens stand above or below a letter?"""
    found, braces, before = [], [False], ""
    for t in tokens:
        script = before in ("_", "^")
        if t.text == "{":
            braces.append(braces[-1] or script)
        found.append(braces[-1] or script)
        if t.text == "}" and len(braces) > 1:
            braces.pop()
        before = t.text
    return found


def named(rows: list[list[Token]]) -> list[list[Token]]:
    """The rows, in which a word that stands for a quantity is a letter: Cost of ∂Cost, target of (target − y)."""
    letters = {t.text for tokens in rows for t in tokens if t.kind == "letter" and len(t.text) > 3}
    return [
        [
            replace(t, kind="letter") if is_name(tokens, k, letters) else t
            for k, t in enumerate(tokens)
        ]
        for tokens in rows
    ]  # fmt: skip


def is_name(tokens: list[Token], k: int, letters: set[str]) -> bool:
    t = tokens[k]
    if t.kind != "word" or t.text in FUNCTIONS or t.text in PROSE or not t.text.isalpha() or t.text in ASIDES:
        return False
    before = tokens[k - 1].text if k else "="
    behind = tokens[k + 1].text if k + 1 < len(tokens) else "="
    return t.text in letters or (before in BEFORE_A_NAME and behind in BEHIND_A_NAME)

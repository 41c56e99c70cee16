r"""Macros of the writer's own: \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}, \def, \DeclareMathOperator."""

import re
from typing import NamedTuple

from helpers.read.tokens import Token, Unreadable, tokenize

BEGIN = re.compile(
    r"\\(?:(?:re|provide)?newcommand|DeclareMathOperator|def)\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?"
    r"\s*(?:\[(\d)\]|((?:#\d)*))\s*\{"
)
MOST = 2000  # signs of a block with all macros written out


class Macro(NamedTuple):
    """How many arguments it has, and what it stands for."""

    arguments: int
    body: list[Token]


def taken_out(text: str) -> tuple[str, dict[str, Macro]]:
    """The text with blanks where macros are defined, and the macros."""
    macros: dict[str, Macro] = {}
    for found in BEGIN.finditer(text):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        arguments = int(found[2] or len(found[3] or "") // 2)
        macros[f"\\{found[1]}"] = Macro(arguments, tokenize(text[found.end() : end - 1]))
        text = text[: found.start()] + re.sub(r"[^\n]", " ", text[found.start() : end]) + text[end:]
    return text, macros


def written_out(tokens: list[Token], macros: dict[str, Macro]) -> list[Token]:
    """The tokens without macros; one that grows without end is refused."""
    done: list[Token] = []
    todo, steps = tokens[::-1], 0
    while todo and macros:
        token = todo.pop()
        if not (macro := macros.get(token.text)):
            done.append(token)
            continue
        steps += 1
        arguments = [argument(todo) for _ in range(macro.arguments)]
        body = [piece for part in filled(macro.body, arguments) for piece in part]
        end = max([token.end, *(t.end for a in arguments for t in a)])
        todo += [Token(t.text, token.at, end) for t in body[::-1]]
        if steps > MOST or len(todo) + len(done) > MOST:
            raise Unreadable(f"the macro {token.text} grows too long", token.at)
    return done if macros else tokens


def argument(todo: list[Token]) -> list[Token]:
    """{...} or one token, taken from the end of what is still to be read."""
    if not todo or todo[-1].text != "{":
        return [todo.pop()] if todo else []
    found, depth = [], 0
    while todo:
        token = todo.pop()
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        found.append(token)
        if depth == 0:
            break
    return found[1:-1]


def filled(body: list[Token], arguments: list[list[Token]]) -> list[list[Token]]:
    """The body with its arguments in place of #1, #2."""
    found: list[list[Token]] = []
    for token in body:
        number = (
            int(token.text) if token.text.isdigit() and found and [t.text for t in found[-1]] == ["#"] else 0
        )
        if 0 < number <= len(arguments):
            found[-1] = arguments[number - 1]
        else:
            found.append([token])
    return found

"""Where a brace, a bracket or a script ends."""

from helpers.read.definitions.tokens import Token


def match_round(tokens: list[Token], at: int) -> int:
    """Where the bracket that opens here is closed; −1 where none opens."""
    depth = 0
    for k in range(at, len(tokens) if at < len(tokens) and tokens[at].text == "(" else at):
        depth += (tokens[k].text == "(") - (tokens[k].text == ")")
        if depth == 0:
            return k
    return -1


def script_end(tokens: list[Token], at: int) -> int:
    """Behind the script that begins here with ^ or _."""
    braced = at + 1 < len(tokens) and tokens[at + 1].text == "{"
    return match(tokens, at + 1) + 1 if braced else at + 2


def match(tokens: list[Token], at: int) -> int:
    """Where the brace that opens here is closed."""
    depth = 0
    for k in range(at, len(tokens)):
        depth += (tokens[k].text == "{") - (tokens[k].text == "}")
        if depth == 0:
            return k
    return len(tokens) - 1

r"""Macros of the author's own.

    definition = \newcommand{\name}[2][default]{body} | \def\name#1#2{body} | \DeclareMathOperator{\name}{body}
               | \let\name=\other | \NewDocumentCommand{\name}{m O{default} o s}{body}
    call       = \name, then for each parameter [...] where it is optional, {...} or one sign where it is not

A macro that calls itself without end is left as it is, as one of a package that is not there is.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from helpers.read.passages.commands import KNOWN
from helpers.read.passages.places import Place, Text, fixed, joined

BEGIN = re.compile(
    r"\\(?:(?P<command>(?:re|provide)?newcommand|DeclareRobustCommand|DeclareMathOperator"
    r"|(?:New|Renew|Provide|Declare)(?:Expandable)?DocumentCommand)\*?\s*(?:\{\s*(?P<braced>\\(?:[A-Za-z@]+|.))\s*\}|(?P<bare>\\(?:[A-Za-z@]+|.)))"
    r"|(?P<def>[gex]?def)\s*(?P<defined>\\(?:[A-Za-z@]+|.))(?P<pattern>[^{}\n]{0,40})(?=\{)"
    r"|let\s*(?P<let>\\(?:[A-Za-z@]+|.))\s*=?\s*(?P<other>\\(?:[A-Za-z@]+|.)|[^\s\\]))"
)
NEW = re.compile(r"\s*(?:\[(\d)\])?\s*(?:\[([^\[\]]{0,200})\])?\s*")
SPECIFIED = re.compile(r"[mr]|s|o|O\s*\{([^{}]*)\}")
CALL = re.compile(r"\\(?:[A-Za-z@]+|.)", re.DOTALL)
EDGE = re.compile(r"\s*\\(begin|end)\s*\{(\w+?)\*?\}\s*")
BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
MOST, LONGEST = 50_000, 20_000  # calls in a document; characters that the macros of one formula may add


class Macro(NamedTuple):
    """What it stands for, and its parameters: None where an argument is needed, else what it is when left out."""

    body: str
    parameters: tuple[str | None, ...] = ()
    frozen: bool = False  # what LaTeX itself means by the body, whatever the text makes of it later


@dataclass
class Macros:
    """The macros that a text defines, and the commands that nobody defines."""

    defined: dict[str, Macro] = field(default_factory=dict)
    unknown: dict[str, Place] = field(default_factory=dict)
    calls: int = 0

    def take(self, string: str, start: int = 0, end: int | None = None) -> list[tuple[int, int, bool]]:
        """Read the definitions in a string; return where each stands, and whether it is closed."""
        found, at, closing = [], start, None
        end = len(string) if end is None else end
        while begin := BEGIN.search(string, at, end):
            closing = closing if closing is not None else braces(string)
            at, macro = definition(begin, string, closing)
            name = begin["braced"] or begin["bare"] or begin["defined"] or begin["let"]
            if macro and begin["let"]:
                macro = self.defined.get(begin["other"], macro)
            if macro and name not in (macro.body.strip(), r"\\"):
                self.defined[name] = macro
            if not macro:
                at = min(string.find("\n", begin.end()) % (len(string) + 1), len(string))
            at = max(at, begin.end())
            found.append((begin.start(), at, macro is not None))
        return found

    def written_out(self, text: Text) -> tuple[Text, str]:
        """The text with all macros written out, and the name of one that has no end, or ""."""
        if not self.defined or "\\" not in text:
            return text, ""
        done: list[Text] = []
        stack, grown = [(text, 0)], 0  # what is still to be read, the next last
        while stack:
            todo, at = stack.pop()
            call = next((c for c in CALL.finditer(todo, at) if c[0] in self.defined), None)
            if not call:
                done.append(todo.cut(at, len(todo)))
                continue
            macro = self.defined[call[0]]
            while macro.parameters and stack and skipped(todo, call.end()) == len(todo):
                rest, begin = stack.pop()
                todo = joined([todo, rest.cut(begin, len(rest))])
            end, arguments = arguments_of(todo, call.end(), macro)
            body = filled(macro.body, arguments, todo.cut(call.start(), end))
            done.append(todo.cut(at, call.start()))
            self.calls, grown = self.calls + 1, grown + len(body) + 10
            if grown > LONGEST or self.calls > MOST:
                del self.defined[call[0]]
                rest = [part.cut(begin, len(part)) for part, begin in reversed(stack)]
                return joined([*done, todo.cut(call.start(), len(todo)), *rest]), call[0]
            if glued(body, todo[end : end + 1] or "x"):
                body = joined([body, fixed(" ", body.source, body.offset(0))])
            stack.append((todo, end))
            if macro.frozen:
                done.append(body)
            else:
                stack.append((body, 0))
        return joined(done), ""

    def environments(self) -> dict[str, tuple[str, str]]:
        r"""The macros that open or close an environment: \be for \begin{equation}."""
        edges = {
            name: EDGE.fullmatch(macro.body) for name, macro in self.defined.items() if not macro.parameters
        }
        return {name: (edge[1], edge[2]) for name, edge in edges.items() if edge}

    def note(self, text: Text) -> None:
        """List the commands in a formula that nobody defines."""
        for call in CALL.finditer(text):
            name = call[0]
            if len(name) > 1 and name[1].isalpha() and name not in KNOWN and name not in self.unknown:
                self.unknown[name] = text.at(call.start())


def braces(string: str) -> dict[int, int]:
    """Where the brace that opens at a position is closed."""
    closing, opened = {}, []
    for brace in BRACES.finditer(string):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            closing[opened.pop()] = brace.start()
    return closing


def definition(begin: re.Match, string: str, closing: dict[int, int]) -> tuple[int, Macro | None]:
    """Where a definition ends, and what it defines; None if it is not closed."""
    if begin["let"]:
        return begin.end(), Macro(begin["other"], frozen=True)
    at, parameters = begin.end(), ()
    if begin["def"]:
        parameters = (None,) * begin["pattern"].count("#")
    elif "DocumentCommand" in begin["command"]:
        at = skipped(string, at)
        if at not in closing:
            return at, None
        kinds = SPECIFIED.finditer(string, at + 1, closing[at])
        parameters = tuple(None if k[0] in "mr" else k[1] or "" for k in kinds)
        at = skipped(string, closing[at] + 1)
    elif begin["command"] != "DeclareMathOperator":
        options = NEW.match(string, at)
        count, at = int(options[1] or 0), options.end()
        parameters = ((options[2],) + (None,) * (count - 1)) if options[2] is not None else (None,) * count
    at = skipped(string, at)
    if at not in closing:
        one = CALL.match(string, at)  # \newcommand\E\mathbb
        return (one.end(), Macro(one[0], parameters)) if one else (at, None)
    body = string[at + 1 : closing[at]]
    operator = begin["command"] == "DeclareMathOperator"
    return closing[at] + 1, Macro(rf"\operatorname{{{body}}}" if operator else body, parameters)


def skipped(string: str, at: int) -> int:
    while string[at : at + 1].isspace():
        at += 1
    return at


def arguments_of(text: Text, at: int, macro: Macro) -> tuple[int, list[Text]]:
    """Where a call ends, and its arguments; one that is missing is empty."""
    found = []
    for default in macro.parameters:
        begin = skipped(text, at)
        opener = text[begin : begin + 1]
        if default is not None:
            star = "*" if default == "" and opener == "*" else ""
            close = text.find("]", begin) if opener == "[" else -1
            empty = fixed(star or default, text.source, text.offset(max(at - 1, 0)))
            found.append(text.cut(begin + 1, close) if close > 0 else empty)
            at = close + 1 if close > 0 else begin + 1 if star else at
            continue
        end = closed(text, begin) if opener == "{" else None
        if end is not None:
            found.append(text.cut(begin + 1, end))
            at = end + 1
        else:
            one = CALL.match(text, begin)
            at = one.end() if one else min(begin + 1, len(text))
            found.append(text.cut(begin, at) if at > begin else fixed("", text.source, text.offset(begin)))
    return at, found


def closed(text: str, at: int) -> int | None:
    """Where the brace that opens here is closed; an argument has at most LONGEST characters."""
    depth = 0
    for brace in BRACES.finditer(text, at, at + LONGEST):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return None


def filled(body: str, arguments: list[Text], call: Text) -> Text:
    """The body with its arguments, which keep their places; all else stands for the call."""
    where = call.source, call.offset(0), call.offset(len(call) - 1) + 1 - call.offset(0)
    parts: list[Text] = [fixed("", *where)]
    for k, piece in enumerate(re.split(r"#(\d)", body)):
        if k % 2 and int(piece) <= len(arguments) and piece != "0":
            argument = arguments[int(piece) - 1]
            if glued("".join(parts[-1:]), argument):
                parts.append(fixed(" ", *where))
            parts.append(argument)
        elif piece:
            parts.append(fixed(f"#{piece}" if k % 2 else piece, *where))
    return joined(parts)


def glued(before: str, behind: str) -> bool:
    r"""Would a letter that follows become part of the command before it, as in \partial and x?"""
    return behind[:1].isalpha() and re.search(r"(?<!\\)\\[A-Za-z]+$", before[-40:]) is not None

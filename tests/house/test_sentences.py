"""Nothing in helpers decides by reading a sentence of the project back.

Searched for, in every file: text of two words or more that a string is tested for, cut at or changed by (`in`, ==,
startswith, partition, split, replace, re.search, ...), and any such test of what is named reason, said, headline, ...
"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[2] / "helpers"
METHODS = {
    *("startswith", "endswith", "find", "rfind", "index", "count", "replace"),
    *("partition", "rpartition", "split", "rsplit", "removeprefix", "removesuffix"),
}
PATTERNS = {"match", "search", "fullmatch", "split", "sub", "findall", "finditer", "compile"}
SAID = {
    "reason",
    "reasons",
    "said",
    "headline",
    "sentence",
    "sentences",
    "message",
    "summary",
    "doubt",
    "remark",
}
OTHERS = {  # what is read there is no sentence about a reader's work
    "exercises/machine/sentences.py": "what NumPy says of factors that do not fit",
    "derive/plain_text.py": "superscripts and subscripts of a sentence are typeset, nothing is decided",
    "judge/lines/reader_notation.py": "the name of the notation that a reader writes in",
    "compare/same_steps.py": "the name of a fault that the caller asks for",
    "show/explorers/find_the_mistake.py": "the label that the reader chose",
    "show/explorers/index_notation.py": "the label that the reader chose",
}


def words(node: ast.AST) -> str:
    """The text in a constant, or in the constant parts of an f-string."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return " ".join(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))


def is_sentence(node: ast.AST) -> bool:
    """Two words of letters side by side, as prose has them."""
    text = words(node).split()
    return any(a.isalpha() and b.isalpha() and len(a + b) > 4 for a, b in pairwise(text))


def is_source(node: ast.AST) -> bool:
    """Whether it is text that is being made: a literal, or the source of a solution by its name in capitals."""
    return isinstance(node, ast.Constant | ast.JoinedStr) or name_of(node).isupper()


def name_of(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def matches(source: str) -> Iterator[tuple[int, str]]:
    """The lines that read a sentence."""
    for node in ast.walk(ast.parse(source)):
        tested: list[ast.AST] = []
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn | ast.Eq | ast.NotEq):
            tested = [node.left, *node.comparators]
            if any(isinstance(t, ast.Constant) and not words(t) for t in tested):
                tested = []  # compared with "", a number or None: nothing is read
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = node.func.value, node.func.attr
            if method in METHODS and not is_source(owner):
                tested = [owner, *node.args]
            elif method in PATTERNS and (name_of(owner) == "re" or name_of(owner).isupper()):
                tested = node.args
        for t in tested:
            if is_sentence(t) or name_of(t) in SAID:
                yield node.lineno, ast.unparse(node)
                break


FILES = [pytest.param(path, id=str(path.relative_to(HELPERS))) for path in sorted(HELPERS.rglob("*.py"))]


@pytest.mark.parametrize("path", FILES)
def test_no_sentence_is_read(path):
    if str(path.relative_to(HELPERS)) not in OTHERS:
        assert list(matches(path.read_text("utf8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "kind = 'sign' if 'the sign is wrong' in text else ''",
        "if verdict.reason.startswith('shape'): pass",
        "short = re.split('; where it ', text)",
        "a = said.rpartition('; ')[2]",
        "FACTOR.match(reason)",
        "text == f'right for {name} alone'",
    ],
)
def test_each_way_to_read_one_is_seen(line):
    assert list(matches(line))


@pytest.mark.parametrize(
    "line", ["if reason == '': pass", "'W' in params", "name.startswith('d')", "reason or said"]
)
def test_what_reads_none_is_let_pass(line):
    assert not list(matches(line))

"""Finds the layers and losses of a file by their forms: names of methods, pairs of functions, what is returned."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.judge.code.arguments import SWITCH
from helpers.judge.code.files.source import Source, Statement

BACK = re.compile(r"back|bwd|bprop|grad|deriv|prime|^diff$|^delta$")
FORE = re.compile(
    r"forw|fprop|__call__|loss|cost|activ|func|call|calc|comput|predict|apply|propag|output|^fn?$|^g$"
)
NO_STEP = re.compile(
    r"^(zero|clear|reset|flush|get|set|clip|apply|update|check|init)_?|^(param_?)?(grads|gradients)$|check$"
)
"""Methods with a gradient in their name that are no step backward."""
BACKWARD = {
    "backward",
    "back",
    "bwd",
    "bprop",
    "backprop",
    "grad",
    "gradient",
    "deriv",
    "derivative",
    "prime",
    "d",
}
FORWARD = {"forward", "fwd", "fprop"}
OTHER = {"test", "check", "numerical", "descent", "clip", "init", "initialize", "template"}
LOSS = {"loss", "cost", "entropy", "mse", "bce", "mae", "error", "criterion", "hinge"}


@dataclass(frozen=True)
class Found:
    """A layer or a loss of a file: what it is called, where it begins, and the names in the file that make it.

    `form` is "class", "pair" of functions, "backward" alone, a function with a "switch" that asks for its derivative,
    or a "loss" that returns its gradient beside it. `doc` is the first line of its docstring.
    `options` are the arguments of its function forward that are a dict, such as conv_param.
    """

    name: str
    form: str
    members: tuple[str, ...]
    cell: int
    line: int
    doc: str = ""
    switch: str = ""
    options: tuple[str, ...] = ()


def found_in(source: Source) -> list[Found]:
    """The layers and losses, in the order of the file; what is defined again counts where it is defined last."""
    defined = {
        s.node.name: s for s in source.statements if isinstance(s.node, ast.ClassDef | ast.FunctionDef)
    }
    classes = {name: s for name, s in defined.items() if isinstance(s.node, ast.ClassDef)}
    functions = {name: s for name, s in defined.items() if isinstance(s.node, ast.FunctionDef)}
    found = [*layer_classes(classes), *layer_functions(functions)]
    return sorted(found, key=lambda one: (one.cell, one.line))


def layer_classes(classes: dict[str, Statement]) -> Iterator[Found]:
    """Classes with a step forward and one backward, their own or of a class above them."""
    for name, statement in classes.items():
        steps = {method: f for method, f in methods(name, classes).items() if not NO_STEP.search(method)}
        back = {method for method in steps if BACK.search(method)}
        fore = [f for method, f in steps.items() if method not in back and FORE.search(method)]
        if fore and (back or ({*words(name)} & LOSS and any(map(returns_two, fore)))):
            yield of(name, "class", (name,), statement)


def methods(name: str, classes: dict[str, Statement], depth: int = 9) -> dict[str, ast.FunctionDef]:
    """The methods of a class that do something, in small letters, with those of the classes above it in the file."""
    if name not in classes or not depth:
        return {}
    node, found = classes[name].node, {}
    for base in node.bases:
        found |= methods(base.id, classes, depth - 1) if isinstance(base, ast.Name) else {}
    own = (part for part in node.body if isinstance(part, ast.FunctionDef) and does_something(part))
    return found | {part.name.lower(): part for part in own}


def does_something(function: ast.FunctionDef) -> bool:
    """Whether a function is more than pass, a docstring, or an error that says that it is to be written."""
    return not all(isinstance(part, ast.Pass | ast.Raise) or is_constant(part) for part in function.body)


def is_constant(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr | ast.Return) and isinstance(part.value, ast.Constant | None)


def layer_functions(functions: dict[str, Statement]) -> Iterator[Found]:
    """Functions that are one step of a pair, have a switch for the derivative, or return a loss and its gradient."""
    paired: set[str] = set()
    for name, statement in functions.items():
        if not does_something(statement.node) or not (stem := stem_of(name, functions)):
            continue
        forward = partner(stem, functions)
        if forward:
            paired |= {name, forward}
            yield of(shown(stem), "pair", (forward, name), functions[forward])
        elif {*words(name)} & {"backward", "bwd", "bprop"} and stem != ("",):
            paired.add(name)
            yield of(shown(stem), "backward", (name,), statement)
    for name, statement in functions.items():
        if name in paired or not does_something(statement.node):
            continue
        if switch := next((a for a in arguments(statement.node) if a.strip("_").lower() in SWITCH), ""):
            yield of(name, "switch", (name,), statement, switch)
        elif {*words(name)} & LOSS and returns_two(statement.node) and len(arguments(statement.node)) > 1:
            yield of(name, "loss", (name,), statement)


def of(name: str, form: str, members: tuple[str, ...], statement: Statement, switch: str = "") -> Found:
    doc = (ast.get_docstring(statement.node) or "").strip().partition("\n")[0]
    options = dicts_asked(statement.node) if isinstance(statement.node, ast.FunctionDef) else ()
    return Found(name, form, members, statement.cell, statement.node.lineno, doc, switch, tuple(options))


def words(name: str) -> list[str]:
    """["d", "leaky", "relu"] for dLeakyReLU and d_leaky_relu; the 2 of relu2deriv parts two words."""
    parted = re.sub(r"(?<=[a-z])2(?=d[a-z])|(?<=[A-Za-z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z]{3})|_+", " ", name)
    return parted.lower().split()


def stem_of(name: str, functions: dict[str, Statement]) -> tuple[str, ...]:
    """What a step backward is of: ("relu",) for relu_backward, d_relu and drelu; () for what is no step backward."""
    parts = words(name)
    if {*parts} & BACKWARD and not {*parts} & (FORWARD | OTHER):
        return tuple(part for part in parts if part not in BACKWARD) or ("",)
    return tuple(words(name[1:])) if name[0] == "d" and name[1:] in functions else ()


def partner(stem: tuple[str, ...], functions: dict[str, Statement]) -> str:
    """The function forward that a stem belongs to; a version of it, as in relu_backward_fast, has that of relu."""
    for known in (stem, stem[:-1]):
        for name in functions:
            parts = words(name)
            forward = tuple(part for part in parts if part not in FORWARD) or ("",)
            if (
                known
                and forward == known
                and not {*parts} & BACKWARD
                and does_something(functions[name].node)
            ):
                return name
    return ""


def shown(stem: tuple[str, ...]) -> str:
    return "_".join(stem) or "forward, backward"


def arguments(function: ast.FunctionDef) -> list[str]:
    given = function.args
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def dicts_asked(function: ast.FunctionDef) -> list[str]:
    """The arguments of a function that are a dict of options: x["stride"], x.get("eps"), or conv_param by its name."""
    asked = set()
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str())):
                asked.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get" | "setdefault")):
                asked.add(name)
    return [name for name in arguments(function) if name in asked or name.endswith("_param")]


def returns_two(function: ast.FunctionDef) -> bool:
    """Whether a function returns two things somewhere."""
    returned = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    return any(isinstance(value, ast.Tuple) and len(value.elts) == 2 for value in returned)

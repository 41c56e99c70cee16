"""Values and calls between two processes of which neither has to trust the other.

Plain data crosses as JSON: numbers, text, lists, arrays by their bytes, and lines of SymPy as srepr, read with
a list of the classes that may stand in it and never evaluated. A function stays where it is; the other side gets one
that asks for it. So a check calls a reader's function as in a notebook, and is out of its reach.
"""

import ast
import base64
import builtins
import json
import re
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import sympy as sp

from helpers.derive import notation

LARGEST = 2**26  # bytes of one message
SYMPY = {
    name: thing
    for room in (sp, notation)
    for name, thing in vars(room).items()
    if isinstance(thing, type) and issubclass(thing, sp.Basic)
}
TAKE_TEXT = sp.Symbol, sp.Dummy, sp.Float, sp.Integer, sp.core.symbol.Str
CONSTANTS = {"pi": sp.pi, "E": sp.E, "I": sp.I, "oo": sp.oo, "true": sp.true, "false": sp.false}


class TimedOut(BaseException):
    """The other side did not answer in time. No BaseException of these is held by a check's `except Exception`."""


class Ended(BaseException):
    """The other side is gone."""


class Garbled(BaseException):
    """The other side sent what is no message."""


def line_of(text: str) -> sp.Basic:
    """The SymPy object of a srepr, made of SymPy's and our own classes alone. Raises ValueError for all else."""

    def made(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | bool() | None as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return -value
            case ast.Name(id=name) if name in CONSTANTS:
                return CONSTANTS[name]
            case ast.Tuple(elts=parts):
                return tuple(map(made, parts))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in SYMPY:
                made_of = SYMPY[name]
                text_too = issubclass(made_of, TAKE_TEXT)
                values = [a.value if text_too and is_text(a) else made(a) for a in args]
                return made_of(*values, **{k.arg: made(k.value) for k in keywords if k.arg})
        raise ValueError(f"{ast.unparse(node)} is no line of SymPy")

    return made(ast.parse(text, mode="eval").body)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class OtherSide:
    """Stands for a value that does not cross. Its class has the name of the value's class, for what is said of it."""


class Peer:
    """One end of a connection: asks the other, and answers its calls meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.deadline = connection, float("inf")
        self.functions: list[Callable] = []

    def ask(self, kind: str, *content: Any) -> list:
        """Sends a request and returns the content of its answer; what the other calls meanwhile is called."""
        self.send(kind, *content)
        while (message := self.receive())[0] == "call":
            self.called(*message[1:])
        if message[0] == "raised":
            raise error_named(*message[1:])
        if message[0] != "answer":
            raise Garbled(f"{message[0]!r} in place of an answer")
        return message[1:]

    def send(self, *message: Any) -> None:
        try:
            self.connection.send_bytes(json.dumps(message).encode())
        except OSError:
            raise Ended from None

    def receive(self) -> list:
        try:
            wait = self.deadline - time.monotonic()
            if not self.connection.poll(None if wait == float("inf") else max(wait, 0)):
                raise TimedOut
            message = json.loads(self.connection.recv_bytes(LARGEST))
        except (OSError, EOFError):
            raise Ended from None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, list) or not message:
            raise Garbled("what came is no message")
        return message

    def called(self, k: int, arguments: list, errors: dict[str, str]) -> None:
        """Calls an own function for the other side; its changed arguments go back with the result."""
        try:
            given = [self.decode(a) for a in arguments]
            before = [a.copy() if isinstance(a, np.ndarray) else None for a in given]
            with np.errstate(**errors):
                result = self.functions[k](*given)
            changed = [
                [n, self.encode(a)]
                for n, (a, b) in enumerate(zip(given, before, strict=True))
                if b is not None and not same_array(a, b)
            ]
            answer = "answer", self.encode(result), changed
        except (TimedOut, Ended, Garbled):
            raise
        except BaseException as error:  # a reader's SystemExit too
            answer = "raised", type(error).__name__[:100], short(error)
        self.send(*answer)

    def encode(self, value: Any) -> Any:
        """A value as JSON."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if (
            isinstance(value, np.ndarray | np.generic | complex)
            and (a := np.asarray(value)).dtype.kind in "biufc"
        ):
            kind = "array" if isinstance(value, np.ndarray) else "scalar"
            return {kind: [a.dtype.str, a.shape, base64.b64encode(a.tobytes()).decode()]}
        if isinstance(value, tuple | list):
            return {"tuple" if isinstance(value, tuple) else "list": [self.encode(v) for v in value]}
        if isinstance(value, sp.Basic):
            return {"sympy": sp.srepr(value)}
        if callable(value) and not isinstance(value, type):
            self.functions.append(value)
            return {"function": len(self.functions) - 1}
        return {"...": 0} if value is ... else {"other": type(value).__name__[:100]}

    def decode(self, value: Any) -> Any:
        """The value of what `encode` made. Raises Garbled where it made no such thing."""
        try:
            match value:
                case None | bool() | int() | float() | str():
                    return value
                case {"array": [dtype, shape, content]}:
                    return array(dtype, shape, content)
                case {"scalar": [dtype, shape, content]}:
                    return array(dtype, shape, content)[()]
                case {"tuple": list(parts)}:
                    return tuple(self.decode(v) for v in parts)
                case {"list": list(parts)}:
                    return [self.decode(v) for v in parts]
                case {"sympy": str(text)}:
                    return line_of(text)
                case {"function": int(k)}:
                    return self.remote(k)
                case {"...": _}:
                    return ...
                case {"other": str(name)}:
                    return type(name, (OtherSide,), {})()
        except Exception as error:
            raise Garbled(short(error)) from None
        raise Garbled("a value of no kind that crosses")

    def remote(self, k: int) -> Callable:
        """The other side's function k. What it does to an array that it is given is done here too."""

        def function(*arguments: Any) -> Any:
            match self.ask("call", k, [self.encode(a) for a in arguments], np.geterr()):
                case [result, list(changed)]:
                    for n, after in changed:
                        np.copyto(arguments[n], self.decode(after))
                    return self.decode(result)
            raise Garbled("a result of no kind that crosses")

        return function


def array(dtype: str, shape: list[int], content: str) -> np.ndarray:
    if not re.fullmatch(r"[<>|=][biufc]\d{1,2}", dtype):
        raise ValueError(f"dtype {dtype}")
    return np.frombuffer(base64.b64decode(content), dtype).reshape(shape).copy()


def same_array(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def error_named(name: str, text: str) -> Exception:
    """The error that the other side had, under its own name."""
    known = getattr(builtins, str(name), None)
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            return known(text)
        except TypeError:  # UnicodeDecodeError wants more than a text
            pass
    return type(str(name), (Exception,), {})(text)


def short(error: BaseException, length: int = 300) -> str:
    """The text of an error, cut; one that cannot be had says so."""
    try:
        return str(error)[:length]
    except Exception:
        return "an error without a text"

"""Puts a work into training or into evaluation: by a method, an attribute, an argument or an option that says which."""

from typing import Any

from helpers.judge.code.arguments import TRAINING, positional
from helpers.judge.code.case import Case
from helpers.judge.code.layer_object import Object
from helpers.judge.code.roles import forward_of
from helpers.judge.code.subject import Subject
from helpers.judge.code.two_functions import Functions

MODES = {"train", "training", "test", "eval", "evaluation"}
"""What an option that is called mode may be."""


def put_into(subject: Subject, training: bool, case: Case, layer: Any = None) -> tuple[bool, bool]:
    """Put a work, `layer` where it is an object, into training or evaluation.

    Return whether a method or an attribute says which, and whether a call does.
    """
    by_method = isinstance(subject, Object) and subject.call("train()", case, switch, layer, training)
    return by_method, not by_method and told(subject, training)


def switch(layer: Any, training: bool) -> bool:
    """Put the layer into training or evaluation; False where it knows no modes."""
    method = getattr(layer, "train" if training else "eval", None)
    if callable(method):
        method()
        return True
    said = [name for name in TRAINING if isinstance(getattr(layer, name, None), bool)]
    for name in said:
        setattr(layer, name, training)
    return bool(said)


def told(subject: Subject, training: bool) -> bool:
    """Say it by the arguments of forward and by the options; False where none of them asks for it."""
    word = "train" if training else "test"
    forward = subject.functions[0] if isinstance(subject, Functions) else forward_of(subject.original)
    names = {p.name for p in positional(forward)}
    found = dict.fromkeys(names & {*TRAINING}, training)
    found |= dict.fromkeys(names & {"mode"}, word) | dict.fromkeys(names & {"test"}, not training)
    found |= {
        name: value | {"mode": word}
        for name, value in subject.options.items()
        if isinstance(value, dict) and value.get("mode") in MODES
    }
    subject.options = {**subject.options, **found}
    return bool(found)

"""Notebook 99: problems of all notebooks, one of each in turn."""

from importlib import import_module
from itertools import chain, zip_longest

from helpers.exercises.machine.drill import DRILLS, Maker

FILES = [name for notebook, name in DRILLS.items() if notebook != 99]


def makers(name: str) -> tuple[Maker, ...]:
    return import_module(f"helpers.exercises.drills.{name}").PROBLEMS


PROBLEMS: tuple[Maker, ...] = tuple(filter(None, chain(*zip_longest(*map(makers, FILES)))))

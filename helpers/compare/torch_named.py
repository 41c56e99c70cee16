"""The module of torch.nn that a name means, for what this project has no layer for."""

import inspect
from difflib import get_close_matches
from typing import Any

import torch

from helpers.families import letters_of

ALIASES = {  # how else people call them
    "binarycrossentropy": "bceloss",
    "logloss": "bceloss",
    "kl": "kldivloss",
    "kldivergence": "kldivloss",
    "relativeentropy": "kldivloss",
    "mae": "l1loss",
    "meanabsoluteerror": "l1loss",
    "smoothmae": "smoothl1loss",
    "softmargin": "softmarginloss",
    "svm": "multimarginloss",
    "hinge": "multimarginloss",
    "transposedconvolution": "convtranspose2d",
    "deconvolution": "convtranspose2d",
    "deconv": "convtranspose2d",
    "convtranspose": "convtranspose2d",
    "adaptiveavgpool": "adaptiveavgpool2d",
    "adaptivemaxpool": "adaptivemaxpool2d",
    "instancenorm": "instancenorm2d",
}
MODULES = {letters_of(name): kind for name, kind in vars(torch.nn).items() if inspect.isclass(kind)}


def module_named(name: str) -> type[torch.nn.Module] | None:
    """The class of torch.nn of this name, in any spelling, with or without Loss behind it; None where there is none.

    >>> module_named("smooth L1").__name__
    'SmoothL1Loss'
    """
    spelled = letters_of(name)
    for known in (spelled, f"{spelled}loss", ALIASES.get(spelled, "")):
        if known in MODULES:
            return MODULES[known]
    return None


CHANNELS = {torch.nn.Dropout1d: 1, torch.nn.Dropout2d: 2, torch.nn.Dropout3d: 3}


def dropped_axes(like: Any) -> int:
    """How many axes of places share one draw in a dropout by channels; 0 for all else."""
    kind = like if inspect.isclass(like) else type(like)
    return CHANNELS.get(kind, 0)


def near(name: str) -> list[str]:
    """The names of modules that are spelled nearly so."""
    return [MODULES[key].__name__ for key in get_close_matches(letters_of(name), MODULES, cutoff=0.75)]

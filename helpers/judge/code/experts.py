"""Finds who knows a family: its normalisation, its windows, its loss."""

from typing import Any

from helpers.judge.code.approximated import approximation
from helpers.judge.code.expert import Expert
from helpers.judge.code.losses import loss_of
from helpers.judge.code.normalised import normalisation
from helpers.judge.code.windowed import windows


def experts(like: Any) -> tuple[Expert, ...]:
    """Return those who know something of a layer or a loss."""
    found = (
        (about(like) for about in (normalisation, windows, loss_of, approximation))
        if like is not None
        else ()
    )
    return tuple(expert for expert in found if expert is not None)

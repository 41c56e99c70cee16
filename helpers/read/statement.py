"""What was read: chains of equalities, part by part."""

from dataclasses import dataclass

import sympy as sp
from sympy import Idx


@dataclass(frozen=True)
class Written:
    """One part of a chain a = b = c, as it was written and as it was read.

    `expression` is in the notation of derive/, matrix notation written out in entries; its free letters are `free`,
    those of the left side first. Where it could not be read it is None, and `unreadable` says why and where; `unknown`
    is the name that has no meaning in this question, `rangeless` the index that stands on no tensor, if that is why.
    `where` is 1 where the part is claimed ("if i = j") and 0 elsewhere; `note` says how something was taken; `aside`
    why nothing is claimed: a name of the writer's own, a step that the next line goes on with.
    """

    latex: str
    line: int
    expression: sp.Expr | None = None
    free: tuple[Idx, ...] = ()
    unreadable: str = ""
    text: str = ""
    where: sp.Expr | None = None
    note: str = ""
    unknown: str = ""
    rangeless: str = ""
    aside: str = ""


@dataclass(frozen=True)
class Statement:
    """One chain of equalities, a = b = c, over one or more lines."""

    parts: tuple[Written, ...]

    @property
    def left(self) -> Written:
        return self.parts[0]

    @property
    def free(self) -> tuple[Idx, ...]:
        """The free letters of the first part that could be read: what all others are held against."""
        return next((part.free for part in self.parts if not part.unreadable), ())

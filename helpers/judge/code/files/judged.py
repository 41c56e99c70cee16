"""Judges a file: asks a process for one layer after the other, and puts what came of it into the rows of a table."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from helpers.judge.code.files.child import Child
from helpers.judge.code.files.found import Found, found_in
from helpers.judge.code.files.source import Source
from helpers.verdict import State

SECONDS, MEMORY = 6.0, 4 * 2**30
"""For one layer; a diagnosis has a limit of its own, and this one is for what does not hold to that."""

NO_VERDICT = {  # why there is none
    "late": "It gave no answer within {seconds:g} s. Which loop never ends?",
    "ended": "It ended the process in which it ran: by an exit, for want of memory, or by a fault.",
    "package": "It needs {package}, which cannot be imported here: install it, or take out the import.",
    "load": "What it needs cannot be loaded: line {line} stops with {error}.",
    "stopped": "It could not be judged: {error}.",
    "draws": "Its forward gives another result at each call for the same X: it draws, or keeps something of before.",
    "changed": "It changed {changed}, which it shares with the judge, so nothing here can be relied on.",
}
MARKS = {State.RIGHT: "✓", State.REMARK: "✓", State.WRONG: "✗", State.NOT_JUDGED: "?"}


@dataclass(frozen=True)
class Row:
    """One layer of a file: where it is, the known layer it was held against ("" for none), and what is said of it."""

    name: str
    at: str
    like: str
    state: State
    kind: str
    said: str
    remarks: tuple[Mapping[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        remarks = [dict(remark) for remark in self.remarks]
        here = {"layer": self.name, "at": self.at, "like": self.like, "verdict": self.state.value}
        return here | {"kind": self.kind, "reason": self.said, "remarks": remarks}


@dataclass(frozen=True)
class FileReport:
    """The rows of a file, in its order."""

    rows: tuple[Row, ...] = field(default=())

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.state is State.WRONG]

    @property
    def summary(self) -> str:
        """How many layers are right, wrong, not judged."""
        counts = Counter("right" if row.state is State.REMARK else row.state.value for row in self.rows)
        found = ", ".join(
            f"{counts[word]} {word}" for word in ("right", "wrong", "not judged") if counts[word]
        )
        return f"{len(self.rows)} layer{'s' * (len(self.rows) != 1)}: {found}" if found else "no layer found"

    def shown(self, repair: bool = False) -> str:
        """As a table: place, mark, name, what it was held against; below it the sentences."""
        wide = [
            max((len(part) for part in column), default=0)
            for column in zip(*map(columns, self.rows), strict=True)
        ]
        lines = []
        for row in self.rows:
            at, name, like = (part.ljust(width) for part, width in zip(columns(row), wide, strict=True))
            kind = State.NOT_JUDGED.value if row.state is State.NOT_JUDGED else row.kind or State.RIGHT.value
            lines.append(f"{at.rstrip():>{wide[0]}} {MARKS[row.state]} {name}  {like}  {kind}".rstrip())
            said = [row.said] * bool(row.said) + [remark["said"] for remark in row.remarks]
            lines += [f"{' ' * wide[0]}   {one}" for one in said]
        return "\n".join([*lines, self.summary])


def columns(row: Row) -> tuple[str, str, str]:
    return (
        row.at,
        row.name,
        f"as {row.like}" if row.like else "by differences" if row.kind not in NO_VERDICT else "",
    )


def judge_source(
    source: Source,
    likes: Mapping[str, str] | None = None,
    folder: Path | None = None,
    *,
    seconds: float = SECONDS,
) -> FileReport:
    """Judge every layer of a file. `likes` says which known layer one is, by its name, or by "" all of them.

    The code runs in a process of its own, confined; where a layer hangs it or ends it, another goes on with the next.
    `folder` is where the file lies, for what it imports from there. Raises ValueError where a system cannot fork.
    """
    try:
        from helpers.sandbox import available, forked
    except ImportError:
        raise ValueError("is judged in a process of its own, which Linux and macOS have to give") from None
    found, rows = found_in(source), []
    likes = likes or {}
    while len(rows) < len(found):
        limits = MEMORY, seconds * (len(found) + 1), available()
        with forked(
            lambda connection: Child(connection, source, found, folder).serve(), *limits, threads=True
        ) as child:
            alive = True
            while alive and (k := len(rows)) < len(found):
                answer = asked(child, k, likes.get(found[k].name, likes.get("")), seconds)
                rows.append(row_of(found[k], answer, len(source.cells) > 1))
                alive = answer.get("case") not in ("late", "ended", "changed")
    return FileReport(tuple(rows))


def asked(child: Connection, k: int, like: str | None, seconds: float) -> dict[str, Any]:
    """The answer of the process about layer k, or why there is none."""
    try:
        child.send_bytes(json.dumps([k, like]).encode())
        if not child.poll(seconds):
            return {"case": "late", "seconds": seconds}
        answer = json.loads(child.recv_bytes(2**20))
        return answer if isinstance(answer, dict) else {"case": "ended"}
    except (OSError, EOFError, ValueError, RecursionError):
        return {"case": "ended"}


def row_of(found: Found, answer: Mapping[str, Any], notebook: bool) -> Row:
    """The row of a layer, from what its process said."""
    at = f"cell {found.cell + 1}" if notebook else str(found.line)
    if case := answer.get("case"):
        pieces = {
            name: ", ".join(value) if isinstance(value, list) else value for name, value in answer.items()
        }
        return Row(found.name, at, "", State.NOT_JUDGED, case, NO_VERDICT[case].format(**pieces))
    state = State(answer["state"])
    kind = "" if state in (State.RIGHT, State.REMARK) else answer["kind"]
    return Row(found.name, at, answer["like"], state, kind, answer["said"], tuple(answer["remarks"]))

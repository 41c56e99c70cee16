"""Ctrl-C that lets a step be finished."""

import signal
from typing import Any


class Interrupted:
    """True from the first Ctrl-C on, which lets the step be finished; a second one ends at once."""

    def __enter__(self) -> "Interrupted":
        self.asked, self.before = False, signal.signal(signal.SIGINT, self.ask)
        return self

    def ask(self, *_: Any) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self.before)

    def __exit__(self, *_: Any) -> None:
        signal.signal(signal.SIGINT, self.before)

    def __bool__(self) -> bool:
        return self.asked

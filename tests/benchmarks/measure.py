"""Two ways to do the same work, timed in turns, so that a slow moment of the machine meets both."""

import gc
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SAMPLE = 0.02  # seconds: long against the clock and a page fault, short against the machine's moods
FEWEST = 5  # clean rounds


@dataclass
class Timing:
    """Seconds a call in each round; rounds in which the process had to wait for a processor are left out."""

    seconds: dict[str, np.ndarray]

    @property
    def clean(self) -> int:
        return len(next(iter(self.seconds.values())))

    def median(self, name: str) -> float:
        return float(np.median(self.seconds[name]))

    def ratio(self, name: str, other: str) -> np.ndarray:
        """Lower quartile, median and upper quartile of name / other, round by round."""
        return np.percentile(self.seconds[name] / self.seconds[other], [25, 50, 75])


def timed(work: dict[str, Callable[[], object]], rounds: int, seed: int = 0) -> Timing:
    """Each round runs every piece of work for about 20 ms, in random order, without garbage collection.

    Rounds that were disturbed are tried again, as many as four times in all.
    """
    calls = {name: max(1, round(SAMPLE / once(f))) for name, f in work.items()}
    rows, shuffle = [], random.Random(seed)
    gc.disable()
    try:
        for _ in range(4 * rounds):
            if len(rows) == rounds:
                break
            order = shuffle.sample(list(work), len(work))
            measured = {name: sample(work[name], calls[name]) for name in order}
            if None not in measured.values():
                rows.append(measured)
    finally:
        gc.enable()
    return Timing({name: np.array([row[name] for row in rows]) for name in work})


def once(f: Callable[[], object]) -> float:
    """Seconds a call, the best of three after one to warm up."""
    f()
    return max(1e-7, min(sample(f, 1) or SAMPLE for _ in range(3)))


def sample(f: Callable[[], object], calls: int) -> float | None:
    """Seconds a call; None if the process was kept waiting for more than a twentieth of the time."""
    wall, busy = time.perf_counter(), time.process_time()
    for _ in range(calls):
        f()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return wall / calls if wall - busy < 0.05 * wall + 1e-4 else None

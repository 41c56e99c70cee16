"""Two ways to do the same work, timed in turns, so that a slow moment of the machine meets both."""

import gc
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SAMPLE = 0.01  # seconds: long against the clock and a page fault, short against the machine's moods
DISTURBED = 0.05  # of the time, without the processor

Span = tuple[float, float]  # processor seconds a call; the share of the time that was spent waiting


@dataclass
class Timing:
    """Processor seconds a call, round by round, and how much of its time the worst sample waited."""

    seconds: dict[str, np.ndarray]
    waited: float

    def median(self, name: str) -> float:
        return float(np.median(self.seconds[name]))

    def ratio(self, name: str, other: str) -> np.ndarray:
        """Lower quartile, median and upper quartile of name / other, round by round."""
        return np.percentile(self.seconds[name] / self.seconds[other], [25, 50, 75])


def timed(work: dict[str, Callable[[], object]], rounds: int, seed: int = 0) -> Timing:
    """Each round runs every piece of work for about 10 ms, in random order, without garbage collection.

    Twice as many rounds are run; those stay in which the process waited least for a processor.
    """
    calls = {name: max(1, round(SAMPLE / once(f))) for name, f in work.items()}
    measured, shuffle = [], random.Random(seed)
    gc.disable()
    try:
        for _ in range(2 * rounds):
            order = shuffle.sample(list(work), len(work))
            measured.append({name: sample(work[name], calls[name]) for name in order})
    finally:
        gc.enable()
    measured.sort(key=waited)
    kept = measured[:rounds]
    return Timing({name: np.array([spans[name][0] for spans in kept]) for name in work}, waited(kept[-1]))


def waited(spans: dict[str, Span]) -> float:
    return max(waiting for _, waiting in spans.values())


def once(f: Callable[[], object]) -> float:
    """Processor seconds a call, the best of three after one to warm up."""
    f()
    return max(1e-7, min(sample(f, 1)[0] for _ in range(3)))


def sample(f: Callable[[], object], calls: int) -> Span:
    wall, busy = time.perf_counter(), time.process_time()
    for _ in range(calls):
        f()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return busy / calls, max(0.0, 1 - busy / wall)

"""Learning rates that change from step to step: what ``train`` takes as its schedule."""

import math
from collections.abc import Callable


def cosine(lr: float, steps: int, warmup: int = 0, final: float = 0.0) -> Callable[[int], float]:
    """The learning rate of each step, 1 to ``steps``: up to lr in a line, and down to ``final`` along half a cosine.

    Warm-up    lr t / (warmup + 1)                                                      t = 1 ... warmup
    Then       final + (lr − final) (1 + cos(π (t − 1 − warmup) / (steps − warmup))) / 2
    Behind     final

        train(network, loss, optimizer, data, steps=2000, batch_size=12, schedule=cosine(1e-3, 2000, warmup=100))

    Loshchilov and Hutter 2017, as torch.optim.lr_scheduler.CosineAnnealingLR has it; the warm-up is that of Goyal et
    al. 2017. Raises ValueError for a warm-up that is longer than the steps.
    """
    if not 0 <= warmup < steps:
        raise ValueError(f"warmup lies between 0 and the {steps} steps, not at {warmup}")
    if not (lr >= 0 and final >= 0):
        raise ValueError(f"a learning rate is at least 0, not lr={lr} and final={final}")

    def schedule(t: int) -> float:
        if t <= warmup:
            return lr * t / (warmup + 1)
        share = min(1.0, (t - 1 - warmup) / (steps - warmup))
        return final + (lr - final) * (1 + math.cos(math.pi * share)) / 2

    return schedule

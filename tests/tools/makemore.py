"""Trains an LSTM on makemore's names, split as makemore splits them, and prints its loss on the names left out.

    python -m tests.tools.makemore names.txt

The 32,033 names are makemore's (Karpathy, its names.txt); its split, by PyTorch's generator at seed 3407, leaves
1,000 out. It learns from names in any order, one behind the other, 24 windows of 32 letters a step; each name of the
test stands alone. Its loss is the mean over letters, the end of a name among them.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from helpers.implement import (
    LSTM,
    AdamW,
    Dropout,
    Embedding,
    Linear,
    Sequential,
    SoftmaxCrossEntropy,
    cosine,
    norms_and_biases,
)
from helpers.implement.linear import rows
from helpers.texts import of_lines
from helpers.train_gpt import Side

STEPS, BATCH, LENGTH, WIDTH, LR = 9000, 24, 32, 200, 3e-3
TEST, SEED = 1000, 3407


def split(names: list[str]) -> tuple[list[str], list[str]]:
    """The names to train on and to test, as makemore parts them."""
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(SEED)).tolist()
    return [names[k] for k in order[:-TEST]], [names[k] for k in order[-TEST:]]


def net_of(V: int) -> Sequential:
    single = {"dtype": np.float32}
    parts = Embedding(V, 64, rng=1, **single), Dropout(0.2, rng=5), LSTM(64, WIDTH, rng=2, **single)
    net = Sequential(*parts, Dropout(0.2, rng=6), Linear(WIDTH, V, rng=3, **single))
    net.params["2.b"][WIDTH : 2 * WIDTH] += 1  # a forget gate that begins open
    return net


def main(file: str) -> None:
    names = [name for line in Path(file).read_text().splitlines() if (name := line.strip())]
    train, test = split(names)
    text = of_lines(names)
    ids, T, _ = text.lines(text.encode("\n".join([*test, ""])))
    coded, rng = [text.encode("\n" + name) for name in train], np.random.default_rng(0)
    net = net_of(len(text.characters))
    optimizer = AdamW(net, lr=LR, betas=(0.9, 0.99), weight_decay=0.1, no_decay=norms_and_biases(net))
    side, rate = Side("NumPy", net, SoftmaxCrossEntropy(), optimizer), cosine(LR, STEPS, 100, 0.02 * LR)
    for step in range(1, STEPS + 1):
        drawn = rng.integers(len(coded), size=(BATCH, LENGTH // 2 + 2))
        windows = np.stack([np.concatenate([coded[k] for k in row])[: LENGTH + 1] for row in drawn])
        side.step(windows[:, :-1], windows[:, 1:], rate(step))
        if step % 1000 == 0:
            L = SoftmaxCrossEntropy().forward(rows(net.predict(ids)), T.ravel())
            print(f"step {step}: train {np.mean(side.losses[-1000:]):.3f} test {L:.3f} {side.seconds:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1])

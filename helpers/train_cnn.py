"""Trains a network of the course on CIFAR-10, with Adam and batches of 32 as the assignment asks.

    python -m helpers.train_cnn [--net 2018|preact] [--width 64] [--steps 5000] [--lr 1e-4] [--checkpoint FILE] [--test]

The assignment's own figures at width 64 and 5000 steps are 0.75 (2018) and 0.79 (2020). A narrower network has fewer
channels in the same layers, and takes a fraction of the time. With a checkpoint, the same command goes on where it was
interrupted. The test images are looked at with --test only, at the end.
"""

import argparse
import sys
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F

from helpers.compare import from_torch
from helpers.compare.specimens.cnn import Cnn2018, CnnPreAct
from helpers.data import load
from helpers.implement import History, train

NETS = {"2018": Cnn2018, "preact": CnnPreAct}


def images(X: np.ndarray) -> np.ndarray:
    """X (S, 3072) as X (S, 3, 32, 32)."""
    return X.reshape(-1, 3, 32, 32)


def say(history: History) -> None:
    """One line of the curve."""
    said = [f"step {history.steps[-1]:5d}"]
    for part in ("train", "validation"):
        L, accuracy = (getattr(history, f"{part}_{what}")[-1] for what in ("loss", "accuracy"))
        said.append(f"{part} loss {L:.3f} accuracy {accuracy:.3f}")
    print(" · ".join(said), flush=True)


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.train_cnn", description=__doc__.split("\n")[0])
    parser.add_argument("--net", choices=NETS, default="2018")
    parser.add_argument("--width", type=int, default=64, help="channels of the first convolution")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--every", type=int, default=500, help="steps between two measurements")
    parser.add_argument("--validation", type=int, default=5000, help="training images held out")
    parser.add_argument("--checkpoint", help="a file to go on from")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--test", action="store_true", help="accuracy on the test images, once, at the end")
    chosen = parser.parse_args(arguments)
    data = load("cifar10", validation=chosen.validation, normalise="channel")
    module = NETS[chosen.net](chosen.width, rng=chosen.seed)
    count = sum(W.numel() for W in module.parameters())
    print(f"{chosen.net}, width {chosen.width}: {count:,} parameters; {len(data.X_train)} images to train on")
    parts = from_torch(module, F.cross_entropy, torch.optim.Adam(module.parameters(), chosen.lr))
    train(
        *parts,
        (images(data.X_train), data.T_train),
        steps=chosen.steps,
        batch_size=chosen.batch,
        validation=(images(data.X_validation), data.T_validation),
        eval_every=chosen.every,
        rng=chosen.seed,
        on_evaluation=say,
        checkpoint=chosen.checkpoint,
    )
    if chosen.test:
        right = [
            parts[0].predict(images(X)).argmax(1) == T
            for X, T in zip(np.array_split(data.X_test, 20), np.array_split(data.T_test, 20), strict=True)
        ]
        print(f"test accuracy {np.concatenate(right).mean():.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Trains a GPT to write a text, character by character: in NumPy, and with --torch in PyTorch beside it.

    python -m helpers.train_gpt [names|shakespeare|FILE] [--torch] [--steps 2000] [--checkpoint FILE] [--weights FILE]

Both start from the same weights and see the same batches. The sizes are nanoGPT's setting for a CPU: 4 layers, 4 heads,
128 wide, context 64, batch 12; on tiny Shakespeare its validation loss after 2000 steps is 1.88. With a checkpoint
nothing is lost: interrupted, the step is finished and saved, and the same command goes on from there.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from helpers.data import TEXTS, load
from helpers.implement import (
    GPT,
    AdamW,
    Layer,
    Loss,
    Optimizer,
    SoftmaxCrossEntropy,
    clip_by_norm,
    cosine,
    norms_and_biases,
    save_weights,
)
from helpers.implement.checkpoint import Checkpoint, fingerprint, prefixed, without
from helpers.implement.files import held
from helpers.implement.linear import rows
from helpers.interrupted import Interrupted
from helpers.texts import Text, read

BETAS, DECAY, CLIP, FINAL = (
    (0.9, 0.99),
    0.1,
    1.0,
    0.1,
)  # FINAL: the last learning rate, as a share of the largest
NUMBERS = {  # the options that are integers: what they are, and what they mean
    "steps": (2000, None),
    "batch": (12, "windows in a batch"),
    "context": (64, "characters in a window"),
    "layers": (4, None),
    "heads": (4, None),
    "width": (128, None),
    "every": (250, "steps between two measurements"),
    "batches": (20, "validation batches in a measurement"),
    "seed": (1337, None),
}
Batch = tuple[np.ndarray, np.ndarray]


@dataclass
class Side:
    """One of the two that learn, and what it has done so far."""

    name: str
    network: Layer
    loss: Loss
    optimizer: Optimizer
    losses: list[float] = field(default_factory=list)  # of each step
    validation: list[float] = field(default_factory=list)
    seconds: float = 0.0  # of the processor, in steps

    def step(self, ids: np.ndarray, T: np.ndarray, lr: float) -> None:
        start = time.process_time()
        Y = self.network.forward(ids)
        L = self.loss.forward(rows(Y), T.ravel())
        if not math.isfinite(L):
            raise FloatingPointError(f"the loss of {self.name} is {L}: a smaller --lr may help")
        self.network.parameter_gradients(self.loss.backward().reshape(Y.shape))
        clip_by_norm(self.network, CLIP)
        self.optimizer.lr = lr
        self.optimizer.step()
        self.losses.append(L)
        self.seconds += time.process_time() - start

    def measure(self, batches: list[Batch]) -> None:
        losses = [self.loss.forward(rows(self.network.predict(ids)), T.ravel()) for ids, T in batches]
        self.validation.append(float(np.mean(losses)))

    def saved(self) -> dict[str, np.ndarray]:
        return prefixed("network", self.network.saved()) | prefixed("optimizer", self.optimizer.saved())

    def restore(self, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.network.restore(without("network", arrays))
        self.optimizer.restore(without("optimizer", arrays))
        self.losses, self.validation, self.seconds = about["losses"], about["validation"], about["seconds"]


def main(arguments: Iterable[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        return run(chosen)
    except (ValueError, OSError, FloatingPointError) as error:
        print(error, file=sys.stderr)
        return 2


def run(chosen: argparse.Namespace) -> int:
    text = load(chosen.text) if chosen.text in TEXTS else read(existing(chosen.text))
    network = GPT(
        len(text.characters), chosen.context, chosen.width, chosen.heads, chosen.layers,
        bias=False, rng=chosen.seed, dtype=np.float32,
    )  # fmt: skip
    sides = sides_of(network, chosen)
    count = sum(W.size for W in network.params.values())
    print(
        f"{count:,} parameters; {len(text.train):,} characters to train on, {len(text.characters)} different"
    )
    rng, at = np.random.default_rng(chosen.seed), (chosen.batch, chosen.context)
    fixed = np.random.default_rng(1)
    held_out = [text.windows(text.validation, *at, fixed) for _ in range(chosen.batches)]
    rate = cosine(chosen.lr, chosen.steps, min(100, chosen.steps // 10), FINAL * chosen.lr)
    file = Checkpoint(chosen.checkpoint, settings(chosen, text)) if chosen.checkpoint else None
    with held(chosen.checkpoint), Interrupted() as interrupted:
        restore(file, sides, rng)
        steps = range(len(sides[0].losses) + 1, chosen.steps + 1)
        for step in tqdm(steps, initial=steps.start - 1, total=chosen.steps, disable=None, leave=False):
            batch = text.windows(text.train, *at, rng)
            for side in sides:
                side.step(*batch, rate(step))
            if step % chosen.every == 0 or step == chosen.steps:
                for side in sides:
                    side.measure(held_out)
                tqdm.write(line(step, sides, chosen.every))
                tqdm.write(sample(network, text, 60, chosen.seed).replace("\n", " | "))
                save(file, sides, rng)
            if interrupted:
                save(file, sides, rng)
                kept = (
                    "the same command goes on from there"
                    if file
                    else "nothing was kept: give --checkpoint FILE"
                )
                print(f"interrupted behind step {step}: {kept}")
                return 130
    conclude(network, sides, text, chosen)
    return 0


def sides_of(network: GPT, chosen: argparse.Namespace) -> list[Side]:
    options = {"lr": chosen.lr, "betas": BETAS, "weight_decay": DECAY}
    optimizer = AdamW(network, **options, no_decay=norms_and_biases(network))
    sides = [Side("NumPy", network, SoftmaxCrossEntropy(), optimizer)]
    if chosen.torch:
        import torch  # here, so that NumPy alone needs no PyTorch

        from helpers.compare import from_torch
        from helpers.compare.specimens.gpt import TorchGPT

        torch.set_num_threads(1)
        module = TorchGPT(network)
        matrices, others = (
            [W for W in module.parameters() if (W.ndim > 1) == wide] for wide in (True, False)
        )
        groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
        parts = from_torch(module, torch.nn.functional.cross_entropy, torch.optim.AdamW(groups, **options))
        sides.append(Side("PyTorch", *parts))
    return sides


def existing(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ValueError(f"{name} is no file, and none of {', '.join(TEXTS)}")
    return path


def settings(chosen: argparse.Namespace, text: Text) -> dict[str, Any]:
    """All that the losses depend on."""
    return {name: getattr(chosen, name) for name in ("torch", "lr", *NUMBERS)} | {
        "text": fingerprint(text.train, text.validation)
    }


def save(file: Checkpoint | None, sides: list[Side], rng: np.random.Generator) -> None:
    if file is None:
        return
    done = {s.name: {"losses": s.losses, "validation": s.validation, "seconds": s.seconds} for s in sides}
    arrays = {key: A for side in sides for key, A in prefixed(side.name, side.saved()).items()}
    file.write({"reached": {}, "generator": rng.bit_generator.state, "sides": done}, arrays)


def restore(file: Checkpoint | None, sides: list[Side], rng: np.random.Generator) -> None:
    """Go on where a file stands, if there is one."""
    if file is None or (found := file.read()) is None:
        return
    about, arrays = found
    rng.bit_generator.state = about["generator"]
    for side in sides:
        side.restore(about["sides"][side.name], without(side.name, arrays))
    print(f"going on behind step {len(sides[0].losses)}")


def line(step: int, sides: list[Side], every: int) -> str:
    said = [f"step {step:5d}"]
    for side in sides:
        L = np.mean(side.losses[-every:])
        said.append(f"{side.name} train {L:.3f} validation {side.validation[-1]:.3f} {side.seconds:.0f} s")
    return " · ".join(said)


def sample(network: GPT, text: Text, length: int, seed: int) -> str:
    """What the network writes behind the first character, which ends a line where lines end."""
    return text.decode(network.generate(np.array([0]), length, temperature=0.8, rng=seed)[1:])


def conclude(network: GPT, sides: list[Side], text: Text, chosen: argparse.Namespace) -> None:
    if len(sides) == 2:
        apart = np.abs(np.subtract(sides[0].losses, sides[1].losses)).max()
        ratio = sides[0].seconds / sides[1].seconds
        print(f"losses at most {apart:.1e} apart; NumPy took {ratio:.2f} of the seconds of PyTorch")
    if chosen.weights:
        save_weights(network, chosen.weights)
    print(sample(network, text, 500, chosen.seed))


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no integer from 1 on")
    return int(text)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m helpers.train_gpt", description=__doc__.split("\n")[0])
    found.add_argument("text", nargs="?", default="names", help="names, shakespeare, or a file")
    found.add_argument("--torch", action="store_true", help="train in PyTorch too, on the same batches")
    for name, (value, said) in NUMBERS.items():
        found.add_argument(f"--{name}", type=positive, default=value, help=said)
    found.add_argument(
        "--lr", type=float, default=1e-3, help="after warm-up; falls to a tenth along a cosine"
    )
    found.add_argument("--checkpoint", help="a file to go on from")
    found.add_argument("--weights", help="a file of safetensors for the weights at the end")
    return found


if __name__ == "__main__":
    sys.exit(main())

"""Bug roulette: which of these curves come from a wrong gradient?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, VALUE, Ahead, Explorer, Predict, Toggle

TOP = 3.0  # of each panel: a net that guesses among ten classes has a loss of log 10 = 2.3
WINDOW = 10  # steps that are averaged, for a line that can be read
COLUMNS = 4
WIDTH, HEIGHT = 1.12, 1.45  # from panel to panel; a panel itself is 1 by 1
CLOSE = 0.01  # of accuracy: about what a change of seed does
BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
BESIDE = {"ha": "right", "va": "center", "fontsize": 8, "bbox": BOX}

Runs = Mapping[str, Any]


def roulette_explorer(runs: Runs) -> Explorer:
    """Trainings by name, each with its loss a step, its accuracy, and its gradient's cosine and ratio to the right one.

    Names that begin with "right" are those of right nets. The reader sees letters, votes, and reveals.
    """
    shuffled = np.random.default_rng(7).permutation(list(runs))
    names = {chr(ord("A") + k): str(name) for k, name in enumerate(shuffled)}
    wrong = [letter for letter, name in names.items() if not is_right(name)]
    steps = max(len(run.loss) for run in runs.values())

    def draw(figure: Figure, reveal: bool, **votes: bool) -> str:
        figure.set_layout_engine("none")  # one axes at a fixed place: a redraw in a third of the time
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.97))
        for k, (letter, name) in enumerate(names.items()):
            x, y = k % COLUMNS * WIDTH, -(k // COLUMNS) * HEIGHT
            colour = VALUE if not reveal else REFERENCE if is_right(name) else GRADIENT
            draw_panel(axes, x, y, runs[name].loss, steps, colour)
            frame = {"facecolor": "none", "edgecolor": "black" if votes[letter] else "none", "pad": 2}
            axes.text(x, y + 1.09, letter, fontweight="bold", bbox=frame)
            if reveal:
                said = f"{'✓' if is_right(name) else '✗'} {name}"
                axes.text(x + 0.1, y + 1.09, said, color=colour, fontsize=8.5)
                axes.text(x + 0.98, y + 0.8, numbers_of(name, runs[name]), **BESIDE, color=colour)
            elif votes[letter]:
                axes.text(x + 0.1, y + 1.09, "you say: wrong", fontsize=8.5)
        rows = -(-len(names) // COLUMNS)
        axes.set(xlim=(-0.07, COLUMNS * WIDTH - 0.1), ylim=(-(rows - 1) * HEIGHT - 0.1, 1.25))
        axes.set_axis_off()
        return say(reveal, **votes)

    def say(reveal: bool, **votes: bool) -> str:
        voted = [letter for letter in names if votes[letter]]
        return score(voted, wrong, names, runs) if reveal else called(voted, len(names))

    return Explorer(
        question="Which of these curves come from a wrong gradient?",
        predict=Predict(
            f"Each curve is the loss of a batch over {steps} steps. {len(wrong)} of the {len(names)} nets have a wrong "
            f"gradient. How many of these {len(wrong)} end within 1 point of the right ones' accuracy?",
            answer=len(silent(runs)),
            low=0,
            high=len(wrong),
            step=1,
            why="Now find them if you can: tick the nets that you call wrong, and reveal when you are done.",
        ),
        controls=[*(Toggle(letter, label=f"{letter} is wrong") for letter in names), Toggle("reveal")],
        draw=draw,
        alt=f"The loss curves of {len(names)} nets, under letters",
        width=7.6,
        height=4.9,
        ahead=Ahead(separate=list(names), say=say),
    )


def is_right(name: str) -> bool:
    return name.startswith("right")


def draw_panel(axes: Axes, x: float, y: float, loss: list[float], steps: int, colour: str) -> None:
    """One curve in its frame; an arrow where it leaves at the top."""
    axes.plot([x, x, x + 1], [y + 1, y, y], color=QUIET, linewidth=0.8)
    axes.plot([x, x + 1], [y + np.log(10) / TOP] * 2, color=QUIET, linewidth=0.6, linestyle=":")
    for L in range(int(TOP)):
        axes.text(x - 0.015, y + L / TOP, L, ha="right", va="center", color=QUIET, fontsize=7)
    L = np.convolve(np.minimum(loss, TOP), np.ones(WINDOW) / WINDOW, mode="valid")
    left = int(np.argmax(np.append(L, TOP) >= TOP))
    axes.plot(x + np.arange(left) / steps, y + L[:left] / TOP, color=colour, linewidth=1.5)
    if left < steps - WINDOW:
        axes.plot(x + left / steps, y + 0.97, "^", color=colour)


def numbers_of(name: str, run: Any) -> str:
    """What the curve does not show."""
    if is_right(name):
        return f"accuracy {run.accuracy:.3f}"
    return f"accuracy {run.accuracy:.3f}\ncosine {run.cosine:.3f}\nratio {run.ratio:.2f}".replace("-", "−")


def called(voted: list[str], count: int) -> str:
    """The votes so far."""
    return f"You call {len(voted)} of {count} wrong{listed(voted)}."


def score(voted: list[str], wrong: list[str], names: Mapping[str, str], runs: Runs) -> str:
    """The votes against the truth, and the bugs that no accuracy shows."""
    missed = [letter for letter in wrong if letter not in voted]
    accused = [letter for letter in voted if letter not in wrong]
    hidden = [letter for letter in wrong if names[letter] in silent(runs)]
    return (
        f"You found {len(wrong) - len(missed)} of {len(wrong)} wrong gradients, missed {len(missed)}{listed(missed)} "
        f"and accused {len(accused)}{listed(accused)} of the {len(names) - len(wrong)} right ones. "
        f"{len(hidden)} wrong ones{listed(hidden)} end within 1 point of the right ones' accuracy."
    )


def silent(runs: Runs) -> list[str]:
    """The wrong nets that end within 1 point of the mean accuracy of the right ones."""
    right = np.mean([run.accuracy for name, run in runs.items() if is_right(name)])
    return [name for name, run in runs.items() if not is_right(name) and run.accuracy >= right - CLOSE]


def listed(letters: list[str]) -> str:
    return f" ({', '.join(letters)})" if letters else ""

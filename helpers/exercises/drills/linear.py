"""Notebook 03: gradients of linear layers, of what is broadcast, and a line, with drawn letters and numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import whole
from helpers.exercises.machine.worked import Worked

WEIGHTS = "Y_mn = sum_p X_mp W_np"
VARIANTS = (
    "Y_mn = sum_p X_mp {A}_pn + {c}_n",
    "Y_mn = 3 sum_p X_mp {A}_np - {c}_n",
    "Y_mn = sum_p {A}_mp X_pn + {c}_m",
    "Y_mn = sum_p X_pm {A}_pn + {c}_n",
    "Y_mn = {c}_n sum_p X_mp {A}_np",
)


def weights(rng: np.random.Generator) -> Problem:
    """dW of a batch."""
    X, dY = whole(rng, 3, 2), whole(rng, 3, 2, most=3)
    layer = Worked(WEIGHTS, X=X, dY=dY)
    return layer.numbers(
        "dW",
        {
            "That is its transpose. dW has a row for each output, as W has.": layer["dW"].T,
            "That is a mean over the samples. Nothing divides by their number.": layer["dW"] / 3,
            "That is the first sample alone. All of them use W.": np.outer(dY[0], X[0]),
        },
    )


def inputs(rng: np.random.Generator) -> Problem:
    """dX of a square layer, where no shape can tell."""
    W, dY = whole(rng, 2, 2), whole(rng, 2, 2, most=3)
    layer = Worked(WEIGHTS, W=W, dY=dY)
    return layer.numbers(
        "dX",
        {
            "W is the wrong way round. X_mp reached all Y_mn through W_np, so sum over n.": dY @ W.T,
            "The factors stand in the wrong order.": W @ dY,
            "That is its transpose. dX has a row for each sample.": layer["dX"].T,
        },
    )


def bias(rng: np.random.Generator) -> Problem:
    """The gradient of a bias of a row or of a column: a sum over what it was copied to."""
    axis = int(rng.integers(2))
    dY = whole(rng, 3, 3, most=6)
    layer = Worked(f"Y_mn = X_mn + b_{'nm'[axis]}", dY=dY)
    return layer.numbers(
        "db",
        {
            "That is a mean. Each copy of b moves the loss, and they add up.": dY.mean(axis),
            "That adds up over the other axis. Which letter does b lack?": dY.sum(1 - axis),
            "That is the gradient of the first copy alone.": dY.take(0, axis),
            "b has three numbers, and they were not all added to the same entries.": np.full(3, dY.sum()),
        },
    )


def scaled(rng: np.random.Generator) -> Problem:
    """The gradient of a factor that a whole row or column shares."""
    X, dY = whole(rng, 2, 2), whole(rng, 2, 2, most=6)
    layer = Worked("Y_mn = a_n X_mn + b_n", X=X, dY=dY)
    return layer.numbers(
        "da",
        {
            "X is missing: it is what a is multiplied by.": dY.sum(0),
            "That adds up over the other axis. a_n is shared by all samples m.": (dY * X).sum(1),
            "That is a mean. All samples use a, and their parts add up.": (dY * X).mean(0),
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """A gradient of a layer that is written in another way."""
    A, c = rng.choice(["Ac", "Ud", "Vb", "Ka"])
    layer = Worked(str(rng.choice(VARIANTS)).format(A=A, c=c))
    return layer.line(f"d{rng.choice([A, c, 'X'])}")


PROBLEMS = (weights, bias, line, inputs, scaled)

"""Notebook 08: the same step from another loss and batch, what a caption cannot mean, and PyTorch's momentum."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.compare.specimens.optimizer import torch_sgd
from helpers.exercises import Exercise
from helpers.exercises.machine.checks import RIGHT, answer_in, letters_in, of_type, told
from helpers.exercises.mistakes.mlp import BUGS, Net
from helpers.verdict import Kind, Verdict, wrong

__all__ = ["CURVE", "STATEMENTS", "caption", "momentum", "rates"]

REPORTED = "mean loss, batch 2S", "summed loss, batch S", "summed loss, batch 2S"


def step_of(lr: float, copies: int, summed: bool, S: int) -> np.ndarray:
    """−lr dW of a small net, its parameters as one vector, where each of S samples stands `copies` times."""
    rng = np.random.default_rng(S)
    net = Net(4, 3, 5, BUGS["no 1/S"] if summed else None, rng=8, std=0.7)
    X, T = rng.normal(size=(S, 4)), np.eye(5)[rng.integers(5, size=S)]
    grads = net.gradients(np.tile(X, (copies, 1)), np.tile(T, (copies, 1)))
    return -lr * np.concatenate([dW.ravel() for dW in grads.values()])


def same_steps(answer: Callable) -> Verdict:
    """What is wrong with three learning rates, by making the steps: the same samples, alone and each of them twice."""
    if not callable(answer):
        return of_type("A function is", answer)
    for lr, S in ((0.1, 5), (0.3, 8), (0.02, 50)):
        given = answer(lr, S)
        if not isinstance(given, tuple | list) or len(given) != 3:
            return told(f"Three rates are asked for, in a tuple, and this is {given!r}.", Kind.TYPE)
        wanted = step_of(lr, 1, False, S)
        for rate, name, (copies, summed) in zip(given, REPORTED, ((2, 0), (1, 1), (2, 1)), strict=True):
            ratio = float(step_of(rate, copies, bool(summed), S) @ wanted / (wanted @ wanted))
            if abs(ratio - 1) > 1e-9:
                return told(
                    f"With lr = {lr} and S = {S}, {name}: your step is {times(ratio, S)}", Kind.FACTOR
                )
    return RIGHT


def times(ratio: float, S: int) -> str:
    """A ratio of two steps in words, and what it comes from."""
    causes = {
        2.0 * S: "The sum of 2S gradients is not divided at all.",
        4.0: "Two factors of 2 too many: the sum has 2S terms, and all of them must be divided away.",
        2.0: "One factor of 2 too many. A mean does not grow with the batch; a sum of 2S terms has twice those of S.",
        S: "The summed loss has no 1/S, so the rate must bring it.",
        0.5: "A factor of 2 is missing. A mean over 2S samples is as long as one over S; only the noise in it is less.",
        1.0 / S: "There is one 1/S too many: the loss has it already, or you divided twice.",
        -1.0: "A learning rate is positive; the optimizer brings the minus.",
    }
    cause = next((said for value, said in causes.items() if abs(ratio - value) < 1e-9 * abs(value)), "")
    return f"{ratio:.4g} times the one of the mean loss. {cause}".strip()


rates = Exercise(
    "8.2",
    same_steps,
    hints=(
        "Write the step as −(rate) × (gradient). Which of the four gradients is longer than that of the mean loss with "
        "batch S, and how many times?",
        "A mean of 2S gradients, each of which stands there twice, is the mean of S. A sum of S gradients is S "
        "times their mean.",
        "Mean: the batch changes nothing. Sum: divide by the number of terms, whatever it is now.",
    ),
    solution="def same_rates(lr, S):\n    return lr, lr / S, lr / (2 * S)",
    slips={
        "lr, lr / S, lr / (2 * S) -> lr, lr, lr": "no 1/S, so the rate must bring it",
        "lr / (2 * S) -> lr / S": "2 times the one of the mean loss",
        "lr / (2 * S) -> 2 * lr / S": "4 times the one of the mean loss. Two factors",
        "return lr -> return lr / 2": "mean loss, batch 2S: your step is 0.5 times",
        "return lr -> return 2 * lr": "mean loss, batch 2S: your step is 2 times",
        "lr / (2 * S) -> lr": "The sum of 2S gradients is not divided at all",
        "lr / S -> lr / S**2": "one 1/S too many",
        "lr, lr / S, lr / (2 * S) -> -lr, -lr / S, -lr / (2 * S)": "A learning rate is positive",
        "lr, lr / S,  -> ": "Three rates are asked for",
    },
)


CURVE = {  # hidden 100, ELU, the defaults of 2020 on CIFAR-10: the validation part, every 100 steps
    "loss": "2.303 1.871 1.726 1.631 1.582 1.561 1.516 1.508 1.496 1.455 1.457 1.509 1.452 1.439 1.450",
    "accuracy": "0.106 0.325 0.386 0.418 0.440 0.453 0.463 0.468 0.471 0.491 0.486 0.464 0.493 0.496 0.494",
}
CURVE = {what: np.array(numbers.split(), float) for what, numbers in CURVE.items()}
STATEMENTS = {
    "A": "The net of the caption drew this curve: two more hidden layers cost little.",
    "B": "With default parameters, the net of the caption ends at a loss of 2.303.",
    "C": "The first loss of 2.303 shows that the net has one hidden layer.",
    "D": "One hidden layer of 100, with default parameters, could have drawn it.",
    "E": "40, 50 and 40 drew it, with PyTorch's own weights left in.",
    "F": "40, 50 and 40 drew it, with the default parameters and a luckier seed.",
    "G": "It is the accuracy on the training images: on others, this net would be near 0.10.",
}
HOLDS = {"B", "D"}
WHY = {
    "A": "A does not hold: with std 1e-4 the second and the third hidden layer shrink the signal about 2000 times "
    "each, and the loss stays 2.303.",
    "B": "One more holds: at which loss does 40, 50, 40 end with weights of std 1e-4, in both tables?",
    "C": "C does not hold: all logits near 0 give log 10, with one hidden layer or with three.",
    "D": "One more holds: what does one hidden layer of 100 reach on CIFAR-10, with the defaults?",
    "E": "E does not hold: with those weights the net learns, but its first loss is 4.716, and this curve starts at "
    "2.303.",
    "F": "F does not hold: a layer multiplies the size by std √(M/2), which no seed changes.",
    "G": "G does not hold: a net whose loss stays at log 10 does no better than chance on the training images either, "
    "and this loss fell on images that were not trained on.",
}


def holds(answer: Any) -> Verdict:
    """What is wrong with a choice of statements: one that does not hold, else one that is missing."""
    chosen = set(letters_in(answer))
    if unknown := sorted(chosen - STATEMENTS.keys()):
        return told(f"There is no statement {unknown[0]!r}.", Kind.NOT_READABLE)
    accused = *sorted(chosen - HOLDS), *sorted(HOLDS - chosen)
    return told(WHY[accused[0]]) if accused else RIGHT


caption = Exercise(
    "8.1",
    holds,
    hints=(
        "Two statements hold. Take the caption at its word first: default parameters, three hidden layers. What does "
        "the table of CIFAR-10 say of that net?",
        "Then forget the caption. Which nets of that table start at 2.303 <em>and</em> leave it? The first loss tells "
        "the scale of the logits, not the number of layers.",
        "The caption contradicts its curve. One statement says what the net of the caption really does, the other "
        "which net fits the curve at both ends.",
    ),
    solution='statements = "B D"',
    mistakes=(
        ('statements = "A"', "A does not hold"),
        ('statements = "B, C, D"', "C does not hold"),
        ('statements = "B"', "what does one hidden layer of 100 reach"),
        ('statements = "d"', "at which loss does 40, 50, 40 end"),
        ('statements = "B E"', "its first loss is 4.716"),
        ('statements = "B D F"', "no seed changes"),
        ('statements = "G"', "does no better than chance on the training images"),
        ('statements = "B X"', "no statement 'X'"),
        ("statements = 0.48", "no statement '0'"),
    ),
)


MU, OTHER_MU, RATES = 0.9, 0.5, [0.1] * 10 + [0.02] * 10  # the rate drops half way, as in a schedule
START = np.random.default_rng(8).normal(size=(3, 2))
CURVATURE, TARGET = np.diag([1.0, 2.0, 3.0]), np.random.default_rng(9).normal(size=(3, 2))

Update = Callable[..., tuple[np.ndarray, np.ndarray]]


def gradient(W: np.ndarray) -> np.ndarray:
    """dW of L = ½ Σ c (W − T)², a bowl with another curvature c in each row."""
    return CURVATURE @ (W - TARGET)


def trajectory(update: Update, mu: float = MU) -> list[np.ndarray]:
    """W before and after each step, from V = 0."""
    W, V = START.copy(), np.zeros_like(START)
    found = [W]
    for lr in RATES:
        W, V = update(W.copy(), V.copy(), gradient(W), lr, mu)
        found.append(np.asarray(W, float))
    return found


def first_difference(ours: list[np.ndarray], theirs: list[np.ndarray]) -> int | None:
    """The first step after which two trajectories are more than 1e-10 apart."""
    return next(
        (k for k, (a, b) in enumerate(zip(ours, theirs, strict=True)) if not apart(a, b) <= 1e-10), None
    )


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


CONVENTIONS = {  # source: which convention it is
    "def update(W, V, dW, lr, mu):\n    V = mu * V - lr * dW\n    return W + V, V": (
        "Sutskever's form, with the learning rate inside V: the same W as long as the rate stays, and another after "
        "it drops, since what V has stored keeps the old rate"
    ),
    "def update(W, V, dW, lr, mu):\n    V = mu * V + (1 - mu) * dW\n    return W - lr * V, V": (
        "the moving average, V = μV + (1 − μ)dW, as in Adam: each step is 1 − μ = 0.1 times PyTorch's. PyTorch calls "
        "it dampening, and its default is 0"
    ),
    "def update(W, V, dW, lr, mu):\n    V = mu * V + dW\n    return W - lr * (dW + mu * V), V": (
        "Nesterov's form, which PyTorch takes with nesterov=True"
    ),
    "def update(W, V, dW, lr, mu):\n    return W - lr * dW, V": (
        "plain SGD: V takes no part in the step, or forgets what it was"
    ),
    "def update(W, V, dW, lr, mu):\n    return W - lr * V, mu * V + dW": (
        "the step of the old V: first V, then W"
    ),
    "def update(W, V, dW, lr, mu):\n    V = mu * V + dW\n    return V, W - lr * V": (
        "W in the place of V: the new W comes first, then V"
    ),
    "def update(W, V, dW, lr, mu):\n    return W - lr * (mu * V + dW), dW": (
        "a V that forgets: the new V holds the last dW alone, and not all that came before"
    ),
    "def update(W, V, dW, lr, mu):\n    V = mu * V + dW\n    return W + lr * V, V": (
        "uphill: the sign of the step is turned"
    ),
    "def update(W, V, dW, lr, mu):\n    V = V + dW\n    return W - lr * V, V": (
        "V = V + dW: nothing is ever forgotten, as where zero_grad is left out"
    ),
}


def lockstep_with_torch(answer: Update) -> Verdict:
    """Where an update leaves torch.optim.SGD(momentum=0.9), and which other convention it is."""
    if not callable(answer):
        return of_type("A function is", answer)
    W, V, dW = START.copy(), np.ones_like(START), gradient(START)
    given = answer(W, V, dW, 0.1, MU)
    if not isinstance(given, tuple | list) or len(given) != 2:
        got = type(given).__name__
        return told(f"Two arrays are asked for, W and V, and this is of type {got}.", Kind.TYPE)
    for name, A in zip("WV", given, strict=True):
        if np.shape(A) != START.shape:
            return wrong(Kind.SHAPE, name, got=np.shape(A), want=START.shape)
    if not np.array_equal(dW, gradient(START)):
        return told(
            "Your function changed dW, which belongs to PyTorch or to the layer. Work on a copy.",
            Kind.MUTATES,
        )
    ours, theirs = trajectory(answer), torch_sgd(START, gradient, RATES, momentum=MU)
    step = first_difference(ours, theirs)
    if step is None:
        return with_another_mu(answer, theirs)
    left = f"At step {step} of {len(RATES)} your W is {apart(ours[step], theirs[step]):.2g} from PyTorch's."
    for source, name in CONVENTIONS.items():
        if first_difference(ours, trajectory(answer_in(source, {}))) is None:
            return told(f"{left} It is {name}.")
    late = f" The rate drops after step {RATES.count(RATES[0])}." if step > RATES.count(RATES[0]) else ""
    return told(left + late, Kind.WRONG_VALUE)


def with_another_mu(answer: Update, before: list[np.ndarray]) -> Verdict:
    """Where an update that is right with one mu, along `before`, leaves PyTorch with another."""
    ours, theirs = trajectory(answer, OTHER_MU), torch_sgd(START, gradient, RATES, momentum=OTHER_MU)
    step = first_difference(ours, theirs)
    if step is None:
        return RIGHT
    left = f"Right with mu = {MU}. With mu = {OTHER_MU}, at step {step} of {len(RATES)}, your W is "
    left += f"{apart(ours[step], theirs[step]):.2g} from PyTorch's."
    written = first_difference(ours, before) is None
    return told(f"{left} You took {MU}, whatever mu is given." if written else left, Kind.WRONG_VALUE)


momentum = Exercise(
    "8.3",
    lockstep_with_torch,
    hints=(
        "Two lines: one makes the new V of the old V and dW, the other takes a step with the new V.",
        "The learning rate stands in one of the two lines only. In PyTorch it multiplies the whole of V.",
        "V = μ V + dW, with no 1 − μ before dW; then W − lr V.",
    ),
    solution="def update(W, V, dW, lr, mu):\n    V = mu * V + dW\n    return W - lr * V, V",
    slips={
        "+ dW\n    return W - lr * V -> - lr * dW\n    return W + V": "At step 11 of 20 your W is",
        "+ dW\n    return W - lr * V -> + lr * dW\n    return W - V": "with the learning rate inside V",
        "lr * V, V -> lr * V": "Two arrays are asked for",
        "V = mu * V + dW\n -> dW += mu * V\n    V = dW.copy()\n": "Your function changed dW",
        "mu * V -> 0.9 * V": "You took 0.9, whatever mu is given",
        "dW\n -> 10 * (1 - mu) * dW\n": "Right with mu = 0.9. With mu = 0.5, at step 1 of 20, your W is",
        "lr * V -> 2 * lr * V": "At step 1 of 20 your W is",
    },
    mistakes=(*CONVENTIONS.items(),),
)

"""Notebook 07: the backward pass in order, the first loss, and a gradient check that finds every planted bug."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers.compare import Agreement, agreement, central_difference, diagnose_difference  # noqa: F401 (answers use them)
from helpers.exercises import Exercise, same_number
from helpers.exercises.machine.checks import RIGHT, letters_in, of_type, told
from helpers.exercises.mistakes.mlp import BUGS, LINES, PARAMETERS, Net
from helpers.verdict import Kind, Verdict, wrong

__all__ = ["CARDS", "check", "first_loss", "order"]

CARDS = {
    "A": "dW1 = dY1.T @ X",
    "B": "dH = dY2 @ W2",
    "C": "dY1 = dH * h_prime(H)",
    "D": "db2 = dY2.sum(0)",
    "E": "dY1 = dH * h_prime(Y1)",
    "F": "dY2 = (P - T) / S",
    "G": "dH = dY2 @ W2 * h_prime(Y1)",
    "H": "db1 = dY1.sum(0)",
    "I": "dW2 = dY2.T @ H",
    "J": "dY2 = P * (P - T) / S",
}


def random_batch(S: int, M: int, N: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """X (S, M) and one-hot T (S, N)."""
    return rng.normal(size=(S, M)), np.eye(N)[rng.integers(N, size=S)]


def tanh_net(M: int, K: int, N: int, lines: dict[str, str] | None = None) -> Net:
    """h' differs at H and at Y1, as it does not for ReLU."""
    return Net(M, K, N, lines, h=np.tanh, h_prime=lambda Y: 1 - np.tanh(Y) ** 2, std=0.7, rng=7)


def in_order(answer: Any) -> Verdict:
    """What is wrong with an order of cards, by running them on a net of distinct sizes."""
    letters = letters_in(answer)
    if unknown := [letter for letter in letters if letter not in CARDS]:
        return told(f"There is no card {unknown[0]!r}.", Kind.NOT_READABLE)
    net = tanh_net(4, 3, 5)
    X, T = random_batch(6, 4, 5, np.random.default_rng(7))
    right = net.gradients(X, T)
    names = {"X": X, "T": T, "S": len(X), "h_prime": net.h_prime, **net.params, **net.forward(X)}
    for letter in letters:
        try:
            exec(CARDS[letter], names)
        except NameError as error:
            return told(f"Card {letter}, {CARDS[letter]}, comes too early: there is no {error.name} yet.")
    for name in (f"d{name}" for name in PARAMETERS):
        if name not in names:
            return told(f"{name} was never computed.", Kind.NEVER_SET)
        if difference := diagnose_difference(names[name], right[name], {"S": 6}):
            return wrong(
                difference.kind, name, difference, around=f"All cards run, but {name} is wrong: {{}}."
            )
    return told("Right numbers, with more cards than it takes.") if len(letters) > len(LINES) else RIGHT


order = Exercise(
    "7.1",
    in_order,
    hints=(
        "Start at the loss: which card needs nothing but what forward has kept?",
        "A card may come as soon as every d on its right side exists. dH needs dY2, dY1 needs dH.",
        "Seven of the ten. C takes h′ at the output of h in the place of its input; G and J have a factor that "
        "another card has already, or none.",
    ),
    solution='order = "F I D B E A H"',
    mistakes=(
        ('order = "A H E B I D F"', "Card A, dW1 = dY1.T @ X, comes too early: there is no dY1 yet"),
        ('order = "F I D E B A H"', "there is no dH yet"),
        ('order = "F I D B C A H"', "dW1 is wrong"),
        ('order = "J I D B E A H"', "dW1 is wrong"),
        ('order = "F I D G E A H"', "dW1 is wrong"),
        ('order = "F I B E A H"', "db2 was never computed"),
        ('order = "F I D B E A H F"', "more cards than it takes"),
        ('order = "F I D B E A X"', "no card 'X'"),
        ("order = 7", "no card '7'"),
    ),
)


first_loss = Exercise(
    "7.3",
    same_number(
        math.log(1000),
        0.006,
        "Every logit is nearly 0, so every class gets the probability 1/1000. The loss is −log of that, "
        "with the natural logarithm, to two decimals.",
    ),
    hints=(
        "What are the logits of a net whose weights are all nearly 0? It makes no difference which image comes in.",
        "Softmax of a thousand equal logits: each class has the same probability. Which?",
        "−log(1/1000) = log 1000, natural logarithm.",
    ),
    solution="import math\nloss = math.log(1000)",
    mistakes=(
        ("loss = 2.303", "1/1000"),
        ("loss = 0.001", "−log"),
        ("loss = 9.97", "natural logarithm"),
        ("loss = 3.0", "natural logarithm"),
        ("loss = 6.9", "to two decimals"),
        ("loss = [6.91]", "of type list"),
    ),
)


def right_nets() -> Iterator[tuple[str, Net, np.ndarray, np.ndarray]]:
    """Nets whose gradients are right: distinct sizes, one sample, tanh, and one that has been trained a little."""
    for name, make, S in (
        ("LeakyReLU", Net, 6),
        ("LeakyReLU with one sample", Net, 1),
        ("tanh", tanh_net, 6),
    ):
        rng = np.random.default_rng(S)
        net = make(4, 5, 3)
        X, T = random_batch(S, 4, 3, rng)
        yield name, biased(net, rng), X, T


def buggy_nets() -> Iterator[tuple[str, Net, np.ndarray, np.ndarray]]:
    """A net for each bug; K = N, where a transposed W2 fits."""
    for name, lines in BUGS.items():
        rng = np.random.default_rng(7)
        net = Net(4, 5, 5, lines, rng=7, std=0.7)
        X, T = random_batch(6, 4, 5, rng)
        yield name, biased(net, rng), X, T


def biased(net: Net, rng: np.random.Generator) -> Net:
    """The net with biases that are not 0."""
    for name in ("b1", "b2"):
        net.params[name] += rng.normal(0, 0.3, net.params[name].shape)
    return net


def flags_bugs(answer: Callable) -> Verdict:
    """What a check misses, and where it raises a false alarm."""
    if not callable(answer):
        return of_type("A function is", answer)
    missed, accused = [], []
    for nets, wanted, mistaken in ((buggy_nets(), False, missed), (right_nets(), True, accused)):
        for name, net, X, T in nets:
            before = {key: A.copy() for key, A in net.params.items()}
            verdict = answer(net, X, T)
            if not isinstance(verdict, bool | np.bool_ | Agreement):
                got = type(verdict).__name__
                return told(f"True or False is asked for, and on {name} it is of type {got}.", Kind.TYPE)
            if any(not np.array_equal(A, net.params[key]) for key, A in before.items()):
                return told(
                    f"On {name} your check left a parameter of the net changed. Put it back.", Kind.MUTATES
                )
            if bool(verdict) != wanted:
                mistaken.append(name)
    said = (
        [f"{len(BUGS) - len(missed)} of {len(BUGS)} bugs found, missed: {', '.join(missed)}."]
        if missed
        else []
    )
    said += [f"False alarm on a right net: {', '.join(accused)}."] if accused else []
    return told(" ".join(said))


CLOSE = 'np.allclose(grads[f"d{name}"], numeric, rtol=1e-5, atol=1e-7)'
check = Exercise(
    "7.2",
    flags_bugs,
    in_its_process=True,
    hints=(
        "For each parameter A, compare <code>net.gradients(X, T)</code> with the central difference of "
        "<code>net.loss(X, T)</code>. <code>moved</code> in the statement does the moving.",
        "All four parameters, all entries. How large an error does a right net in float64 have, and how large the "
        "smallest bug? Set the tolerance between.",
        "One bug does not show in a first backward pass: what is never set to zero adds up. Call "
        "<code>net.gradients</code> twice, and judge the second.",
    ),
    solution="""def passes(net, X, T):
    net.gradients(X, T)
    grads = net.gradients(X, T)
    for name, A in net.params.items():
        numeric = central_difference(moved(net, name, X, T), A)
        if not np.allclose(grads[f"d{name}"], numeric, rtol=1e-5, atol=1e-7):
            return False
    return True""",
    slips={
        "    net.gradients(X, T)\n -> ": "8 of 9 bugs found, missed: dW never zeroed",
        "net.params.items() -> [(k, net.params[k]) for k in ('W1', 'W2')]": "missed: db is a mean, biases never learn",
        f"{CLOSE} -> (grads[f'd{{name}}'] * numeric).sum() > 0": "missed: db is a mean",
        f"{CLOSE} -> np.array_equal(grads[f'd{{name}}'], numeric)": "False alarm",
        "atol=1e-7 -> atol=0.3": "missed: ",
    },
    mistakes=(
        ("def passes(net, X, T):\n    return True", "0 of 9 bugs found"),
        ("def passes(net, X, T):\n    return False", "False alarm on a right net: LeakyReLU, "),
        ("def passes(net, X, T):\n    return net.gradients(X, T)", "True or False is asked for"),
        (
            "def passes(net, X, T):\n    before = net.loss(X, T)\n    for _ in range(20):\n"
            "        for name, dA in net.gradients(X, T).items():\n"
            "            net.params[name[1:]] -= 0.01 * dA\n    return net.loss(X, T) < before",
            "left a parameter of the net changed",
        ),
        (
            "def passes(net, X, T):\n    grads = net.gradients(X, T)\n"
            "    slopes = {k: central_difference(moved(net, k, X, T), A) for k, A in net.params.items()}\n"
            "    return agreement({k: {'net': grads[f'd{k}'], 'difference': dA} for k, dA in slopes.items()})",
            "8 of 9 bugs found, missed: dW never zeroed",
        ),
    ),
)


def moved(net: Net, name: str, X: np.ndarray, T: np.ndarray) -> Callable[[np.ndarray], float]:
    """The loss as a function of one parameter, which is put back after each call."""

    def L(A: np.ndarray) -> float:
        before, net.params[name] = net.params[name], A
        try:
            return net.loss(X, T)
        finally:
            net.params[name] = before

    return L

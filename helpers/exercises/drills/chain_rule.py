"""Notebook 01: two paths that meet, paths counted, the error of a difference, with drawn letters and numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import numeral, whole
from helpers.exercises.machine.worked import Worked

GRAPHS = (
    "{a} = {x} {y}; {b} = {a} + {x}; L = {a} {b}",
    "{a} = {x} + {y}; {b} = {a} {x}; L = {a} {b}",
    "{a} = {x} {y}; {b} = {a} {x}; L = {a} + {b}",
    "{a} = {x}^2; {b} = {a} {y} + {x}; L = {a} {b}",
)
LETTERS = {"x": "xuq", "y": "yvr", "a": "acg", "b": "bdk"}


def graph(rng: np.random.Generator) -> Worked:
    """A graph in which both x and a are used twice."""
    letters = {name: rng.choice(list(of)) for name, of in LETTERS.items()}
    x, y = whole(rng, 2)
    net = Worked(str(rng.choice(GRAPHS)).format(**letters), **{letters["x"]: x, letters["y"]: y})
    net.letters = letters
    return net


def two_paths(rng: np.random.Generator) -> Problem:
    """The gradient of a number that is used twice."""
    net = graph(rng)
    name, one, other = f"d{net.letters['x']}", *net.paths(f"d{net.letters['x']}")
    early = [net.again(name, **{f"d{net.letters['a']}": path}) for path in net.paths(f"d{net.letters['a']}")]
    a, x = net.letters["a"], net.letters["x"]
    return net.numbers(
        name,
        {
            f"{x} is used twice, and one of its two uses is missing.": one,
            f"{x} is used twice, and you left one of its two uses out.": other,
            f"{a} has two children. Yours hands on before it has heard both.": early[0],
            f"{a} has two children, and you listened to one of them only.": early[1],
            "Paths add up. They do not multiply.": one * other,
        },
    )


def in_the_middle(rng: np.random.Generator) -> Problem:
    """The gradient of a node that two others read."""
    net = graph(rng)
    a, b = net.letters["a"], net.letters["b"]
    one, other = net.paths(f"d{a}")
    return net.numbers(
        f"d{a}",
        {
            f"{a} is read twice. What it does through {b} and what it does directly add up.": one,
            f"{a} is read twice. Only one of the two has spoken.": other,
            "That is the value of the node. Its gradient says how far L moves with it.": net[a],
            "Paths add up. They do not multiply.": one * other,
        },
    )


def counted(rng: np.random.Generator) -> Problem:
    """Paths against edges: why one sweep is enough."""
    n, k = rng.choice(np.arange(2, 8), 2, replace=False)
    paths, edges = n * k, n + n * k + k
    return Problem(
        question=f"$x$ feeds {n} nodes, each of them feeds all of {k} others, and these feed $L$. How many paths lead "
        "from $x$ to $L$, and how many edges does one backward sweep walk? Write a list, such as [1, 2].",
        answer=np.array([paths, edges]),
        worked=f"A path chooses a node of each layer: ${n} \\cdot {k} = {paths}$. A sweep walks each edge once: "
        f"${n} + {n} \\cdot {k} + {k} = {edges}$. With one more layer of {k} the paths are multiplied by {k}, and to "
        f"the edges {k * k} are added.",
        mistakes={
            "A path chooses a node of each layer, and choices multiply.": np.array([n + k, edges]),
            "The edges out of x, and those into L, are walked too.": np.array([paths, n * k]),
            "A sweep walks each edge once, however many paths use it.": np.array([paths, 3 * paths]),
        },
        tolerance=1e-6,
    )


def error_of_a_difference(rng: np.random.Generator) -> Problem:
    """How the error of a central difference falls with its step."""
    k, e = int(rng.choice([2, 3, 4, 5, 10])), rng.choice([0.09, 0.18, 0.36, 0.72])
    return Problem(
        question=f"A central difference is off by ${numeral(e)}$, in exact arithmetic and with a small step. About how "
        f"far is it off if the step is divided by {k}?",
        answer=e / k**2,
        worked=f"The error of a central difference goes with $h^2$: ${numeral(e)} / {k}^2 = {numeral(e / k**2, 6)}$.",
        mistakes={
            "That is the error of a one-sided difference, which goes with h.": e / k,
            "Its error goes with the second power of h.": e / k**3,
            "A smaller step does change it, as long as nothing is rounded.": e,
        },
        tolerance=0.02,
    )


PROBLEMS = (two_paths, in_the_middle, counted, error_of_a_difference)

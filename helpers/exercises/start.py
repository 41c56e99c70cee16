"""Notebook 00: one exercise for each kind of answer, a number, a line and a function."""

from sympy import Sum

from helpers.derive import Definition, L, gradient, indices, sizes, tensor
from helpers.exercises import Exercise, same_expression, same_function, same_number

(S,) = sizes("S")
i, m = indices("i m", S)
x, t = tensor("x", S), tensor("t", S)

shape = Exercise(
    "0.1",
    same_number(12, 0, "A gradient has one entry for each entry of its array. Which array is meant here?"),
    hints=(
        "How many entries does W have?",
        "dW says for each entry of W how much L changes with it.",
        "dW has the shape of W, (3, 4): a table of 3 rows and 4 columns.",
    ),
    solution="entries = 3 * 4",
    mistakes=(
        ("entries = 3 * 4 * 5 * 3", "one entry for each entry"),
        ("entries = 20", "one entry for each entry"),
        ("entries = (3, 4)", "type tuple"),
    ),
)

line = Exercise(
    "0.2",
    same_expression(gradient(Definition(L, Sum((x[m] - t[m]) ** 2, m) / 2), x[i])),
    hints=(
        "Write the sum out for three numbers. Which of the three terms move when x₂ does?",
        "The derivative of a square: the 2 comes down and meets the ½.",
        "One term moves, ½(x<sub>i</sub> − t<sub>i</sub>)². What is inside moves as far as x<sub>i</sub> does.",
    ),
    solution="dx = x[i] - t[i]",
    mistakes=(
        ("dx = t[i] - x[i]", "sign"),
        ("dx = 2 * (x[i] - t[i])", "2 times"),
        ("dx = x[m] - t[m]", "m"),
        ("dx = Sum(x[m] - t[m], m)", "δ"),
        ("dx = 'Sum(x[m] - t[m], m)'", "SymPy in quotes"),
        ("dx = lambda x, t: x - t", "type function"),
    ),
)


def slope_of(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


POINTS = [(lambda x: x**3, 2.0, 1e-3), (lambda x: 1 / x, 0.5, 1e-4)]

slope = Exercise(
    "0.3",
    same_function(slope_of, POINTS, tolerance=1e-6),
    known={
        "slope = lambda f, x, h: (f(x + h) - f(x)) / h": (
            "That is one step, to one side: its error is about h. The central difference steps to both sides."
        ),
        "slope = lambda f, x, h: (f(x) - f(x - h)) / h": (
            "That is one step, back: its error is about h. The central difference steps to both sides."
        ),
        "slope = lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h": (
            "/ 2 * h divides by 2 and multiplies by h. The run 2h needs brackets."
        ),
        "slope = lambda f, x, h: f(x + h) - f(x - h) / (2 * h)": (
            "Only f(x − h) is divided. The rise needs brackets."
        ),
    },
    hints=(
        "One step to the right, one step to the left.",
        "How far apart are the two points?",
        "The rise f(x + h) − f(x − h), over a run of 2h.",
    ),
    solution="def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)",
    mistakes=(
        ("def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / h", "2 times"),
        ("def slope(f, x, h):\n    return (f(x - h) - f(x + h)) / (2 * h)", "sign"),
        ("def slope(f, x, h):\n    (f(x + h) - f(x - h)) / (2 * h)", "return"),
    ),
)

"""Pages for notebook 17 about recurrent nets and attention, each with one mistake planted."""

from helpers.derive import formulas
from helpers.exercises import recurrent
from helpers.exercises.machine.exercise import changed
from helpers.read.question import of_formula
from helpers.verdict import Kind

DERIVED = {  # name: the question, the left side, the lines
    "17 · ∂L/∂H, recurrent": (
        lambda: recurrent.one_step,
        r"\frac{\partial L}{\partial H_j}",
        r"\sum_n \frac{\partial L}{\partial A_n} \frac{\partial A_n}{\partial H_j} + "
        r"\sum_n \frac{\partial L}{\partial Y_n} \frac{\partial Y_n}{\partial H_j}",
        r"\sum_n \frac{\partial L}{\partial A_n} \sum_k U_{nk} \delta_{kj} + "
        r"\sum_n \frac{\partial L}{\partial Y_n} \delta_{nj}",
        r"\sum_n \frac{\partial L}{\partial A_n} U_{jn} + \frac{\partial L}{\partial Y_j}",
        r"[U \frac{\partial L}{\partial A} + \frac{\partial L}{\partial Y}]_j",
    ),
    "18 · ∂L/∂K, attention": (
        lambda: of_formula(formulas.attention, "attention"),
        r"\frac{\partial L}{\partial K_{kd}}",
        r"\sum_{t,m} \frac{\partial L}{\partial S_{tm}} \frac{\partial S_{tm}}{\partial K_{kd}}",
        r"\sum_{t,m} \frac{\partial L}{\partial S_{tm}} \frac{1}{\sqrt{D}} Q_{td} \delta_{mk}",
        r"\frac{1}{\sqrt{D}} \sum_t \frac{\partial L}{\partial S_{tk}} Q_{td}",
        r"\frac{1}{\sqrt{D}} [\frac{\partial L}{\partial S} Q]_{kd}",
    ),
}
PROGRAMS = {  # name: an exercise, what is changed in its solution, the kind of that mistake
    "19 · code, LSTM": (
        recurrent.backward,
        "dU += dA.T @ H[:, t] -> dU += dA.T @ H[:, t + 1]",
        Kind.WRONG_ARRAY,
    ),
}


def program(name: str) -> tuple[str, str]:
    """The source of a page of code, with its mistake, and the line that was changed."""
    exercise, change, _ = PROGRAMS[name]
    (source,) = changed(exercise.solution, {change: ""})
    right = exercise.solution.splitlines()
    (line,) = (line for line in source.splitlines() if line not in right)
    return source, line

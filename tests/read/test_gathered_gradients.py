"""x.grad += ..., line by line, is judged where the last of it is added."""

from helpers.judge import mark

START = "$$x.grad = y.grad = z.grad = 0$$\n\n$$u.grad = 1$$\n\n"
OUTPUTS = (
    r"$$y.grad += u.grad * \frac{\partial f}{\partial y}$$"
    "\n\n"
    r"$$z.grad += u.grad * \frac{\partial f}{\partial z}$$"
    "\n\n"
)
FIRST = r"$$x.grad += y.grad * g'(x)$$" "\n\n"
SECOND = r"$$x.grad += z.grad * h'(x)$$" "\n\n"


def words(text: str) -> list[str]:
    """What is said of the lines that claim something."""
    return [line.word for line in mark("two_paths", text) if not line.given]


def test_the_last_line_that_adds_is_judged():
    assert words(START + OUTPUTS + FIRST + SECOND) == ["right"] * 3


def test_a_path_that_is_forgotten_or_twice_the_same_is_wrong():
    assert words(START + OUTPUTS + FIRST) == ["right", "right", "wrong"]
    assert words(START + OUTPUTS + FIRST + FIRST) == ["right", "right", "wrong"]
    assert words(START + OUTPUTS + FIRST + SECOND.replace("z.grad", "y.grad")) == ["right", "right", "wrong"]


def test_what_the_steps_come_to_is_held_against_each_step():
    program = START + OUTPUTS + FIRST + SECOND
    assert (
        words(program + "$$x.grad = 0 + yl * g'(x)$$\n\n$$x.grad = yl * g'(x) + zl * h'(x)$$")
        == ["right"] * 5
    )
    assert words(program + "$$x.grad = 0 + zl * h'(x)$$\n\n$$x.grad = yl * g'(x) + zl * h'(x)$$")[3:] == [
        "wrong",
        "right",
    ]
    assert words(program + "$$x.grad = yl * g'(x)$$")[3:] == ["wrong"]


def test_without_a_program_it_is_no_quantity():
    assert words("$$x.grad = yl * g'(x)$$") == ["not judged", "not judged"]

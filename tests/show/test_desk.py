"""What is written on a desk is judged anew with each key."""

from helpers.judge.lines import mark
from helpers.show import Desk


def judged(desk: Desk) -> str:
    return desk.children[1].value


def test_each_text_is_judged():
    desk = Desk(lambda text: mark("linear", text), "dL/db_i = sum_m dL/dY_mi")
    assert "✓" in judged(desk) and "✗" not in judged(desk)
    desk.text = "dL/db_i = sum_{m,n} dL/dY_mi"
    assert "✗" in judged(desk) and "the sum over n has no n in it" in judged(desk)
    desk.text = "dL/db_i = sum_m ("
    assert "✗" not in judged(desk) and "?" in judged(desk)
    desk.text = " "
    assert judged(desk) == "Nothing is written yet."


def test_an_error_of_the_judge_is_shown():
    desk = Desk(lambda text: mark("no such question", text), "x = y")
    assert "ValueError: no question is named 'no such question'" in judged(desk)
    desk = Desk(int, "<img src=x onerror=alert(1)>")
    assert "<img" not in judged(desk) and "&lt;img" in judged(desk)


def test_the_stored_form_is_the_first_text_judged():
    desk = Desk(lambda text: mark("linear", text), "dL/db_i = sum_m dL/dY_mi")
    desk.text = "something else"
    data = desk._repr_mimebundle_()
    assert "✓" in data["text/html"]
    assert data["text/plain"] == "dL/db_i = sum_m dL/dY_mi"

import pytest

from helpers.compare import agreement
from helpers.show import folded, table


def test_each_row_is_a_line_under_the_heads():
    said = table(["size", "loss"], ((S, f"{1 / S:.2f}") for S in (1, 2))).data
    assert said == "| size | loss |\n| --- | --- |\n| 1 | 1.00 |\n| 2 | 0.50 |"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="has 1 entries, and there are 2 heads"):
        table(["size", "loss"], [["1"]])


def test_a_folded_result_is_closed_and_whole():
    shown = folded("When you have decided", table(["a"], [[1]])).data
    assert shown == "<details><summary>When you have decided</summary>\n\n| a |\n| --- |\n| 1 |\n\n</details>"
    assert "agree" in folded("Then", agreement({"dW": {"one": 1.0, "other": 1.0}})).data

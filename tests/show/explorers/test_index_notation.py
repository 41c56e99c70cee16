"""The numbers that the explorer of notebook 02 says, against einsum and a count of letters."""

import re

import numpy as np
import pytest

from helpers.show.explorers.index_notation import LETTERS, SUMS, G, X, delta_explorer, numbers, survivors

OPERANDS = {
    "Gₘₙ Xₘⱼ δₙᵢ": ("mn,mj,ni", (G, X, np.eye(4))),
    "Gₘᵢ Xₘⱼ": ("mi,mj", (G, X)),
    "Gₘₙ Xₘⱼ": ("mn,mj", (G, X)),
}
REPORT = {"over": "Σₘ", "term": "Gₘₙ Xₘⱼ δₙᵢ"}


@pytest.mark.parametrize("term", LETTERS)
@pytest.mark.parametrize("over", SUMS)
def test_every_line_is_what_einsum_says(over, term):
    script, arrays = OPERANDS[term]
    left = [k for k in "mnij" if k in script and k not in SUMS[over]]
    whole = np.einsum(f"{script}->{''.join(left)}", *arrays)
    times = 4 if "n" in SUMS[over] and "n" not in script else 1
    for i, j in [(1, 1), (4, 2), (2, 1)]:
        value = whole[tuple({"i": i - 1, "j": j - 1}.get(k, slice(None)) for k in left)]
        np.testing.assert_array_equal(numbers(over, term, i, j).ravel(), np.ravel(times * value))
    sentence = delta_explorer().move(over=over, term=term, i=2, j=1)
    assert f"left {{i, j}}, right {{{', '.join(sorted(left))}}}." in sentence
    assert ("left free" in sentence) == bool(set(left) - {"i", "j"})
    assert ("no i on the right" in sentence) == ("i" not in script)


@pytest.mark.parametrize("over, term", [("Σₘₙ", "Gₘₙ Xₘⱼ δₙᵢ"), ("Σₘ", "Gₘᵢ Xₘⱼ")])
@pytest.mark.parametrize("i, j", [(1, 1), (3, 2)])
def test_right_lines_give_the_entry_of_the_product(over, term, i, j):
    value = f"{(G.T @ X)[i - 1, j - 1]:.0f}".replace("-", "−")
    sentence = delta_explorer().move(over=over, term=term, i=i, j=j)
    assert sentence.endswith(f" = {value}.")


def test_a_useless_sum_is_legal_and_four_times_too_large():
    sentence = delta_explorer().move(over="Σₘₙ", term="Gₘᵢ Xₘⱼ", i=2, j=1)
    wrong, right = re.search(r"added 4 times\. .* = (\d+), and (\d+) is right", sentence).groups()
    assert (int(wrong), int(right)) == (4 * (G.T @ X)[1, 0], (G.T @ X)[1, 0])


def test_the_line_of_the_report_is_four_numbers():
    sentence = delta_explorer().move(**REPORT, i=2, j=1)
    assert "right {i, j, n}" in sentence
    assert f"here are 4: n is left free (0, {(G.T @ X)[1, 0]:.0f}, 0, 0)." in sentence


def test_a_delta_leaves_a_column():
    explorer = delta_explorer()
    assert survivors("Gₘₙ Xₘⱼ", 3).all()
    assert explorer.commit("row 3").startswith("✗")
    assert explorer.values["i"] == 3
    np.testing.assert_array_equal(np.argwhere(survivors(explorer.values["term"], 3))[:, 1], [2, 2, 2])

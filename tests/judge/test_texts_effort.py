r"""What the judging of a text costs, in parts of formulas that are evaluated: no clock decides anything."""

from helpers.compare.readings.effort import EXHAUSTED, Effort
from helpers.judge.texts.marking import judged_text
from helpers.read.claims.letters import Letters
from helpers.read.claims.statements import statements_of
from helpers.read.passages import read_passages

SECTION = r"""
## Part {k}

$$z = W x + b$$
$$a = \sigma(z)$$
$$\frac{{\partial L}}{{\partial z}} = \frac{{\partial L}}{{\partial a}} \odot \sigma'(z)$$
$$\frac{{\partial L}}{{\partial W}} = \frac{{\partial L}}{{\partial z}} x^T$$
$$\frac{{\partial L}}{{\partial b}} = -\frac{{\partial L}}{{\partial z}}$$
"""


def spent(parts: int, effort: int) -> tuple[int, list[str], list[str]]:
    """What a text of so many parts costs, its verdicts, and why claims are not judged."""
    read = statements_of(read_passages("".join(SECTION.format(k=k) for k in range(parts))))
    left = Effort(effort)
    _, claims = judged_text(Letters(read), read.statements, "", left)
    verdicts = [c.verdict for c in claims if c.verdict is not None]
    words = ["right" if v.right else "wrong" if v.wrong else "not judged" for v in verdicts]
    return effort - left.left, words, [v.pieces.get("why", "") for v in verdicts if not v.right]


def test_the_effort_grows_as_the_text_does():
    """Twice as long costs about twice as much, with the same verdicts."""
    (two, words, _), (four, more, _) = spent(2, 100_000), spent(4, 100_000)
    assert words == ["right", "right", "wrong"] * 2 and more == words * 2
    assert 0 < four <= 2.3 * two


def test_what_the_effort_does_not_reach_is_not_judged_and_says_so():
    """No claim is called wrong, or right, that was not evaluated."""
    _, words, why = spent(2, 40)
    assert "right" not in words and "wrong" not in words
    assert EXHAUSTED in why

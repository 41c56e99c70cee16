"""The readings of a text: the plainest first, and special cases only where they may differ."""

from helpers.compare.readings.choices import CHOICES, Fork, explored

TARGETS = (*CHOICES["targets"],)


def asked(choices, *names):
    """What an attempt does: it asks each choice once."""
    for name in names:
        if name not in choices:
            raise Fork(name, (*CHOICES[name],))


def test_the_plainest_readings_come_first():
    """Where the budget ends, each of the readings that were left out has more choices that are not the first."""

    def attempt(choices):
        asked(choices, "vectors", "gradient", "samples")
        return tuple(choices.values())

    found = explored(attempt, 8)
    first = [CHOICES[name] for name in ("vectors", "gradient", "samples")]
    plain = [
        sum(o != next(iter(of)) for o, of in zip(value, first, strict=True)) for _, value in found if value
    ]
    assert plain == sorted(plain) and len(plain) > 1
    assert any(value is None for _, value in explored(attempt, 5))


def test_what_is_right_for_any_targets_is_not_tried_for_special_ones():
    met = []

    def attempt(choices):
        asked(choices, "targets", "vectors")
        met.append(choices)
        return choices["vectors"] == "columns" or choices["targets"] == TARGETS[-1]

    found = explored(attempt, 48, decides=bool)
    assert ({"vectors": "columns"}, True) in found
    assert [c["targets"] for c in met if c["vectors"] == "columns"] == [TARGETS[0]]
    assert {c["targets"] for c in met if c["vectors"] == "rows"} == {*TARGETS}

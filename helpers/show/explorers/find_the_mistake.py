"""Final answer right: is the derivation?"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, VALUE, Ahead, Button, Choice, Explorer, Predict, Slider

Line = tuple[str, str, str]  # as shown ($...$ is mathematics), the kind of its mistake or "", the reason
Pages = Mapping[str, Sequence[Line]]
Call = tuple[int, str]  # the line that is called wrong, 0 for none; the kind

OUTCOMES = ("found", "wrong place", "missed", "false alarm", "left alone")


def report_explorer(pages: Pages) -> Explorer:
    """Pages of lines, each line with its kind of mistake and reason, for a reader to call before they are shown.

    A page's first call counts. Reset forgets all calls.
    """
    calls: dict[str, Call] = {}
    counted = 0
    derivations = [lines for lines in pages.values() if lines[0][0].startswith("$")]
    longest = max(map(len, pages.values()))
    kinds = sorted(
        {lines[first_wrong(lines) - 1][1] for lines in pages.values() if first_wrong(lines)}, key=str.lower
    )

    def draw(figure: Figure, page: str, line: int, kind: str, call: int) -> str:
        nonlocal counted
        lines = pages[page]
        if call == 0:
            calls.clear()
        elif call > counted and line <= len(lines):
            calls.setdefault(page, (line, kind))
        counted = call
        figure.set_layout_engine("none")
        draw_page(figure, lines, line, page in calls)
        score = draw_score(figure, calls, pages)
        if page in calls:
            return f"{verdict(calls[page], lines)} {score}"
        if line > len(lines):
            return f"There are {len(lines)} lines here, and line {line} is not one of them. {score}"
        chosen = f"line {line} is the first wrong one ({kind})" if line else "all lines are right"
        return f"Not called yet. Pressing Call says: {chosen}. {score}"

    return Explorer(
        question="Final answer right: is the derivation?",
        predict=Predict(
            f"Here are {len(derivations)} derivations, and {len(pages) - len(derivations)} pieces of code. How many "
            "of the derivations are wrong somewhere although their last line is right?",
            answer=sum(bool(first_wrong(lines)) and not lines[-1][1] for lines in derivations),
            low=0,
            high=len(derivations),
            step=1,
            why=f"{sum(bool(first_wrong(lines)) for lines in derivations)} have a wrong line. A look at the last line "
            "alone passes as right what is not, and says of the others that something is wrong, not where. Find them: "
            "the first wrong line, then its kind, then Call.",
        ),
        controls=[
            Choice("page", list(pages)),
            Slider("line", 0, longest, 0, label="first wrong line"),
            Choice("kind", kinds, label="its kind"),
            Button("call", "Call"),
        ],
        draw=draw,
        alt="One derivation or piece of code, its lines numbered, and your calls so far",
        width=7.6,
        height=5.6,
        ahead=Ahead(drawn=False),
    )


def first_wrong(lines: Sequence[Line]) -> int:
    """The number of the first wrong line, 0 where all are right."""
    return next((number for number, (_, kind, _) in enumerate(lines, 1) if kind), 0)


def outcome(call: Call, lines: Sequence[Line]) -> str:
    """What a call was worth."""
    line, true = call[0], first_wrong(lines)
    if not true:
        return "false alarm" if line else "left alone"
    return "found" if line == true else "wrong place" if line else "missed"


def verdict(call: Call, lines: Sequence[Line]) -> str:
    """A call beside the truth, in words."""
    worth, true = outcome(call, lines), first_wrong(lines)
    if not true:
        return (
            "✓ Rightly left alone: every line is right."
            if worth == "left alone"
            else (f"✗ False alarm: you called line {call[0]}, and every line is right.")
        )
    _, kind, reason = lines[true - 1]
    named = "and you named its kind" if call[1] == kind else f"and you said {call[1]}"
    opening = {
        "found": f"✓ Found: line {true}, {named}.",
        "wrong place": f"✗ Something is wrong, but you called line {call[0]}, and line {true} is the first.",
        "missed": f"✗ Missed: line {true} is wrong.",
    }[worth]
    again = " The last line is right again." if not lines[-1][1] and lines[0][0].startswith("$") else ""
    return f"{opening} {kind}: {reason.rstrip('.')}.{again}"


def draw_page(figure: Figure, lines: Sequence[Line], chosen: int, called: bool) -> None:
    """The lines under each other; an arrow at the chosen one, marks once the page is called."""
    step = min(0.13, 0.86 / len(lines))
    for number, (text, kind, _) in enumerate(lines, 1):
        y = 0.97 - step * (number - 0.5)
        colour = QUIET if not called else GRADIENT if kind else REFERENCE
        mark = "" if not called or not text else "✗ " if kind else "✓ "
        ink = GRADIENT if called and kind else "black"
        figure.text(0.075, y, f"{mark}{number}", ha="right", va="center", color=colour)
        if number == chosen:
            figure.text(0.01, y, "▸", va="center", color=VALUE, fontsize=13)
        if text.startswith("$"):
            large = text.replace(r"\frac", r"\dfrac")
            figure.text(0.095, y, large, va="center", fontsize=12, color=ink, math_fontfamily="stix")
        else:
            figure.text(0.095, y, text, va="center", fontsize=10, family="monospace", color=ink)


def draw_score(figure: Figure, calls: Mapping[str, Call], pages: Pages) -> str:
    """The reader's own confusion matrix, drawn and said."""
    worth = [outcome(call, pages[page]) for page, call in calls.items()]
    found, misplaced, missed, alarms, left = (worth.count(what) for what in OUTCOMES)
    rows = (
        ("", "you called a line", "you called it right"),
        ("a line is wrong", f"found {found}, wrong place {misplaced}", f"missed {missed}"),
        ("all is right", f"false alarm {alarms}", f"left alone {left}"),
    )
    for k, row in enumerate(rows):
        for x, text in zip((0.02, 0.25, 0.6), row, strict=True):
            figure.text(
                x, 0.082 - 0.031 * k, text, va="center", fontsize=9, color=VALUE if k and x > 0.1 else QUIET
            )
    return (
        f"Your calls, {len(calls)} of {len(pages)}: found {found}, wrong place {misplaced}, missed {missed}, "
        f"false alarm {alarms}, left alone {left}."
    )

"""python -m tests.corpus.mistakes: how many planted mistakes are caught, how many named, how many false alarms."""

import time
from collections import Counter

from helpers.judge.code import diagnose
from tests.corpus.mistakes import FAMILIES, MISTAKES, like
from tests.corpus.mistakes.unusual import UNUSUAL


def main() -> None:
    """Diagnose all; a line for each that is missed, misnamed or wrongly flagged; then the counts."""
    start, count = time.perf_counter(), Counter()
    right = {family.name: family.right() for family in FAMILIES}
    for mistake in MISTAKES:
        found = diagnose(mistake.make(), like=like(mistake.family.name))
        kinds = [finding.kind for finding in found.findings + found.remarks]
        count["caught"] += bool(kinds)
        count["named"] += kinds[:1] == [mistake.kind]
        if kinds[:1] != [mistake.kind]:
            print(f"{mistake}: {mistake.kind} is right, and {', '.join(kinds) or 'nothing'} was said")
    for family, name, work in [*UNUSUAL, *((name, "as usual", right[name]) for name in right)]:
        found = diagnose(work, like=right[family], alpha=1.7)
        count["right"] += 1
        count["flagged"] += not found
        if not found:
            print(f"{family}, {name}: false alarm\n{found}")
    print(
        f"{len(MISTAKES)} planted mistakes in {len(FAMILIES)} layers and losses: "
        f"{count['caught']} caught, {count['named']} named by their kind ({count['named'] / len(MISTAKES):.0%})\n"
        f"{count['right']} right implementations, usual and unusual: {count['flagged']} flagged\n"
        f"{(time.perf_counter() - start) / (len(MISTAKES) + count['right']):.2f} s each"
    )


if __name__ == "__main__":
    main()

"""Attacks the project, and counts what came of it.

    python -m tests.tools.attack KIND... [--seed N] [--budget N] [--only WORDS]

KIND is one of those below, or all. The budget is how many cases of a kind are tried; the seed draws them. Prints each
case that hangs, crashes, is wrong or loses something, and a table; the exit code is 1 where there was one.
"""

import argparse
import os
import sys
from collections import Counter
from importlib import import_module

from tests.tools.attack.trial import BAD, OUTCOMES, tried

for library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

KINDS = {
    "text": "derivations, mutated and made to break the reader",
    "answers": "objects and texts that are no answer, to every exercise",
    "hand-ins": "submissions that reach for the marks, the machine or the others'",
    "pickles": "files of CIFAR-10 that are none, and archives of them",
    "checkpoints": "bytes changed, cut off, arrays exchanged",
    "kills": "a training that is killed while it writes, again and again",
    "pairs": "two trainings with one checkpoint",
    "arrays": "arrays of every shape and type to every layer, loss and optimizer",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{kind:12} {what}" for kind, what in KINDS.items()),
    )
    parser.add_argument("kinds", nargs="+", choices=[*KINDS, "all"], metavar="KIND")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, help="cases of a kind")
    parser.add_argument("--only", default="", help="of these the cases with WORDS in their name")
    chosen = parser.parse_args()
    table = {kind: attack(kind, chosen) for kind in (KINDS if "all" in chosen.kinds else chosen.kinds)}
    print("".join(f"{word:>10}" for word in ("", *OUTCOMES)))
    for kind, counts in table.items():
        print(f"{kind:>12}" + "".join(f"{counts[outcome]:>10}" for outcome in OUTCOMES))
    return int(any(counts[outcome] for counts in table.values() for outcome in BAD))


def attack(kind: str, chosen: argparse.Namespace) -> Counter:
    """How many cases of a kind had each outcome."""
    module = import_module(f"tests.tools.attack.{kind.replace('-', '_')}")
    cases = module.cases(chosen.seed, chosen.budget or module.BUDGET)
    counts: Counter = Counter()
    for name, said in tried((case for case in cases if chosen.only in case.name), module.ALLOWED):
        counts[said.partition(":")[0]] += 1
        if said.startswith(BAD):
            print(f"{kind} {name}: {said}", flush=True)
    return counts


if __name__ == "__main__":
    sys.exit(main())

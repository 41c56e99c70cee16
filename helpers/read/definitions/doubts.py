"""What a text leaves open before any formula is evaluated: indices that nothing binds, labels that may be entries."""

from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.letters import PICKED, POSITIVE, USUAL_INDICES, Text
from helpers.read.definitions.names import GREEK, LOSSES
from helpers.read.definitions.syntax import Bound, Letter, Minus, Node, Number, Plus, spelt, walk


def ask_of_two_letters(text: Text, sum_: Plus) -> None:
    """x - x_i, where x would be all of the x_i, and is meant as a letter of its own."""
    terms = [t.of if isinstance(t, Minus) else t for t in sum_.terms]
    letters = [(x, *text.split(x)) for x in terms if isinstance(x, Letter)]
    for x, name, indices in letters:
        if not indices and any(name == other and at for _, other, at in letters):
            raise Ambiguous(
                f"is {name} all of them, or another letter? give it a name of its own", x.place, name
            )


def ask_of_entries(text: Text) -> None:
    """z_y beside z_j, W_{12} beside W_{ij}: an entry, or a letter of its own?"""
    for d in text.definitions.values():
        for n in walk(d.right):
            if isinstance(n, Plus):
                ask_of_two_letters(text, n)
            if isinstance(n, Letter):
                ask_of_label(text, n)
            if not (isinstance(n, Letter) and len(n.below) == 1 and n.name in text.indexed):
                continue
            (k,), written = n.below, f"{n.name}_{spelt(n.below[0])}"
            usual = (
                isinstance(k, Letter)
                and not k.below
                and k.name in (PICKED | USUAL_INDICES) - left_out(d.right)
            )
            picked = usual and not text.is_index(k)
            if picked and not text.split(n)[1] and not text.is_said(written):
                x, i = n.name, k.name
                said = (
                    f"is {written} the entry of {x} at {i}? say {i} is an integer, or {written} is a number"
                )
                raise Ambiguous(said, n.place, n.name)
            most = max(len(m.below) for m in walk(d.right) if isinstance(m, Letter) and m.name == n.name)
            if isinstance(k, Number) and len(k.text) > 1 and most > 1:
                said = f"are these two indices? write {n.name}_{{{','.join(k.text)}}}"
                raise Ambiguous(said, n.place, n.name)


def ask_of_label(text: Text, x: Letter) -> None:
    """P_{s,t} or P_s0 beside a P that is defined: an entry of it, or a letter of its own?"""
    name, indices = text.split(x)
    written = x.name + "".join(f"_{spelt(k)}" for k in x.below)
    if indices or not x.below or name in text.definitions or text.is_said(written):
        return
    starts = spelt(x.below[0])
    digits = len(x.below) == 1 and starts[:1] in text.indices and starts[1:].isdigit() and starts[1:]
    if digits:
        said = f"are these two indices? write {x.name}_{{{starts[0]},{digits}}}, or say {written} is a number"
        raise Ambiguous(said, x.place, x.name)
    if x.name in text.left and len(x.below) > 1:
        said = f"is this an entry of {x.name}? write what its letters run over, or say {written} is a number"
        raise Ambiguous(said, x.place, x.name)


def ask_of_words(text: Text) -> None:
    """`plus` in a formula: a word, or a letter of the text's own?"""
    known = {*GREEK, *POSITIVE, *LOSSES, *text.definitions, *text.functions, *text.sizes}
    for d in (d for d in text.definitions.values() if not d.source.arrays):
        for n in text.letters_in(d.right):
            if n.below or n.above or n.name in known or text.is_said(n.name):
                continue
            if len(n.name) > 2 and n.name.isascii() and n.name.isalpha() and n.name.islower():
                said = f"is this a word, or a letter of yours? leave it out, or say {n.name} is a vector"
                raise Ambiguous(said, n.place, n.name)


def refuse_unbound(text: Text) -> None:
    """x_i w_i, or P_ij, with nothing that says what i is."""
    for d in text.definitions.values():
        seen: dict[str, list[Letter]] = {}
        for n in walk(d.right):
            if isinstance(n, Letter) and n.name not in text.definitions:
                for k in unbound_indices(text, n):
                    seen.setdefault(k, []).append(n)
        for k, letters in sorted(seen.items()):
            alone = len({x.name for x in letters}) == 1
            if not alone or len(unbound_indices(text, letters[0])) > 1:
                said = f"nothing says what {k} runs over: write \\sum_{k}, or {d.name}_{k} on the left"
                raise Unreadable(said, letters[0].place, k)


def unbound_indices(text: Text, x: Letter) -> list[str]:
    """The subscripts of a letter that look like indices, and are none of the text's; W_i may be one of many W."""
    if not x.name[:1].islower() and len(x.below) < 2:
        return []
    known = {*text.indices, *text.definitions, *text.labels}
    below = [k.name for k in x.below if isinstance(k, Letter) and not k.below]
    return [k for k in below if k in USUAL_INDICES - known] if len(below) == len(x.below) else []


def left_out(right: Node) -> set[str]:
    """j of Σ_{i ≠ j}, which a sum speaks of itself."""
    only = [b.only.right for b in walk(right) if isinstance(b, Bound) and b.only]
    return {x.name for x in only if isinstance(x, Letter)}

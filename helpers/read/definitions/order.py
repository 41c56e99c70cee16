"""The order in which definitions are computed."""

from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.letters import Definition, Text
from helpers.read.definitions.names import LOSSES
from helpers.read.definitions.syntax import Letter, Minus, Plus


def used(text: Text, d: Definition, earlier: bool = False) -> list[str]:
    """The names on the right: those of this step, or those of an earlier one, h of h_{t−1}."""
    letters = text.letters_in(d.right)
    return [text.split(n)[0] for n in letters if is_earlier(text, n) == earlier]


def is_earlier(text: Text, x: Letter) -> bool:
    indices = text.split(x)[1]
    return any(isinstance(k, Plus) and isinstance(k.terms[-1], Minus) for k in indices)


def in_order(text: Text) -> list[Definition]:
    """Each definition behind those that it uses; the output last."""
    needs = {
        name: [n for n in used(text, d) if n in text.definitions] for name, d in text.definitions.items()
    }
    order: list[str] = []
    open_now: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in open_now:
            d = text.definitions[name]
            circle = open_now[open_now.index(name) :]
            said = (
                f"{name} stands on both sides: name the left one anew, or write {name}_t and {name}_{{t-1}}"
            )
            if len(circle) > 1:
                said = f"{', '.join(circle)} are defined by each other: name one of them anew"
            raise Unreadable(said, d.left.place, name)
        open_now.append(name)
        for n in needs[name]:
            visit(n)
        open_now.pop()
        order.append(name)

    inner = {n for ns in needs.values() for n in ns}
    outputs = [name for name in text.definitions if name not in inner]
    outputs.sort(key=lambda name: text.definitions[name].left.name in LOSSES)
    for name in [*(n for n in text.definitions if n in inner), *outputs]:
        visit(name)
    return [text.definitions[name] for name in order]

"""A part of a definition that the text gives a name later: h = o tanh(c), and then a = tanh(c); so h = o a."""

from typing import Any

from helpers.compare.readings.functions import put
from helpers.read.claims.asking import bases
from helpers.read.definitions.syntax import Letter, Number, walk


def with_named_parts(definitions: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The definitions, with the name of a part where that part stands in another; by its name it can be derived."""
    plain = [d for ds in definitions.values() for d in ds if not d.derives]
    used = {x for d in plain for x in bases(d.right)}
    parts = [d for d in plain if d.left not in used and not isinstance(d.right, Letter | Number)]
    return {name: [named(d, parts) for d in ds] for name, ds in definitions.items()}


def named(d: Any, parts: list[Any]) -> Any:
    for part in parts:
        if part.key != d.key and part.right in tuple(walk(d.right)) and part.right != d.right:
            d = d.changed(lambda tree, part=part: put(tree, part.right, part.left))
    return d

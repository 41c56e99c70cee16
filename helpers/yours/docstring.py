"""What a layer is, as the house writes it: the equations forward, the gradients back, the shapes."""

from collections.abc import Iterable, Mapping

from helpers.derive import Chain, Definition, Derivation
from helpers.derive.notation import Past
from helpers.derive.plain_text import spoken
from helpers.yours.body import code
from helpers.yours.python_text import quoted, shape
from helpers.yours.roles import Roles


def docstring(roles: Roles, gradients: Mapping[str, Derivation], more: Iterable[str] = ()) -> str:
    """The definitions and the gradients in index notation, and more lines; no letter in it can end the string."""
    forward = [f"{spoken(d.left)} = {spoken(d.right)}" for d in written(roles.chain)]
    backward = [f"{spoken(d.left)} = {spoken(d.result)}" for d in gradients.values()]
    shapes = "   ".join(f"{code(t)} {shape(t)}" for t in (*roles.inputs, *roles.parameters))
    lines = [
        forward[-1],
        "",
        *labelled("Forward", forward),
        *labelled("Backward", backward),
        "",
        f"Shapes     {shapes}",
        *more,
    ]
    return quotes(quoted("\n".join(lines)))


def written(chain: Chain) -> list[Definition]:
    """The definitions that a reader wrote: that H_prev is the past of H was not."""
    return [d for d in chain if not isinstance(d.tensor, Past)]


def labelled(label: str, lines: list[str]) -> list[str]:
    """The label before the first line, and all of them in one column."""
    return [f"{label if not k else '':<11}{line}" for k, line in enumerate(lines)]


def quotes(text: str) -> str:
    return f'"""{text}\n"""'

r"""Gradients that a program gathers line by line, read as what they come to.

x.grad = 0; u.grad = 1                        what a variable holds first; nothing is claimed
x.grad += u.grad * ∂f/∂x                      ∂L/∂x = 0 + (1) * ∂f/∂x, at the last line that adds to it
x.grad = 0 + ∂f/∂x                            what the line came to: once for each line that added, or at the end
"""

from collections import defaultdict

from helpers.read.finish import Part, trimmed
from helpers.read.steps import Chain, signs
from helpers.read.tokens import SPACES, Token

Values = dict[str, list[Token]]


def gathered(chains: list[Chain]) -> None:
    """Every chain about .grad becomes an equation of the gradient, or is set aside as a step."""
    values: Values = {}
    added: dict[str, list[Chain]] = defaultdict(list)
    said: dict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        names = [variable(part) for part in chain.parts]
        if len(names) < 2 or not names[0]:
            continue
        if chain.parts[1].relation == "+=" and len(names) == 2 and names[0] in values:
            add(chain, names[0], values)
            added[names[0]].append(chain)
        elif all(part.relation == "=" for part in chain.parts[1:]):
            if all(names[:-1]) and is_number(chain.parts[-1]) and not added.keys() & set(names):
                start(chain, names[:-1], values)
            else:
                said[names[0]].append(chain)
    for name, steps in added.items():
        say(name, said[name], steps)
        for chain in steps[:-1]:
            set_aside(chain, f"a step: more is added to {name}.grad below, and it is judged there")
        steps[-1].parts[0].tokens = gradient_by(name, steps[-1])


def variable(part: Part) -> str:
    """The x of a part that is x.grad and nothing else."""
    texts = [t.text for t in part.tokens if t.text not in SPACES]
    return texts[0] if texts[1:] == [".", "grad"] and texts[0].isalpha() else ""


def is_number(part: Part) -> bool:
    texts = [t.text for t in trimmed(part.tokens)]
    return len(texts) == 1 and texts[0].replace(".", "", 1).isdigit()


def start(chain: Chain, names: list[str], values: Values) -> None:
    """x.grad = y.grad = 0"""
    values |= dict.fromkeys(names, trimmed(chain.parts[-1].tokens))
    set_aside(chain, "what a variable of a program holds first")


def set_aside(chain: Chain, why: str) -> None:
    """Nothing is claimed by a chain."""
    for part in chain.parts:
        part.tokens, part.aside = [], why


def add(chain: Chain, name: str, values: Values) -> None:
    """x.grad += e is x.grad = what it was + (e); the values of other variables are spelled out in e."""
    part = chain.parts[1]
    values[name] = signs(values[name], "+", "(", spelled_out(trimmed(part.tokens), values), ")")
    part.tokens, part.unreadable, part.relation = values[name], None, "="


def spelled_out(tokens: list[Token], values: Values) -> list[Token]:
    """The tokens with (its value) for each x.grad."""
    out: list[Token] = []
    for t in tokens:
        out.append(t)
        plain = [x for x in out if x.text not in SPACES][-3:]
        if [x.text for x in plain[1:]] == [".", "grad"] and plain[0].text in values:
            out = [*out[: out.index(plain[0])], *signs("(", values[plain[0].text], ")")]
    return out


def say(name: str, chains: list[Chain], steps: list[Chain]) -> None:
    """x.grad = e below a program: what each step came to if there are as many, else the whole gradient."""
    if len(chains) not in (1, len(steps)):
        return
    for chain, step in zip(chains, steps[-len(chains) :], strict=True):
        whole = step is steps[-1]
        chain.parts[0].tokens = gradient_by(name, chain) if whole else step.parts[1].tokens


def gradient_by(name: str, chain: Chain) -> list[Token]:
    """∂L/∂x, where x.grad stands."""
    at = chain.parts[0].start
    return [Token(t, at, at) for t in (r"\frac", "{", r"\partial", "L", "}", "{", r"\partial", name, "}")]

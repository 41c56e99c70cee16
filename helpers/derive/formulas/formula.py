"""What a formula file returns: definitions, the facts that hold, and the derivations."""

from dataclasses import dataclass

from helpers.derive.definition import Chain, Definition, Fact
from helpers.derive.derivation import Derivation
from helpers.derive.latex import latex, where_latex


@dataclass(frozen=True)
class Formula:
    """A layer or a loss: how it is defined, what is known of its letters, and its gradients by name ("dW")."""

    name: str
    definitions: tuple[Definition, ...]
    derivations: dict[str, Derivation]
    facts: tuple[Fact, ...] = ()

    def __getitem__(self, name: str) -> Derivation:
        return self.derivations[name]

    @property
    def chain(self) -> Chain:
        """The definitions as the derivations have them, with what is said of their letters."""
        return next((d.chain for d in self.derivations.values()), Chain(self.definitions))

    def _repr_latex_(self) -> str:
        places = self.chain.places
        rows = [rf"{latex(d.left)} &= {latex(d.right, (), places)}" for d in self.definitions]
        rows += [rf"{latex(f.left)} &= {latex(f.right)} && \text{{{f.name}}}" for f in self.facts]
        block = "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"
        said = (
            where_latex(places, *(d.right for d in self.definitions)),
            where_latex(self.chain.derived_sizes),
        )
        return block + "".join(f"\n$$\n{where}\n$$" for where in said if where)

    def __repr__(self) -> str:
        return f"{self.name}: " + "; ".join(map(str, self.definitions))

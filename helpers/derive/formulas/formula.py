"""What a formula file returns: definitions, the facts that hold, and the derivations."""

from dataclasses import dataclass

from helpers.derive.chain import Chain
from helpers.derive.definition import Definition, Fact
from helpers.derive.derivation import Derivation
from helpers.derive.typeset import Equation, latex, where_line, where_rows


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

    @property
    def equations(self) -> list[Equation]:
        """The definitions as they are written."""
        return [Equation(latex(d.left), latex(d.right, (), self.chain.places)) for d in self.definitions]

    @property
    def known(self) -> list[Equation]:
        """The facts as they are written."""
        return [Equation(latex(f.left), latex(f.right)) for f in self.facts]

    @property
    def where(self) -> list[list[str]]:
        """What short letters stand for, the sizes that follow from others, and the first states."""
        places = where_rows(self.chain.places, *(d.right for d in self.definitions))
        others = where_rows(self.chain.derived_sizes), where_rows(self.chain.first_states)
        return [rows for rows in (places, *others) if rows]

    def _repr_latex_(self) -> str:
        rows = [f"{e.left} &= {e.right}" for e in self.equations]
        rows += [
            rf"{e.left} &= {e.right} && \text{{{f.name}}}"
            for e, f in zip(self.known, self.facts, strict=True)
        ]
        block = "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"
        return block + "".join(f"\n$$\n{where_line(where)}\n$$" for where in self.where)

    def __repr__(self) -> str:
        return f"{self.name}: " + "; ".join(map(str, self.definitions))

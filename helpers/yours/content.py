"""What follows from a definition, before it is shown: gradients, lines of NumPy, check, cost."""

from collections.abc import Iterable
from functools import cached_property

from helpers.compare import check
from helpers.compare.derivation_check import CheckReport
from helpers.compare.meaning import random_numbers
from helpers.derive import Chain, Derivation, Fact, backpropagate
from helpers.derive.card import Card, Row
from helpers.derive.formulas import Formula
from helpers.derive.notation import Tensor
from helpers.derive.plain_text import spoken
from helpers.yours.body import Body
from helpers.yours.cost import Cost, cost_of
from helpers.yours.docstring import written
from helpers.yours.layer_source import layer_source, loss_of_samples
from helpers.yours.roles import Roles
from helpers.yours.torch_source import torch_source


class Content:
    """A definition and everything that follows from it; `text` is what it was read from."""

    def __init__(
        self,
        chain: Chain,
        name: str = "YourLayer",
        inputs: Iterable[Tensor | str] | None = None,
        facts: Iterable[Fact] = (),
        text: str | None = None,
    ) -> None:
        self.chain, self.name, self.facts, self.text = chain, name, tuple(facts), text
        if not chain.leaves:
            raise ValueError(without_letters(chain))
        self.roles = Roles(chain, inputs)
        self.gradients: dict[str, Derivation] = backpropagate(chain, facts=self.facts)
        if not self.gradients:
            raise ValueError(without_letters(chain))

    @cached_property
    def formula(self) -> Formula:
        """The definitions and the derivations as the sheet and the check have them."""
        return Formula(self.name, tuple(written(self.chain)), self.gradients, self.facts)

    @property
    def shapes_latex(self) -> list[str]:
        r"""`\\mathbf{X}, \\mathbf{Y}\\,(S, N)` for each shape."""
        return Card(lambda: self.formula, "", tuple(self.gradients)).shapes_latex

    @cached_property
    def rows(self) -> list[Row]:
        """Each gradient over its indices, as matrices, in NumPy."""
        return [Row(d) for d in self.gradients.values()]

    @cached_property
    def body(self) -> Body:
        return Body(self.roles, self.gradients)

    @cached_property
    def check(self) -> CheckReport:
        """Every line of every gradient against autograd. Raises AssertionError at the first that differs."""
        return check(self.formula)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The sizes at which the check holds them, in the order of their letters."""
        sizes = random_numbers(self.chain, self.facts).sizes
        return {str(n): sizes[n] for n in sorted(sizes, key=str)}

    @cached_property
    def cost(self) -> Cost | None:
        """Operations and memory as formulas in the sizes; None where a line is not one that can be counted."""
        try:
            return cost_of(self.body)
        except NotImplementedError:
            return None

    @property
    def forward_source(self) -> str:
        return "\n".join(self.body.forward)

    @property
    def numpy(self) -> str:
        """Both passes, one under the other."""
        return f"# forward\n{self.forward_source}\n\n# backward\n{self.backward_source}"

    @property
    def backward_source(self) -> str:
        return "\n".join(self.body.backward)

    @property
    def is_loss_of_samples(self) -> bool:
        """Whether the layer is a `Loss`, the mean or the sum of what each sample loses."""
        return loss_of_samples(self.body) is not None

    def layer_source(self) -> str:
        """The source of a `Layer`, or of a `Loss`, to copy."""
        return layer_source(self.body, self.name)

    def torch_source(self) -> str:
        """The source of a torch.autograd.Function with these gradients as its backward."""
        return torch_source(self.body, self.name)


def without_letters(chain: Chain) -> str:
    """The refusal of Y = 3, and of Y = X/X."""
    Y = chain.output
    return f"{spoken(Y.left)} = {spoken(Y.right)} has no letter that a gradient could be taken by"

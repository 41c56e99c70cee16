"""One call on a definition gives an object that shows itself as a page, and exports."""

import linecache
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from helpers.derive import Chain, Fact
from helpers.derive.chain import Definitions
from helpers.derive.notation import Tensor
from helpers.implement import Layer, Loss
from helpers.yours import latex_page, markdown_page, notebook_page, text_page, web_page
from helpers.yours.content import Content
from helpers.yours.letters import with_plain_letters


def your_layer(
    definition: Definitions | str,
    *,
    name: str = "YourLayer",
    inputs: Iterable[Tensor | str] | None = None,
    facts: Iterable[Fact] = (),
) -> "YourLayer":
    """All gradients of a definition, as a page that shows itself and exports.

        your_layer(Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n]), name="Linear")
        your_layer("Y = X W^T + b")

    `inputs` names the letters that come with every batch; without it they are found as Roles says, and all others are
    learned. Raises ValueError, TypeError or NotImplementedError, in the letters of the definition, for one that cannot
    be read, meant or derived.
    """
    text = definition if isinstance(definition, str) else None
    chain = Chain(definition) if text is None else read(text)
    return YourLayer(chain, name, inputs, facts, text)


def read(text: str) -> Chain:
    """The chain that a text defines, in letters that Python can have as names."""
    from helpers.read import define

    return with_plain_letters(define(text))


class YourLayer(Content):
    """A definition and everything that follows from it; displays itself as a page."""

    def layer(self) -> type[Layer] | type[Loss]:
        """The class of `layer_source()`: Sequential(made.layer()(M=4, N=3), ...)."""
        return defined_by(self.layer_source(), self.name)

    def torch_function(self) -> type:
        """The class of `torch_source()`; `.apply(X, W, b)` runs it."""
        return defined_by(self.torch_source(), f"{self.name}Function")

    def latex(self) -> str:
        """The definition and each gradient, all lines, as a fragment of a LaTeX document with amsmath."""
        return latex_page.fragment(self)

    def notebook(self, path: str | Path) -> Path:
        """Write a notebook with the definition, the derivations, the NumPy and the check."""
        return notebook_page.write(self, Path(path))

    def html(self, check: bool = True) -> str:
        """The page as HTML with MathML, to stand in another page; without `check` before its lines are checked."""
        return web_page.article(self, check)

    def plain(self, full: bool = False) -> str:
        """The page as plain text, with every line if `full`."""
        return text_page.text(self, full)

    def _repr_markdown_(self) -> str:
        return markdown_page.page(self)

    def __repr__(self) -> str:
        return f"{self.name}: " + "; ".join(map(str, self.chain))


def defined_by(source: str, name: str) -> type:
    """The class that a source of ours defines, in a module of its own, so that `inspect.getsource` finds its text."""
    module = ModuleType(f"your_layer_{name}")
    module.__file__ = f"<{module.__name__}>"
    linecache.cache[module.__file__] = len(source), None, source.splitlines(keepends=True), module.__file__
    sys.modules[module.__name__] = module
    exec(compile(source, module.__file__, "exec"), vars(module))
    return vars(module)[name]

"""The source of a helper, shown in a notebook instead of pasted into it."""

import inspect
import textwrap
from collections.abc import Callable


class Source:
    """Python that displays itself as highlighted code."""

    def __init__(self, code: str):
        self.code = code

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"


def source(thing: type | Callable | str) -> Source:
    """The source of a class or a function, or a source that the derivations made, as the output of a cell."""
    return Source(textwrap.dedent(thing if isinstance(thing, str) else inspect.getsource(thing)).strip())

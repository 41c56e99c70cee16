"""What a definition that cannot be read, meant or derived raises, and how it is said."""

REFUSALS = ValueError, TypeError, IndexError, NotImplementedError, AssertionError
"""Each comes with a sentence; an AssertionError names a line that differs from autograd, and then no page is shown."""


def sentence(refusal: Exception) -> str:
    """The refusal in one line."""
    return " ".join(str(refusal).split())

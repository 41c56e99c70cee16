"""What a definition that cannot be read, meant or derived raises, and how it is said."""

REFUSALS = ValueError, TypeError, IndexError, NotImplementedError
"""Each comes with a sentence in the letters of the definition."""


def sentence(refusal: Exception) -> str:
    """The refusal in one line."""
    return " ".join(str(refusal).split())

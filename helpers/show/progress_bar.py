"""A progress bar that does not outlive its work."""

import os
from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], label: str = "") -> Iterable[Item]:
    """The same items, with a bar while they are worked through: a widget in a notebook, a line in a terminal.

    The bar vanishes at the end. TQDM_DISABLE=1 in the environment keeps it away altogether, as the tests and
    the writer of the notebooks do: what is stored has no bar.
    """
    disable = bool(os.environ.get("TQDM_DISABLE"))  # in a notebook tqdm itself does not look there
    return tqdm(items, desc=label, leave=False, disable=disable)

"""`%%mark linear` and `%%desk linear` in a notebook: the cell is no Python but a derivation, judged line by line.

    %%desk linear
    dL/db_i = sum_m dL/dY_mi

`%%mark` judges it when it is run, `%%desk` while one types. ipython_config.json names both, so that a kernel loads
them when a cell first asks for one.
"""

from typing import Any

from helpers import judge
from helpers.show import Desk


def load_ipython_extension(shell: Any) -> None:
    """Registers both in IPython or Jupyter."""
    judge.load_ipython_extension(shell)
    mark_cell = shell.find_cell_magic("mark")

    def desk(line: str, cell: str) -> Desk:
        """%%desk [question]: the cell's lines on a desk, each judged while one types."""
        return Desk(lambda text: mark_cell(line, text), cell.rstrip("\n"))

    shell.register_magic_function(desk, "cell")

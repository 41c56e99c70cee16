"""`%%mark` in a notebook: the cell is not Python but a derivation, and is marked line by line.

    %load_ext helpers.judge

    %%mark linear
    \\frac{\\partial L}{\\partial W_{ij}} = \\sum_m \\frac{\\partial L}{\\partial Y_{mi}} X_{mj}

Without a name the definitions in the cell say what is asked. A name is that of a question, or of a variable that holds
a Question.
"""

from typing import Any

from helpers.judge.door import mark_text
from helpers.judge.report import Report
from helpers.read.question import Question


def load_ipython_extension(shell: Any) -> None:
    """Registers `%%mark` in IPython or Jupyter."""

    def mark_cell(line: str, cell: str) -> Report | None:
        """%%mark [question]: judge each line of the cell."""
        name = line.strip()
        question = shell.user_ns.get(name)
        try:
            return mark_text(cell, question if isinstance(question, Question) else name or None)
        except ValueError as refusal:
            print(refusal)
            return None

    shell.register_magic_function(mark_cell, "cell", "mark")

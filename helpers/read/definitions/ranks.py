"""How many axes a letter has that nothing defines: by its case, its indices and the rest of the text."""

from helpers.read.definitions.axes import Choice
from helpers.read.definitions.letters import SCALARS, is_greek
from helpers.read.definitions.syntax import Letter, labelled

AFFINE = {"gamma", "beta"}  # together they scale and shift each column


def is_usual_number(name: str) -> bool:
    return (is_greek(name) and not name.startswith("beta")) or name in ("eps", "e", "lr", "lam")


def rank_choice(run, name: str, node: Letter) -> Choice:
    """How many axes a letter without a definition has, by its case, its indices and the rest of the text."""
    text = run.text
    uses = text.uses.get(name, [(node, 0)])
    least, most = min(n for _, n in uses), max(n for _, n in uses)
    capital, bold = node.name[:1].isupper(), any(x.bold for x, _ in uses)
    greek = is_greek(node.name)
    number, vector, matrix = str(most), str(most + 1), str(most + 2)
    x = name + (labelled(uses[0][0].below, "_", name) if most and uses[0][0].below else "")
    question = f"is {x} a number, a vector or a matrix? say {x} is a number, {x} in R^N, or {x} in R^(N×M)"
    if capital and most == 0:
        scalar = 0 if name in text.below_bars else 5
        options = ((matrix, 3 if scalar == 0 else 0), (number, scalar), (vector, 6))
        if greek and not bold:
            options = ((matrix, 0 if name == "Sigma" else 1), (number, 1), (vector, 4))
    elif capital and run.arrays and most == 1:
        options = ((vector, 0), (number, 1))
    elif capital:
        options = ((number, 0), (vector, 1 if least == most == 1 else 2))
    elif bold:
        options = ((vector, 0), (matrix, 8))
    elif most and least < most:
        options = ((number, 0), (vector, 2))
    elif most:
        options = ((number, 0), (vector, 1))
    else:
        likes = (
            text.of_matrices and not greek and node.name[:1] not in SCALARS and name not in text.below_bars
        )
        if (run.arrays and greek) or greek:
            options = ((number, 0), (vector, 1))
        else:
            options = ((vector, 0), (number, 1)) if likes else ((number, 0), (vector, 1))
        if run.arrays:
            options = (*options, (matrix, 4))
        if run.arrays and name in AFFINE and text.uses.keys() >= AFFINE:
            options = ((vector, 0), (number, 1))
    return Choice(("rank", name), options, node.place, question)

"""The page as a notebook that runs: definition, derivations, NumPy and check, all of it written out."""

import json
from pathlib import Path
from typing import Any

from helpers.compare.meaning import needs_positive
from helpers.yours.body import code
from helpers.yours.content import Content
from helpers.yours.page_parts import roles
from helpers.yours.python_text import axes_of
from helpers.yours.sympy_code import definitions_code, sympy_names

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

GRADIENTS = (
    "from helpers.derive import backpropagate\n\ngradients = backpropagate(definitions{})\nlist(gradients)"
)


def write(made: Content, path: Path) -> Path:
    """Write the notebook; the cells have names, and no output yet."""
    page = {
        "cells": [cell(*part) for part in parts(made)],
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(page, ensure_ascii=False, indent=1) + "\n", "utf8")
    return path


def cell(name: str, kind: str, text: str) -> dict[str, Any]:
    """A cell of a notebook, version 4.5 of its format."""
    made = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def parts(made: Content) -> list[tuple[str, str, str]]:
    """The cells: their name, whether they are prose or code, their text."""
    return [
        ("title", "markdown", f"# {made.name}\n\n{made.formula._repr_latex_()}\n\n{roles(made)}."),
        ("define", "code", define(made)),
        (
            "derive",
            "markdown",
            "## Derive\n\nEach gradient through the upstream gradients before it, one rule a line.",
        ),
        ("gradients", "code", GRADIENTS.format(", facts=facts" * bool(made.facts))),
        *(("line-" + name.lower(), "code", f'gradients["{name}"]') for name in made.gradients),
        ("numpy", "markdown", "## Implement\n\nThe last lines as NumPy, in a class that trains."),
        ("layer", "code", made.layer_source().rstrip()),
        ("check", "markdown", "## Check\n\nEvery line against autograd, and one pass forward and back."),
        (
            "autograd",
            "code",
            "from helpers.compare import check\n\nfor derivation in gradients.values():\n    print(check(derivation))",
        ),
        ("run", "code", run(made)),
    ]


def define(made: Content) -> str:
    """The definitions: the reader's own text, or else the code that makes them."""
    if made.text is not None:
        quoted = f'r"""{made.text}"""' if raw(made.text) else repr(made.text)
        read = "from helpers.yours.layer_page import read"
        return f"{read}\n\ntext = {quoted}\ndefinitions = read(text)\nlist(definitions)"
    source = definitions_code(made.chain, made.facts)
    calls = sympy_names(source)
    head = f"from sympy import {', '.join(calls)}\n\n" if calls else ""
    names = ", ".join(
        ["Definition", *["Fact"] * bool(made.facts), "Iverson", "L", "indices", "sizes", "tensor"]
    )
    return f"{head}from helpers.derive import {names}\n\n{source}"


def raw(text: str) -> bool:
    """Whether a text may stand as it is between three quotes."""
    return '"""' not in text and text[-1:] not in ('"', "\\") and text.isprintable() | ("\n" in text)


def run(made: Content) -> str:
    """Random arrays of distinct sizes through the layer."""
    sizes = {n: 5 - k if k < 3 else 3 + k for k, n in enumerate(made.roles.sizes)}
    made_with = {n for t in made.roles.parameters for n in axes_of(t)}
    arguments = ", ".join(f"{code(n)}={k}" for n, k in sizes.items() if n in made_with)
    lines = ["rng = np.random.default_rng(0)", f"layer = {made.name}({arguments})"]
    for t in made.roles.inputs:
        shape = ", ".join(str(n.xreplace(sizes)) for n in axes_of(t))
        positive = t.label.is_positive or any(needs_positive(d.right, t) for d in made.chain)
        draw = f"rng.{'uniform(0.2, 1' if positive else 'normal('}{', ' * positive}size="
        lines.append(f"{code(t)} = {draw}({shape}{',' * (len(axes_of(t)) == 1)}))")
    out = made.body.output
    lines.append(f"{out} = layer.forward({', '.join(made.body.inputs)})")
    return "\n".join([*lines, backward(made, out)])


def backward(made: Content, out: str) -> str:
    """The call of backward, and the shapes of what it gives."""
    first = ", ".join(made.body.input_gradients) or "_"
    if made.is_loss_of_samples:
        return f"{out}, layer.backward().shape"
    upstream = "np.ones(())" if made.roles.is_loss else f"rng.normal(size={out}.shape)"
    return f"{first} = layer.backward({upstream})\n{{key: dW.shape for key, dW in layer.grads.items()}}"

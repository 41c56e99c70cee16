"""The name of a tensor or a function: as text, in LaTeX, in Python."""

import re

import sympy as sp
from sympy import IndexedBase
from sympy.core.alphabets import greeks
from sympy.printing.latex import translate


def name_of(tensor: IndexedBase | sp.Symbol) -> str:
    """The letter of a tensor, or of the loss."""
    return str(tensor.label if isinstance(tensor, IndexedBase) else tensor)


def symbol(name: str, bold: bool = False) -> str:
    r"""The name of a tensor or a function: Y1 is written Y^{(1)}, Xhat X̂, gamma and \gamma are γ; a matrix in bold.

    H_prev, the past of H, has its mark below.
    """
    if past := re.fullmatch(r"(.+)_(prev|next)(\d*)_*", name):
        return rf"{symbol(past[1], bold)}_{{\mathrm{{{past[2]}}}{past[3]}}}"
    if label := re.fullmatch(r"([^_^\\]+)([_^])\{?([^{}]+)\}?", name):
        return labelled(symbol(label[1], bold), label[2], label[3])
    letter, number = re.fullmatch(r"(.+?)(\d*)", name).groups()
    if under := re.fullmatch(r"(.+)(hat|bar|tilde)", letter):
        marked = rf"\{under[2]}{{{symbol(under[1], bold)}}}"
        return f"{marked}^{{({number})}}" if number else marked
    letter = translate(letter) if letter.lower() in greeks else letter
    if bold:
        letter = rf"\boldsymbol{{{letter}}}" if "\\" in letter else rf"\mathbf{{{letter}}}"
    elif len(letter) > 1 and "\\" not in letter:
        letter = rf"\mathrm{{{letter}}}"
    return f"{letter}^{{({number})}}" if number else letter


def labelled(letter: str, sign: str, label: str) -> str:
    r"""A letter with a label below, W_{in}, or above in brackets, a^{(l)}."""
    if sign == "^":
        return f"{letter}^{{({label})}}"
    return f"{letter}_{label}" if len(label) == 1 else rf"{letter}_{{\mathrm{{{label}}}}}"


def code_name(label: object) -> str:
    r"""A label as a name in Python: X, W1, alpha; `\hat{X}` is hat_X."""
    name = re.sub(r"\W+", "_", str(label)).strip("_")
    return f"{name}_" if name == "lambda" else name

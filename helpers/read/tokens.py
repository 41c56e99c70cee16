r"""From text to tokens: LaTeX, plain text and Unicode in one alphabet.

    dYᵀ X     d Y ^ { T } X           \left( \mathbf{Y} \right)     ( \mathbf { Y } )
    Σₘ ∂L     \sum _ { m } \partial L

Space, sizes of brackets and tags are dropped. A LaTeX parser would not help: half of what is read is no LaTeX,
and what is left of LaTeX here are names, braces and a few environments.
"""

import re
import unicodedata
from typing import NamedTuple

SPACES = (r"\quad", r"\qquad")  # they may stand before a condition


class Unreadable(ValueError):
    """Why a text cannot be read, and at which character.

    `name` is the name that has no meaning, `rangeless` the index that stands on no tensor, if that is why.
    """

    def __init__(self, reason: str, at: int | None = None, rangeless: str = "") -> None:
        super().__init__(reason)
        self.reason, self.at, self.name, self.rangeless = reason, at, "", rangeless

    def about(self, name: str) -> "Unreadable":
        self.name = name
        return self


class Token(NamedTuple):
    """A piece of text and where it stood; `end` is where the next one may touch it."""

    text: str
    at: int
    end: int


DROPPED = r"""
    \\(?:left|right|[bB]igg?[lrm]?|middle)(?![a-zA-Z])\s*\.?
  | \\(?:displaystyle|textstyle|limits|nolimits|nonumber|notag)(?![a-zA-Z])
  | \\(?:tag\*?|label|hspace\*?|vspace|phantom)\s*\{[^{}]*\}
  | \\[,;:!>\ ] | ~ | [\u200b-\u200f\u2060\ufeff] | \s+
"""
PATTERN = re.compile(
    rf"""
    (?P<comment>%[^\n\r]*)
  | (?P<array>\\left\s*\\\{{\s*\\begin\s*\{{array\}}\s*\{{[^{{}}]*\}})
  | (?P<dropped>{DROPPED})
  | (?P<one>\\(?:mathbf|mathbb|mathds|boldsymbol|bm|vec)\s*(?:\{{\s*1\s*\}}|1))
  | (?P<zero>\\(?:mathbf|boldsymbol|bm|vec)\s*\{{\s*0\s*\}})
  | (?P<differential>\\(?:mathrm|text|operatorname)\s*\{{\s*d\s*\}})
  | (?P<environment>\\(?:begin|end)\s*\{{\s*\w+\*?\s*\}})
  | (?P<words>\\(?:text|textrm|textit|textbf|mbox|textnormal)\s*\{{(?P<inside>[^{{}}]*)\}})
  | (?P<macro>\\[a-zA-Z]+|\\\\(?:\[\w+\])?|\\[{{}}|&%\#])
  | (?P<string>"[^"\n]*"|'[a-zA-Z,. ]*->[a-zA-Z. ]*')
  | (?P<subscript>[ₐ-ₜᵢ-ᵪⱼ₀-₉₊₋]+)
  | (?P<superscript>[⁰¹²³⁴-⁹⁺⁻⁽-ⁿˡᵀ]+)
  | (?P<number>\d+(?:\.\d+)?e-?\d+|\d+\.(?=\s*[*/)])|\d+(?:\.\d+)?|\.\d+)
  | (?P<accented>[A-Za-z][\u0302\u0303])
  | (?P<word>[A-Za-z]+(?![\u0302\u0303]))
  | (?P<operator>\*\*|\+=|-=|\*=|/=|:=|\|\||!=|<=|>=|==|=>|->)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
SIGNS = {
    "∂": "partial", "∑": "sum", "Σ": "sum", "∏": "prod", "Π": "prod", "∘": "circ", "⊙": "odot", "⊘": "oslash",
    "⊗": "otimes", "√": "sqrt", "≤": "le", "≥": "ge", "≠": "ne", "⇒": "Rightarrow", "⟹": "Rightarrow", "→": "to",
    "⇔": "Leftrightarrow", "⟺": "Leftrightarrow", "≈": "approx", "≡": "equiv", "∈": "in", "∀": "forall",
    "∇": "nabla", "⊤": "top", "⟨": "langle", "⟩": "rangle", "ℓ": "ell", "𝟏": "one", "𝟙": "one", "…": "dots",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SPELLINGS = {
    "-": "− – — ‐ ‑ ﹣ －",
    "*": r"× ∗ ⋆ ✕ \times \ast \star",
    r"\cdot": "· ⋅ ∙ •",
    "'": r"′ ’ ʹ ‵ ` \prime",
    "/": r"\div ∕ ⁄",
    "(": r"\{ \lparen",
    ")": r"\} \rparen",
    "[": r"\lbrack \lbrace",
    "]": r"\rbrack \rbrace",
    "=": r":= == \coloneqq",
    "<": r"\lt",
    ">": r"\gt",
    ":": r"\colon",
    "|": r"\mid \vert \lvert \rvert",
    r"\|": r"\Vert \lVert \rVert ‖ ∥ ||",
    "\\\\": r"\newline \cr",
    r"\ge": r"\geq \geqslant >=",
    r"\le": r"\leq \leqslant <=",
    r"\ne": r"\neq !=",
    r"\frac": r"\dfrac \tfrac \cfrac",
    r"\Rightarrow": r"\implies \Longrightarrow =>",
    r"\Leftrightarrow": r"\iff \Longleftrightarrow",
    r"\to": r"\rightarrow \longrightarrow ->",
    r"\top": r"\intercal",
    r"\epsilon": r"\varepsilon",
    r"\phi": r"\varphi",
    r"\sum": r"\Sigma",
}
ACCENTED = {"\u0302": r"\hat", "\u0303": r"\tilde"}
LOOK_ALIKES = zip("АВЕКМНОРСТХУасеорхуіјѕΑΒΕΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXYaceopxyijsABEHIKMNOPTYXo", strict=True)
SAME = {other: text for text, others in SPELLINGS.items() for other in others.split()}
SAME |= {sign: f"\\{name}" for sign, name in SIGNS.items()} | dict(LOOK_ALIKES)
"""What a keyboard, a phone or a PDF gives for the same thing; Cyrillic and Greek letters that look like Latin ones."""


def tokenize(text: str, start: int = 0) -> list[Token]:
    """The tokens of a text; `start` is the place of the text in a longer one."""
    tokens: list[Token] = []
    begin: int | None = None  # of the \left that belongs to the next bracket
    in_array = False  # \left\{ \begin{array}{ll} ... \end{array} are cases
    for found in PATTERN.finditer(text):
        at, end = start + found.start(), start + found.end()
        in_array |= found.lastgroup == "array"
        if re.match(r"\\(left|[bB]igg?l?)(?![a-zA-Z])", found.group()):
            begin = at
        for piece in pieces(found.lastgroup, found):
            if in_array and piece == r"\end{array}":
                piece, in_array = r"\end{cases}", False
            tokens.append(Token(piece, at if begin is None else begin, end))
            begin = None
    return tokens


def pieces(kind: str | None, found: re.Match) -> list[str]:
    """The texts of the tokens that a match stands for."""
    text = found.group()
    if kind in ("comment", "dropped"):
        return []
    if kind == "array":
        return [r"\begin{cases}"]
    if kind in ("one", "zero", "differential"):
        return [{"one": r"\one", "zero": r"\zero", "differential": r"\partial"}[kind]]
    if kind == "environment":
        return [re.sub(r"\s|\*", "", text)]
    if kind == "words":
        inside = found.group("inside").strip()
        prose = re.search(r"\W", inside) or inside.lower() in CONNECTIVES
        spaced = len(inside) > 1 and inside != found.group("inside")  # \text{Let }
        return [f"text {inside}"] if prose or spaced else [inside]
    if kind in ("subscript", "superscript"):
        return ["_" if kind == "subscript" else "^", "{", *re.findall(r"[a-zA-Z]+|\d+|.", lowered(text)), "}"]
    if kind == "accented":  # X̂
        return [ACCENTED[text[1]], "{", text[0], "}"]
    if kind == "macro" and text.startswith("\\\\"):
        return ["\\\\"]
    if kind == "other" and text not in SAME:
        text = unicodedata.normalize("NFKC", text)
        return [SAME.get(text, text)] if len(text) == 1 else list(text)
    return [SAME.get(text, text)]


CONNECTIVES = {
    "if",
    "for",
    "when",
    "where",
    "otherwise",
    "else",
    "and",
    "or",
    "with",
    "so",
    "hence",
    "then",
    "",
}


def lowered(text: str) -> str:
    """ₘᵢ is mi, ⁻² is -2, ᵀ is T."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("β", "b")

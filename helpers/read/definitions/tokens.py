"""LaTeX, keyboard and Unicode to tokens, each with its place.

A token is one of a few kinds: a `number`; a `letter`, which may be bold; a `word`, the name of a function or a word of
prose; a `sign`, such as + or ( or a command that is a sign, \\frac; a `row` where a line of a display ends; a `line`.
"""

import re
import unicodedata
from dataclasses import dataclass

from helpers.read.definitions.errors import Place, Unreadable, place_in
from helpers.read.definitions.names import FUNCTIONS, GREEK, PROSE

LONGEST = 10_000


@dataclass(frozen=True)
class Token:
    """A piece of text: what it is, how it is spelt, where it stands, and whether a space is before it."""

    kind: str
    text: str
    place: Place
    spaced: bool = False
    bold: bool = False


SIGNS = {  # how a sign may be written besides
    r"\cdot": "·", "⋅": "·", "•": "·", r"\times": "×", r"\odot": "∘", r"\circ": "∘", "⊙": "∘", r"\ast": "∗",
    r"\oslash": "⊘", r"\div": "/", "÷": "/", "−": "-", "–": "-", r"\le": "≤", r"\leq": "≤", r"\leqslant": "≤",
    "<=": "≤", r"\ge": "≥", r"\geq": "≥", r"\geqslant": "≥", ">=": "≥", r"\ne": "≠", r"\neq": "≠", "!=": "≠",
    "==": "=", ":=": "=", r"\coloneqq": "=", r"\equiv": "=", r"\triangleq": "=", "≡": "=", "≔": "=", r"\lt": "<",
    r"\gt": ">", r"\in": "∈", r"\|": "‖", "||": "‖", r"\Vert": "‖", r"\lVert": "‖", r"\rVert": "‖", r"\vert": "|",
    r"\lvert": "|", r"\rvert": "|", r"\top": "⊤", r"\intercal": "⊤", r"\sum": "Σ", "∑": "Σ", r"\prod": "∏",
    r"\sqrt": "√", r"\{": "(", r"\}": ")", r"\lbrace": "(", r"\rbrace": ")", r"\lbrack": "[", r"\rbrack": "]",
    r"\langle": "⟨", r"\rangle": "⟩", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", "’": "'",
    r"\prime": "'", "′": "'", r"\infty": "∞", r"\ldots": "…", r"\dots": "…", r"\cdots": "…", "...": "…",
    r"\quad": ";", r"\qquad": ";", r"\colon": ":", "**": "^",
}  # fmt: skip
SKIPPED = {
    r"\left", r"\right", r"\limits", r"\nolimits", r"\displaystyle", r"\textstyle", r"\nonumber", r"\notag", "&", "$",
    r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr", r"\,", r"\;",
    r"\!", r"\:", "\\ ", "~", r"\mathrm", r"\rm", r"\it", r"\mathit", r"\mathsf", r"\middle", r"\Biggl", r"\Biggr",
    r"\lim", r"\mathstrut", r"\bigm", r"\space", r"\enspace", r"\thinspace", r"\medspace", r"\thickspace",
}  # fmt: skip
BOLD = {
    r"\mathbf",
    r"\boldsymbol",
    r"\bm",
    r"\bf",
    r"\vec",
    r"\pmb",
    r"\mathbfit",
    r"\symbf",
    r"\vect",
    r"\mat",
    r"\bold",
}
FONTS = {
    r"\mathcal",
    r"\cal",
    r"\mathscr",
    r"\mathfrak",
    r"\mathbb",
    r"\mathbbm",
    r"\mathds",
    r"\mathrm",
    r"\mathit",
}
ACCENTS = {r"\hat": "hat", r"\widehat": "hat", r"\tilde": "tilde", r"\widetilde": "tilde", r"\bar": "bar"}
ACCENTS |= {r"\overline": "bar", r"\dot": "dot", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
SCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ⁽⁾ⁱⁿ", "0123456789-+T()in", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₋₊ᵢⱼₖₗₘₙₚₛₜₓ", "0123456789-+ijklmnpstx", strict=True))
LABELS = {"in", "out", "max", "min", "hid", "val", "key", "ff", "new", "old", "pos", "neg", "cls", "ce"}
WHOLE = {"net", "out", "err", "act", "obj", "inp", "pre", "hid"}
"""Letters side by side that are one name: the net of a neuron."""

PATTERN = re.compile(
    r"""(?P<space>[^\S\n]+) | (?P<line>\n) | (?P<comment>(?<!\\)%[^\n]*|\#[^\n]*)
    | (?P<row>\\\\(\[[^\]]*\])?|\\cr\b|\\newline\b)
    | (?P<drop>\\(label|tag\*?|hspace\*?|vspace|require)\s*\{[^{}]*\}|\$\$?|\\[\[\]()]|\\(?:left|right|middle)\.)
    | (?P<upright>\\(?:text|mathrm|operatorname\*?|mathit|mathsf|textrm|textbf|textit|mbox|texttt)
        \s*\{\s*(?P<inner>[^{}$\\]*?)\s*\})
    | (?P<board>\\(?:mathbb|mathbbm|mathds|mathbf|bold|boldsymbol|bm|pmb|vec)\s*
        (?:\{\s*(?P<b1>[1IRZNE])(?:_(?:\w|\{\w+\}))?(?:\^\{?(?P<up>T|\\top)\}?)?\s*\}|(?P<b2>[1RZ])(?!\w))|ℝ|ℤ|𝟙)
    | (?P<env>\\(?:begin|end)\s*\{(?P<name>[a-z]+\*?)\}(?:\{[^{}]*\})?)
    | (?P<command>\\[A-Za-z]+|\\[^A-Za-z])
    | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]\d+)?|(?<![\d\w])\.\d+)
    | (?P<word>leaky_relu\b|[A-Za-z]+\d*)
    | (?P<script>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ⁽⁾ⁱⁿ]+) | (?P<sub>[₀₁₂₃₄₅₆₇₈₉₋₊ᵢⱼₖₗₘₙₚₛₜₓ]+)
    | (?P<sign>\*\*|<=|>=|!=|==|:=|\|\||\.\.\.|.)""",
    re.VERBOSE,
)
LAYOUT = {"cases", "array", "bmatrix", "pmatrix", "matrix"}


def tokens_of(text: str, offset: int = 0, whole: str | None = None) -> list[Token]:
    """The tokens of a text, which may be a part of a whole that places count in."""
    whole = text if whole is None else whole
    if len(whole) > LONGEST:
        raise Unreadable(f"the text has {len(whole)} characters: at most {LONGEST} are read; leave prose out")
    lexer = Lexer(whole, offset, latex="\\" in whole or "$" in whole)
    for m in PATTERN.finditer(text):
        lexer.take(m)
    return lexer.tokens


class Lexer:
    """Appends the tokens of one match after the other."""

    def __init__(self, whole: str, offset: int, latex: bool) -> None:
        self.whole, self.offset, self.latex = whole, offset, latex
        self.tokens: list[Token] = []
        self.spaced = self.bold = self.bold_once = False
        self.layout = 0
        self.font = ""
        self.braces: list[
            bool | None
        ] = []  # of each open brace: None, or whether it is of a font and was bold before

    def add(self, kind: str, text: str, start: int, end: int, bold: bool = False) -> None:
        if kind == "line" and self.tokens and self.tokens[-1].kind == "line":
            return
        place = place_in(self.whole, start + self.offset, end + self.offset)
        self.tokens.append(Token(kind, text, place, self.spaced, bold or self.bold or self.bold_once))
        self.spaced = self.bold_once = False

    def take(self, m: re.Match) -> None:
        kind, text, (start, end) = m.lastgroup, m.group(), m.span()
        kind = next(k for k in KINDS if m.group(k) is not None)
        if kind == "sign" and text in "{}" and self.brace_of_font(text):
            return
        if self.font and kind not in ("space", "comment"):
            self.bold_once, self.font = self.font in BOLD, ""
        if kind in ("space", "comment"):
            self.spaced = True
        elif kind == "drop":
            if text.startswith("$") or text in (r"\[", r"\]"):
                self.add("line", text, start, end)
            self.spaced = True
        elif kind == "upright":
            self.upright(m["inner"], text, m.start("inner"), m.end("inner"))
        elif kind == "board":
            self.board(m, text, start, end)
        elif kind == "env":
            if m["name"] in LAYOUT:
                self.layout += 1 if text.startswith(r"\begin") else -1
                self.add("sign", text.split("{")[0] + ":" + m["name"], start, end)
            else:
                self.add("line", text, start, end)
        elif kind == "script":
            self.scripts("^", [SCRIPTS[c] for c in text], start)
        elif kind == "sub":
            self.scripts("_", [SUBSCRIPTS[c] for c in text], start)
        elif kind == "command":
            self.command(text, start, end)
        elif kind == "word":
            self.word(text, start)
        elif kind == "sign":
            self.sign(text, start, end)
        elif kind == "number" and not self.latex and self.tokens and self.tokens[-1].text in ("^", "_"):
            self.add("sign", "{", start, start)
            self.add(kind, text, start, end)
            self.add("sign", "}", end, end)
        else:
            self.add(kind, text, start, end)

    def brace_of_font(self, text: str) -> bool:
        """The braces of \\mathbf{x} are no group: \\mathbf{x}_i is a letter with its index."""
        if text == "{":
            self.braces.append(self.bold if self.font else None)
            if not self.font:
                return False
            self.bold, self.font = self.font in BOLD, ""
            return True
        before = self.braces.pop() if self.braces else None
        if before is None:
            return False
        self.bold = before
        return True

    def board(self, m: re.Match, text: str, start: int, end: int) -> None:
        letter = m["b1"] or m["b2"] or {"ℝ": "R", "ℤ": "Z", "𝟙": "1"}[text]
        if letter != "1" and not text.startswith((r"\mathbb", r"\mathds")) and "\\" in text:
            self.add("letter", letter, start, end, bold=True)
        else:
            self.add("sign", {"1": "𝟙", "I": "𝟙", "R": "ℝ", "Z": "ℤ", "N": "ℤ", "E": "𝔼"}[letter], start, end)
        if m["up"]:
            self.add("sign", "^", end, end)
            self.add("sign", "⊤", end, end)

    def upright(self, inner: str, text: str, start: int, end: int) -> None:
        """\\text{...}: the name of a function, a letter of several characters, or words of prose."""
        words = inner.strip(" ,.:;").split()
        if len(words) == 1 and (words[0] in FUNCTIONS or words[0] in PROSE):
            self.add("word", words[0], start, end)
        elif len(words) == 1 and not text.startswith((r"\text{", r"\mbox")):
            self.add("letter", words[0], start, end, bold=text.startswith(r"\textbf"))
        elif len(words) == 1 and len(words[0]) <= 8 and words[0].isalnum():
            self.add("letter", words[0], start, end)
        else:
            at = start
            for w in inner.split():
                at = self.whole.find(w, at + self.offset) - self.offset
                self.add("word", w.strip(",.:;") or ",", at, at + len(w))

    def scripts(self, sign: str, letters: list[str], start: int) -> None:
        """Letters side by side, in braces: with ^ or _ before them, with braces alone, or with nothing."""
        if sign in ("^", "_"):
            self.add("sign", sign, start, start + 1)
        if sign:
            self.add("sign", "{", start, start + 1)
        for at, c in enumerate(letters, start):
            self.add("number" if c.isdigit() else "letter" if c.isalpha() else "sign", c, at, at + 1)
        if sign:
            self.add("sign", "}", start, start + len(letters))

    def command(self, text: str, start: int, end: int) -> None:
        name = text[1:]
        if text in BOLD or text in FONTS:
            self.font = text
        elif text in SKIPPED:
            self.spaced = True
        elif text in SIGNS:
            self.add("sign", SIGNS[text], start, end)
        elif text in ACCENTS:
            self.add("sign", "accent:" + ACCENTS[text], start, end)
        elif name in FUNCTIONS:
            self.add("word", name, start, end)
        elif name in GREEK:
            self.add("letter", GREEK[name], start, end)
        elif name == "ell":
            self.add("letter", "ell", start, end)
        elif text == r"\frac":
            self.add("sign", text, start, end)
        else:
            self.add("sign", text, start, end)

    def word(self, text: str, start: int) -> None:
        """A word of the keyboard; letters side by side where the text is LaTeX, or where each is a matrix, Q K."""
        end = start + len(text)
        last = [t.text for t in self.tokens[-2:]]
        if text.isalpha() and not self.latex and (last[-1:] == ["_"] or last == ["_", "{"]) and len(text) > 1:
            return self.below(text, start, braced=last[-1] == "{")
        if self.latex and last[-1:] in (["_"], ["^"]) and text[1:] in FUNCTIONS:  # y_i ln(p) without spaces
            self.add("letter", text[0], start, start + 1)
            return self.word(text[1:], start + 1)
        if self.latex and last == ["_", "{"] and text in LABELS:
            return self.add("letter", text, start, end)
        if text in FUNCTIONS or text in PROSE or text.lower() in PROSE:
            self.add("word", text, start, end)
        elif self.latex and text in WHOLE:
            self.add("letter", text, start, end)
        elif text in GREEK:
            self.add("letter", GREEK[text], start, end)
        elif len(text) == 1:
            self.add("letter", text, start, end)
        elif self.latex:
            follows = self.whole[end + self.offset :].lstrip()[:1]
            if follows and ((follows in "_=(" and len(text) > 3) or (follows == "(" and text[0].isupper())):
                return self.add("letter", text, start, end)
            if text.isalpha() and len(text) > 3 and text[1:].islower():
                return self.add("word", text, start, end)  # prose
            named = text[-1].isdigit() and not self.in_script()
            letters = text.rstrip("0123456789") if named else text
            for at, c in enumerate(letters, start):
                self.add("number" if c.isdigit() else "letter", c, at, at + 1)
            if letters != text:  # t1 beside t_2
                self.scripts("_", [*text[len(letters) :]], start + len(letters))
        elif is_product(text, self.whole):
            for at, c in enumerate(text, start):
                self.add("letter", c, at, at + 1)
        else:
            self.add("letter", text, start, end)

    def in_script(self) -> bool:
        """Does what comes next stand above or below a letter?"""
        depth, near = 0, self.tokens[-40:]
        for k in range(len(near) - 1, -1, -1):
            depth += (near[k].text == "}") - (near[k].text == "{")
            if depth < 0:
                return k > 0 and near[k - 1].text in ("_", "^")
        return False

    def below(self, text: str, start: int, braced: bool) -> None:
        """Y_ij of the keyboard: short and small is one index a letter, W_out is a name."""
        if len(text) > 3 or not text.islower() or text in LABELS:
            return self.add("letter", text, start, start + len(text))
        self.scripts("" if braced else "{", [*text], start)

    def sign(self, text: str, start: int, end: int) -> None:
        if text == "&" and self.layout:
            self.add("sign", text, start, end)
        elif text == "=" and self.tokens and self.tokens[-1].text == r"\not":
            self.tokens.pop()
            self.add("sign", "≠", start, end)
        elif text in SKIPPED:
            self.spaced = True
        elif text in ACCENTS:
            self.add("sign", "accent after:" + ACCENTS[text], start, end)
        elif text == "Σ" and self.whole[end + self.offset :][:1] in "_ₙᵢⱼₖₘₛₚₗₜ":
            self.add("sign", text, start, end)
        elif name := greek_name(text):
            self.add("letter", name, start, end)
        elif text.isalpha() and (plain := unicodedata.normalize("NFKD", text)) and plain[0].isalpha():
            self.add("letter", "ell" if text == "ℓ" else plain[0], start, end)
            for c in plain[1:]:
                if c in ACCENTS:
                    self.add("sign", "accent after:" + ACCENTS[c], start, end)
        else:
            self.add("sign", SIGNS.get(text, text), start, end)


def greek_name(letter: str) -> str | None:
    """alpha for α; nothing for a letter that is not Greek."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    if not name.startswith("GREEK"):
        return None
    word = name.split()[-1].lower() if "FINAL" not in name else "sigma"
    word = {"lamda": "lambda"}.get(word, word)
    return GREEK.get(word.capitalize() if "CAPITAL" in name else word)


def is_product(word: str, whole: str) -> bool:
    """QK and Wx from the keyboard are products, unless the text defines or calls something of that name."""
    if not word.isalpha() or re.search(rf"\b{word}\s*(_\w+\s*)?[(=:]", whole):
        return False
    return (word.isupper() and len(word) <= 3) or (len(word) == 2 and word[1] in "xyzhuv" and word[0] != "d")


KINDS = [k for k in PATTERN.groupindex if k not in ("inner", "b1", "b2", "up", "name")]

"""What the tokens of a whole text say of its letters: which are functions, which are losses."""

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from helpers.read.definitions.tokens import Token

LOSSES = {"L", "E", "J", "C", "l", "ell", "loss", "Loss", "cost", "Cost", "CE", "MSE", "BCE"}
INDICES = set("ijkmnp")
FUNCTIONS = {"f", "g", "h", "sigma", "phi", "Phi", "varphi", "psi", "S", "a", "rho"}

ENOUGH = 3
"""So often \\delta stands before a letter where it is a d."""


@dataclass(frozen=True)
class Notation:
    """What the tokens of a whole text say of its letters."""

    functions: frozenset[str] = frozenset()
    losses: frozenset[str] = frozenset()
    arguments: tuple[tuple[str, str], ...] = ()
    """What a loss is a function of, where the text says it: J of w, in J(w)."""
    colon: bool = False
    """Is A : B a product?"""
    differentials: bool = False
    """Is dW a differential, as in dL = tr(Gᵀ dW)?"""
    upstream: bool = False
    """Is ∇_W alone the gradient of the loss?"""
    primes: bool = False
    """Is X' the transpose of X?"""
    e: bool = False
    """Is e a letter of the text, as in e = t − y?"""
    made: tuple[tuple[str, str], ...] = ()
    """Letters that stand once with what they are made of, as y with z in y_i(z_i) = ..., and else without."""


def notation_of(rows: list[list[Token]], words: str = "") -> Notation:
    """The functions and losses of a text, from the tokens of all of its rows, and from its words."""
    seen: dict[str, list[bool]] = {}
    defined, derived, arguments, with_index = set(), set(), {}, {}
    for tokens in rows:
        texts = [t.text for t in tokens]
        for k, t in enumerate(tokens):
            if t.kind != "letter" or len(tokens) == 1:
                continue
            behind = "".join(texts[k + 1 : k + 4])
            seen.setdefault(t.text, []).append(bool(re.match(r"'*[(\[]|\^\d\(", behind)))
            if re.match(r"'+\(", behind):
                derived.add(t.text)
            named = t.text in LOSSES or (k == 0 and t.text not in arguments)
            if named and texts[k + 1 : k + 4 : 2] == ["(", ")"] and tokens[k + 2].kind == "letter":
                arguments.setdefault(t.text, texts[k + 2])
        call = next((k for k, x in enumerate(texts) if x == "=" and "(" in texts[:k]), 0)
        if call and tokens[0].kind == "letter" and is_call(texts[:call]) and texts[0] not in LOSSES:
            defined.add(texts[0])
            if texts[1] == "_" and {*texts[2 : texts.index("(")]} & INDICES and texts[0] not in FUNCTIONS:
                with_index[texts[0]] = texts[texts.index("(") + 1]
    made = {x: z for x, z in with_index.items() if sum(seen[x]) <= len(seen[x]) / 4}
    defined -= {*made}
    functions = {x for x, before in seen.items() if x in FUNCTIONS and all(before)}
    functions |= {
        x for x, before in seen.items() if x in FUNCTIONS - {"S", "a"} and sum(before) > len(before) / 2
    }
    functions |= {x for x in derived - LOSSES if sum(seen[x]) > len(seen[x]) / 2}
    losses = {x for x in LOSSES if x in seen and is_measured(x, rows)} | {
        x for x in ONLY_ABOVE if is_only_above(x, rows)
    }
    losses |= {x for x in seen if is_of_several(x, rows)}
    typed = [" ".join(t.text for t in tokens) for tokens in rows]
    return Notation(
        frozenset(functions | defined),
        frozenset(losses),
        tuple(sorted(arguments.items())),
        colon=any(":" in x for x in typed)
        and bool(COLON.search(words) or any(map(COLON_TYPED.search, typed))),
        differentials=any(DIFFERENTIALS.search(x) for x in typed)
        or bool(re.search(r"differentials?\b(?! eq)", words)),
        upstream=any(UPSTREAM.search(x) for x in typed),
        e=any(x.startswith("e =") for x in typed),
        made=tuple(sorted(made.items())),
        primes=any(") ' (" in x or ") ' [A-Z]" in x for x in typed) or says_primes(words, typed),
    )


def with_d(rows: list[list[Token]]) -> list[list[Token]]:
    r"""The rows with dx for \delta x, where a text has δ so alone: before a letter, and with nothing of its own."""
    pairs = [
        (t, behind) for tokens in rows for t, behind in zip_longest(tokens, tokens[1:]) if t.text == "delta"
    ]
    before_letters = [
        b for _, b in pairs if b is not None and (b.kind == "letter" or b.text.startswith("accent"))
    ]
    if len(before_letters) < max(len(pairs), ENOUGH):
        return rows
    return [
        [
            replace(t, text="d")
            if t.text == "delta"
            else replace(t, spaced=t.spaced and before.text != "delta")
            for before, t in zip([tokens[0], *tokens], tokens, strict=False)
        ]
        for tokens in rows
    ]


def says_primes(words: str, typed: list[str]) -> bool:
    """Do the words speak of a transpose, where no T stands above?"""
    return "transpose" in words.lower() and not any(re.search(r"\^ (?:\{ )?(?:T|⊤)", x) for x in typed)


COLON = re.compile("frobenius|colon|inner product|double[- ](?:dot|contraction)", re.I)
COLON_TYPED = re.compile(r": d [A-Za-z]|: \( d [A-Za-z]")
DIFFERENTIALS = re.compile(
    r"^d ?(?:L|E|J|C|l|ell|loss|f|g|F|phi|psi) =|(?:^|[-+=:] |\w )d [(\[‖] (?!\))|\b(?:tr|Tr|trace) [(\[].* d [A-Z]"
)
"""dL = ... dX, d(A B), tr(A dX)"""
UPSTREAM = re.compile(
    r"\\nabla _ (?:\{[^{}]*\}|\S+)(?: \^ (?:\{[^{}]*\}|\S+))? (?:=|∘|·|\)|$|\+)|\\nabla _ \S+$"
)
"""∇_W = ..., ∇_Z ∘ ..."""
ONLY_ABOVE = ("f", "F", "R", "Q", "U", "obj")


def is_measured(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand on a left side, behind a d or a ∇, or as J(w), as a loss does and a constant does not?"""
    for tokens in rows:
        texts = [t.text for t in tokens]
        for k, x in enumerate(texts):
            before = texts[:k]
            if x == f"d{name}" or (
                x == name
                and (
                    not [t for t in before if t not in ("-", "(", "{", "[")]
                    or before[-1] in (r"\partial", "d", "δ", "delta", r"\nabla")
                    or (r"\nabla" in before[-7:] and before[-1:] != ["="])
                    or texts[k + 1 : k + 2] in (["("], ["="])
                    or (before[-1:] == ["="] and k == len(texts) - 1)
                )
            ):
                return True
    return False


def is_only_above(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand nowhere but as ∂f above a bar, as a loss does that nobody defines?"""
    before = [
        (tokens[k - 1].text if k else "", tokens[k + 1].text if k + 1 < len(tokens) else "")
        for tokens in rows
        if len(tokens) > 1
        for k, t in enumerate(tokens)
        if t.text == name and t.kind == "letter"
    ]
    return bool(before) and all(a in (r"\partial", "d") and b in ("}", "/") for a, b in before)


def is_of_several(name: str, rows: list[list[Token]]) -> bool:
    """Does a letter stand only as ∂ξ above a bar and as ξ(t, z), always of the same, as a loss does?"""
    found = [
        ([t.text for t in tokens[max(k - 5, 0) : k]], "".join(t.text for t in tokens[k + 1 : k + 15]))
        for tokens in rows
        if len(tokens) > 1
        for k, t in enumerate(tokens)
        if t.text == name and t.kind == "letter"
    ]
    above = [(a[-1:] in ([r"\partial"], ["d"]) and b[:1] in ("}", "/")) or r"\nabla" in a for a, b in found]
    called = [bool(re.match(r"\([^()]+[,|;]", b)) for _, b in found]
    if len({b.partition(")")[0] for (_, b), call in zip(found, called, strict=True) if call}) > 1:
        return False
    return any(above) and any(called) and all(a or b for a, b in zip(above, called, strict=True))


def is_call(texts: list[str]) -> bool:
    """f(x) or h_θ(x), and nothing behind it."""
    at = texts.index("(")
    depth = 0
    for k in range(at, len(texts)):
        depth += (texts[k] == "(") - (texts[k] == ")")
        if depth == 0:
            return k == len(texts) - 1 and (at == 1 or texts[1] == "_") and at <= 5
    return False

"""The name of a letter as its author reads it: p̂ for phat, σ² for sigma²."""

import unicodedata

from helpers.read.definitions.names import NAMES

ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307", "vec": "\u20d7"}


def spoken(name: str) -> str:
    """A name in the signs of a page.

    >>> spoken("phat"), spoken("sigma²"), spoken("xi"), spoken("loss")
    ('p̂', 'σ²', 'ξ', 'loss')
    """
    accent = next((a for a in ACCENTS if name.endswith(a) and len(name) > len(a)), "")
    plain = name.removesuffix(accent) if accent else name
    letter, rest = plain.rstrip("²0123456789"), plain[len(plain.rstrip("²0123456789")) :]
    if len(letter) == 1 or letter.lower() in NAMES:
        return unicodedata.normalize("NFC", greek(letter) + ACCENTS.get(accent, "")) + rest
    return name


def greek(name: str) -> str:
    if name.lower() not in NAMES:
        return name
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")

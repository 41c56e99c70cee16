"""Which questions the heading over a line names: "## Layer norm", \\section{Softmax}, **tanh**, or a line of its own.

A heading holds until one of its level or above; one without a name holds on to that of the section it stands in.
"""

import re
from collections.abc import Iterator

from helpers.read.question import ACTIVATIONS

NORM = r"norm(?:ali[sz]ation)?s?"
NAMES: dict[str, tuple[str, ...]] = {
    r"batch {NORM}|bn": ("batch_norm", "batch_norm_paper"),
    r"layer {NORM}|ln": ("layer_norm", "layer_norm_paper"),
    r"rms {NORM}|root mean square {NORM}": ("rms_norm",),
    r"log soft max": ("log_softmax",),
    r"log sum exp": ("logsumexp",),
    r"soft max (?:(?:and|with) )?(?:the )?cross entropy|cross entropy (?:with|of|after) (?:the |a )?soft max": (
        "softmax_cross_entropy",
    ),
    r"binary cross entropy|logistic regression": ("logistic_regression",),
    r"cross entropy": ("cross_entropy", "softmax_cross_entropy"),
    r"soft max": ("softmax", "softmax_sample"),
    r"mean squared? error|mse": ("mse",),
    r"leaky (?:relu|rectified linear unit)": ("leaky_relu",),
    r"relu|rectified linear unit": ("relu",),
    r"gelu|gaussian error linear unit": ("gelu", "gelu_tanh"),
    r"elu|exponential linear unit": ("elu",),
    r"silu|swish": ("silu",),
    r"sigmoid|logistic function": ("sigmoid",),
    r"tanh|hyperbolic tangent": ("tanh",),
    r"softplus": ("softplus",),
    r"activations?(?: functions?)?": ("activation", *ACTIVATIONS),
    r"dropout": ("dropout",),
    r"conv(?:olution)?(?:al)? ?1 ?d|1 ?d conv(?:olution)?": ("conv1d",),
    r"conv(?:olution)?(?:al)? ?2 ?d|2 ?d conv(?:olution)?": ("conv2d", "conv2d_bonus"),
    r"linear(?= |$)(?! regression)|fully connected|dense": ("linear", "linear_sample"),
}
"""What each question is called, the longer names first: "log softmax" is not "softmax"."""
SPELLED = [(name.replace("{NORM}", NORM).replace(" ", " ?"), questions) for name, questions in NAMES.items()]
NAMED = re.compile("|".join(rf"(?P<q{k}>\b(?:{name})(?![a-z]))" for k, (name, _) in enumerate(SPELLED)))
PLAIN = re.compile(
    r"\b(?:the|an?|of|for|its?|my|and|with|from|in|layers?|loss|functions?|gradients?|derivatives?|derivation|formulas?"
    r"|backward|forward|backpropagation|pass|step|exercise|question|part|section|answer|solution|proof|[a-z]|\d+)\b"
)
"""Words that name no subject: "1. The softmax layer, backward pass" is a title, a sentence about it is none."""
SECTIONS = ("title", "part", "chapter", "section", "subsection", "subsubsection", "paragraph", "textbf")
HEADING = re.compile(
    rf"\\(?P<section>{'|'.join(SECTIONS)})\*?\{{(?P<titled>[^{{}}\n]+)\}}"
    r"|^[ \t]*(?:(?P<marks>\#{1,6})[ \t]+(?P<marked>.+)"
    r"|(?P<stars>\*\*|__)(?P<bold>.+?)(?P=stars)[ \t]*[:.]?[ \t]*$"
    r"|(?P<line>[^=$\\\n]{2,80})$)",
    re.MULTILINE,
)
FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
DEEPEST = len(SECTIONS)


def headings(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(where it ends, the questions that hold from there on) of each heading."""
    fences = [found.span() for found in FENCED.finditer(text)]
    holding: list[tuple[int, tuple[str, ...]]] = [(-1, ())]
    for found in HEADING.finditer(text):
        words = spelled(found["marked"] or found["bold"] or found["titled"] or found["line"])
        names, general = named(words), not PLAIN.sub("", NAMED.sub("", words)).strip()
        remark = found["line"] or any(begin <= found.start() < end for begin, end in fences)
        if (not names and (general or remark)) or (remark and not general):
            continue
        level = DEEPEST if remark else level_of(found)
        while holding[-1][0] >= level:
            holding.pop()
        holding.append((level, names or holding[-1][1]))
        yield found.end(), holding[-1][1]


def level_of(found: re.Match) -> int:
    """0 of the title, larger the deeper."""
    if found["marks"]:
        return len(found["marks"])
    return SECTIONS.index(found["section"] or "textbf")


def spelled(title: str) -> str:
    """batch norm for Batch-Norm"""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", title)).strip().lower()


def named(words: str) -> tuple[str, ...]:
    """The questions that a title names, in its order."""
    found = [SPELLED[int(m.lastgroup[1:])][1] for m in NAMED.finditer(words)]
    return tuple(dict.fromkeys(name for questions in found for name in questions))

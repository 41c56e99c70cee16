r"""What tells words from formulas, a condition from a claim, and a row that goes on from one that begins.

condition = [word] comparison { ("," | and) comparison },  i = j | x_i > 0 | i \ne j | l < N
word      = if | when | for | where | otherwise | ...
"""

import re

RELATION = (
    r"(?:[:+*/-]?=|[≈≡∝≃∼≔]|\\(?:approx|propto|equiv|sim|simeq|cong|doteq|triangleq|coloneqq|coloneq|vcentcolon\s*=)(?![A-Za-z])"
    r"|<=|>=|[<>≤≥]|\\(?:leq?|geq?|leqslant|geqslant|ll|gg|lt|gt|lesssim|gtrsim)(?![A-Za-z])"
    r"|\\(?:stackrel|overset|underset)\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{[^{}]*(?:=|\\approx|\\le|\\ge|\\propto)[^{}]*\})"
)
SPACE = r"(?:\s|~|\\[,;:! >]|\\q?quad(?![A-Za-z])|\\(?:hspace|hskip)\*?\{[^{}]*\}|\{\})"
GOES_ON = re.compile(rf"(?:{SPACE}|&|\\(?:displaystyle|textstyle)(?![A-Za-z]))*{RELATION}")
LEFT_OPEN = re.compile(rf"{RELATION}(?:{SPACE}|&)*$")
EQUALITY = re.compile(r"(?<![<>!:])=|[≈≡∝≔]|\\(?:approx|propto|equiv|triangleq|coloneqq)(?![A-Za-z])")

CONDITION_WORD = (
    r"(?:if|iff|when(?:ever)?|provided(?:\s+that)?|for(?:\s+(?:all|any|each|every))?|where|with|while|whereas"
    r"|(?:in\s+)?(?:the\s+|this\s+)?(?:(?:first|second)\s+)?case(?:\s+(?:\d|[IV]{1,3}|[AB]|one|two)\b)?(?:\s+(?:of|that|where|when))?|assum\w+|suppose|otherwise|else|as\s+long\s+as|当|若|如果|wenn)"
)
SIDE = (
    r"(?:\|?-?(?:\\?(?:tilde|hat|bar|boldsymbol|mathbf|vec)\s*)?(?:\{[^{}=]{1,20}\}|\\[A-Za-z]{2,9}|[A-Za-z](?![A-Za-z])"
    r"|\d+(?:\.\d+)?)(?:[_^]\s*(?:\{(?:[^{}=]|\{[^{}=]*\}){1,20}\}|\\?[A-Za-z0-9]+|\([^()=]{1,8}\)))*'*\|?(?:\s*[-+]\s*\d)?)"
)
INDEX = r"(?:\s*[i-t](?:_\w|')?\s*)"
ORDER = (
    r"(?:\\(?:ne|neq|not\s*=|le|leq|leqslant|ge|geq|geqslant|lt|gt|in|notin)(?![A-Za-z])"
    r"|\\not\s*=|!=|<=|>=|[<>≠≤≥∈∉]|=\s*/)"
)
COMPARISON = rf"(?:{INDEX}={INDEX}|\s*{SIDE}\s*{ORDER}\s*{SIDE}\s*)"
STATED = rf"\s*{SIDE}\s*(?:=|{ORDER})\s*{SIDE}\s*"  # behind "if": also y = 1
AND = r"(?:\s*(?:,|;|\\text\{\s*(?:and|or|,)\s*\}|\\(?:land|wedge|lor|vee)|and|or|∧|∨)\s*)"
BARE = re.compile(rf"[\s$(:]*{COMPARISON}(?:{AND}+{COMPARISON})*[\s$).,;:]*")
BEHIND_IF = re.compile(rf"[\s$(:]*{STATED}(?:{AND}+{STATED})*[\s$).,;:]*")
SHORT = 300  # characters that a condition may have
FUNCTIONS = """
sum exp log ln max min sin cos tan tanh sinh cosh sqrt relu softmax sigmoid argmax argmin diag trace tr det mean var std
abs sign np dot einsum maximum minimum outer norm reshape axis keepdims zeros ones eye loss transpose kron vec erf
elu gelu silu alpha beta gamma delta epsilon eps eta theta lambda mu nu sigma tau phi psi omega rho
"""
NAMES = frozenset(FUNCTIONS.split())
WORD = re.compile(r"(?<![\\A-Za-z_^{.])[A-Za-z]{3,}(?![A-Za-z_^({\\])")
TEXT = re.compile(r"\\(?:text\w*|mbox|mathrm|operatorname|label|tag|begin|end)\*?\s*\{[^{}]*\}")
HEADS = re.compile(r"\s*(?:#{1,6}\s|\\(?:sub)*section|\\paragraph|\\chapter|\\end\{document)")


def is_prose(paragraph: str) -> bool:
    """Does a paragraph consist of sentences, and not of a formula?"""
    if HEADS.match(paragraph):
        return True
    bare = TEXT.sub("", paragraph[:600])
    words = [word for word in WORD.findall(bare) if word.lower() not in NAMES]
    letters = len(re.findall(r"\S", bare)) or 1
    return len(words) >= 3 and sum(map(len, words)) > letters / 3


def is_bare(text: str) -> bool:
    """Is this nothing but a condition, such as i = j or (x_i > 0)?"""
    return len(text) < SHORT and BARE.fullmatch(text) is not None


def is_stated(text: str) -> bool:
    """Is this a condition where the words before it say "if", such as y = 1?"""
    return len(text) < SHORT and BEHIND_IF.fullmatch(text) is not None


def goes_on(text: str) -> bool:
    """Does a row begin with a relation?"""
    return GOES_ON.match(text[:SHORT]) is not None


def is_open(text: str) -> bool:
    """Does a row end with a relation?"""
    return LEFT_OPEN.search(text[-40:]) is not None

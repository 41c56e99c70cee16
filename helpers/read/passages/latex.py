r"""LaTeX.

    text    = [preamble \begin{document}] { part } [\end{document} rest]
    part    = comment | verbatim | heading | display | table | paragraph
    comment = % to the end of the line | \begin{comment} ... \end{comment}
    heading = \section{words}, and its like | a paragraph that is \textbf{words}
    table   = \begin{tabular}{..} { cells between & } \end{tabular}, rows between \\

Other environments (theorem, itemize, figure) are noise, and what is in them is text.
"""

import re
from bisect import bisect_right

from helpers.read.passages.document import Code, Page
from helpers.read.passages.fences import Fences
from helpers.read.passages.macros import braces
from helpers.read.passages.places import Text, blanked
from helpers.read.passages.running import Running

LEVELS = {
    "part": 1,
    "chapter": 1,
    "section": 1,
    "subsection": 2,
    "subsubsection": 3,
    "paragraph": 4,
    "subparagraph": 5,
}
VERBATIM = "verbatim|lstlisting|minted|Verbatim|comment"
SIGN = re.compile(
    rf"\\begin\s*\{{(?P<name>{VERBATIM})\*?\}}(?:\[[^\]\n]*\])?(?:\{{(?P<language>\w+)\}})?|\\.|(?P<comment>%)",
    re.DOTALL,
)
HEADING = re.compile(rf"\\(?P<name>{'|'.join(LEVELS)})\*?\s*(?:\[[^\]\n]{{0,200}}\])?\s*(?P<open>\{{)")
STRUCTURE = re.compile(
    r"(?P<edge>\\(?:begin|end)\s*\{(?P<name>[A-Za-z]+)\*?\}(?:\s*\[[^\]\n]{0,200}\])?)"
    r"|(?P<item>\\item(?![A-Za-z])(?:\s*\[[^\]\n]{0,80}\])?|\n[ \t]*(?=\n)|\\par(?![A-Za-z]))"
    r"|(?P<noise>\\label\s*\{[^{}]{0,80}\}|\\(?:maketitle|noindent|centering|newpage|clearpage|hline|toprule|midrule|bottomrule"
    r"|tableofcontents|bigskip|medskip|smallskip|appendix)(?![A-Za-z])|\\(?:vspace|hspace|includegraphics|bibliography|bibliographystyle"
    r"|title|author|date|documentclass|usepackage)\*?\s*(?:\[[^\]\n]{0,200}\])?\s*\{[^{}]{0,200}\})"
    r"|(?P<row>\\\\(?:\s*\[[^\]\n]{0,12}\])?)|(?P<cell>(?<!\\)&)|\\."
)
TABLES = {"tabular", "tabularx", "longtable", "tabulary"}
COLUMNS = re.compile(r"\s*(?:\{(?:[^{}]|\{[^{}]{0,80}\}){0,80}\}){0,2}")


def read_latex(page: Page) -> None:
    """Add the passages of a page."""
    first = len(page.document.passages)
    without_comments(page)
    macros = page.document.macros
    definitions = macros.take(page.string)
    for start, _, is_closed in definitions:
        if not is_closed:
            page.miss(start, "a closing } of a macro")
    page.string = blanked(page.string, [page.ignore("macro", start, end) for start, end, _ in definitions])
    outside(page)
    headings = sections(page)
    page.string = blanked(page.string, [span for span, _, _ in headings])
    stops = sorted(
        [span[0] for span, _, _ in headings]
        + [found.start() for found in re.finditer(r"\\item\b", page.string)]
    )
    headings += [(passage.span, None, 0) for passage in page.document.passages[first:]]
    headings.sort(key=lambda heading: heading[0])
    walls = [span[0] for span, _, _ in headings]
    running = Running(
        page, Fences(page, False, stops, walls, macros.environments()).formulas(), keyboard=False
    )
    blocks(page, running, headings)
    page.document.passages[first:] = sorted(page.document.passages[first:], key=lambda passage: passage.span)


def without_comments(page: Page) -> None:
    """Take out the comments and what is verbatim."""
    string, hidden, at = page.string, [], 0
    while sign := SIGN.search(string, at):
        at = sign.end()
        if sign["comment"]:
            line = string.rfind("\n", 0, sign.start()) + 1
            end = string.find("\n", at)
            end = hides(string, line, sign.start(), len(string) if end < 0 else end)
            hidden.append(page.ignore("comment", sign.start(), end))
            at = end
        elif sign["name"]:
            close = re.compile(rf"\\end\s*\{{{sign['name']}\*?\}}").search(string, at)
            stop, end = close.span() if close else (len(string), len(string))
            if not close:
                page.miss(sign.start(), f"\\end{{{sign['name']}}}")
            if sign["name"] == "comment":
                hidden.append(page.ignore("comment", sign.start(), end))
            else:
                page.block += 1
                page.ignore("fence", sign.start(), sign.end())
                page.add(Code, sign.end(), stop, page.text(sign.end(), stop), sign["language"] or "")
                page.ignore("fence", stop, end)
                hidden.append((sign.start(), end))
            at = end
    page.string = blanked(string, hidden)


def hides(string: str, line: int, start: int, end: int) -> int:
    """Where a comment ends: with its line, or before a fence that closes what the line has opened."""
    if start - line > 5000 or start == line:
        return end
    before = string[line:start]
    for opening, closing in (("$$", "$$"), (r"\[", r"\]"), ("$", "$"), (r"\(", r"\)")):
        count = len(re.findall(r"(?<!\\)" + re.escape(opening), before))
        is_open = count % 2 if opening == closing else count > before.count(closing)
        if is_open and (close := string.find(closing, start, end)) >= 0:
            return close
    names = re.findall(r"\\(begin|end)\{(\w+\*?)\}", before)
    if (
        names
        and names[-1][0] == "begin"
        and (close := string.find(rf"\end{{{names[-1][1]}}}", start, end)) >= 0
    ):
        return close
    return end


def outside(page: Page) -> None:
    """Leave out what is before and behind the document."""
    begin = re.search(r"\\begin\s*\{document\}", page.string)
    end = re.search(r"\\end\s*\{document\}", page.string)
    spans = [page.ignore("preamble", 0, begin.end())] if begin else []
    if end and end.start() > (begin.end() if begin else 0):
        spans.append(page.ignore("behind the end", end.start(), len(page.string)))
    page.string = blanked(page.string, spans)


def sections(page: Page) -> list[tuple[tuple[int, int], Text, int]]:
    """The headings: where each stands, its words, and its level."""
    closing, found, at = None, [], 0
    while heading := HEADING.search(page.string, at):
        closing = braces(page.string) if closing is None else closing
        at = heading.end()
        close = closing.get(heading.start("open"))
        if close is None:
            page.miss(heading.start(), "a closing } of a heading")
            continue
        found.append(((heading.start(), close + 1), page.text(heading.end(), close), LEVELS[heading["name"]]))
        at = close + 1
    return found


def blocks(page: Page, running: Running, headings: list) -> None:
    """Cut the text where a paragraph, an item, a heading, code or a cell begins."""
    starts = [span[0] for span, _, _ in headings]
    at, table, column = 0, 0, 0
    done = 0
    signs = [sign for sign in STRUCTURE.finditer(page.string) if not running.inside(sign.start())]
    commands = [page.ignore("command", *sign.span()) for sign in signs if sign["noise"]]
    page.string = blanked(page.string, commands)

    def close(end: int) -> None:
        nonlocal at, done
        last = bisect_right(starts, end)
        for span, words, level in headings[done:last]:
            piece(at, span[0])
            if words is not None:
                running.heading(*span, words, level)
            at = max(at, span[1])
        done = max(done, last)
        piece(at, end)
        at = max(at, end)

    def piece(start: int, end: int) -> None:
        if end > start and page.string[start:end].strip():
            running.block(start, end, column if table else None)

    for sign in signs:
        if sign.start() < at:
            continue
        start, end = sign.span()
        if sign["edge"] and sign["name"] in TABLES:
            end = COLUMNS.match(page.string, end).end() if "begin" in sign["edge"] else end
        if not (sign["edge"] or sign["item"] or (table and (sign["row"] or sign["cell"]))):
            continue
        close(start)
        page.ignore("structure", start, end)
        at = end
        if sign["edge"]:
            table += {"\\b": 1, "\\e": -1}[sign[0][:2]] if sign["name"] in TABLES else 0
            column = 0
            page.block += 1
        elif table:
            column = 0 if sign["row"] else column + 1
            page.block += bool(sign["row"])
    close(len(page.string))

"""Sphinx's settings of the site, which `python -m tests.tools.site` builds."""

from pathlib import Path

HERE = Path(__file__).parent

project = html_title = "Gradients, line by line"
copyright = 'the developers of "Gradients, line by line"'
extensions = ["myst_nb", "sphinx-mathjax-offline"]

nb_execution_mode = "off"  # the outputs are those that are stored, and that the tests compare
nb_render_markdown_format = "myst"  # tables and mathematics in outputs, also in blocks of lines
nb_code_prompt_show = nb_code_prompt_hide = "Imports"  # the cells that are folded
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
myst_mathjax_classes = "math|cell_output"
mathjax3_config = {"tex": {"inlineMath": [["$", "$"], ["\\(", "\\)"]]}}  # as outputs in HTML write it

html_theme = "furo"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_js_files = ["book.js"]
templates_path = [str(HERE / "templates")]
html_sourcelink_suffix = ""  # the source of a page is its notebook, to download
html_use_index = False  # of Python's objects, and there are none
html_show_search_summary = False  # a page that is opened from a file may not read the others

EMPTY_HEADING = '<th class="head"><p></p></th>'  # a heading that says nothing is a cell


def setup(app) -> None:
    def cells(app, page, template, context, doctree) -> None:
        context["body"] = context.get("body", "").replace(EMPTY_HEADING, "<td></td>")

    app.connect("html-page-context", cells)

"""Sphinx's settings of the site, which `python -m tests.tools.site` builds."""

from pathlib import Path

project = html_title = "Gradients, line by line"
copyright = 'the developers of "Gradients, line by line"'
extensions = ["myst_nb", "sphinx-mathjax-offline"]

nb_execution_mode = "off"  # the outputs are those that are stored, and that the tests compare
nb_render_markdown_format = "myst"  # tables and mathematics in outputs, also in blocks of lines
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
myst_mathjax_classes = "math|cell_output"
mathjax3_config = {"tex": {"inlineMath": [["$", "$"], ["\\(", "\\)"]]}}  # as outputs in HTML write it

html_theme = "furo"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_sourcelink_suffix = ""  # the source of a page is its notebook, to download

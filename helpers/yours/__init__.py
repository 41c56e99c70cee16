"""What a reader defines: all its gradients on one page, and exports of it.

Each file imports only files before it, in this order of reading:

letters      roles      body      letters as names; which are data and which are learned; the lines of NumPy
labels       cost                 whole numbers that choose; what the lines cost
starts       samples              where parameters start; a loss sample by sample
python_text  docstring            pieces of source
refused_inputs                    the lines that refuse inputs
layer_source torch_source         a Layer or a Loss; a torch.autograd.Function
sympy_code                        the definitions as Python
content      page_parts           what follows from a definition, and what every page says of it
*_page                            Markdown, plain text, LaTeX, HTML, a notebook
layer_page                        your_layer(definition)
terminal     live                 python -m helpers.derive; a box to type in
"""

from helpers.yours.layer_page import YourLayer, your_layer

__all__ = ["YourLayer", "your_layer"]

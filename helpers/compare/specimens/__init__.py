"""PyTorch's side of the course: its networks, norms and custom Functions, and their checks."""

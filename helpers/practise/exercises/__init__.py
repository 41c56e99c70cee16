"""The exercises of the notebooks, a file a family."""

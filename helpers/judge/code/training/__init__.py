"""Judges what is no layer: an optimizer by the weights after several steps, an initialisation by its spread."""

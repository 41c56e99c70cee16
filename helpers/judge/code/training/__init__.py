"""Judges what is no layer: an optimizer by its steps, an initialisation by its spread, a penalty on the weights."""

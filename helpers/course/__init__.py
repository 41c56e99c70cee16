"""Exercises handed out, and a folder of submissions marked: `python -m helpers.course`."""

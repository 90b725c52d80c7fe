"""The house held to its rules: sizes, names, docstrings, walls, and reference pages that tell the truth."""

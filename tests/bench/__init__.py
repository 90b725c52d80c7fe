"""Figures beside other registries: the same client, the same run, in turns. `python -m tests.bench --help`."""

"""Pratique: a trusted artifact registry. Nothing leaves it that has not been examined, and every refusal says why."""

__version__ = "0.1.0"

"""`pratique scan`, piece by piece: where an artifact is, what is in it, and how that is told."""

from pratique.cli.scanning.command import scan_command

__all__ = ["scan_command"]

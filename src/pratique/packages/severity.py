"""How bad something is: the one scale of advisories, reports and policies."""

from enum import IntEnum


class Severity(IntEnum):
    """From harmless to worst; UNKNOWN is no place in that order, and stands below what is known to be something."""

    NONE = 0
    UNKNOWN = 1
    NEGLIGIBLE = 2
    LOW = 3
    MEDIUM = 4
    HIGH = 5
    CRITICAL = 6

    def __str__(self) -> str:
        """As reports write it."""
        return self.name.lower()

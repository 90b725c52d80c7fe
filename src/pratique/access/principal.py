"""Who asks, and how deep he may read."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Kind(StrEnum):
    """What sort of account a principal is."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"
    SCANNER = "scanner"
    SYSTEM = "system"


class Tier(IntEnum):
    """How deep a principal reads in a repository (gate.md, section 5), the lower tiers included."""

    NONE = 0
    READ = 1
    INSPECT = 2
    EXAMINE = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated account, or nobody.

    `generation` is the account's generation when it was looked up; a token carries it, and whatever changes
    the account (disabling, a new password, a role) raises it and so ends every token at once.
    """

    kind: Kind
    id: int
    name: str
    generation: int = 0
    is_admin: bool = False

    @property
    def key(self) -> str:
        """`user:1`, `robot:7`: what is stored where an account is referred to."""
        return f"{self.kind}:{self.id}"


ANONYMOUS: Final = Principal(Kind.ANONYMOUS, 0, "anonymous")
SCANNER: Final = Principal(Kind.SCANNER, 0, "scanner$")
"""A scanner that was asked to look into one image: it has no account, and may do what its token says."""
SYSTEM: Final = Principal(Kind.SYSTEM, 0, "pratique", is_admin=True)
"""The registry itself, for what it does on its own account (jobs, retention, garbage collection)."""

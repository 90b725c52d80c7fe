"""What the room asks of rooms that it does not know; joined in bootstrap."""

from collections.abc import Callable
from typing import Protocol

from pratique.db import Tx
from pratique.net import Outbound
from pratique.scanners.values import Target

Ways = Callable[[bool], Outbound]
"""A way out; True: whoever answers at the other end is believed (`insecure_skip_verify`)."""


class Sealing(Protocol):
    """Seals secrets for the database (trust)."""

    def seal(self, content: bytes, owner: str) -> bytes:
        """`content` sealed for `owner`."""
        ...

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for `owner`. Raises ValueError when it was not, or not with this key."""
        ...


class Visits(Protocol):
    """What a scanner needs to read one image here (identity)."""

    def address(self, *, is_internal: bool) -> str:
        """Where this registry is, for the world or for its neighbours; without a slash at the end."""
        ...

    def authorization(self, target: Target, *, wants_bearer: bool) -> str:
        """An `Authorization` header that reads this repository, in any state, and ends by itself within minutes."""
        ...


class Switches(Protocol):
    """What a project has asked for (projects)."""

    def scans_pushes(self, tx: Tx, project_id: int) -> bool:
        """Whether what is pushed is scanned (`auto_scan`)."""
        ...

"""What the doors ask of rooms that they do not know; joined in bootstrap."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from pratique.access import Principal
from pratique.db import Tx
from pratique.identity import GrantedAccess
from pratique.registry.listing import Shelf


class Rights(Protocol):
    """Who may do what, looked up now. All of it runs inside the caller's transaction."""

    def rights_of(self, tx: Tx, principal: Principal, repository: str) -> GrantedAccess | None:
        """All that `principal` may do in `repository`, existing or not; None: nothing, or no such project."""
        ...

    def may_list_catalog(self, tx: Tx, principal: Principal) -> bool:
        """Whether `principal` may ask for the catalog, in which he sees what he may pull."""
        ...

    def shelf(self, tx: Tx, principal: Principal) -> Shelf | None:
        """The projects whose repositories `principal` sees in the catalog; None: all of them, in any state."""
        ...

    def still_counts(self, tx: Tx, granted: GrantedAccess) -> bool:
        """Whether what a token gives is still of this world.

        Its project is the same one, not another made under its name since, and still public where the access rests on
        that. Whatever else changes an account's rights ends its tokens by the account's generation.
        """
        ...


class Writer(Protocol):
    """Takes the bytes of an upload."""

    def write(self, content: bytes | bytearray | memoryview, /) -> int:
        """Take all of `content`, which may be reused at once. The number of bytes."""
        ...


WriterContext = AbstractContextManager[Writer]
"""All or nothing: left by an exception, what it was given is taken back."""

Ready = Callable[[], None]
"""Raises Unavailable while the process can't answer: a store out of reach, full or read-only. Blocks."""

"""The root of Sigstore's public instance, brought up to date: fetched outside, imported as any other version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pratique.access.principal import SYSTEM
from pratique.admission.root_desk import RootDesk
from pratique.db import Database, Tx
from pratique.errors import Invalid
from pratique.trust import TrustedRoots
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.root_changes import RootChange
from pratique.trust.trusted_roots import NewRoot

JOB: Final = "trust.refresh_root"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The version that counts now. `change` None: it counted already."""

    version: int
    digest: str
    change: RootChange | None


class RootRefresh:
    """`fetch` brings the newest root, verified; it raises Unavailable or Invalid."""

    def __init__(
        self, database: Database, roots: TrustedRoots, desk: RootDesk, fetch: Callable[[], bytes]
    ) -> None:
        self._database = database
        self._roots = roots
        self._desk = desk
        self._fetch = fetch

    def __call__(self, _payload: Mapping[str, Any], /) -> None:
        """The handler of the job."""
        self.run()

    def run(self) -> Refreshed:
        """Fetch it, and import it if it is another one than counts now; what it narrows is narrowed at once.

        Raises what `fetch` raises, BadRequest for what is no root, and Conflict where it brings back services that
        were removed: an administrator decides about that. Nothing has changed then.
        """
        try:
            content = self._fetch().decode()
        except UnicodeDecodeError as error:
            raise Invalid(f"the root is no text: {error.reason}") from error
        return self._database.write(lambda tx: self._take(tx, content))

    def _take(self, tx: Tx, content: str) -> Refreshed:
        held = self._roots.get(tx, PUBLIC_GOOD)
        if held.content == content:
            return Refreshed(held.version, held.root.digest, None)
        thresholds = held.stored.thresholds if held.stored else None
        held, change = self._desk.put(tx, SYSTEM, NewRoot(PUBLIC_GOOD, content, thresholds))
        return Refreshed(held.version, held.root.digest, change)

"""Where administrators import trusted roots: shown before, and narrowing what they narrow in the same transaction."""

from pratique.access.principal import Principal
from pratique.admission import store
from pratique.admission.narrowing import Narrowing
from pratique.admission.switch import rejudge, reverify
from pratique.db import Tx
from pratique.errors import Conflict
from pratique.events import TrustedRootImported, TrustedRootRemoved
from pratique.jobs import publish
from pratique.trust import TrustedRoots
from pratique.trust.root_changes import RootChange
from pratique.trust.store import TrustedIdentity, TrustedKey, identities, keys
from pratique.trust.trusted_roots import HeldRoot, NewRoot


class RootDesk:
    """Trusted roots."""

    def __init__(self, roots: TrustedRoots, narrowing: Narrowing) -> None:
        self._roots = roots
        self._narrowing = narrowing

    def preview(self, tx: Tx, wanted: NewRoot) -> RootChange:
        """What an import would change. Raises BadRequest."""
        return self._roots.preview(tx, wanted)

    def put(self, tx: Tx, actor: Principal, wanted: NewRoot) -> tuple[HeldRoot, RootChange]:
        """Import a version of a root; the TUF refresh does it too, for `public-good`.

        Where it removes or shortens a service, what was verified by this root is not admitted until it is verified
        again by jobs. Raises BadRequest, Conflict.
        """
        store.lock_system(tx)
        held, change = self._roots.put(tx, wanted, creator=actor.name)
        naming = _naming(tx, wanted.name)
        taken = self._narrowing.take_away(tx, [each.mark for each in naming]) if change.narrows else 0
        for project_id in sorted({each.project_id for each in naming}):
            reverify(tx, project_id)
            rejudge(tx, project_id)
        publish(
            tx,
            TrustedRootImported(
                actor=actor.name,
                name=wanted.name,
                version=held.version,
                digest=held.root.digest,
                adds=change.adds,
                removes=change.removes,
                lengthens=change.lengthens,
                shortens=change.shortens,
                forced=wanted.force,
                taken_away=taken,
            ),
        )
        return held, change

    def remove(self, tx: Tx, actor: Principal, name: str) -> None:
        """Remove a root that nobody names. Raises NotFound, and Conflict while somebody does."""
        store.lock_system(tx)
        naming = _naming(tx, name)
        if naming:
            raise Conflict(
                f"{len(naming)} trusted identities or keys of projects name {name}: remove them first"
            )
        removed = self._roots.remove(tx, name)
        publish(tx, TrustedRootRemoved(actor=actor.name, name=name, version=removed.version))


def _naming(tx: Tx, name: str) -> list[TrustedIdentity | TrustedKey]:
    """The parties of all projects whose evidence is verified by a root."""
    return [*identities.of_root(tx, name), *keys.of_root(tx, name)]

"""Where CRLs and OCSP responses are imported and removed, narrowing what they narrow in the same transaction.

Only bytes tell what a list means for a signature (a timestamp may be older than the revocation). So what carries one
of the certificates that may count less is not admitted from the commit on, until it was verified again by jobs.
"""

from typing import Final

from pratique.access.principal import Principal
from pratique.admission import store
from pratique.admission.narrowing import Narrowing
from pratique.admission.switch import rejudge, reverify
from pratique.db import Tx
from pratique.events import RevocationListImported, RevocationListRemoved
from pratique.jobs import publish
from pratique.trust import RevocationLists, marks
from pratique.trust.notation.revocations.narrowing import Narrowed
from pratique.trust.revocation_lists import Taken
from pratique.trust.store import StoredList, notation

_SCHEME: Final = "notation"
"""How the schemes begin whose certificates can be revoked."""


class RevocationDesk:
    """Revocation lists. Each call runs in its caller's transaction."""

    def __init__(self, lists: RevocationLists, narrowing: Narrowing) -> None:
        self._lists = lists
        self._narrowing = narrowing

    def put(self, tx: Tx, actor: Principal, content: bytes, signer: str = "") -> Taken:
        """Keep a list, in DER or PEM; `signer` is known where it verifies with that key (its fingerprint).

        Raises BadRequest, and Conflict for an older one than is here.
        """
        store.lock_system(tx)
        taken = self._lists.put(tx, content, creator=actor.name, signer=signer)
        if not taken.is_new:
            return taken
        count = self._narrow(tx, taken.narrowed)
        stored = taken.stored
        publish(
            tx,
            RevocationListImported(
                actor=actor.name,
                list_kind=stored.kind,
                scope=stored.scope,
                digest=stored.digest,
                revoked=taken.narrowed.revoked,
                taken_away=count,
            ),
        )
        return taken

    def remove(self, tx: Tx, actor: Principal, list_id: int) -> StoredList:
        """Forget a list. Where a policy asks for revocation, what only it told is unknown then. Raises NotFound."""
        store.lock_system(tx)
        removed, narrowed = self._lists.remove(tx, list_id)
        count = self._narrow(tx, narrowed)
        publish(
            tx,
            RevocationListRemoved(
                actor=actor.name,
                list_kind=removed.kind,
                scope=removed.scope,
                digest=removed.digest,
                taken_away=count,
            ),
        )
        return removed

    def _narrow(self, tx: Tx, narrowed: Narrowed) -> int:
        """Take away what is touched, and have everything verified again that lists speak of; how many verdicts."""
        count = 0
        if not narrowed.is_nothing:
            store.void(tx, _SCHEME, narrowed.touches)
            bases = filter(narrowed.touches, store.bases_beginning(tx, marks.CERTIFICATE))
            count = self._narrowing.take_away(tx, sorted(bases))
        for project_id in notation.projects(tx):
            reverify(tx, project_id)
            rejudge(tx, project_id)
        return count

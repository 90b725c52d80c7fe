"""Where project admins say whose certificates count: identities of a Sigstore, and notation's stores and policy.

Each call runs in its caller's transaction, which commits the change, its events, and what the change takes away.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from pratique.access.principal import Principal
from pratique.admission import store
from pratique.admission.narrowing import Narrowing
from pratique.admission.switch import rejudge, reverify
from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.events import (
    NotationPolicyChanged,
    NotationStoreAdded,
    NotationStoreRemoved,
    TrustedIdentityAdded,
    TrustedIdentityRemoved,
)
from pratique.jobs import publish
from pratique.oci.digest import digest_of
from pratique.projects import Project
from pratique.trust import NotationStores, TrustedIdentities, TrustedRoots
from pratique.trust.notation.policy import read_trust_policy
from pratique.trust.notation_stores import NewStore
from pratique.trust.reach import Reach
from pratique.trust.store import NotationPolicy, NotationStore, TrustedIdentity
from pratique.trust.trusted_identities import NewIdentity


class PartyDesk:
    """Trusted identities and notation."""

    def __init__(
        self,
        identities: TrustedIdentities,
        stores: NotationStores,
        roots: TrustedRoots,
        narrowing: Narrowing,
    ) -> None:
        self._identities = identities
        self._stores = stores
        self._roots = roots
        self._narrowing = narrowing

    def add_identity(
        self, tx: Tx, actor: Principal, project: Project, wanted: NewIdentity
    ) -> TrustedIdentity:
        """Trust a further identity; evidence that came before is verified again by a job.

        Raises BadRequest for what won't do and for a root that there is not, Conflict for a name that is taken.
        """
        store.step_gate(tx, project.id, narrows=False)
        if wanted.trusted_root not in self._roots.held(tx):
            raise BadRequest(
                f"there is no trusted root {wanted.trusted_root[:80]!r}: an administrator imports it"
            )
        identity = self._identities.add(tx, project.id, wanted, creator=actor.name)
        _widened(tx, project, identity.reach)
        publish(
            tx,
            TrustedIdentityAdded(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                identity_id=identity.id,
                name=identity.name,
                issuer=identity.issuer,
                identity=identity.identity or identity.pattern or "",
                is_pattern=identity.pattern is not None,
                trusted_root=identity.trusted_root,
                repositories=identity.reach.repositories,
            ),
        )
        return identity

    def remove_identity(self, tx: Tx, actor: Principal, project: Project, name: str) -> None:
        """Trust an identity no more: what rested on it is not admitted from this commit on. Raises NotFound."""
        store.lock_gate(tx, project.id)
        identity = self._identities.remove(tx, project.id, name)
        self._narrowed(tx, project, identity.mark)
        publish(
            tx,
            TrustedIdentityRemoved(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                identity_id=identity.id,
                name=identity.name,
                issuer=identity.issuer,
                identity=identity.identity or identity.pattern or "",
            ),
        )

    def add_store(self, tx: Tx, actor: Principal, project: Project, wanted: NewStore) -> NotationStore:
        """Add a trust store. It counts where the project's policy names it. Raises BadRequest, Conflict."""
        store.step_gate(tx, project.id, narrows=False)
        added = self._stores.add(tx, project.id, wanted, creator=actor.name)
        _widened(tx, project, added.reach)
        publish(
            tx,
            NotationStoreAdded(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                store_id=added.id,
                name=added.name,
                type=added.type,
                fingerprints=tuple(_fingerprint(each) for each in added.certificates),
            ),
        )
        return added

    def remove_store(self, tx: Tx, actor: Principal, project: Project, kind: str, name: str) -> None:
        """Remove a trust store: what rested on the project's stores is not admitted until it is verified again.

        Raises NotFound.
        """
        store.lock_gate(tx, project.id)
        before = [each.mark for each in self._stores.list(tx, project.id)]
        removed = self._stores.remove(tx, project.id, kind, name)
        self._narrowed(tx, project, *before)
        publish(
            tx,
            NotationStoreRemoved(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                store_id=removed.id,
                name=removed.name,
                type=removed.type,
            ),
        )

    def set_policy(self, tx: Tx, actor: Principal, project: Project, document: str) -> NotationPolicy:
        """Put a trust policy in the place of the one before, or (empty) take it away.

        What rested on the project's stores is not admitted until it is verified again. Raises BadRequest.
        """
        if document:
            read_trust_policy(document.encode())
        store.lock_gate(tx, project.id)
        before = self._stores.policy(tx, project.id)
        policy = self._stores.put_policy(tx, project.id, document, creator=actor.name)
        self._narrowed(tx, project, *(each.mark for each in self._stores.list(tx, project.id)))
        publish(
            tx,
            NotationPolicyChanged(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                digest=digest_of(document.encode()) if document else "",
                previous=digest_of(before.document.encode()) if before else "",
            ),
        )
        return policy

    def _narrowed(self, tx: Tx, project: Project, *bases: str) -> None:
        self._narrowing.take_away(tx, bases)
        tx.touch(f"project:{project.id}")
        reverify(tx, project.id)
        rejudge(tx, project.id)


def _widened(tx: Tx, project: Project, reach: Reach) -> None:
    reverify(tx, project.id)
    rejudge(tx, project.id)
    if reach.valid_until is not None:
        rejudge(tx, project.id, at=reach.valid_until)


def _fingerprint(pem: str) -> str:
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()

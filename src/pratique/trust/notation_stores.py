"""Notation's trust stores and trust policy of projects, within limits.

A store holds certificates in which chains may end; the policy says which stores and identities count for which
repositories. Stores are added and removed, never changed: what is new has a new id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.trust.certificates import is_self_signed, read_pem_certificates
from pratique.trust.notation.chain import check_anchor
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.reach import EVERYWHERE, NAME_LIMIT, Reach, checked_name, one_of
from pratique.trust.store import (
    STORE_TYPES,
    NotationPolicy,
    NotationStore,
    StoreType,
    notation,
    signing,
    versions,
)
from pratique.trust.strict import Unreadable

STORES_LIMIT: Final = 100
"""Stores of one project."""
CERTIFICATES_LIMIT: Final = 50
"""Certificates of one store."""
POLICY_LIMIT: Final = 256 * 1024
"""Bytes of a policy."""


@dataclass(frozen=True, slots=True)
class NewStore:
    """`certificates` is PEM, one or more."""

    name: str
    type: str
    certificates: str
    reach: Reach = EVERYWHERE


class NotationStores:
    """The stores and the policy of projects."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(self, tx: Tx, project_id: int, wanted: NewStore, creator: str = "") -> NotationStore:
        """The store as it was stored. Raises BadRequest, and Conflict for a name that is taken in its type."""
        kind = store_type(wanted.type)
        store = NotationStore(
            id=0,
            project_id=project_id,
            name=checked_name(wanted.name, "a store"),
            type=kind,
            certificates=_certificates(wanted.certificates, kind),
            reach=wanted.reach.checked(),
            created_at=self._clock.now(),
            creator=creator,
        )
        _check_foreign(tx, store.certificates)
        if notation.count(tx, project_id) >= STORES_LIMIT:
            raise BadRequest(f"a project has at most {STORES_LIMIT} notation stores: remove one first")
        if not notation.insert(tx, store):
            raise Conflict(f"the project has a store {kind}:{wanted.name} already: remove it first")
        versions.raise_version(tx, project_id)
        return self.get(tx, project_id, kind, wanted.name)

    def list(self, tx: Tx, project_id: int) -> list[NotationStore]:
        """The stores of a project, by type and name."""
        return notation.of_project(tx, project_id)

    def get(self, tx: Tx, project_id: int, kind: str, name: str) -> NotationStore:
        """One store. Raises NotFound."""
        found = notation.named(tx, project_id, store_type(kind), name)
        if found is None:
            raise NotFound(f"the project has no notation store {kind}:{name[:NAME_LIMIT]}")
        return found

    def remove(self, tx: Tx, project_id: int, kind: str, name: str) -> NotationStore:
        """The store that is trusted no more from this transaction on. Raises NotFound."""
        found = self.get(tx, project_id, kind, name)
        notation.remove(tx, project_id, found.type, name)
        self._narrowed(tx, project_id)
        return found

    def policy(self, tx: Tx, project_id: int) -> NotationPolicy | None:
        """The project's policy, or None."""
        found = notation.policy_of(tx, project_id)
        return found if found and found.document else None

    def put_policy(self, tx: Tx, project_id: int, document: str, creator: str = "") -> NotationPolicy:
        """Put a policy in the place of the one before; empty: there is none from now on.

        Whatever the old one let pass is verified again. What a policy must look like is for the caller to check.
        """
        if len(document.encode()) > POLICY_LIMIT:
            raise BadRequest(f"a trust policy has at most {POLICY_LIMIT} bytes")
        since = versions.raise_version(tx, project_id)
        policy = NotationPolicy(document, since, self._clock.now(), creator)
        notation.put_policy(tx, project_id, policy)
        return policy

    def remove_all(self, tx: Tx, project_id: int) -> None:
        """Forget what a project that is deleted had."""
        notation.remove_all(tx, project_id)

    def _narrowed(self, tx: Tx, project_id: int) -> None:
        before = notation.policy_of(tx, project_id)
        since = versions.raise_version(tx, project_id)
        policy = before or NotationPolicy("", since, self._clock.now(), "")
        notation.put_policy(tx, project_id, replace(policy, since=since))


def _check_foreign(tx: Tx, certificates: Sequence[str]) -> None:
    """What the registry signs itself is never evidence. Raises BadRequest."""
    for text in certificates:
        spki = x509.load_pem_x509_certificate(text.encode()).public_key()
        pem = spki.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        der = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if signing.is_known(tx, hashlib.sha256(der).hexdigest(), pem):
            raise BadRequest("that is a certificate of this registry: what it signs itself is never evidence")


def store_type(word: str) -> StoreType:
    """The type that is named. Raises BadRequest."""
    return one_of("type", word, STORE_TYPES)


def _certificates(text: str, kind: StoreType) -> tuple[str, ...]:
    """Each by itself, as PEM in its one form. Raises BadRequest, also for what no chain may end in."""
    try:
        found = read_pem_certificates(text, CERTIFICATES_LIMIT)
    except Unreadable as problem:
        raise BadRequest(f"certificates is PEM: {problem}") from None
    if not found:
        raise BadRequest("certificates holds no certificate")
    for each in found:
        _check_anchor(each, kind)
    return tuple(each.public_bytes(Encoding.PEM).decode() for each in found)


def _check_anchor(certificate: x509.Certificate, kind: StoreType) -> None:
    """Authorities of timestamps are trusted by their root only, as notation has it. Raises BadRequest."""
    try:
        check_anchor(certificate)
    except NotationInvalid as problem:
        raise BadRequest(str(problem)) from None
    if kind == "tsa" and not is_self_signed(certificate):
        raise BadRequest(
            f"{certificate.subject.rfc4514_string()} is no root: a tsa store holds roots of timestamp authorities"
        )

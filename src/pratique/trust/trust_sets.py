"""All that a project's judgements rest on, assembled once per version of its trust and kept in memory."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.x509 import Certificate

from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.policy import Party, trust_digest
from pratique.trust.certificates import read_pem_certificates
from pratique.trust.notation.policy import StoreName, TrustPolicyDocument, read_trust_policy
from pratique.trust.notation.revocations import NO_REVOCATIONS, RevocationStore
from pratique.trust.notation.values import NotationTrust
from pratique.trust.parties import TrustSet
from pratique.trust.revocation_lists import RevocationLists
from pratique.trust.store import NotationPolicy, NotationStore, denials, identities, keys, notation, versions
from pratique.trust.store.versions import Version
from pratique.trust.trusted_roots import HeldRoot, TrustedRoots

SETS_LIMIT: Final = 256
"""Projects whose trust is kept in memory."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a project trusts at one version: as verification asks it (`verification`), and as the judge does.

    `epoch` grows with every change: what was verified under an older one may be asked to be verified again.
    """

    verification: TrustSet
    parties: tuple[Party, ...]
    epoch: int

    @property
    def digest(self) -> str:
        """Of all of it."""
        return self.verification.version

    @property
    def denied(self) -> frozenset[str]:
        """The marks that are on a deny list."""
        return self.verification.denied


class TrustSets:
    """Reads the trust of projects. Safe to use from several threads."""

    def __init__(self, roots: TrustedRoots, lists: RevocationLists, limit: int = SETS_LIMIT) -> None:
        self._roots = roots
        self._lists = lists
        self._limit = limit
        self._held: OrderedDict[int, tuple[Version, Trusted]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tx: Tx, project_id: int) -> Trusted:
        """The project's trust as this transaction sees it."""
        version = versions.version_of(tx, project_id)
        held = self._held.get(project_id)
        if held is not None and held[0] == version:
            return held[1]
        made = self._assembled(tx, project_id, version)
        with self._lock:
            self._held[project_id] = (version, made)
            self._held.move_to_end(project_id)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)
        return made

    def _assembled(self, tx: Tx, project_id: int, version: Version) -> Trusted:
        roots = self._roots.held(tx)
        since = {name: root.since for name, root in roots.items()}
        held_keys = keys.of_project(tx, project_id)
        held_identities = identities.of_project(tx, project_id)
        stores, policy = notation.of_project(tx, project_id), notation.policy_of(tx, project_id)
        parties = (
            *(key.party(since.get(key.trusted_root, 0)) for key in held_keys),
            *(one.party(since.get(one.trusted_root, 0)) for one in held_identities),
            # Timestamp authorities vouch for a time, for nobody's signature.
            *(one.party(policy.since if policy else 0) for one in stores if one.type != "tsa"),
        )
        denied = denials.marks_for(tx, project_id)
        signers = [f"{key.mark} {key.fingerprint} {key.tlog} {key.trusted_root}" for key in held_keys]
        signers += [repr(one.signer) for one in held_identities]
        signers += [f"{one.mark} {one.type} {one.name} {one.certificates}" for one in stores]
        signers += [policy.document] if policy else []
        # Certificates of notation alone can be revoked: of others it is asked by deny lists.
        revoked = self._lists.held(tx) if stores else NO_REVOCATIONS
        signers += [f"revocations {revoked.digest}"] if revoked.digest else []
        digest = trust_digest(parties, [*signers, *_digests(roots), *denied])
        verification = TrustSet(
            version=digest,
            keys=tuple(key.signer for key in held_keys),
            identities=tuple(one.signer for one in held_identities),
            roots={name: root.root for name, root in roots.items()},
            notation=_notation(stores, policy, revoked),
            denied=denied,
        )
        return Trusted(verification, parties, version.epoch)


def _digests(roots: Mapping[str, HeldRoot]) -> list[str]:
    return [f"root {name} {root.root.digest} {root.root.thresholds}" for name, root in roots.items()]


def _notation(
    stores: Sequence[NotationStore], policy: NotationPolicy | None, revoked: RevocationStore
) -> NotationTrust:
    """Stores and policy as verification asks them. Both are in the digest as they were written."""
    certificates: dict[StoreName, tuple[Certificate, ...]] = {}
    parties: dict[StoreName, str] = {}
    for store in stores:
        name = store.type, store.name
        certificates[name] = tuple(read_pem_certificates(text, 1)[0] for text in store.certificates)
        if store.type != "tsa":
            parties[name] = store.mark
    return NotationTrust(_document(policy), certificates, parties, revoked)


def _document(policy: NotationPolicy | None) -> TrustPolicyDocument | None:
    """A document that an older release took, and that is refused today, lets nothing count."""
    if policy is None or not policy.document:
        return None
    try:
        return read_trust_policy(policy.document.encode())
    except BadRequest:
        return None

"""Asking verification about notation's signatures, with as little as a test cares about."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.x509 import Certificate
from tests.authorities import NOW
from tests.notation import MANIFEST, descriptor, trust_policy

from pratique.clock import Moment
from pratique.oci.digest import digest_of
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet, verify
from pratique.trust.notation.policy import read_trust_policy
from pratique.trust.notation.revocations import NO_REVOCATIONS, RevocationStore
from pratique.trust.notation.values import NotationTrust

JWS: Final = "application/jose+json"
COSE: Final = "application/cose"
CONTENT: Final = b"the manifest"
REFERENCE: Final = "registry.example/shop/app"
SUBJECT: Final = Subject(digest_of(CONTENT), MANIFEST, len(CONTENT), REFERENCE)
ARTIFACT: Final = descriptor(str(SUBJECT.digest), len(CONTENT))


def trusting(
    stores: Mapping[str, Sequence[Certificate]],
    policy: bytes | None = None,
    revocations: RevocationStore = NO_REVOCATIONS,
    **changes: Any,
) -> TrustSet:
    """Stores by `type:name`, which are parties of the same name."""
    named = {(name.partition(":")[0], name.partition(":")[2]): name for name in stores}
    notation = NotationTrust(
        read_trust_policy(trust_policy() if policy is None else policy),
        {key: tuple(stores[name]) for key, name in named.items()},
        named,
        revocations,
        changes.pop("lenient_party", None),
    )
    return TrustSet(**{"version": "1", "notation": notation, **changes})


def ask(
    content: bytes,
    trust: TrustSet,
    at: int = NOW,
    subject: Subject = SUBJECT,
    media_type: str | None = None,
) -> EvidenceRecord:
    """The record of an envelope, whose format is seen at its first byte."""
    said = media_type or (JWS if content[:1] == b"{" else COSE)
    record = verify(Item(said, content, digest_of(content)), subject, trust, Moment(at))
    assert record is not None
    return record


def failed(record: EvidenceRecord) -> list[str]:
    """The validations of the checks that did not pass."""
    return [check.name.partition(":")[0] for check in record.checks if not check.passed]

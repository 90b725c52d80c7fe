"""Asking verification about one piece of evidence, with as little as a test cares about."""

import json
from collections.abc import Mapping
from typing import Any

from tests.signing import BUNDLE, SIMPLE_SIGNING, SigningKey

from pratique.clock import Moment
from pratique.oci.digest import Digest, digest_of
from pratique.trust import EvidenceRecord, Item, KeyParty, Subject, TrustSet, parse_public_key, verify

NOW = Moment(1_763_700_000_000_000)
SUBJECT = digest_of(b"the manifest")
OTHER = digest_of(b"another manifest")
NOBODY = TrustSet("nobody")


def trusting(*keys: SigningKey | str, **changes: Any) -> TrustSet:
    """Keys as the parties `key:1`, `key:2` and so on."""
    pems = [key.pem if isinstance(key, SigningKey) else key for key in keys]
    parties = tuple(KeyParty(f"key:{n}", parse_public_key(pem)) for n, pem in enumerate(pems, 1))
    return TrustSet(**{"version": "1", "keys": parties, **changes})


def ask(
    media_type: str,
    content: bytes,
    trust: TrustSet,
    subject: Digest | Subject = SUBJECT,
    annotations: Mapping[str, str] | None = None,
) -> EvidenceRecord:
    """The record of evidence that claims something."""
    asked = subject if isinstance(subject, Subject) else Subject(subject)
    record = verify(Item(media_type, content, digest_of(content), annotations or {}), asked, trust, NOW)
    assert record is not None
    return record


def ask_bundle(document: Any, trust: TrustSet, subject: Digest | Subject = SUBJECT) -> EvidenceRecord:
    """Of a bundle, given as bytes or as the value of its JSON."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return ask(BUNDLE, content, trust, subject)


def ask_classic(
    payload: bytes, annotations: Mapping[str, str], trust: TrustSet, subject: Digest | Subject = SUBJECT
) -> EvidenceRecord:
    """Of a layer of a `.sig` manifest."""
    return ask(SIMPLE_SIGNING, payload, trust, subject, annotations)


def fingerprint(record: EvidenceRecord) -> str | None:
    """The key that verified it."""
    return record.signer.fingerprint if record.signer else None

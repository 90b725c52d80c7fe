"""Mutants of a valid bundle, signed by key: one passes only if it says the same in every field that a check uses.

The judge of that is not our reader but the standard library's, on the mutant's own bytes: what any other tool would
read there must be what the original said. Fields that no check of a key's signature uses may say anything.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from tests.signing import SigningKey, bundle, statement
from tests.unit.trust.asking import SUBJECT, ask_bundle, trusting
from tests.unit.trust.mutations import (
    base64_changed,
    bytes_changed,
    decoded,
    lenient,
    mutating,
    said_twice,
    values_changed,
)

from pratique.oci.digest import digest_of
from pratique.trust.bundle import MEDIA_TYPES, read_bundle

# Deterministic signatures: hypothesis replays what it has found.
KEY = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(b"\7" * 32))
TRUST = trusting(KEY)
PROOF = {
    "logIndex": "1",
    "rootHash": "cg==",
    "treeSize": "2",
    "hashes": ["aA=="],
    "checkpoint": {"envelope": "x"},
}
ENTRY = {
    "logIndex": "5",
    "logId": {"keyId": base64.b64encode(b"i" * 32).decode()},
    "kindVersion": {"kind": "dsse", "version": "0.0.1"},
    "integratedTime": "1700000000",
    "inclusionPromise": {"signedEntryTimestamp": "U0VU"},
    "inclusionProof": PROOF,
    "canonicalizedBody": "e30=",
}
ORIGINAL: dict[str, Any] = bundle(KEY, statement(SUBJECT))
ORIGINAL["verificationMaterial"]["tlogEntries"] = [ENTRY]
CONTENT = json.dumps(ORIGINAL).encode()
OTHER: dict[str, Any] = bundle(KEY, statement(digest_of(b"another manifest")))
"""Good too, for something else."""


def used(document: Any) -> Any:
    """The values that the checks of a key's signature use, as bytes."""
    envelope = document["dsseenvelope"]
    return {
        "version": MEDIA_TYPES[document["mediatype"]],
        "type": envelope["payloadtype"],
        "payload": decoded(envelope["payload"]),
        "signatures": [decoded(one["sig"]) for one in envelope["signatures"]],
        "materials": {"publickey", "certificate", "x509certificatechain"}
        & {name for name, value in document["verificationmaterial"].items() if value is not None},
        "message": document.get("messagesignature"),
    }


EXPECTED = used(lenient(CONTENT, first=False))


def check(content: bytes) -> bool:
    """Whether it passes; where it does, every reader sees what was signed."""
    record = ask_bundle(content, TRUST)
    if not record.verified:
        assert record.message
        return False
    for first in (False, True):
        assert {**used(lenient(content, first=first)), "version": "0.3"} == EXPECTED
    strictly = read_bundle(content)
    assert strictly.content == read_bundle(CONTENT).content
    return True


def test_the_original_passes() -> None:
    assert check(CONTENT)


@mutating(400)
@given(bytes_changed(CONTENT))
def test_a_mutant_of_its_bytes_passes_only_if_it_says_the_same(content: bytes) -> None:
    check(content)


@mutating(400)
@given(values_changed(ORIGINAL, [ORIGINAL, OTHER]))
def test_a_mutant_of_its_values_passes_only_if_it_says_the_same(document: Any) -> None:
    check(json.dumps(document).encode())


@mutating(200)
@given(base64_changed(ORIGINAL))
def test_a_mutant_of_its_base64_passes_only_if_it_says_the_same(document: Any) -> None:
    check(json.dumps(document).encode())


@mutating(300)
@given(said_twice(ORIGINAL))
def test_a_mutant_that_says_a_member_twice_never_passes(content: bytes) -> None:
    assert not check(content)


def test_what_may_differ_is_only_what_no_check_uses() -> None:
    """White space, escapes, the order of members, the other spelling, an entry that no key asks for, the hint."""
    snake = (
        json.dumps(ORIGINAL)
        .replace('"dsseEnvelope"', '"dsse_envelope"')
        .replace('"mediaType"', '"media_type"')
    )
    unlogged = {**ORIGINAL, "verificationMaterial": {"publicKey": {"hint": "whatever"}}}
    reordered = json.dumps(dict(reversed(ORIGINAL.items())), indent=2)
    for text in (
        snake,
        json.dumps(unlogged),
        reordered,
        CONTENT.decode().replace("payload", "p\\u0061yload", 1),
    ):
        assert check(text.encode())

"""Keys that count with log entries only; and cosign's classic layers, with everything in annotations."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import NOW, fulcio_leaf, sign
from tests.keyless import LATER, SUBJECT, Signing, Sigstore, failing, someone, statement
from tests.rekor import Rekor, dsse, hashedrekord, intoto_1, intoto_2

from pratique.clock import SECOND
from pratique.oci.digest import digest_of
from pratique.trust import EvidenceRecord, Item, KeyParty, Subject, TrustSet, verify
from pratique.trust.dsse import IN_TOTO
from pratique.trust.keys import PublicKey
from pratique.trust.logs import LogEntry

SIMPLE: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE: Final = "application/vnd.dsse.envelope.v1+json"
PAYLOAD: Final = json.dumps(
    {
        "critical": {
            "identity": {"docker-reference": "registry.example/app"},
            "image": {"docker-manifest-digest": str(SUBJECT)},
            "type": "cosign container image signature",
        },
        "optional": None,
    }
).encode()


def annotations(signing: Signing, entry: LogEntry | None, signature: bytes | None) -> dict[str, str]:
    """As cosign writes them; `signature` None for an attestation."""
    chain = "".join(each.public_bytes(Encoding.PEM).decode() for each in signing.holder.above)
    said = {
        "dev.cosignproject.cosign/signature": base64.b64encode(signature or b"").decode(),
        "dev.sigstore.cosign/certificate": signing.pem.decode(),
        "dev.sigstore.cosign/chain": chain,
    }
    if entry is not None:
        assert entry.promise is not None
        payload = {
            "body": base64.b64encode(entry.body).decode(),
            "integratedTime": entry.integrated_time,
            "logIndex": entry.log_index,
            "logID": entry.log_id.hex(),
        }
        promise = base64.b64encode(entry.promise).decode()
        said["dev.sigstore.cosign/bundle"] = json.dumps({"SignedEntryTimestamp": promise, "Payload": payload})
    return said


def ask(media_type: str, content: bytes, said: Mapping[str, str], trust: TrustSet) -> EvidenceRecord:
    item = Item(media_type, content, digest_of(content), said)
    record = verify(item, Subject(SUBJECT), trust, LATER)
    assert record is not None
    return record


def simple_signing(sigstore: Sigstore) -> tuple[Signing, bytes]:
    signing = sigstore.signing()
    return signing, sign(signing.holder.private, PAYLOAD)


def test_a_classic_signature_with_a_promise_verifies(sigstore: Sigstore) -> None:
    signing, signature = simple_signing(sigstore)
    entry = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, signing.pem))
    record = ask(SIMPLE, PAYLOAD, annotations(signing, entry, signature), sigstore.trust())
    assert (record.code, failing(record)) == ("VERIFIED", {})
    assert record.is_signature
    assert record.times == (NOW // SECOND * SECOND,)


def test_a_classic_signature_needs_its_own_entry(sigstore: Sigstore) -> None:
    signing, signature = simple_signing(sigstore)
    others = {
        "of another artifact": hashedrekord(b"another", signature, signing.pem),
        "another signature": hashedrekord(PAYLOAD, sign(signing.holder.private, PAYLOAD), signing.pem),
        "by another certificate": hashedrekord(PAYLOAD, signature, sigstore.signing().pem),
    }
    for reason, body in others.items():
        said = annotations(signing, sigstore.rekor.record(body), signature)
        record = ask(SIMPLE, PAYLOAD, said, sigstore.trust())
        assert record.code == "LOG_ENTRY_INVALID"
        assert reason in record.message
    record = ask(SIMPLE, PAYLOAD, annotations(signing, None, signature), sigstore.trust())
    assert record.code == "LOG_ENTRY_INVALID"


def test_a_promise_for_another_body_is_none(sigstore: Sigstore) -> None:
    signing, signature = simple_signing(sigstore)
    right = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, signing.pem))
    wrong = sigstore.rekor.record(hashedrekord(b"another", signature, signing.pem))
    said = annotations(signing, replace(right, promise=wrong.promise), signature)
    record = ask(SIMPLE, PAYLOAD, said, sigstore.trust())
    assert "signed entry timestamp does not verify" in record.message


def attestation(signing: Signing) -> bytes:
    signatures = [{"sig": base64.b64encode(signing.signature).decode()}]
    payload = base64.b64encode(signing.payload).decode()
    return json.dumps({"payloadType": IN_TOTO, "payload": payload, "signatures": signatures}).encode()


def test_a_classic_attestation_in_each_kind_of_entry(sigstore: Sigstore) -> None:
    signing = sigstore.signing(statement(predicate_type="https://slsa.dev/provenance/v1"))
    document = attestation(signing)
    bodies = (
        dsse(signing.payload, signing.signature, signing.pem),
        intoto_1(signing.payload, document, signing.pem),
        intoto_2(signing.payload, signing.signature, signing.pem),
    )
    for body in bodies:
        said = annotations(signing, sigstore.rekor.record(body), None)
        record = ask(DSSE, document, said, sigstore.trust())
        assert (record.code, failing(record)) == ("VERIFIED", {})
        assert not record.is_signature


def test_an_intoto_entry_of_another_envelope_is_not_ours(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    body = intoto_1(signing.payload, b"another envelope with the same payload", signing.pem)
    said = annotations(signing, sigstore.rekor.record(body), None)
    record = ask(DSSE, attestation(signing), said, sigstore.trust())
    assert record.code == "LOG_ENTRY_INVALID"
    assert "another envelope" in record.message


def test_a_timestamp_beside_a_signature_is_over_it_and_beside_an_attestation_over_the_document(
    sigstore: Sigstore,
) -> None:
    def stamped(said: dict[str, str], over: bytes) -> dict[str, str]:
        token = base64.b64encode(sigstore.stamper.token(over, NOW + SECOND)).decode()
        return {**said, "dev.sigstore.cosign/rfc3161timestamp": json.dumps({"SignedRFC3161Timestamp": token})}

    signing, signature = simple_signing(sigstore)
    logged = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, signing.pem))
    said = annotations(signing, logged, signature)
    assert ask(SIMPLE, PAYLOAD, stamped(said, signature), sigstore.trust()).times == (NOW, NOW + SECOND)
    assert ask(SIMPLE, PAYLOAD, stamped(said, PAYLOAD), sigstore.trust()).code == "TIMESTAMP_INVALID"
    document = attestation(signing)
    said = annotations(signing, signing.entries[0], None)
    assert ask(DSSE, document, stamped(said, document), sigstore.trust()).times == (NOW, NOW + SECOND)
    record = ask(DSSE, document, stamped(said, signing.signature), sigstore.trust())
    assert record.code == "TIMESTAMP_INVALID"


def test_classic_roots_are_left_out_and_trusted_by_nobody(sigstore: Sigstore) -> None:
    stranger = Sigstore.new()
    signing, signature = simple_signing(stranger)
    entry = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, signing.pem))
    record = ask(SIMPLE, PAYLOAD, annotations(signing, entry, signature), sigstore.trust())
    assert record.code == "CHAIN_INVALID"


def public_key(private: Any) -> PublicKey:
    return Rekor(private).trusted().key


def test_a_key_that_asks_for_the_log_needs_it(sigstore: Sigstore) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = public_key(private)
    signature = sign(private, PAYLOAD)
    quiet = KeyParty("key:1", key)
    asking = KeyParty("key:2", key, tlog=1, trusted_root="private")
    entry = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, key.pem.encode()))
    wrong = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, sigstore.signing().pem))
    holder = fulcio_leaf(sigstore.fulcio)
    roots = {"private": sigstore.root()}

    def parties(shown: LogEntry | None, *keys: KeyParty) -> tuple[str, set[str]]:
        said = annotations(Signing(holder, PAYLOAD, signature), shown, signature)
        # A key's signature has no certificate beside it.
        kept = {name: text for name, text in said.items() if name.endswith(("signature", "bundle"))}
        record = ask(SIMPLE, PAYLOAD, kept, TrustSet("1", keys=keys, roots=roots))
        return record.code, set(record.parties)

    assert parties(entry, asking) == ("VERIFIED", {"key:2"})
    assert parties(entry, quiet, asking) == ("VERIFIED", {"key:1", "key:2"})
    assert parties(None, quiet, asking) == ("VERIFIED", {"key:1"})
    assert parties(None, asking) == ("LOG_ENTRY_INVALID", set())
    assert parties(wrong, asking) == ("LOG_ENTRY_INVALID", set())
    # Where the root is known, what is wrong is wrong for those too who need none of it.
    satisfied = replace(quiet, trusted_root="private")
    assert parties(wrong, satisfied, asking) == ("LOG_ENTRY_INVALID", set())
    assert parties(wrong, satisfied) == ("LOG_ENTRY_INVALID", set())
    assert parties(entry, satisfied) == parties(None, satisfied) == ("VERIFIED", {"key:1"})
    assert parties(wrong, quiet, asking) == ("VERIFIED", {"key:1"})
    assert parties(entry, replace(asking, tlog=2)) == ("LOG_ENTRY_INVALID", set())
    assert parties(entry, replace(asking, trusted_root="nowhere")) == ("LOG_ENTRY_INVALID", set())


def test_an_identity_beside_a_key_is_of_no_use_to_the_key(sigstore: Sigstore) -> None:
    signing, signature = simple_signing(sigstore)
    entry = sigstore.rekor.record(hashedrekord(PAYLOAD, signature, signing.pem))
    stranger = public_key(ec.generate_private_key(ec.SECP256R1()))
    trust = TrustSet(
        "1",
        keys=(KeyParty("key:1", stranger),),
        identities=(someone(),),
        roots={"private": sigstore.root()},
    )
    record = ask(SIMPLE, PAYLOAD, annotations(signing, entry, signature), trust)
    assert record.parties == {"identity:1"}

"""Signatures that others made: cosign 3.1.1 with keys of every kind, and public test vectors with verdicts."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trust.asking import NOBODY, ask_bundle, ask_classic, fingerprint, trusting

from pratique.errors import BadRequest
from pratique.oci.digest import Digest, digest_of
from pratique.policy import Code
from pratique.trust import Subject, parse_public_key, parses_as
from pratique.trust.dsse import read_alone
from pratique.trust.statement import read_statement
from pratique.trust.strict import read_json

COSIGN = Path(__file__).parent / "cosign-3.1"
KINDS = sorted(path.stem for path in COSIGN.glob("*.json"))
CONFORMANCE = Path(__file__).parents[3].parent / "shared/testdata/sigstore-conformance"
VSA = CONFORMANCE.parent / "slsa-verifier/vsa/gce/v1"
needs_vectors = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason="the public test vectors are not beside the checkout"
)


def _made(kind: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((COSIGN / f"{kind}.json").read_text())
    return made


def test_there_is_one_set_for_each_algorithm() -> None:
    assert KINDS == ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-3072"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_cosign_signs_verifies_in_both_formats(kind: str) -> None:
    made = _made(kind)
    key = parse_public_key(made["public_key"])
    subject = Digest(made["subject"])
    trust = trusting(made["public_key"])
    bundled = ask_bundle(made["bundle"].encode(), trust, subject)
    classic = ask_classic(made["classic_payload"].encode(), made["classic_annotations"], trust, subject)
    assert key.algorithm == kind
    assert (bundled.code, classic.code) == (Code.VERIFIED, Code.VERIFIED)
    assert fingerprint(bundled) == fingerprint(classic) == key.fingerprint


@pytest.mark.parametrize("kind", KINDS)
def test_what_cosign_signs_parses_as_what_it_says(kind: str) -> None:
    made = _made(kind)
    assert parses_as("application/vnd.dev.sigstore.bundle.v0.3+json", made["bundle"].encode())
    assert parses_as("application/vnd.dev.cosign.simplesigning.v1+json", made["classic_payload"].encode())


def test_what_cosign_attests_is_no_signature() -> None:
    made = _made("ecdsa-p256")
    fact = ask_bundle(
        made["attestation_bundle"].encode(), trusting(made["public_key"]), Digest(made["subject"])
    )
    assert (fact.code, fact.is_signature) == (Code.VERIFIED, False)
    assert parses_as("application/vnd.dsse.envelope.v1+json", made["attestation_envelope"].encode())


@needs_vectors
@pytest.mark.parametrize("case", sorted(path.parent.name for path in CONFORMANCE.glob("*/key.pub")))
def test_conformance_by_key(case: str) -> None:
    """Signatures over blobs: never of an image, but a key verifies them or does not."""
    folder = CONFORMANCE / case
    artifact = folder / "artifact"
    content = (artifact if artifact.exists() else CONFORMANCE / "a.txt").read_bytes()
    try:
        trust = trusting((folder / "key.pub").read_text())
    except BadRequest:
        trust = NOBODY
    fact = ask_bundle((folder / "bundle.sigstore.json").read_bytes(), trust, digest_of(content))
    assert (fact.code == Code.VERIFIED) == (fact.signer is not None) == (not case.endswith("_fail"))
    assert not fact.is_signature


@needs_vectors
@pytest.mark.parametrize(
    "case", sorted(path.parent.name for path in CONFORMANCE.glob("*/bundle.sigstore.json"))
)
def test_conformance_bundles_are_answered_with_a_fact_and_never_verify_without_a_key(case: str) -> None:
    content = (CONFORMANCE / case / "bundle.sigstore.json").read_bytes()
    artifact = (CONFORMANCE / "a.txt").read_bytes()
    fact = ask_bundle(content, NOBODY, Subject(digest_of(artifact), content=artifact))
    assert fact.code != Code.VERIFIED
    assert fact.signer is None


@needs_vectors
def test_a_real_envelope_with_a_raw_ecdsa_signature_verifies() -> None:
    key = parse_public_key((VSA / "vsa_signing_public_key.pem").read_bytes())
    envelope = read_alone(read_json((VSA / "gke-gce-pre.bcid-vsa.jsonl").read_bytes()), "envelope")
    (signature,) = envelope.signatures
    assert key.verify(signature, envelope.signed_bytes, allow_raw=True)
    assert not key.verify(signature, envelope.signed_bytes)
    assert read_statement(envelope.payload).predicate_type == "https://slsa.dev/verification_summary/v1"

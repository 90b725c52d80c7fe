"""Nine public images with keyless attestations (slsa-verifier's test data), through the front door and offline."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.unit.trust.asking import OTHER

from pratique.clock import DAY, Moment
from pratique.oci.digest import Digest, digest_of, parse_digest
from pratique.policy import Code
from pratique.trust import EvidenceRecord, IdentityParty, Item, Subject, TrustSet, marks, verify
from pratique.trust.annotated import BUNDLE, CERTIFICATE, CHAIN
from pratique.trust.embedded import public_good
from pratique.trust.parties import PUBLIC_GOOD

LAYOUTS: Final = Path(__file__).parents[3].parent / "shared/testdata/slsa-verifier/gha_generic_container"
VERSIONS: Final = sorted(path.name for path in LAYOUTS.glob("v*"))
NOW: Final = Moment(1_763_700_000_000_000)
GITHUB: Final = "https://token.actions.githubusercontent.com"
BUILDER: Final = r"https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/.*"
PARTY: Final = IdentityParty(
    "identity:1", GITHUB, None, BUILDER, extensions={"runner_environment": "github-hosted"}
)

pytestmark = pytest.mark.skipif(not VERSIONS, reason="the public test vectors are not beside the checkout")


@dataclass(frozen=True)
class Image:
    """An image's digest and its one attestation layer."""

    subject: Digest
    carrier: Digest
    content: bytes
    annotations: Mapping[str, str]

    @classmethod
    def of(cls, version: str) -> "Image":
        (digest,) = (LAYOUTS / version).glob("*.digest")
        blobs = digest.with_suffix("") / "blobs/sha256"
        text = digest.read_text().strip()
        for blob in blobs.iterdir():
            content = blob.read_bytes()
            if len(content) < 2**20 and b"dev.sigstore.cosign/bundle" in content:
                (layer,) = json.loads(content)["layers"]
                attestation = (blobs / layer["digest"].removeprefix("sha256:")).read_bytes()
                subject = parse_digest(text if ":" in text else f"sha256:{text}")
                return cls(subject, digest_of(content), attestation, layer["annotations"])
        raise LookupError(version)


def trusting(*parties: IdentityParty, **changes: Any) -> TrustSet:
    return TrustSet(
        **{"version": "1", "identities": parties, "roots": {PUBLIC_GOOD: public_good()}, **changes}
    )


def ask(
    image: Image,
    trust: TrustSet,
    subject: Digest | None = None,
    changes: Mapping[str, str | None] | None = None,
) -> EvidenceRecord:
    """The record of the image's attestation; `changes` replace annotations, and None takes one away."""
    changed = {**image.annotations, **(changes or {})}
    carried = {name: text for name, text in changed.items() if text is not None}
    item = Item("application/vnd.dsse.envelope.v1+json", image.content, image.carrier, carried)
    record = verify(item, Subject(subject or image.subject), trust, NOW)
    assert record is not None
    return record


@pytest.fixture(scope="module")
def image() -> Image:
    return Image.of("v2.1.0")


@pytest.fixture(scope="module")
def older() -> Image:
    return Image.of("v1.10.0")


def test_all_nine_are_there() -> None:
    assert len(VERSIONS) == 9


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_attestation_verifies_and_tells_who_built_what(version: str) -> None:
    loose = replace(PARTY, extensions={})
    record = ask(Image.of(version), trusting(loose))
    assert (record.code, record.scheme, record.is_signature) == (Code.VERIFIED, "cosign-attestation", False)
    assert record.parties == {"identity:1"}
    assert record.facts["kind"] == "provenance"
    assert record.signer is not None
    assert (record.facts["builder"], record.facts["level"]) == (record.signer.name, 3)
    assert "slsa-framework/example-package" in record.facts["source"]["uri"]
    assert record.times
    assert record.valid_until is None
    assert [check.number for check in record.checks] == list(range(1, len(record.checks) + 1))


def test_the_same_bytes_are_of_the_wrong_subject_under_another_digest(image: Image) -> None:
    assert ask(image, trusting(PARTY)).code == Code.VERIFIED
    assert ask(image, trusting(PARTY), OTHER).code == Code.SIGNATURE_WRONG_SUBJECT


@pytest.mark.parametrize(
    ("party", "code"),
    [
        (replace(PARTY, issuer="https://accounts.google.com"), Code.IDENTITY_MISMATCH),
        (replace(PARTY, pattern=r"https://github\.com/slsa-framework"), Code.IDENTITY_MISMATCH),
        (replace(PARTY, san_type="email"), Code.IDENTITY_MISMATCH),
        (
            replace(PARTY, extensions={"source_repository_uri": "https://github.com/x/y"}),
            Code.IDENTITY_MISMATCH,
        ),
        (replace(PARTY, trusted_root="another"), Code.CHAIN_INVALID),
    ],
)
def test_an_identity_is_all_of_what_it_says_and_of_its_own_root(
    image: Image, party: IdentityParty, code: Code
) -> None:
    record = ask(image, trusting(party))
    assert (record.code, record.parties) == (code, frozenset())


def test_without_identities_it_is_said_that_none_is_trusted(image: Image) -> None:
    assert ask(image, trusting()).code == Code.IDENTITY_NOT_CONFIGURED


def test_what_another_image_brought_along_does_not_fit(image: Image, older: Image) -> None:
    """CVE-2022-36056, CVE-2026-22703: a log entry must be of our signature, our certificate and our payload."""
    entry = ask(image, trusting(PARTY), changes={BUNDLE: older.annotations[BUNDLE]})
    assert entry.code == Code.LOG_ENTRY_INVALID
    assert (
        ask(image, trusting(PARTY), changes={CERTIFICATE: older.annotations[CERTIFICATE]}).code
        == Code.SIGNATURE_INVALID
    )


def test_without_its_log_entry_nobody_knows_when_it_was_made(image: Image) -> None:
    assert not ask(image, trusting(PARTY), changes={BUNDLE: None}).verified


def test_a_log_entry_whose_time_was_changed_does_not_verify(image: Image) -> None:
    bundle = json.loads(image.annotations[BUNDLE])
    bundle["Payload"]["integratedTime"] += 1
    assert ask(image, trusting(PARTY), changes={BUNDLE: json.dumps(bundle)}).code == Code.LOG_ENTRY_INVALID


def test_the_chain_beside_it_is_nobodys_word(image: Image) -> None:
    """The root has the intermediate; what comes along neither helps nor, being readable, hurts."""
    assert ask(image, trusting(PARTY), changes={CHAIN: None}).code == Code.VERIFIED
    assert ask(image, trusting(PARTY), changes={CHAIN: image.annotations[CERTIFICATE]}).code == Code.VERIFIED
    assert ask(image, trusting(PARTY), changes={CHAIN: "x"}).code == Code.SIGNATURE_MALFORMED


def test_each_thing_that_it_carries_can_be_denied(image: Image) -> None:
    record = ask(image, trusting(PARTY))
    kinds = {mark.partition(":")[0] for mark in record.marks}
    assert kinds >= {"certificate", "identity", "log", "digest", "fingerprint"}
    assert marks.of_digest(image.carrier) in record.marks
    for mark in record.marks:
        denied = ask(image, trusting(PARTY, denied=frozenset({mark})))
        assert (denied.code, denied.parties) == (Code.DENIED, frozenset())


def test_it_stays_verified_long_after_its_certificate_ended(image: Image) -> None:
    item = Item("application/vnd.dsse.envelope.v1+json", image.content, image.carrier, image.annotations)
    later = verify(item, Subject(image.subject), trusting(PARTY), Moment(NOW + 2_000 * DAY))
    assert later is not None
    assert later.verified


def test_a_payload_of_the_same_meaning_is_not_the_payload_that_was_signed(image: Image) -> None:
    envelope = json.loads(image.content)
    payload = json.dumps(json.loads(base64.b64decode(envelope["payload"])), indent=1).encode()
    envelope["payload"] = base64.b64encode(payload).decode()
    changed = replace(image, content=json.dumps(envelope).encode())
    assert ask(changed, trusting(PARTY)).code == Code.SIGNATURE_INVALID

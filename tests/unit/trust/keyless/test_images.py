"""Attestations of real public images, as they lie in OCI layouts; and a signature that is two integers side by side."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from tests.keyless import failing

from pratique.clock import parse_rfc3339
from pratique.oci.digest import Digest, digest_of, parse_digest
from pratique.trust import (
    EvidenceRecord,
    IdentityParty,
    Item,
    KeyParty,
    Subject,
    TrustSet,
    parse_public_key,
    verify,
)
from pratique.trust.annotated import BUNDLE, CERTIFICATE
from pratique.trust.embedded import public_good

FOLDER: Final = Path(__file__).parents[5] / "shared/testdata/slsa-verifier"
LAYOUTS: Final = sorted(FOLDER.glob("gha_generic_container/v*/container_workflow_dispatch"))
NOW: Final = parse_rfc3339("2026-11-21T12:00:00Z")
DSSE: Final = "application/vnd.dsse.envelope.v1+json"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the images are not here")
each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.parent.name)


def read(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


def attestation(layout: Path) -> tuple[Item, Digest]:
    """The layer of the `.att` manifest, and the image."""
    index = json.loads((layout / "index.json").read_bytes())
    kinds = {one["annotations"]["kind"].rpartition("/")[2]: one["digest"] for one in index["manifests"]}
    manifest = json.loads(read(layout, kinds["atts"]))
    (layer,) = manifest["layers"]
    content = read(layout, layer["digest"])
    item = Item(DSSE, content, parse_digest(kinds["atts"]), layer["annotations"])
    return item, parse_digest(layout.with_suffix(".digest").read_text().strip())


def generator(layout: Path, **changes: Any) -> IdentityParty:
    """The workflow that made them, at the version of the folder."""
    version = layout.parent.name.replace(".", r"\.")
    said = {
        "id": "identity:1",
        "issuer": "https://token.actions.githubusercontent.com",
        "identity": None,
        "pattern": r"https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/"
        rf"generator_container_slsa3\.yml@refs/tags/{version}",
        "san_type": "uri",
    }
    return IdentityParty(**{**said, **changes})


def ask(item: Item, subject: Digest, *parties: IdentityParty) -> EvidenceRecord:
    trust = TrustSet("1", identities=parties, roots={"public-good": public_good()})
    record = verify(item, Subject(subject), trust, NOW)
    assert record is not None
    return record


def test_there_are_nine() -> None:
    assert len(LAYOUTS) == 9


@each_layout
def test_each_verifies(layout: Path) -> None:
    item, subject = attestation(layout)
    record = ask(item, subject, generator(layout))
    assert (record.code, failing(record)) == ("VERIFIED", {})
    assert not record.is_signature
    assert record.predicate_type == "https://slsa.dev/provenance/v0.2"
    assert record.valid_until is None


@each_layout
def test_none_verifies_for_another_image(layout: Path) -> None:
    item, _ = attestation(layout)
    assert ask(item, digest_of(b"another"), generator(layout)).code == "SIGNATURE_WRONG_SUBJECT"


@each_layout
def test_none_verifies_without_its_log_entry(layout: Path) -> None:
    item, subject = attestation(layout)
    kept = {name: text for name, text in item.annotations.items() if name != BUNDLE}
    record = ask(Item(DSSE, item.content, item.digest, kept), subject, generator(layout))
    assert record.code == "LOG_ENTRY_INVALID"


def test_another_ones_log_entry_does_not_help() -> None:
    first, second = (attestation(layout) for layout in LAYOUTS[:2])
    lent = {**first[0].annotations, BUNDLE: second[0].annotations[BUNDLE]}
    record = ask(Item(DSSE, first[0].content, first[0].digest, lent), first[1], generator(LAYOUTS[0]))
    assert record.code == "LOG_ENTRY_INVALID"


def test_another_ones_certificate_does_not_help() -> None:
    first, second = (attestation(layout) for layout in LAYOUTS[:2])
    lent = {**first[0].annotations, CERTIFICATE: second[0].annotations[CERTIFICATE]}
    record = ask(Item(DSSE, first[0].content, first[0].digest, lent), first[1], generator(LAYOUTS[1]))
    assert record.code == "SIGNATURE_INVALID"


def test_another_repository_is_another_identity() -> None:
    item, subject = attestation(LAYOUTS[0])
    party = generator(LAYOUTS[0], extensions={"github_workflow_repository": "slsa-framework/somebody-else"})
    assert ask(item, subject, party).code == "IDENTITY_MISMATCH"


def test_a_raw_ecdsa_signature_of_an_envelope_verifies() -> None:
    folder = FOLDER / "vsa/gce/v1"
    content = (folder / "gke-gce-pre.bcid-vsa.jsonl").read_bytes().strip()
    key = parse_public_key((folder / "vsa_signing_public_key.pem").read_bytes())
    trust = TrustSet("1", keys=(KeyParty("key:1", key),))
    record = verify(Item(DSSE, content, digest_of(content)), Subject(digest_of(b"an image")), trust, NOW)
    assert record is not None
    assert record.signer is not None
    assert record.signer.fingerprint == key.fingerprint
    # It is of a machine image, which is named by a number: of no artifact that has a digest.
    assert record.code == "SIGNATURE_WRONG_SUBJECT"

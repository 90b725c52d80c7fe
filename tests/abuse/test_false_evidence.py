"""Attacks on gate.md 2 and design wall 8: what looks like a signature, and what hides behind one."""

import base64
import json

import pytest
from tests.houses import OCI_CONFIG, OCI_LAYER
from tests.scenes import EMPTY, EMPTY_TYPE, SPDX, SPDX_TYPE, Scene, attachment, new_scene, sbom
from tests.signing import (
    BUNDLE,
    COSIGN_SIGN,
    SIGNATURE,
    SIMPLE_SIGNING,
    VSA,
    Signed,
    SigningKey,
    attest_bundle,
    bundle,
    classic_tag,
    descriptor_of,
    referrer,
    sign_bundle,
    sign_classic,
    simple_signing,
    statement,
)

from pratique.admission.store import RECORDS_LIMIT
from pratique.oci.digest import digest_of

# --- cargo dressed up as evidence ---------------------------------------------------------------------------------


def test_an_image_whose_subject_is_an_admitted_digest(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    smuggled = scene.image("evil", subject=descriptor_of(image))
    assert not scene.artifact(smuggled).is_evidence
    assert scene.state(smuggled) == "QUARANTINED"
    assert not scene.is_let_out("evil")
    assert not scene.is_let_out(smuggled)


@pytest.mark.parametrize("suffix", ["sig", "att", "sbom"])
def test_an_evidence_tag_on_an_image(scene: Scene, suffix: str) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    tag = f"{digest_of(image).replace(':', '-')}.{suffix}"
    smuggled = scene.image(tag)
    assert not scene.artifact(smuggled).is_evidence
    assert not scene.is_let_out(tag)
    assert not scene.is_let_out(smuggled)


@pytest.mark.parametrize("media_type", [OCI_LAYER, SPDX_TYPE, BUNDLE, SIMPLE_SIGNING, EMPTY_TYPE])
@pytest.mark.parametrize("tagged", [False, True], ids=["referrer", ".sig tag"])
def test_a_referrer_whose_layers_name_a_refused_layer(scene: Scene, media_type: str, tagged: bool) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    refused = scene.image("evil")
    stolen = {**json.loads(refused)["layers"][0], "mediaType": media_type}
    document = {
        "schemaVersion": 2,
        "config": descriptor_of(EMPTY, EMPTY_TYPE),
        "layers": [descriptor_of(SPDX, SPDX_TYPE), stolen],
    }
    if not tagged:
        document["subject"] = descriptor_of(image)
    content = json.dumps(document).encode()
    for blob in (EMPTY, SPDX):
        scene.home.blob(scene.repository, blob)
    scene.put(classic_tag(digest_of(image)) if tagged else digest_of(content), content)
    assert not scene.artifact(content).is_evidence
    assert not scene.is_let_out(content)
    assert not scene.lets_blob_out(stolen["digest"])


def test_a_referrer_with_a_size_that_is_not_the_blobs(scene: Scene) -> None:
    """Else a prefix that parses would make the whole blob reachable."""
    image = scene.image("1.0")
    scene.sign(image)
    # White space, so that what is read up to one byte beyond the size would still parse.
    cargo = SPDX + b" " * 10 + b"\x7fELF" * 250
    scene.home.blob(scene.repository, cargo)
    content, _ = attachment(image, [(cargo, SPDX_TYPE)])
    lying = json.loads(content)
    lying["layers"][0]["size"] = len(SPDX)
    content = json.dumps(lying).encode()
    scene.home.blob(scene.repository, EMPTY)
    scene.put(digest_of(content), content)
    assert not scene.artifact(content).is_evidence
    assert not scene.lets_blob_out(digest_of(cargo))


def test_one_document_under_two_types_of_which_one_is_cargo(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    attached = scene.attach(attachment(image, [(SPDX, SPDX_TYPE), (SPDX, OCI_LAYER)]))
    assert not scene.artifact(attached).is_evidence
    assert not scene.lets_blob_out(digest_of(SPDX))


def test_evidence_of_itself(scene: Scene) -> None:
    """A classic tag names its subject from outside, so it can name the manifest that it holds."""
    content, blobs = sbom(None)
    scene.attach((content, blobs), f"{digest_of(content).replace(':', '-')}.sbom")
    assert not scene.is_let_out(content)
    assert scene.refusal(content).phrase


def test_evidence_of_one_another(scene: Scene) -> None:
    first, second = sbom(None, annotations={"n": "1"}), sbom(None, annotations={"n": "2"})
    for each, other in ((first, second), (second, first)):
        scene.attach(each, f"{digest_of(other[0]).replace(':', '-')}.sbom")
    assert not scene.is_let_out(first[0])
    assert not scene.is_let_out(second[0])
    assert not scene.lets_blob_out(digest_of(SPDX))


# --- signatures that are none -------------------------------------------------------------------------------------


def of_other_digest(scene: Scene, image: bytes) -> Signed:
    """A good signature of another image, attached to this one."""
    payload = statement(digest_of(scene.image("other")))
    return referrer(bundle(scene.key, payload), descriptor_of(image), COSIGN_SIGN)


def failed_vsa(scene: Scene, image: bytes) -> Signed:
    """A verification summary that says FAILED: attached and signed by a trusted key (cosign#4641)."""
    predicate = {"verificationResult": "FAILED", "resourceUri": "pkg:oci/app"}
    return attest_bundle(scene.key, descriptor_of(image), VSA, predicate)


def any_attestation(scene: Scene, image: bytes) -> Signed:
    return attest_bundle(scene.key, descriptor_of(image))


def attestation_annotated_as_signature(scene: Scene, image: bytes) -> Signed:
    """The annotation on the manifest says signature; nobody signed that."""
    payload = statement(digest_of(image), VSA, {"verificationResult": "FAILED"})
    return referrer(bundle(scene.key, payload), descriptor_of(image), COSIGN_SIGN)


def by_a_stranger(_: Scene, image: bytes) -> Signed:
    return sign_bundle(SigningKey(), descriptor_of(image))


def with_the_hint_of_a_trusted_key(scene: Scene, image: bytes) -> Signed:
    document = bundle(SigningKey(), statement(digest_of(image)))
    document["verificationMaterial"] = {"publicKey": {"hint": scene.key.hint}}
    return referrer(document, descriptor_of(image), COSIGN_SIGN)


def with_other_payload(scene: Scene, image: bytes) -> Signed:
    document = bundle(scene.key, statement(digest_of(image)))
    forged = bundle(scene.key, statement(digest_of(b"another")))
    document["dsseEnvelope"]["signatures"] = forged["dsseEnvelope"]["signatures"]
    return referrer(document, descriptor_of(image), COSIGN_SIGN)


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (of_other_digest, "SIGNATURE_WRONG_SUBJECT"),
        (failed_vsa, "NOT_A_SIGNATURE"),
        (any_attestation, "NOT_A_SIGNATURE"),
        (attestation_annotated_as_signature, "NOT_A_SIGNATURE"),
        (by_a_stranger, "SIGNATURE_NOT_TRUSTED"),
        (with_the_hint_of_a_trusted_key, "SIGNATURE_INVALID"),
        (with_other_payload, "SIGNATURE_INVALID"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_presence_of_a_referrer_counts_for_nothing(scene: Scene, forge: object, code: str) -> None:
    assert callable(forge)
    image = scene.image("1.0")
    scene.attach(forge(scene, image))
    assert scene.codes(image) == [code]
    assert not scene.is_let_out("1.0")
    scene.home.work()
    assert not scene.is_let_out("1.0")


def test_the_bytes_of_a_classic_signature_of_another_digest(scene: Scene) -> None:
    image, other = scene.image("1.0"), scene.image("2.0")
    signed = sign_classic(scene.key, subject=digest_of(other))
    scene.attach_classic(signed, digest_of(image))
    assert scene.codes(image) == ["SIGNATURE_WRONG_SUBJECT"]


@pytest.mark.parametrize("order", ["wrong tag first", "right tag first"])
def test_a_signature_pushed_to_two_tags_counts_for_the_digest_that_it_signs_alone(
    scene: Scene, order: str
) -> None:
    """What was verified for one subject once stood beside the other, and admitted it."""
    signed_one, other = scene.image("1.0"), scene.image("2.0")
    signed = sign_classic(scene.key, subject=digest_of(signed_one))
    subjects = [digest_of(other), digest_of(signed_one)]
    for subject in subjects if order == "wrong tag first" else reversed(subjects):
        scene.attach_classic(signed, subject)
    scene.home.work()
    assert scene.state(other) == "QUARANTINED"
    assert scene.state(signed_one) == "ADMITTED"


def test_a_classic_payload_whose_signature_is_another_layers(scene: Scene) -> None:
    image = scene.image("1.0")
    content, blobs = sign_classic(SigningKey(), subject=digest_of(image))
    good = sign_classic(scene.key, subject=digest_of(b"another"))
    forged = json.loads(content)
    forged["layers"][0]["annotations"] = json.loads(good[0])["layers"][0]["annotations"]
    scene.attach_classic((json.dumps(forged).encode(), blobs), digest_of(image))
    assert scene.state(image) == "QUARANTINED"


def test_a_classic_payload_of_another_type(scene: Scene) -> None:
    image = scene.image("1.0")
    payload = simple_signing(digest_of(image)).replace(
        b"cosign container image signature", b"atomic container"
    )
    note = {SIGNATURE: base64.b64encode(scene.key.sign(payload)).decode()}
    content, blobs = attachment(None, [(payload, SIMPLE_SIGNING)], (b'{"os":""}', OCI_CONFIG))
    document = json.loads(content)
    document["layers"][0]["annotations"] = note
    scene.attach_classic((json.dumps(document).encode(), blobs), digest_of(image))
    assert scene.state(image) == "QUARANTINED"


def test_the_signature_of_another_repository_does_not_reach_here(scene: Scene) -> None:
    image = scene.image("1.0", "twice")
    elsewhere = scene.at("elsewhere")
    elsewhere.image("1.0", "twice")
    elsewhere.sign(image)
    assert elsewhere.state(image) == "ADMITTED"
    assert scene.state(image) == "QUARANTINED"


def test_the_key_of_another_project_does_not_count_here(scene: Scene) -> None:
    other = new_scene(scene.home)
    foreign = scene.home.trust(other.project, f"key-{other.project.name}")
    image = scene.image("1.0")
    scene.sign(image, foreign)
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]


def test_a_flood_of_worthless_signatures_hides_no_good_one(scene: Scene) -> None:
    """No more than `store.RECORDS_LIMIT` are looked at: those that count come first."""
    image = scene.image("1.0")
    stranger = SigningKey()
    flood = sign_classic(*([stranger] * RECORDS_LIMIT), subject=digest_of(image))
    scene.attach_classic(flood, digest_of(image))
    assert scene.state(image) == "QUARANTINED"
    scene.sign(image)
    assert scene.state(image) == "ADMITTED"

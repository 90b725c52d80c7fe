"""Attacks with what is no signature of this image: attestations, other subjects and purposes, half of what is asked."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.houses import OCI_INDEX
from tests.notation import attached, descriptor, notation_signer, sign_jws, trust_policy
from tests.scenes import NUMBERS, Scene
from tests.signing import (
    BUNDLE,
    COSIGN_SIGN,
    CUSTOM,
    SIGNATURE,
    SIMPLE_SIGNING,
    Signed,
    SigningKey,
    attest_bundle,
    bundle,
    classic_tag,
    descriptor_of,
    envelope,
    referrer,
    sign_bundle,
    sign_classic,
    statement,
)

from pratique.clock import DAY
from pratique.oci.digest import digest_of
from pratique.trust.notation_stores import NewStore

DSSE = "application/vnd.dsse.envelope.v1+json"
OTHER = digest_of(b"another image")
Forge = Callable[[SigningKey, bytes], Signed]


def layered(content: bytes, media_type: str, subject: bytes | None, **notes: str) -> Signed:
    """A manifest of one layer with annotations, a referrer of `subject` unless that is None."""
    config = b"{}"
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor_of(config, "application/vnd.oci.empty.v1+json"),
        "layers": [{**descriptor_of(content, media_type), "annotations": notes}],
    }
    if subject is not None:
        document["subject"] = descriptor_of(subject)
    return json.dumps(document).encode(), {digest_of(each): each for each in (config, content)}


def said_of(image: bytes, *subjects: dict[str, str], predicate: str = COSIGN_SIGN) -> bytes:
    """A statement of these subjects' digests."""
    document = json.loads(statement(digest_of(image), predicate))
    document["subject"] = [{"name": "app", "digest": digests} for digests in subjects]
    return json.dumps(document).encode()


def as_bundle(key: SigningKey, image: bytes, payload: bytes) -> Signed:
    return referrer(bundle(key, payload), descriptor_of(image), COSIGN_SIGN)


def hexadecimal(image: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, image).hexdigest()


def message_bundle(key: SigningKey, image: bytes) -> Signed:
    """`cosign sign-blob` over the manifest's bytes: nothing in it says that an image is signed."""
    digest = base64.b64encode(hashlib.sha256(image).digest()).decode()
    document = {
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": key.hint}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": base64.b64encode(key.sign(image)).decode(),
        },
    }
    return referrer(document, descriptor_of(image), COSIGN_SIGN)


FORGERIES: dict[str, tuple[str, Forge]] = {
    "sign/v1 of another digest": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(key, image, statement(OTHER)),
    ),
    "another predicate under the annotations of a signature": (
        "NOT_A_SIGNATURE",
        lambda key, image: as_bundle(key, image, statement(digest_of(image), CUSTOM)),
    ),
    "a predicate type that begins like a signature's": (
        "NOT_A_SIGNATURE",
        lambda key, image: as_bundle(key, image, statement(digest_of(image), f"{COSIGN_SIGN}/x")),
    ),
    "a predicate type in other letters": (
        "NOT_A_SIGNATURE",
        lambda key, image: as_bundle(key, image, statement(digest_of(image), COSIGN_SIGN.upper())),
    ),
    "an attestation of a signature": (
        "NOT_A_SIGNATURE",
        lambda key, image: attest_bundle(key, descriptor_of(image), CUSTOM, {"predicateType": COSIGN_SIGN}),
    ),
    "by sha1 and gitCommit alone": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(
            key, image, said_of(image, {"sha1": hexadecimal(image, "sha1"), "gitCommit": hexadecimal(image)})
        ),
    ),
    "by sha512 alone": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(key, image, said_of(image, {"sha512": hexadecimal(image, "sha512")})),
    ),
    "by a sha512 of other bytes too": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(
            key, image, said_of(image, {"sha256": hexadecimal(image), "sha512": hexadecimal(b"", "sha512")})
        ),
    ),
    "by the digest in capitals": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(key, image, said_of(image, {"sha256": hexadecimal(image).upper()})),
    ),
    "by one algorithm in each of two subjects, of two images": (
        "SIGNATURE_WRONG_SUBJECT",
        lambda key, image: as_bundle(
            key, image, said_of(image, {"sha256": hexadecimal(b"")}, {"sha512": hexadecimal(image, "sha512")})
        ),
    ),
    "a signature over the manifest as a file": ("NOT_A_SIGNATURE", message_bundle),
    "an attestation as a layer": (
        "NOT_A_SIGNATURE",
        lambda key, image: layered(
            json.dumps(envelope(key, statement(digest_of(image), CUSTOM))).encode(),
            DSSE,
            image,
            predicateType=COSIGN_SIGN,
        ),
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_it_is_no_signature_of_this_image_though_a_trusted_key_made_it(scene: Scene, forgery: str) -> None:
    code, forge = FORGERIES[forgery]
    image = scene.image()
    scene.attach(forge(scene.key, image))
    assert not scene.is_let_out(image)
    assert scene.codes(image) == [code]
    scene.home.work()
    assert not scene.is_let_out(image)


@pytest.mark.parametrize("media_type", [SIMPLE_SIGNING, DSSE, BUNDLE, "application/vnd.in-toto+json"])
@pytest.mark.parametrize("suffix", ["sig", "att", "sbom"])
def test_an_attestation_renamed_is_an_attestation(scene: Scene, media_type: str, suffix: str) -> None:
    """`.att` bytes at the `.sig` tag, under each media type, with a signature's annotations."""
    image = scene.image()
    document = envelope(scene.key, statement(digest_of(image), CUSTOM))
    content = json.dumps(document).encode()
    signed = layered(content, media_type, None, **{SIGNATURE: document["signatures"][0]["sig"]})
    scene.attach(signed, classic_tag(digest_of(image)).replace(".sig", f".{suffix}"))
    assert not scene.is_let_out(image)


def test_a_signature_at_the_attestations_tag_is_one_all_the_same(scene: Scene) -> None:
    """Tags say what is spoken of, and not what it is."""
    image = scene.image()
    signed = sign_classic(scene.key, subject=digest_of(image))
    scene.attach(signed, classic_tag(digest_of(image)).replace(".sig", ".att"))
    assert scene.is_let_out(image)


def test_an_attestation_of_a_parent_with_its_childs_digest_is_no_signature_of_either(scene: Scene) -> None:
    child = scene.image(None)
    index = scene.index([child], "1.0")
    both = said_of(index, {"sha256": hexadecimal(index)}, {"sha256": hexadecimal(child)}, predicate=CUSTOM)
    scene.attach(referrer(bundle(scene.key, both), descriptor_of(index, OCI_INDEX), COSIGN_SIGN))
    assert not scene.is_let_out(index)
    assert not scene.is_let_out(child)


# --- purposes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purposes", [("vex",), ("sbom",), ("vex", "sbom")], ids=str)
def test_a_party_for_something_else_signs_no_images_in_any_form(
    scene: Scene, purposes: tuple[str, ...]
) -> None:
    key = scene.home.trust(scene.project, f"elsewise{next(NUMBERS)}", purposes=purposes)
    child = scene.image(None)
    index = scene.index([child], "1.0")
    scene.sign(index, key, media_type=OCI_INDEX)
    scene.sign(child, key)
    scene.sign(child, key, classic=True)
    scene.home.work()
    assert [scene.codes(each) for each in (index, child)] == [["PURPOSE_MISMATCH"], ["PURPOSE_MISMATCH"]]


def test_the_same_key_for_vex_everywhere_and_for_signatures_in_one_place_signs_there_alone(
    scene: Scene,
) -> None:
    key = scene.home.trust(scene.project, f"vex{next(NUMBERS)}", purposes=("vex",))
    name = f"narrow{next(NUMBERS)}"
    scene.home.keys[name] = key
    scene.home.trust(scene.project, name, repositories=("tools/*",))
    image = scene.image()
    scene.sign(image, key)
    assert not scene.is_let_out(image)
    tools = scene.at("tools/cli")
    image = tools.image()
    tools.sign(image, key)
    assert tools.is_let_out(image)


# --- both of Harbor's switches ------------------------------------------------------------------------------------


@pytest.fixture
def notary(scene: Scene) -> Callable[[bytes], Signed]:
    """What notation would attach, by somebody whom the project trusts."""
    now = scene.home.clock.now()
    root = Authority.new(start=now - DAY, end=now + DAY)
    signer = notation_signer(root, start=now - DAY, end=now + DAY)
    pem = root.certificate.public_bytes(Encoding.PEM).decode()
    parties, text = scene.home.house.warehouse.parties, trust_policy().decode()
    wanted = NewStore("acme", "ca", pem)
    scene.change(lambda tx: parties.add_store(tx, scene.home.admin, scene.project, wanted))
    scene.change(lambda tx: parties.set_policy(tx, scene.home.admin, scene.project, text))

    def sign(image: bytes) -> Signed:
        artifact = descriptor(digest_of(image), len(image))
        return attached(image, sign_jws(signer, artifact, at=now))

    return sign


def switch(scene: Scene, **on: str) -> None:
    projects, number = scene.home.house.departments.projects, scene.project.id
    scene.change(lambda tx: projects.update(tx, scene.home.admin, projects.get(tx, number), on))
    scene.home.work()


def test_with_both_switches_on_both_are_asked_for(scene: Scene, notary: Callable[[bytes], Signed]) -> None:
    switch(scene, enable_content_trust="true", enable_content_trust_cosign="true")
    image, other = scene.image(), scene.image("other")
    scene.sign(image)
    scene.sign(image, classic=True)
    assert not scene.is_let_out(image), "two of one kind are not one of each"
    evidence = scene.attach(notary(image))
    assert scene.is_let_out(image)
    scene.attach(notary(other))
    assert not scene.is_let_out(other)
    scene.delete(evidence)
    assert not scene.is_let_out(image)


def test_with_both_switches_on_each_kind_must_last(scene: Scene, notary: Callable[[bytes], Signed]) -> None:
    """A removal of either party, at once; a good one of the other kind holds nothing up."""
    switch(scene, enable_content_trust="true", enable_content_trust_cosign="true")
    image = scene.image()
    key = scene.home.trust(scene.project, f"both-{scene.project.name}")
    scene.attach(sign_bundle(key, descriptor_of(image)))
    scene.attach(notary(image))
    assert scene.is_let_out(image)
    scene.home.distrust(scene.project, f"both-{scene.project.name}")
    assert not scene.is_let_out(image)
    scene.sign(image)
    assert scene.is_let_out(image)
    parties = scene.home.house.warehouse.parties
    scene.change(lambda tx: parties.remove_store(tx, scene.home.admin, scene.project, "ca", "acme"))
    assert not scene.is_let_out(image)

"""Evidence counts for the subject it names, whichever of the two comes first."""

import hashlib
import json

import pytest
from tests.scenes import Scene
from tests.signing import COSIGN_SIGN, bundle, descriptor_of, referrer, sign_classic, statement

from pratique.oci.digest import digest_of


def test_the_sig_bytes_of_an_admitted_image_under_another_digests_tag(scene: Scene) -> None:
    """Results of verification are cached by evidence *and* subject: the first answer says nothing of the second."""
    admitted, other = scene.image("1.0"), scene.image("2.0")
    signed = sign_classic(scene.key, subject=digest_of(admitted))
    scene.attach_classic(signed, digest_of(admitted))
    assert scene.is_let_out(admitted)
    scene.attach_classic(signed, digest_of(other))
    assert not scene.is_let_out(other)
    assert scene.is_let_out(admitted)
    fresh = sign_classic(scene.key, scene.key, subject=digest_of(admitted))
    scene.attach_classic(fresh, digest_of(other))
    assert scene.codes(other) == ["SIGNATURE_WRONG_SUBJECT"]


@pytest.mark.parametrize("first", ["evidence", "image"])
def test_the_order_of_arrival_does_not_matter(scene: Scene, first: str) -> None:
    """Evidence that names its subject by two algorithms needs the subject's bytes, and may come before them."""
    number = f"{scene.project.name} {first}"
    image = scene.at("elsewhere").image(None, number)
    document = json.loads(statement(digest_of(image)))
    document["subject"][0]["digest"]["sha512"] = hashlib.sha512(image).hexdigest()
    content = bundle(scene.key, json.dumps(document).encode())
    evidence = referrer(content, descriptor_of(image), COSIGN_SIGN)
    if first == "evidence":
        scene.attach(evidence)
        scene.image("1.0", number)
        scene.home.work()
    else:
        scene.image("1.0", number)
        scene.attach(evidence)
    assert scene.pull("1.0") == image


def test_a_second_digest_that_is_not_of_the_same_bytes_is_found_out_when_those_come(scene: Scene) -> None:
    """If a subject names another supported algorithm too, it must match the same bytes."""
    number = f"{scene.project.name} two"
    image = scene.at("elsewhere").image(None, number)
    document = json.loads(statement(digest_of(image)))
    document["subject"][0]["digest"]["sha512"] = hashlib.sha512(b"other bytes").hexdigest()
    scene.attach(
        referrer(bundle(scene.key, json.dumps(document).encode()), descriptor_of(image), COSIGN_SIGN)
    )
    scene.image("1.0", number)
    scene.home.work()
    assert scene.codes(image) == ["SIGNATURE_WRONG_SUBJECT"]

"""VEX in attestations: what lets a vulnerable image out, what does not, and what takes it back at once (gate.md 1)."""

import json
from typing import Any

import pytest
from tests.attested import KNOWN, examined, learn, turn
from tests.houses import Furnished
from tests.scenes import Scene, attachment, new_scene
from tests.signing import OCI_IMAGE, SigningKey, bundle, descriptor_of, referrer, statement
from tests.vexing import (
    CYCLONEDX_TYPE,
    OPENSSL,
    attest,
    cyclonedx,
    judge,
    openvex,
    product_of,
    refused_image,
    says,
)

from pratique.clock import HOUR, SECOND, Moment
from pratique.oci.digest import digest_of
from pratique.trust.parties import Purpose

VEX = (Purpose.VEX,)


@pytest.fixture
def home(knowing_home: Furnished) -> Furnished:
    return knowing_home


@pytest.fixture
def scene(home: Furnished) -> Scene:
    learn(home, KNOWN)
    return new_scene(home, "open")


@pytest.fixture
def key(scene: Scene) -> SigningKey:
    """Of the party `security`, which is trusted for VEX and for nothing else."""
    return scene.home.trust(scene.project, "security", purposes=VEX)


@pytest.fixture
def image(scene: Scene) -> bytes:
    return refused_image(scene)


def about(image: bytes, **more: Any) -> dict[str, Any]:
    return openvex(says(product_of(digest_of(image), OPENSSL), **more))


def test_a_statement_of_a_party_trusted_for_vex_lets_out_and_the_verdict_says_so(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    assert scene.codes(image) == ["VULNERABLE"]
    attest(scene, image, about(image), key)
    assert scene.pull("1.0") == image
    assert scene.codes(image) == ["NO_VULNERABILITIES", "WAIVED"]
    said = scene.opinion(image).reasons[1].message
    assert "the key security says not_affected (vulnerable_code_not_in_execute_path)" in said
    assert "statement 1 of https://example.com/vex/1" in said


def test_so_does_cyclonedx(scene: Scene, key: SigningKey, image: bytes) -> None:
    attest(scene, image, cyclonedx(digest_of(image)), key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["NO_VULNERABILITIES", "WAIVED"]
    attest(scene, image, cyclonedx(digest_of(image), "exploitable"), key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["VULNERABLE"]


def test_evidence_may_come_before_the_party_is_trusted(scene: Scene, image: bytes) -> None:
    key = scene.home.keys.setdefault("security", SigningKey())
    attest(scene, image, about(image), key)
    assert not scene.is_let_out(image)
    scene.home.trust(scene.project, "security", purposes=VEX)
    scene.home.work()
    assert scene.is_let_out(image)


# --- what does not count --------------------------------------------------------------------------------------------


def test_who_signs_images_may_not_waive(scene: Scene, image: bytes) -> None:
    attest(scene, image, about(image), scene.key)
    refusal = scene.refusal(image)
    assert "trusted for signature, not for vex" in refusal.message


@pytest.mark.usefixtures("key")
def test_a_document_that_nobody_signed_waives_nothing(scene: Scene, image: bytes) -> None:
    bare = json.dumps(about(image)).encode()
    scene.attach(attachment(image, [(bare, "application/vnd.openvex+json")]))
    unsigned = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": digest_of(image).removeprefix("sha256:")}}],
            "predicateType": "https://openvex.dev/ns",
            "predicate": about(image),
        }
    ).encode()
    scene.attach(attachment(image, [(unsigned, "application/vnd.in-toto+json")]))
    assert scene.codes(image) == ["VULNERABLE"]
    assert "VEX" not in scene.refusal(image).message


@pytest.mark.usefixtures("key")
def test_a_strangers_statement_waives_nothing(scene: Scene, image: bytes) -> None:
    attest(scene, image, about(image), SigningKey())
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize(
    "product",
    [
        {"@id": OPENSSL},
        {"@id": "pkg:oci/app"},
        {"@id": "pkg:oci/app@1.0?repository_url=registry.example/app"},
        product_of(digest_of(b"another image"), OPENSSL),
        {"@id": "registry.example/app:1.0", "subcomponents": [{"@id": OPENSSL}]},
    ],
    ids=["a package", "an image without digest", "a tag", "another digest", "a name"],
)
def test_a_product_that_is_not_this_digest_covers_nothing(
    scene: Scene, key: SigningKey, image: bytes, product: dict[str, Any]
) -> None:
    attest(scene, image, openvex(says(product)), key)
    assert scene.codes(image) == ["VULNERABLE"]


def test_an_attestation_of_another_digest_covers_nothing_here(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    """Signed for another image, though its document names this one; attached to this one all the same."""
    other = scene.image("2.0")
    payload = statement(digest_of(other), "https://openvex.dev/ns", about(image))
    scene.attach(referrer(bundle(key, payload), descriptor_of(image, OCI_IMAGE), "https://openvex.dev/ns"))
    attest(scene, other, about(image), key)
    assert scene.codes(image) == ["VULNERABLE"]


def test_a_replay_in_a_repository_that_the_party_does_not_reach_covers_nothing(scene: Scene) -> None:
    key = scene.home.trust(scene.project, "security", purposes=VEX, repositories=("app",))
    image = refused_image(scene)
    attest(scene, image, about(image), key)
    assert scene.is_let_out(image)
    other = scene.at("production/app")
    other.put("1.0", _with_blobs(other, image))
    attest(other, image, about(image), key)
    assert other.codes(image) == ["VULNERABLE"]
    assert "counts for app in the project, not for production/app" in other.refusal(image).message


def _with_blobs(scene: Scene, image: bytes) -> bytes:
    document = json.loads(image)
    source = scene.at("app")
    for blob in (document["config"], *document["layers"]):
        with source.home.house.stores.blobs.open(blob["digest"]) as stream:
            scene.home.blob(scene.repository, stream.read())
    return image


def test_another_projects_party_has_no_say(scene: Scene, home: Furnished, image: bytes) -> None:
    other = new_scene(home, "open")
    key = home.trust(other.project, "theirs", purposes=VEX)
    attest(scene, image, about(image), key)
    assert scene.codes(image) == ["VULNERABLE"]


def test_what_is_said_of_an_index_says_nothing_of_its_images(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    index = scene.index([image], "all")
    attest(scene, index, openvex(says(product_of(digest_of(index)), product_of(digest_of(image)))), key)
    assert scene.codes(image) == ["VULNERABLE"]
    assert scene.codes(index)[-1] == "CHILD_REFUSED"


def test_its_own_attestation_lets_out_an_image_and_the_index_around_it(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    index = scene.index([image], "all")
    attest(scene, image, about(image), key)
    judge(scene, image)
    assert (scene.is_let_out(image), scene.is_let_out(index)) == (True, True)
    scene.home.distrust(scene.project, "security")
    assert (scene.is_let_out(image), scene.is_let_out(index)) == (False, False)


def test_a_newer_word_of_the_same_party_takes_it_back(scene: Scene, key: SigningKey, image: bytes) -> None:
    attest(scene, image, about(image), key)
    later = openvex(
        says(product_of(digest_of(image), OPENSSL), status="affected"), timestamp="2026-06-02T00:00:00Z"
    )
    attest(scene, image, later, key)
    assert scene.codes(image) == ["VULNERABLE"]


def test_what_another_party_still_investigates_nobody_waives(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    other = scene.home.trust(scene.project, "partner", purposes=VEX)
    attest(scene, image, about(image, status="under_investigation"), other)
    attest(scene, image, about(image), key)
    assert scene.codes(image) == ["VULNERABLE"]


def test_a_document_that_can_not_be_read_whole_says_nothing(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    fine = says(product_of(digest_of(image), OPENSSL))
    attest(scene, image, openvex(fine, {**fine, "status": "harmless"}), key)
    assert scene.codes(image) == ["VULNERABLE"]


# --- what takes it back at once -------------------------------------------------------------------------------------


@pytest.fixture
def let_out(scene: Scene, key: SigningKey, image: bytes) -> bytes:
    attest(scene, image, about(image), key)
    assert scene.is_let_out(image)
    return image


def test_removing_the_party_takes_it_back_at_once(scene: Scene, let_out: bytes) -> None:
    scene.home.distrust(scene.project, "security")
    assert not scene.is_let_out(let_out)
    scene.home.work()
    assert scene.codes(let_out) == ["VULNERABLE"]


def test_deleting_the_evidence_takes_it_back_at_once(scene: Scene, key: SigningKey, image: bytes) -> None:
    evidence = attest(scene, image, about(image), key)
    assert scene.is_let_out(image)
    scene.delete(evidence)
    assert not scene.is_let_out(image)


@pytest.mark.parametrize("everywhere", [False, True])
def test_denying_the_key_takes_it_back_at_once(
    scene: Scene, key: SigningKey, let_out: bytes, everywhere: bool
) -> None:
    entry = scene.deny("key", fingerprint=key.fingerprint, everywhere=everywhere)
    assert not scene.is_let_out(let_out)
    scene.allow_again(entry, everywhere=everywhere)
    scene.home.work()
    assert scene.is_let_out(let_out)


def test_denying_the_evidence_takes_it_back_at_once(scene: Scene, key: SigningKey, image: bytes) -> None:
    evidence = attest(scene, image, about(image), key)
    scene.deny("digest", digest=evidence)
    assert not scene.is_let_out(image)


def test_the_partys_last_day_takes_it_back_without_anybody_doing_anything(scene: Scene) -> None:
    clock = scene.home.clock
    key = scene.home.trust(scene.project, "security", purposes=VEX, valid_until=Moment(clock.now() + HOUR))
    image = refused_image(scene)
    attest(scene, image, about(image), key)
    assert scene.is_let_out(image)
    clock.advance(HOUR / SECOND - 1)
    assert scene.is_let_out(image)
    clock.advance(1)
    assert not scene.is_let_out(image)


def test_switching_prevention_on_counts_what_was_said_before(scene: Scene, key: SigningKey) -> None:
    image = scene.image()
    examined(scene, image)
    attest(scene, image, about(image), key)
    turn(scene, prevent_vul=True)
    judge(scene, image)
    assert scene.codes(image) == ["NO_VULNERABILITIES", "WAIVED"]

"""What the registry signs about what it let in, and what it takes away: over the whole house, with its jobs."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.countersigned import blob, body, evidence, ours, own_keys, work
from tests.databases import Place
from tests.houses import Furnished, furnish
from tests.scenes import Scene, new_scene
from tests.signing import BUNDLE, SIMPLE_SIGNING, VSA, SigningKey, classic_tag, sign_classic

from pratique.admission.store import records_about
from pratique.errors import BadRequest
from pratique.oci.digest import digest_of
from pratique.registry.pull import known
from pratique.registry.values import Artifact
from pratique.trust import Item, KeyParty, Subject, TrustSet, parse_public_key, verify
from pratique.trust.signing import OF_ADMISSION, KeyKind, KeyState, Owner
from pratique.trust.signing import SigningKey as OwnKey

NOTATION = "application/vnd.cncf.notary.signature"


def references(scene: Scene, content: bytes) -> list[str]:
    """The docker-references of the registry's layers at the classic tag."""
    sides = scene.sides(classic_tag(digest_of(content)))
    if sides is None:
        return []
    layers = body(scene, scene.artifact(sides.candidate))["layers"]
    payloads = [json.loads(blob(scene, layer["digest"])) for layer in layers]
    ours = [one for one in payloads if (one.get("optional") or {}).get("creator") == "pratique"]
    return sorted(one["critical"]["identity"]["docker-reference"] for one in ours)


@pytest.fixture
def scene(home: Furnished) -> Scene:
    return new_scene(home)


def test_what_is_admitted_is_signed_in_every_form(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    work(scene.home)
    forms = [
        body(scene, one).get("artifactType") or body(scene, one)["layers"][0]["mediaType"]
        for one in ours(scene, image)
    ]
    assert sorted(forms) == sorted([BUNDLE, BUNDLE, NOTATION, SIMPLE_SIGNING])
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, image) == [host, f"{host}:1.0"]
    assert scene.state(image) == "ADMITTED"


def test_a_second_run_changes_nothing(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    before = [one.digest for one in evidence(scene, image)]
    scene.home.house.signing.countersigner.settle(scene.repository, digest_of(image))
    work(scene.home)
    assert [one.digest for one in evidence(scene, image)] == before


def test_nothing_is_signed_in_an_open_project(home: Furnished) -> None:
    scene = new_scene(home, "open")
    image = scene.image()
    scene.sign(image)
    work(home)
    assert ours(scene, image) == []
    assert own_keys(scene) == {}


def test_nothing_is_signed_of_what_is_refused(scene: Scene) -> None:
    image = scene.image()
    work(scene.home)
    assert scene.state(image) == "QUARANTINED"
    assert evidence(scene, image) == []
    assert own_keys(scene) == {}


def test_what_is_refused_later_is_no_longer_signed(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    scene.home.distrust(scene.project)
    work(scene.home)
    assert scene.state(image) == "QUARANTINED"
    assert ours(scene, image) == []
    assert scene.sides(classic_tag(digest_of(image))) is None
    scene.home.trust(scene.project)
    work(scene.home)
    assert scene.state(image) == "ADMITTED"
    assert len(ours(scene, image)) == 4


def test_the_vendors_classic_signature_stays_as_it_was(scene: Scene) -> None:
    image = scene.image("1.0")
    vendors = scene.sign(image, classic=True)
    layer = body(scene, scene.artifact(vendors))["layers"][0]
    work(scene.home)
    merged = scene.sides(classic_tag(digest_of(image)))
    assert merged is not None
    layers = body(scene, scene.artifact(merged.candidate))["layers"]
    assert layers[0] == layer
    assert len(layers) == 3
    scene.home.distrust(scene.project)
    work(scene.home)
    back = scene.sides(classic_tag(digest_of(image)))
    assert back is not None
    assert back.candidate == vendors
    assert [one.digest for one in evidence(scene, image)] == [vendors]


def test_after_each_push_of_the_classic_tag_ours_is_there_again(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image, classic=True)
    work(scene.home)
    digest = digest_of(image)
    other = SigningKey()
    pushed = scene.attach_classic(sign_classic(scene.key, other, subject=digest), digest)
    assert references(scene, image) == []
    work(scene.home)
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, image) == [host, f"{host}:1.0"]
    sides = scene.sides(classic_tag(digest))
    assert sides is not None
    there = body(scene, scene.artifact(sides.candidate))["layers"]
    assert there[:2] == body(scene, scene.artifact(pushed))["layers"]
    written = [one for one in ours(scene, image) if "subject" not in body(scene, one)]
    assert [one.digest for one in written] == [sides.candidate]


def test_tags_that_come_and_go(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    work(scene.home)
    scene.put("latest", image)
    work(scene.home)
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, image) == [host, f"{host}:1.0", f"{host}:latest"]
    scene.home.house.warehouse.deleter.tag(scene.repository, "1.0", scene.home.admin)
    work(scene.home)
    assert references(scene, image) == [host, f"{host}:latest"]


def test_a_tag_that_moves_takes_its_name_with_it(scene: Scene) -> None:
    one, other = scene.image("1.0"), scene.image(None)
    for image in (one, other):
        scene.sign(image)
    work(scene.home)
    scene.put("1.0", other)
    work(scene.home)
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, one) == [host]
    assert references(scene, other) == [host, f"{host}:1.0"]


def test_an_index_and_its_platforms_by_the_tags_of_the_index(scene: Scene) -> None:
    children = [scene.image(None), scene.image(None)]
    attestation = scene.image(None)
    note = {"vnd.docker.reference.type": "attestation-manifest"}
    index = scene.index([*children, attestation], "2.0", child_annotations=[None, None, note])
    scene.sign(index, media_type="application/vnd.oci.image.index.v1+json")
    work(scene.home)
    assert scene.state(index) == "ADMITTED"
    host = f"registry.example.test/{scene.repository}"
    for member in (index, *children):
        assert references(scene, member) == [host, f"{host}:2.0"]
        assert len(ours(scene, member)) == 4
    assert ours(scene, attestation) == []


def test_with_too_many_tags_only_the_name_without_one(scene: Scene) -> None:
    image = scene.image("t0")
    scene.sign(image)
    for number in range(1, 101):
        scene.put(f"t{number}", image)
    work(scene.home)
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, image) == [host]
    scene.home.house.warehouse.deleter.tag(scene.repository, "t0", scene.home.admin)
    work(scene.home)
    assert len(references(scene, image)) == 101


def test_a_deleted_referrer_of_ours_is_written_again(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    going = next(one for one in ours(scene, image) if body(scene, one).get("artifactType") == NOTATION)
    scene.delete(going.digest)
    work(scene.home)
    assert len(ours(scene, image)) == 4


def test_of_a_deleted_artifact_nothing_stays(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    scene.delete(digest_of(image))
    work(scene.home)
    assert ours(scene, image) == []


def test_the_summary_says_what_the_verdict_rests_on(scene: Scene) -> None:
    image = scene.image("1.0")
    vendors = scene.sign(image)
    work(scene.home)
    opinion = scene.opinion(image)
    statements = [
        _statement(scene, one) for one in ours(scene, image) if body(scene, one).get("artifactType") == BUNDLE
    ]
    said = next(one for one in statements if one["predicateType"] == VSA)
    predicate = said["predicate"]
    assert predicate["verifier"] == {"id": "https://registry.example.test/verifier/v1"}
    assert predicate["resourceUri"] == f"registry.example.test/{scene.repository}"
    assert predicate["policy"]["digest"] == {"sha256": opinion.policy_digest.removeprefix("sha256:")}
    assert [one["digest"] for one in predicate["inputAttestations"]] == [
        {"sha256": vendors.removeprefix("sha256:")}
    ]
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["verifiedLevels"] == ["SLSA_BUILD_LEVEL_UNEVALUATED"]
    assert said["subject"][0]["name"] == f"registry.example.test/{scene.repository}"


def _statement(scene: Scene, artifact: Artifact) -> dict[str, Any]:
    import base64

    bundle = json.loads(blob(scene, body(scene, artifact)["layers"][0]["digest"]))
    found: dict[str, Any] = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    return found


def test_nobody_can_have_the_registrys_own_key_trusted(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    keys = own_keys(scene)
    scene.home.keys["own"] = _borrowed(keys[KeyKind.COUNTERSIGNATURE])
    elsewhere = new_scene(scene.home)
    for project in (scene.project, elsewhere.project):
        with pytest.raises(BadRequest, match="of the registry itself"):
            scene.home.trust(project, "own")


def _borrowed(key: OwnKey) -> Any:
    class Borrowed:
        pem = key.public_key.pem

    return Borrowed()


def test_what_the_registry_signed_is_no_part_of_the_evidence(scene: Scene) -> None:
    """Not when it is written, and not when everything is verified again because somebody else is trusted too."""
    image = scene.image()
    vendors = scene.sign(image)
    before = scene.opinion(image).evidence_digest
    work(scene.home)
    assert scene.opinion(image).evidence_digest == before
    scene.home.trust(scene.project, "another")
    work(scene.home)
    with scene.home.house.stores.database.read() as tx:
        told = records_about(tx, known(tx, scene.repository).id, digest_of(image))
    assert [one.evidence for one in told] == [vendors]


def test_our_own_verification_reads_what_was_written(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    work(scene.home)
    key = own_keys(scene)[KeyKind.COUNTERSIGNATURE].public_key
    trust = TrustSet("v", (KeyParty("key:1", parse_public_key(key.pem)),))
    verified = 0
    for artifact in ours(scene, image):
        for layer in body(scene, artifact)["layers"]:
            item = Item(
                layer["mediaType"],
                blob(scene, layer["digest"]),
                artifact.digest,
                layer.get("annotations", {}),
            )
            record = verify(item, Subject(digest_of(image)), trust, scene.home.clock.now())
            verified += bool(record and record.verified and record.is_signature)
    assert verified == 3


def test_a_rotation_signs_everything_again_and_then_takes_the_old_key_away(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    work(scene.home)
    house, owner = scene.home.house, Owner(scene.project.id, scene.project.name)
    old = own_keys(scene)
    for kind in OF_ADMISSION:
        house.signing.keys.announce(owner, kind, scene.home.admin)
    house.stores.database.write(
        lambda tx: [
            house.signing.desk.activate(tx, scene.project, kind, scene.home.admin) for kind in OF_ADMISSION
        ]
    )
    work(scene.home)
    new = own_keys(scene)
    assert all(new[kind].public_key != old[kind].public_key for kind in OF_ADMISSION)
    with house.stores.database.read() as tx:
        assert {key.state for key in house.signing.keys.of(tx, owner.id)} == {KeyState.ACTIVE}
    assert len(ours(scene, image)) == 4
    bundles = [one for one in ours(scene, image) if body(scene, one).get("artifactType") == BUNDLE]
    hints = {
        json.loads(blob(scene, body(scene, one)["layers"][0]["digest"]))["verificationMaterial"]["publicKey"][
            "hint"
        ]
        for one in bundles
    }
    assert hints == {new[kind].public_key.hint for kind in (KeyKind.COUNTERSIGNATURE, KeyKind.VERDICT)}
    host = f"registry.example.test/{scene.repository}"
    assert references(scene, image) == [host, f"{host}:1.0"]


def test_a_certificate_is_renewed_sixty_days_before_its_end(tmp_path: Path, place: Place) -> None:
    """In a house of its own, where a year may pass."""
    scene = new_scene(furnish(place.url, tmp_path / "data"))
    image = scene.image("1.0")
    scene.sign(image)
    work(scene.home)
    before = own_keys(scene)[KeyKind.NOTATION]
    scene.home.clock.advance(304 * 86_400)
    scene.home.house.signing.sweeping.renew({})
    assert own_keys(scene)[KeyKind.NOTATION].public_key == before.public_key
    scene.home.clock.advance(2 * 86_400)
    scene.home.house.signing.sweeping.renew({})
    work(scene.home)
    after = own_keys(scene)[KeyKind.NOTATION]
    assert after.chain is not None
    assert before.chain is not None
    assert after.chain.root == before.chain.root
    assert after.public_key != before.public_key
    notation = [one for one in ours(scene, image) if body(scene, one).get("artifactType") == NOTATION]
    assert len(notation) == 1
    prints = json.loads(body(scene, notation[0])["annotations"]["io.cncf.notary.x509chain.thumbprint#S256"])
    assert len(prints) == 2
    scene.home.house.close()


def test_a_project_that_turns_open_is_vouched_for_no_more(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    work(scene.home)
    scene.home.turn(scene.project, "open")
    work(scene.home)
    assert ours(scene, image) == []
    scene.home.turn(scene.project, "signed")
    work(scene.home)
    assert len(ours(scene, image)) == 4


def test_a_copy_leaves_the_registrys_signatures_behind_and_gets_its_own(scene: Scene) -> None:
    image = scene.image("1.0")
    vendors = scene.sign(image, classic=True)
    work(scene.home)
    there = new_scene(scene.home)
    copier = scene.home.house.warehouse.copier
    reader = scene.reads(scene.home.admin)
    copier.copy(scene.repository, "1.0", reader, there.repository, scene.home.admin)
    assert [one.digest for one in evidence(there, image)] == [vendors]
    work(scene.home)
    host = f"registry.example.test/{there.repository}"
    assert references(there, image) == [host, f"{host}:1.0"]
    assert own_keys(there)[KeyKind.VERDICT].public_key != own_keys(scene)[KeyKind.VERDICT].public_key

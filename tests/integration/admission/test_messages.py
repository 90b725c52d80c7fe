"""gate.md 6, "How a refusal is said", and what control characters come to."""

import json
import unicodedata

import pytest
from tests.houses import OCI_INDEX
from tests.scenes import Scene, sbom
from tests.signing import SigningKey, bundle, descriptor_of, referrer, statement

from pratique.errors import Quarantined
from pratique.jobs.store import outbox
from pratique.oci.digest import Digest, digest_of
from pratique.policy import State
from pratique.policy.refusal import clean
from pratique.registry import Standing
from pratique.registry.store import manifests

HOSTILE = "\x1b[2J\r\nWarning: fine\u202e\u2066evil\u2069\u200b\x9b31m\U000e0041"


def is_plain(text: str) -> bool:
    return not [
        sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    ]


def check(refused: Quarantined) -> None:
    """Everything that holds for any refusal."""
    assert len(refused.message) <= 1_000
    assert "\n" not in refused.message
    assert len(refused.phrase) <= 200
    assert all(" " <= sign <= "~" and sign not in '"\\' for sign in refused.phrase)
    assert is_plain(refused.message)
    body = json.dumps({"errors": [{"code": "DENIED", "message": refused.message, "detail": refused.detail}]})
    assert len(body.encode()) <= 8_000
    for reason in refused.detail["reasons"]:
        assert is_plain(reason["message"] + reason["remedy"])


def test_the_message_says_the_first_reasons_what_to_do_and_where_the_verdict_is(scene: Scene) -> None:
    image = scene.image()
    refused = scene.refusal("1.0")
    check(refused)
    locator = f"registry.example.test/{scene.repository}@{digest_of(image)}"
    assert refused.message.startswith("SIGNATURE_MISSING: ")
    assert f"cosign sign --key cosign.key {locator}" in refused.message
    project, path = scene.repository.split("/")
    verdict = f"/api/v2.0/projects/{project}/repositories/{path}/artifacts/{digest_of(image)}/verdict"
    assert refused.message.endswith(verdict)


def test_the_verdicts_url_has_a_deep_path_encoded_twice(scene: Scene) -> None:
    there = scene.at("team/deep/app")
    there.image()
    assert "/repositories/team%252Fdeep%252Fapp/artifacts/" in there.refusal("1.0").detail["verdict"]


def test_all_reasons_are_in_the_detail(scene: Scene) -> None:
    image = scene.image()
    index = scene.index([image], "index")
    refused = scene.refusal(index)
    check(refused)
    assert refused.detail["state"] == "QUARANTINED"
    assert refused.detail["digest"] == digest_of(index)
    assert [reason["rule"] for reason in refused.detail["reasons"]] == ["signed"]
    assert set(refused.detail["reasons"][0]) == {"rule", "code", "message", "remedy"}


def test_evidence_is_refused_with_its_subjects_reasons(scene: Scene) -> None:
    image = scene.image()
    attached = scene.attach(sbom(image))
    for reference in (attached, f"{digest_of(image).replace(':', '-')}.sig"):
        refused = scene.refusal(reference)
        check(refused)
        assert refused.detail["digest"] == digest_of(image)


def blob_refusal(scene: Scene, digest: Digest, who: str) -> Quarantined:
    reader = scene.guest if who == "guest" else scene.developer
    with pytest.raises(Quarantined) as refused:
        scene.home.house.warehouse.puller.blob(scene.repository, digest, reader)
    check(refused.value)
    return refused.value


def test_a_guest_refused_a_blob_is_told_of_the_signature(scene: Scene) -> None:
    image = scene.image()
    layer = json.loads(image)["layers"][0]["digest"]
    refused = blob_refusal(scene, layer, "guest")
    assert refused.phrase.startswith("SIGNATURE_MISSING")
    assert f"cosign sign --key cosign.key registry.example.test/{scene.repository}@" in refused.message
    assert [reason["code"] for reason in refused.detail["reasons"]] == ["SIGNATURE_MISSING", "BLOB_HELD_BACK"]


def test_a_pusher_refused_a_blob_is_told_of_examine(scene: Scene) -> None:
    """Pipelines that read back what they pushed need `examine` or an `open` project: the 403 says so."""
    image = scene.image()
    layer = json.loads(image)["layers"][0]["digest"]
    refused = blob_refusal(scene, layer, "developer")
    assert "`examine`" in refused.message
    assert "open" in refused.message
    assert "SIGNATURE_MISSING" in refused.message


@pytest.mark.parametrize("who", ["guest", "developer"])
def test_a_blob_that_nothing_names_yet(scene: Scene, who: str) -> None:
    digest = scene.home.blob(scene.repository, f"nothing names this {scene.repository}".encode())
    refused = blob_refusal(scene, digest, who)
    assert refused.phrase.startswith("BLOB_UNNAMED")
    assert ("`examine`" in refused.message) is (who == "developer")


def test_a_blob_of_evidence_whose_subject_is_missing(scene: Scene) -> None:
    document = (
        f'{{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"{scene.repository}"}}'.encode()
    )
    scene.attach(sbom(b"never pushed", document))
    refused = blob_refusal(scene, digest_of(document), "guest")
    assert refused.phrase.startswith("SUBJECT_MISSING")
    assert "cosign sign" not in refused.message


def test_hostile_text_in_evidence_reaches_no_client(scene: Scene) -> None:
    """A message quotes what an attacker signed: predicate types, other digests, reasons of parsers."""
    image = scene.image()
    payload = statement(digest_of(image), f"https://evil.example/{HOSTILE}")
    scene.attach(referrer(bundle(scene.key, payload), descriptor_of(image), HOSTILE))
    refused = scene.refusal("1.0")
    check(refused)
    assert "evil" in json.dumps(refused.detail)
    for reason in scene.opinion(image).reasons:
        assert is_plain(reason.message + reason.remedy)


def test_hostile_text_in_verdicts_reaches_no_listener(scene: Scene) -> None:
    image = scene.image()
    payload = statement(digest_of(image), f"https://evil.example/{HOSTILE}")
    scene.attach(referrer(bundle(scene.key, payload), descriptor_of(image), HOSTILE))
    scene.sign(image)
    with scene.home.house.stores.database.read() as tx:
        rows = tx.execute(outbox.select().order_by(outbox.c.id.desc()).limit(5)).all()
    for row in rows:
        texts = json.loads(row.payload).get("message", "")
        assert is_plain(texts)


def test_hostile_annotations_are_in_no_refusal(scene: Scene) -> None:
    image = scene.image(annotations={"org.opencontainers.image.title": HOSTILE})
    check(scene.refusal(image))
    index = scene.index([image], annotations={"a": HOSTILE})
    check(scene.refusal(index))
    scene.sign(index, SigningKey(), media_type=OCI_INDEX)
    check(scene.refusal(index))


def test_many_bad_signatures_are_told_in_one_short_message(scene: Scene) -> None:
    image = scene.image()
    for number in range(30):
        payload = statement(digest_of(image), f"https://evil.example/{number}/{'a' * 300}")
        scene.attach(referrer(bundle(scene.key, payload), descriptor_of(image), "x"))
    check(scene.refusal("1.0"))


def test_the_longest_names_there_can_be(scene: Scene) -> None:
    there = scene.at("/".join(["a" * 60] * 3))
    there.image("t" * 128)
    refused = there.refusal("t" * 128)
    check(refused)
    assert "cosign sign" in refused.message


def test_cleaning_leaves_ordinary_text_alone() -> None:
    assert clean("größer als 1 €") == "größer als 1 €"
    assert clean(HOSTILE) == "[2J Warning: fineevil31m"


def test_what_is_pending_says_to_try_again(scene: Scene) -> None:
    image = scene.image()
    found = scene.artifact(image)
    standing = Standing(State.PENDING, None, found.standing.generation)
    scene.home.house.stores.database.write(lambda tx: manifests.set_standing(tx, found.id, standing))
    refused = scene.refusal("1.0")
    check(refused)
    assert refused.detail["state"] == "PENDING"
    assert "try again" in refused.message

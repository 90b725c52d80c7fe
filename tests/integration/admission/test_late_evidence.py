"""gate.md 1: evidence that does not fit its PUT becomes a job of the highest priority."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from tests.houses import furnish
from tests.scenes import Scene, attachment, new_scene, sbom
from tests.signing import (
    COSIGN_SIGN,
    Signed,
    bundle,
    classic_tag,
    descriptor_of,
    referrer,
    sign_bundle,
    sign_classic,
    statement,
)

from pratique.admission.late_evidence import FIRST, VERIFY_LATER
from pratique.errors import TooLarge
from pratique.jobs.store import job
from pratique.oci.digest import digest_of
from pratique.oci.names import fallback_tag_of

AT_ONCE = 4_096
LIMITS = {"evidence_at_once": AT_ONCE, "evidence_size": 65_536, "index_children": 3}


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A registry that reads 4 KiB of evidence at once."""
    directory = tmp_path_factory.mktemp("late")
    home = furnish(f"sqlite:///{directory}/pratique.db", directory / "data", limits=LIMITS)
    yield new_scene(home)
    home.house.close()


def large(content: bytes, scene: Scene) -> Signed:
    """A bundle's manifest with an SBOM beside the bundle that makes it too large."""
    manifest, blobs = sign_bundle(scene.key, descriptor_of(content))
    filler = json.dumps(
        {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "a" * AT_ONCE}
    ).encode()
    document = json.loads(manifest)
    document["layers"].append(descriptor_of(filler, "application/spdx+json"))
    return json.dumps(document).encode(), {**blobs, digest_of(filler): filler}


def test_it_is_stored_as_an_artifact_pending_and_its_subject_is_not_admitted(scene: Scene) -> None:
    image = scene.image()
    late = scene.attach(large(image, scene))
    assert not scene.artifact(late).is_evidence
    assert scene.state(late) == "PENDING"
    assert scene.codes(late) == ["NOT_EXAMINED"]
    assert not scene.is_let_out(late)
    assert not scene.is_let_out(image)


def test_the_job_makes_it_evidence_and_judges_its_subject(scene: Scene) -> None:
    image = scene.image()
    late = scene.attach(large(image, scene))
    scene.home.work()
    assert scene.artifact(late).is_evidence
    assert scene.state(image) == "ADMITTED"
    assert scene.is_let_out(late)
    assert scene.pull("1.0") == image


def test_its_job_comes_before_all_others(scene: Scene) -> None:
    image = scene.image()
    scene.attach(large(image, scene))
    with scene.home.house.stores.database.read() as tx:
        rows = tx.execute(job.select().order_by(job.c.priority.desc())).all()
    assert (rows[0].kind, rows[0].priority) == (VERIFY_LATER, FIRST)
    assert all(row.priority < FIRST for row in rows[1:])


def test_classic_evidence_gets_its_tag_with_one_side(scene: Scene) -> None:
    image = scene.image()
    keys = [scene.key] * 12
    signed = sign_classic(*keys, subject=digest_of(image), optional={"filler": "a" * 1_000})
    late = scene.attach_classic(signed, digest_of(image))
    assert not scene.artifact(late).is_evidence
    scene.home.work()
    assert scene.artifact(late).is_evidence
    assert scene.state(image) == "ADMITTED"
    sides = scene.sides(classic_tag(digest_of(image)))
    assert sides is not None
    assert sides.is_single
    assert scene.pull(classic_tag(digest_of(image))) == signed[0]


def test_what_does_not_parse_is_judged_as_the_artifact_that_it_is(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    cargo = attachment(image, [(b"\x7fELF" + b"\0" * AT_ONCE, "application/spdx+json")])
    late = scene.attach(cargo)
    assert scene.state(late) == "PENDING"
    scene.home.work()
    assert not scene.artifact(late).is_evidence
    assert scene.codes(late) == ["SIGNATURE_MISSING"]
    assert not scene.is_let_out(late)


def test_it_is_never_let_out_before_it_was_read(scene: Scene) -> None:
    """Were the shape enough, its cargo would go out with an admitted subject until the job came."""
    image = scene.image()
    scene.sign(image)
    layer = b"\x7fELF" + b"\0" * AT_ONCE
    late = scene.attach(attachment(image, [(layer, "application/spdx+json")]))
    assert not scene.is_let_out(late)
    assert not scene.lets_blob_out(digest_of(layer))


def test_where_a_project_asks_for_nothing_it_is_let_out_meanwhile(scene: Scene) -> None:
    there = new_scene(scene.home, "open")
    image = there.image()
    late = there.attach(large(image, there))
    assert there.is_let_out(late)
    there.home.work()
    assert there.artifact(late).is_evidence
    there.home.turn(there.project, "signed")
    there.home.work()
    assert there.is_let_out(image)


def test_the_job_may_run_twice_or_find_nothing(scene: Scene) -> None:
    image = scene.image()
    late = scene.attach(large(image, scene))
    found = scene.artifact(late)
    handler = scene.home.house.warehouse.rejudging.handlers()[VERIFY_LATER]
    payload = {"manifest_id": found.id, "digest": late, "subject": digest_of(image)}
    for _ in range(2):
        handler(payload)
    assert scene.state(image) == "ADMITTED"
    handler({**payload, "digest": digest_of(b"another")})
    scene.delete(late)
    handler(payload)
    assert scene.state(image) == "QUARANTINED"


def test_keys_that_change_while_it_is_read_are_the_ones_that_count(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = scene.image()
    scene.attach(large(image, scene))
    verifier = scene.home.house.warehouse.rejudging._late._verifier
    verify = verifier.verify
    rounds: list[bool] = []

    def verify_and_remove(claim: object) -> object:
        found = verify(claim)  # type: ignore[arg-type]  # handed on as it came
        if not rounds:
            scene.home.distrust(scene.project)
        rounds.append(True)
        return found

    monkeypatch.setattr(verifier, "verify", verify_and_remove)
    scene.home.work()
    assert len(rounds) >= 2
    assert scene.state(image) == "QUARANTINED"


def test_a_subject_that_comes_while_its_evidence_is_read_is_admitted_by_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence that can't be verified whole without its subject: nothing else would look at it again."""
    seed = f"{scene.project.name} meanwhile"
    image = scene.at("elsewhere").image(None, seed)
    said = json.loads(statement(digest_of(image)))
    said["subject"][0]["digest"]["sha512"] = hashlib.sha512(image).hexdigest()
    said["predicate"] = {"padding": "x" * AT_ONCE}
    document = bundle(scene.key, json.dumps(said).encode())
    scene.attach(referrer(document, descriptor_of(image), COSIGN_SIGN))
    verifier = scene.home.house.warehouse.rejudging._late._verifier
    verify = verifier.verify
    left = [lambda: scene.image("1.0", seed)]

    def verify_and_push(claim: object) -> object:
        found = verify(claim)  # type: ignore[arg-type]  # handed on as it came
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(verifier, "verify", verify_and_push)
    scene.home.work()
    assert scene.pull("1.0") == image


def test_what_takes_too_long_becomes_a_job_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    image = scene.image()
    clock = scene.home.clock
    read = clock.monotonic

    def hurrying() -> float:
        clock._monotonic += 6
        return read()

    with monkeypatch.context() as hurry:
        hurry.setattr(clock, "monotonic", hurrying)
        late = scene.attach(sign_classic(scene.key, scene.key, scene.key, subject=digest_of(image)), None)
        slow = scene.attach_classic(
            sign_classic(scene.key, scene.key, scene.key, subject=digest_of(image)), digest_of(image)
        )
    assert late != slow
    assert scene.state(image) == "QUARANTINED"
    scene.home.work()
    assert scene.state(image) == "ADMITTED"


def test_more_than_evidence_may_be_is_an_artifact_for_good(scene: Scene) -> None:
    image = scene.image()
    filler = json.dumps({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "a" * 65_536})
    attached = scene.attach(sbom(image, filler.encode()))
    assert scene.state(attached) == "QUARANTINED"
    scene.home.work()
    assert not scene.artifact(attached).is_evidence


def test_an_index_names_no_more_than_its_limit(scene: Scene) -> None:
    children = [scene.image(None) for _ in range(4)]
    assert scene.index(children[:3])
    with pytest.raises(TooLarge, match="more than 3"):
        scene.index(children)


def test_the_index_at_the_fallback_tag_lists_it_when_it_was_read(scene: Scene) -> None:
    image = scene.image()
    early = sbom(image)
    scene.attach(early)
    tag = fallback_tag_of(digest_of(image))
    scene.index([early[0]], tag)
    late = scene.attach(large(image, scene))
    scene.home.work()
    listed = [each["digest"] for each in json.loads(scene.pull(tag))["manifests"]]
    assert sorted(listed) == sorted([digest_of(early[0]), late])

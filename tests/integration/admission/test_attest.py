"""What the registry says of contents, by the jobs that say it: made, replaced, and taken away."""

import json

import pytest
from tests.attested import (
    CREATED,
    KNOWN,
    affected,
    bundles,
    examined,
    learn,
    predicates,
    statements,
    told,
    turn,
    work,
)
from tests.countersigned import evidence, ours, own_keys, taken
from tests.houses import Furnished
from tests.scenes import Scene, attachment, new_scene

from pratique.admission.attesting import ATTEST, Form, attest_digests, sbom_of
from pratique.admission.store import records_about
from pratique.bootstrap.upkeep import build_upkeep
from pratique.clock import DAY, SECOND, rfc3339
from pratique.jobs import last_published, standings
from pratique.oci.digest import Digest, algorithm_of, digest_of, encoded_of
from pratique.policy import Signature
from pratique.registry.pull import known
from pratique.registry.sweep import Terms
from pratique.trust.signing import KeyKind, KeyState, Owner

BILLS = {Form.CYCLONEDX, Form.SPDX}
REPORTS = {Form.VULNERABILITIES, Form.OPENVEX}


@pytest.fixture
def home(knowing_home: Furnished) -> Furnished:
    return knowing_home


@pytest.fixture
def scene(home: Furnished) -> Scene:
    learn(home, KNOWN)
    return new_scene(home, "open")


def test_each_form_is_said_once_where_its_switch_is_on(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    found = {form: len(each) for form, each in bundles(scene, image).items()}
    assert found == dict.fromkeys(Form, 1)
    assert {row.problem for row in told(scene, image).values()} == {""}
    assert set(own_keys(scene)) == {KeyKind.SCAN}


@pytest.mark.parametrize(
    ("switches", "forms"),
    [
        ({}, set()),
        ({"auto_sbom_generation": True}, BILLS),
        ({"auto_scan": True}, REPORTS),
        ({"prevent_vul": True}, REPORTS),
    ],
)
def test_nothing_else_is_said(scene: Scene, switches: dict[str, bool], forms: set[Form]) -> None:
    turn(scene, **switches)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    assert set(bundles(scene, image)) == forms
    assert bool(own_keys(scene)) == bool(forms)


def test_what_statements_say(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    moment = scene.home.clock.now()
    work(scene.home)
    digest = digest_of(image)
    for form, content in statements(scene, image).items():
        statement = json.loads(content)
        assert statement["_type"] == "https://in-toto.io/Statement/v1", form
        assert statement["subject"][0]["digest"] == {algorithm_of(digest): encoded_of(digest)}
        assert statement["subject"][0]["name"] == f"registry.example.test/{scene.repository}"
    said = predicates(scene, image)
    assert said[Form.CYCLONEDX]["metadata"]["timestamp"] == CREATED
    assert [one["name"] for one in said[Form.SPDX]["packages"]][-2:] == ["openssl", "zlib1g"]
    scan = said[Form.VULNERABILITIES]
    assert scan["metadata"]["scanFinishedOn"] == rfc3339(moment)
    findings = [(one["id"], one["state"]) for one in scan["scanner"]["result"]["findings"]]
    assert findings == [("UBUNTU-CVE-2026-1", "affected")]
    (waived,) = said[Form.OPENVEX]["statements"]
    assert waived["vulnerability"] == {"name": "CVE-2026-2", "aliases": ["UBUNTU-CVE-2026-2"]}
    assert waived["status"] == "not_affected"
    assert waived["products"][0]["@id"].startswith("pkg:oci/app@sha256:")


def test_the_same_is_said_in_the_same_bytes(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    before = statements(scene, image)
    rows = told(scene, image)
    for row in rows.values():
        scene.delete(Digest(row.manifest))
    assert bundles(scene, image) == {}
    scene.home.clock.advance(3_600)
    work(scene.home)
    assert len(told(scene, image)) == 4
    assert statements(scene, image) == before


def test_a_second_run_changes_nothing(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    before = {one.digest for one in evidence(scene, image)}
    attest(scene, image)
    assert {one.digest for one in evidence(scene, image)} == before


def test_a_report_that_changes_takes_the_place_of_the_old_one(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    before = told(scene, image)
    scene.home.clock.advance(60)
    learn(scene.home, {"Ubuntu": [*KNOWN["Ubuntu"], affected(3, "zlib1g", status="needed")]})
    attest(scene, image)
    after = told(scene, image)
    assert {form for form in Form if before[form] != after[form]} == {Form.VULNERABILITIES}
    scan = predicates(scene, image)[Form.VULNERABILITIES]
    assert "UBUNTU-CVE-2026-3" in [one["id"] for one in scan["scanner"]["result"]["findings"]]
    assert {form: len(each) for form, each in bundles(scene, image).items()} == dict.fromkeys(Form, 1)


def attest(scene: Scene, image: bytes) -> None:
    scene.change(lambda tx: attest_digests(tx, [digest_of(image)]))
    work(scene.home)


def test_an_import_that_changes_nothing_here_is_told_after_a_week_only(scene: Scene) -> None:
    turn(scene, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    before = told(scene, image)
    for days, is_said_anew in ((1, False), (8, True)):
        scene.home.clock.advance(days * DAY / SECOND)
        learn(scene.home, {"Ubuntu": [*KNOWN["Ubuntu"], affected(90 + days, "elsewhere")]})
        attest(scene, image)
        after = told(scene, image)
        assert all((before[form] != after[form]) == is_said_anew for form in REPORTS)


def test_what_a_report_does_not_cover_is_not_signed_as_if_it_were_clean(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image, system='ID=debian\nVERSION_ID="12"\n')
    work(scene.home)
    assert set(bundles(scene, image)) == BILLS
    problem = told(scene, image)[Form.VULNERABILITIES].problem
    assert "no current advisories for debian:12" in problem


def test_a_report_goes_when_its_advisories_have_grown_old(scene: Scene) -> None:
    turn(scene, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    scene.home.clock.advance(31 * DAY / SECOND)
    attest(scene, image)
    assert Form.VULNERABILITIES not in bundles(scene, image)
    assert "last imported" in told(scene, image)[Form.VULNERABILITIES].problem


def test_switches_that_are_turned_off_take_reports_away_and_leave_bills(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    turn(scene, auto_sbom_generation=False, auto_scan=False)
    work(scene.home)
    assert set(bundles(scene, image)) == BILLS
    turn(scene, prevent_vul=True)
    work(scene.home)
    assert set(bundles(scene, image)) == BILLS | REPORTS


def test_a_bill_that_somebody_deletes_is_made_again_only_where_the_switch_is_on(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    scene.delete(Digest(told(scene, image)[Form.SPDX].manifest))
    work(scene.home)
    assert set(bundles(scene, image)) == BILLS
    turn(scene, auto_sbom_generation=False)
    scene.delete(Digest(told(scene, image)[Form.SPDX].manifest))
    work(scene.home)
    assert set(bundles(scene, image)) == {Form.CYCLONEDX}
    assert set(told(scene, image)) == {Form.CYCLONEDX}


def test_a_bill_that_is_asked_for_by_hand_waits_for_the_examination(scene: Scene) -> None:
    image = scene.image()
    with scene.home.house.stores.database.read() as tx:
        repository = known(tx, scene.repository)
    scene.change(lambda tx: sbom_of(tx, repository.id, repository.name, digest_of(image)))
    work(scene.home)
    assert {(row.manifest, row.problem) for row in told(scene, image).values()} == {("", "")}
    examined(scene, image)
    work(scene.home)
    assert set(bundles(scene, image)) == BILLS


def test_what_is_too_large_is_not_made_and_that_is_told(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True)
    image = scene.image()
    examined(scene, image, [(f"package-{number}", "1") for number in range(100)])
    work(scene.home)
    assert bundles(scene, image) == {}
    problems = [row.problem for row in told(scene, image).values()]
    assert len(problems) == 2
    with scene.home.house.stores.database.read() as tx:
        last = last_published(tx)
    attest(scene, image)
    with scene.home.house.stores.database.read() as tx:
        assert last_published(tx) == last, "it is told once"
    assert all("evidence may have 16384" in problem for problem in problems)


def test_nothing_is_said_of_indexes_of_evidence_and_of_what_has_no_layers(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    child = scene.image()
    index = scene.index([child])
    scene.sign(child)
    bare, blobs = attachment(None, [])
    for content in blobs.values():
        scene.home.blob(scene.repository, content)
    scene.put("bare", bare)
    for content in (index, bare):
        examined(scene, content)
    work(scene.home)
    assert bundles(scene, index) == bundles(scene, bare) == {}


def test_it_goes_with_its_subject(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    scene.delete(digest_of(image))
    work(scene.home)
    assert evidence(scene, image) == []
    assert told(scene, image) == {}


def test_what_is_known_already_is_said_of_a_push_to_another_project(scene: Scene) -> None:
    image = scene.image(seed="shared")
    examined(scene, image)
    other = new_scene(scene.home, "open")
    turn(other, auto_sbom_generation=True)
    other.image(seed="shared")
    work(scene.home)
    assert set(bundles(other, image)) == BILLS
    assert bundles(scene, image) == {}


def test_none_of_it_is_evidence(home: Furnished) -> None:
    """Neither as the registry wrote it, nor pushed by somebody, here or elsewhere."""
    learn(home, KNOWN)
    scene, other = new_scene(home), new_scene(home)
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image(seed="no evidence")
    examined(scene, image)
    before = scene.opinion(image).evidence_digest
    work(home)
    assert set(bundles(scene, image)) == set(Form)
    assert scene.opinion(image).evidence_digest == before
    assert records(scene, image) == []
    written = [taken(scene, one) for one in ours(scene, image)]
    other.image(seed="no evidence")
    for signed in written:
        other.attach(signed)
    work(home)
    assert {one.code for one in records(other, image)} == {"SIGNATURE_NOT_TRUSTED"}
    assert (scene.state(image), other.state(image)) == ("QUARANTINED", "QUARANTINED")


def records(scene: Scene, image: bytes) -> list[Signature]:
    with scene.home.house.stores.database.read() as tx:
        return list(records_about(tx, known(tx, scene.repository).id, digest_of(image)))


def test_a_rotation_says_everything_again_with_the_new_key(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    before, said = own_keys(scene)[KeyKind.SCAN], statements(scene, image)
    house, owner = scene.home.house, Owner(scene.project.id, scene.project.name)
    house.signing.keys.announce(owner, KeyKind.SCAN, scene.home.admin)
    scene.change(lambda tx: house.signing.desk.activate(tx, scene.project, KeyKind.SCAN, scene.home.admin))
    work(scene.home)
    after = own_keys(scene)[KeyKind.SCAN]
    hints = {
        bundle["verificationMaterial"]["publicKey"]["hint"]
        for found in bundles(scene, image).values()
        for bundle in found
    }
    assert hints == {after.public_key.hint} != {before.public_key.hint}
    assert statements(scene, image) == said
    with house.stores.database.read() as tx:
        assert [key.state for key in house.signing.keys.of(tx, owner.id)] == [KeyState.ACTIVE]


def test_the_daily_round_finds_what_grew_old_and_what_is_covered_by_now(scene: Scene) -> None:
    turn(scene, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    renewal = scene.home.house.signing.attesting.renewal
    scene.home.clock.advance(31 * DAY / SECOND)
    renewal({})
    work(scene.home)
    assert Form.VULNERABILITIES not in bundles(scene, image)
    learn(scene.home, KNOWN)
    renewal({})
    work(scene.home)
    assert set(bundles(scene, image)) == REPORTS


def test_the_daily_round_leaves_alone_what_is_as_it_should_be(scene: Scene) -> None:
    turn(scene, auto_scan=True)
    image = scene.image()
    examined(scene, image)
    work(scene.home)
    house = scene.home.house
    scene.home.clock.advance(6 * DAY / SECOND)
    house.signing.attesting.renewal({})
    with house.stores.database.read() as tx:
        found = standings(tx, ATTEST, [f"{scene.repository}@{digest_of(image)}"])
    assert found == {}


def test_it_is_collected_with_its_subject(scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True)
    image = scene.image(None)
    examined(scene, image)
    work(scene.home)
    scene.home.clock.advance(10 * DAY / SECOND)
    build_upkeep(scene.home.house).collector.run(Terms(grace=0, undo=0, delete_untagged=True))
    work(scene.home)
    assert evidence(scene, image) == []
    assert told(scene, image) == {}

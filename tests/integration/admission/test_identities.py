"""Whom a project trusts, beside keys: identities of a root; what takes them away (issue 4, section 1; gate.md 1)."""

from typing import Any

import pytest
from cryptography import x509
from tests.authorities import NOW
from tests.houses import OCI_INDEX
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import CUSTOM, SigningKey
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.clock import HOUR, Moment
from pratique.errors import BadRequest, Conflict, DigestInvalid
from pratique.oci.digest import digest_of

OURS, THEIRS = Sigstore(), Sigstore()


@pytest.fixture
def root(scene: Scene) -> str:
    """The name of a root of its own, imported."""
    name = f"root{next(NUMBERS)}"
    scene.sigstore(OURS, name)
    return name


def signed(scene: Scene, instance: Sigstore = OURS, **how: Any) -> tuple[bytes, x509.Certificate]:
    """An image with a keyless signature, and the certificate behind that."""
    image = scene.image()
    evidence, certificate = instance.sign(image, **how)
    scene.attach(evidence)
    return image, certificate


def test_a_keyless_signature_of_a_trusted_identity_lets_out(scene: Scene, root: str) -> None:
    scene.trust_identity(root)
    image, _ = signed(scene)
    assert scene.pull("1.0") == image
    assert scene.opinion(image).reasons[0].message == "signed with ci"


@pytest.mark.parametrize(
    "identity",
    [
        {"issuer": "https://other.example"},
        {"identity": f"{WORKFLOW}2"},
        {"identity": WORKFLOW.upper()},
        {"pattern": "https://git\\.example/other/.*"},
        {"pattern": "git\\.example"},
        {"san_type": "email"},
        {"extensions": {"source_repository_uri": "https://git.example/team/other"}},
    ],
    ids=str,
)
def test_the_signature_of_another_identity_is_none(scene: Scene, root: str, identity: dict[str, Any]) -> None:
    scene.trust_identity(root, **identity)
    image, _ = signed(scene)
    assert scene.codes(image) == ["IDENTITY_MISMATCH"]


@pytest.mark.parametrize("pattern", [".*", "", "(", ".+", "a?"])
def test_a_pattern_is_refused_if_it_matches_the_empty_string_or_has_no_literal_part(
    scene: Scene, root: str, pattern: str
) -> None:
    with pytest.raises(BadRequest):
        scene.trust_identity(root, pattern=pattern)


def test_an_identity_verifies_only_against_the_root_it_names(scene: Scene, root: str) -> None:
    other = f"root{next(NUMBERS)}"
    scene.sigstore(THEIRS, other)
    scene.trust_identity(root)
    image, _ = signed(scene, THEIRS)
    assert not scene.is_let_out(image)
    scene.trust_identity(other, "other")
    scene.home.work()
    assert scene.is_let_out(image)


def test_an_identity_of_a_root_that_there_is_not_is_refused(scene: Scene) -> None:
    with pytest.raises(BadRequest, match="no trusted root 'nowhere'"):
        scene.trust_identity("nowhere")


def test_an_identity_that_came_after_its_signatures_admits_by_a_job(scene: Scene, root: str) -> None:
    image, _ = signed(scene)
    assert scene.state(image) == "QUARANTINED"
    scene.trust_identity(root)
    scene.home.work()
    assert scene.state(image) == "ADMITTED"


def test_removing_an_identity_takes_admitted_away_from_what_rested_on_it(scene: Scene, root: str) -> None:
    scene.trust_identity(root)
    image, _ = signed(scene)
    neighbour = new_scene(scene.home)
    neighbour.trust_identity(root)
    theirs, _ = signed(neighbour)
    scene.distrust_identity()
    assert not scene.is_let_out("1.0")
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]
    assert neighbour.is_let_out(theirs)


def test_its_valid_until_ends_what_rests_on_it(scene: Scene, root: str) -> None:
    until = Moment(scene.home.clock.now() + HOUR)
    scene.trust_identity(root, valid_until=until)
    image, _ = signed(scene)
    assert scene.opinion(image).valid_until == until
    scene.home.clock.advance(3_600)
    assert not scene.is_let_out(image)


def test_who_signs_images_may_not_waive_cves_unless_it_is_said(scene: Scene, root: str) -> None:
    """And the other way round: who is trusted for VEX lets no image out by that."""
    signer = scene.trust_identity(root)
    assert [purpose.value for purpose in signer.reach.purposes] == ["signature"]
    scene.distrust_identity()
    scene.home.distrust(scene.project)
    scene.trust_identity(root, "security", purposes=("vex", "sbom"))
    image, _ = signed(scene)
    assert scene.codes(image) == ["PURPOSE_MISMATCH"]


def test_from_an_admitted_parent_only_signatures_pass_to_its_children(scene: Scene, root: str) -> None:
    """Attestations count for the digest that they name: the child inherits one signature, and no attestation."""
    scene.trust_identity(root)
    child = scene.image(None)
    index = scene.index([child], "index")
    attestation, _ = OURS.sign(index, media_type=OCI_INDEX, predicate_type=CUSTOM)
    scene.attach(attestation)
    assert scene.codes(index) == ["NOT_A_SIGNATURE"]
    assert scene.codes(child) == ["SIGNATURE_MISSING"], "the attestation of its parent says nothing of it"
    evidence, _ = OURS.sign(index, media_type=OCI_INDEX)
    scene.attach(evidence)
    assert scene.is_let_out(child)


# --- roots --------------------------------------------------------------------------------------------------------


def test_importing_a_root_that_drops_a_service_takes_admitted_away_at_once(scene: Scene, root: str) -> None:
    scene.sigstore(OURS, root, THEIRS)
    scene.trust_identity(root)
    ours, _ = signed(scene)
    theirs, _ = signed(scene, THEIRS)
    assert scene.is_let_out(theirs)
    scene.sigstore(OURS, root)
    assert not scene.is_let_out(theirs), "narrowing never lags"
    assert scene.codes(theirs) == ["NOT_EXAMINED"]
    scene.home.work()
    assert scene.codes(theirs) == ["CHAIN_INVALID"]
    assert scene.is_let_out(ours), "widening may: it was verified again"


def test_what_was_verified_before_a_narrowing_does_not_count_later_in_a_project_that_was_open(
    open_scene: Scene,
) -> None:
    """Nothing rested on it then, so nothing could be taken away: the record itself counts no more."""
    name = f"root{next(NUMBERS)}"
    open_scene.sigstore(OURS, name, THEIRS)
    open_scene.trust_identity(name)
    image, _ = signed(open_scene, THEIRS)
    open_scene.sigstore(OURS, name)
    open_scene.home.turn(open_scene.project, "signed")
    artifact = open_scene.artifact(image)
    open_scene.home.house.warehouse.rejudging.judge_one({"manifest_id": artifact.id})
    assert not open_scene.is_let_out(image)
    assert open_scene.codes(image) == ["NOT_EXAMINED"]


def test_an_import_that_only_adds_takes_nothing_away(scene: Scene, root: str) -> None:
    scene.trust_identity(root)
    ours, _ = signed(scene)
    scene.sigstore(OURS, root, THEIRS)
    assert scene.is_let_out(ours)


def test_an_import_shows_what_it_changes_and_needs_force_to_bring_back_what_was_removed(
    scene: Scene, root: str
) -> None:
    scene.sigstore(OURS, root, THEIRS)
    scene.sigstore(OURS, root)
    with pytest.raises(Conflict, match="brings back what was removed"):
        scene.sigstore(OURS, root, THEIRS)
    scene.sigstore(OURS, root, THEIRS, force=True)
    with scene.home.house.stores.database.read() as tx:
        assert scene.home.house.departments.trust.roots.get(tx, root).version == 4


def test_a_root_that_is_shortened_is_a_narrowing_and_lengthening_again_needs_force(
    scene: Scene, root: str
) -> None:
    scene.trust_identity(root)
    image, _ = signed(scene)
    scene.sigstore(OURS, root, end=Moment(NOW - HOUR))
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["CHAIN_INVALID"]
    with pytest.raises(Conflict):
        scene.sigstore(OURS, root)


def test_a_root_is_not_removed_while_somebody_names_it(scene: Scene, root: str) -> None:
    roots = scene.home.house.warehouse.roots
    scene.trust_identity(root)
    with pytest.raises(Conflict, match="remove them first"):
        scene.change(lambda tx: roots.remove(tx, scene.home.admin, root))
    scene.distrust_identity()
    scene.change(lambda tx: roots.remove(tx, scene.home.admin, root))
    with pytest.raises(Conflict, match="only goes forward"):
        scene.change(lambda tx: roots.remove(tx, scene.home.admin, "public-good"))


# --- deny lists ---------------------------------------------------------------------------------------------------

EVERYWHERE = pytest.mark.parametrize("everywhere", [False, True], ids=["project", "system"])


@EVERYWHERE
def test_denying_a_key_refuses_what_rests_on_it_at_once_and_later(scene: Scene, everywhere: bool) -> None:
    key = scene.home.trust(scene.project, f"denied-{scene.project.name}")
    image = scene.image()
    scene.sign(image, key)
    assert scene.is_let_out(image)
    number = scene.deny("key", everywhere=everywhere, fingerprint=key.fingerprint)
    assert not scene.is_let_out("1.0")
    assert scene.codes(image) == ["DENIED"]
    later = scene.image("2.0")
    scene.sign(later, key)
    assert scene.codes(later) == ["DENIED"]
    scene.home.work()
    assert not scene.is_let_out(image)
    scene.allow_again(number, everywhere=everywhere)
    scene.home.work()
    assert scene.is_let_out(image)


@EVERYWHERE
@pytest.mark.parametrize("kind", ["certificate", "identity", "digest of evidence"])
def test_denying_what_evidence_carries(scene: Scene, root: str, kind: str, everywhere: bool) -> None:
    scene.trust_identity(root)
    name = f"{WORKFLOW}{next(NUMBERS)}"
    scene.trust_identity(root, "second", identity=name)
    image, other = scene.image(), signed(scene)[0]
    evidence, certificate = OURS.sign(image, name)
    carrier = scene.attach(evidence)
    assert scene.is_let_out(image)
    issuer = certificate.issuer.rfc4514_string()
    denials: dict[str, tuple[str, dict[str, str]]] = {
        "certificate": ("certificate", {"serial": f"{certificate.serial_number:X}", "issuer": issuer}),
        "identity": ("identity", {"issuer": ISSUER, "name": name}),
        "digest of evidence": ("digest", {"digest": carrier}),
    }
    kind, subject = denials[kind]
    scene.deny(kind, subject, everywhere=everywhere)
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["DENIED"]
    assert scene.is_let_out(other), "signed by somebody else"


@EVERYWHERE
def test_denying_an_artifact_refuses_it_whoever_signed_it_and_the_index_that_contains_it(
    scene: Scene, everywhere: bool
) -> None:
    child = scene.image(None)
    index = scene.index([child], "index")
    scene.sign(index, media_type=OCI_INDEX)
    assert scene.is_let_out(child)
    number = scene.deny("digest", everywhere=everywhere, digest=digest_of(child))
    assert not scene.is_let_out(child)
    assert not scene.is_let_out("index")
    assert scene.codes(child) == ["DENIED"]
    assert "CHILD_REFUSED" in scene.codes(index)
    scene.sign(child)
    assert not scene.is_let_out(child)
    scene.allow_again(number, everywhere=everywhere)
    scene.home.work()
    assert scene.is_let_out(child)
    assert scene.is_let_out("index")


def test_what_one_project_denies_stays_admitted_in_another(scene: Scene) -> None:
    neighbour = new_scene(scene.home)
    image = neighbour.image()
    neighbour.sign(image)
    scene.deny("key", fingerprint=neighbour.key.fingerprint)
    assert neighbour.is_let_out(image)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("person", {"name": "ann"}),
        ("key", {"fingerprint": "abc"}),
        ("key", {}),
        ("certificate", {"serial": "12"}),
        ("certificate", {"serial": "twelve", "issuer": "CN=x"}),
        ("log_entry", {"log_id": "00" * 32, "index": "-1"}),
        ("digest", {"digest": "sha256:12"}),
        ("digest", {"digest": digest_of(b""), "more": "x"}),
    ],
)
def test_what_makes_no_sense_is_not_denied(scene: Scene, kind: str, subject: dict[str, str]) -> None:
    with pytest.raises((BadRequest, DigestInvalid)):
        scene.deny(kind, subject)


def test_an_entry_is_on_a_list_once(scene: Scene) -> None:
    key = SigningKey()
    scene.deny("key", fingerprint=key.fingerprint)
    with pytest.raises(Conflict):
        scene.deny("key", public_key=key.pem)


# --- Harbor's switches --------------------------------------------------------------------------------------------


def test_each_switch_asks_for_its_own_kind_and_turning_one_on_narrows(scene: Scene) -> None:
    """`enable_content_trust` asks for a notation identity, `…_cosign` for a key or identity; both on: both."""
    image = scene.image()
    scene.sign(image)
    projects, project = scene.home.house.departments.projects, scene.project

    def switch(**on: str) -> None:
        scene.change(lambda tx: projects.update(tx, scene.home.admin, projects.get(tx, project.id), on))

    switch(enable_content_trust_cosign="true")
    assert scene.is_let_out(image), "what is known is judged in the transaction that narrows"
    switch(enable_content_trust="true")
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["NO_TRUSTED_KEYS"]
    assert "asks for notation signatures" in scene.opinion(image).reasons[0].message
    switch(enable_content_trust="false")
    scene.home.work()
    assert scene.is_let_out(image)

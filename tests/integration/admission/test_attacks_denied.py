"""Attacks on deny lists: what is denied comes again through parents, copies, caches, jobs and other processes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.houses import OCI_INDEX, Furnished
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import BUNDLE, Signed, sign_classic
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.admission.evidence import EvidenceBounds
from pratique.bootstrap.house import build
from pratique.errors import BadRequest, Quarantined
from pratique.oci.digest import digest_of
from pratique.registry import Received

EVERYWHERE = pytest.mark.parametrize("everywhere", [False, True], ids=["project", "system"])
KINDS = ["key", "certificate", "issuer's certificate", "identity", "evidence", "signed bytes"]
OURS = Sigstore()


@dataclass
class Signing:
    """An index with a child, signed by somebody who signs nothing else, and what can be denied of that."""

    scene: Scene
    index: bytes
    child: bytes
    evidence: Signed
    certificate: x509.Certificate
    name: str
    root: str

    @property
    def denials(self) -> Mapping[str, tuple[str, dict[str, str]]]:
        manifest, blobs = self.evidence
        bundle = next(
            each["digest"] for each in json.loads(manifest)["layers"] if each["mediaType"] == BUNDLE
        )
        assert bundle in blobs
        return {
            "key": ("key", {"public_key": pem_of(self.certificate)}),
            "certificate": ("certificate", certificate_of(self.certificate)),
            "issuer's certificate": ("certificate", certificate_of(OURS.authority.certificate)),
            "identity": ("identity", {"issuer": ISSUER, "name": self.name}),
            "evidence": ("digest", {"digest": digest_of(manifest)}),
            "signed bytes": ("digest", {"digest": bundle}),
        }

    def deny(self, kind: str, *, everywhere: bool = False, scene: Scene | None = None) -> int:
        word, subject = self.denials[kind]
        return (scene or self.scene).deny(word, subject, everywhere=everywhere)

    @property
    def let_out(self) -> list[bool]:
        return [self.scene.is_let_out(each) for each in (self.index, self.child)]


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate_of(certificate: x509.Certificate) -> dict[str, str]:
    return {"serial": f"{certificate.serial_number:x}", "issuer": certificate.issuer.rfc4514_string()}


@pytest.fixture
def signing(scene: Scene) -> Signing:
    root, name = f"denying{next(NUMBERS)}", f"{WORKFLOW}{next(NUMBERS)}"
    scene.sigstore(OURS, root)
    scene.trust_identity(root, identity=name)
    child = scene.image(None)
    index = scene.index([child], "1.0")
    evidence, certificate = OURS.sign(index, name, OCI_INDEX)
    scene.attach(evidence)
    found = Signing(scene, index, child, evidence, certificate, name, root)
    assert found.let_out == [True, True]
    return found


@pytest.fixture
def allowed_again(home: Furnished) -> Iterator[list[int]]:
    """What tests deny everywhere is taken off the list after them: the house is everybody's."""
    numbers: list[int] = []
    yield numbers
    denying = home.house.warehouse.denying
    for number in numbers:
        home.house.stores.database.write(lambda tx: denying.allow_again(tx, home.admin, None, number))  # noqa: B023 - run at once


@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_denied_is_refused_with_all_that_inherited_it_whoever_asks_again(
    signing: Signing, allowed_again: list[int], kind: str, everywhere: bool
) -> None:
    number = signing.deny(kind, everywhere=everywhere)
    if everywhere:
        allowed_again.append(number)
    assert signing.let_out == [False, False]
    signing.scene.home.work()
    assert signing.let_out == [False, False], "judged and verified again"
    signing.scene.attach(signing.evidence)
    assert signing.let_out == [False, False], "pushed again"
    assert signing.scene.codes(signing.index)[0] == "DENIED"


@pytest.mark.parametrize("kind", KINDS)
def test_a_system_wide_denial_goes_with_a_copy_and_a_projects_own_does_not(
    signing: Signing, allowed_again: list[int], kind: str
) -> None:
    scene = signing.scene
    neighbour = new_scene(scene.home)
    neighbour.trust_identity(signing.root, identity=signing.name)
    copier = scene.home.house.warehouse.copier
    copier.copy(scene.repository, "1.0", scene.guest, neighbour.repository, scene.home.admin)
    assert neighbour.is_let_out(signing.child)
    signing.deny(kind)
    assert signing.let_out == [False, False]
    assert neighbour.is_let_out(signing.child), "a project's list is the project's"
    allowed_again.append(signing.deny(kind, everywhere=True))
    assert not neighbour.is_let_out(signing.child)
    assert not neighbour.is_let_out(signing.index)


@pytest.mark.parametrize("kind", KINDS)
def test_a_denial_in_one_process_counts_in_another_that_has_verified_the_same(
    signing: Signing, kind: str
) -> None:
    """Trust and answers of verification lie in the memory of each."""
    scene = signing.scene
    second = build(scene.home.house.settings, scene.home.clock)
    manifest, _ = signing.evidence
    again = Received(scene.repository, digest_of(manifest), manifest, None)
    second.warehouse.pusher.put(again, scene.home.admin)
    word, subject = signing.denials[kind]
    scene.deny(word, subject)
    second.warehouse.pusher.put(again, scene.home.admin)
    assert signing.let_out == [False, False]
    with pytest.raises(Quarantined):
        second.warehouse.puller.manifest(scene.repository, "1.0", scene.guest)
    second.close()


def test_evidence_that_is_read_by_a_job_is_denied_as_any(scene: Scene) -> None:
    key = scene.home.trust(scene.project, f"late-{scene.project.name}")
    image = scene.image()
    verifier = scene.home.house.warehouse.gate._verifier
    before, verifier._bounds = verifier._bounds, EvidenceBounds(size=1)
    try:
        scene.attach_classic(sign_classic(key, subject=digest_of(image)), digest_of(image))
    finally:
        verifier._bounds = before
    scene.deny("key", fingerprint=key.fingerprint)
    scene.home.work()
    assert scene.codes(image) == ["DENIED"]


def test_an_issuer_in_another_spelling_is_the_same_or_none(signing: Signing) -> None:
    """An entry that looks right and stops nothing would be worse than none."""
    known = certificate_of(signing.certificate)
    for issuer in (known["issuer"].replace(",", ", "), known["issuer"].lower(), "fulcio"):
        with pytest.raises(BadRequest, match="RFC 4514"):
            signing.scene.deny("certificate", {**known, "issuer": issuer})
    spelled = known["issuer"].replace("CN=f", "CN=\\66")
    signing.scene.deny("certificate", {"serial": f"0{known['serial'].upper()}", "issuer": spelled})
    assert signing.let_out == [False, False]


def test_a_child_that_is_denied_before_it_comes_is_refused_and_refuses_its_index(scene: Scene) -> None:
    elsewhere = scene.at("elsewhere")
    child = elsewhere.image(None)
    scene.deny("digest", digest=digest_of(child))
    copied = json.loads(child)
    for each in (copied["config"], *copied["layers"]):
        with scene.home.house.stores.blobs.open(each["digest"]) as source:
            scene.home.blob(scene.repository, source.read())
    scene.put(digest_of(child), child)
    index = scene.index([child], "1.0")
    scene.sign(index, media_type=OCI_INDEX)
    assert not scene.is_let_out(child)
    assert not scene.is_let_out(index)

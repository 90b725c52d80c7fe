"""What verification costs a PUT: nothing the second time, and never more than one manifest gets."""

from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from tests.scenes import Scene
from tests.signing import SigningKey, descriptor_of, sign_bundle, sign_classic

from pratique.admission import store
from pratique.clock import Moment
from pratique.oci.digest import digest_of
from pratique.oci.evidence_shape import Scheme
from pratique.registry.pull import known
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet
from pratique.trust.sitting import LAYER_WORK, WORK_LIMIT
from pratique.trust.verify import VERIFIERS

KEYS: Final = 100
"""As many as a project may trust; one of them is there already."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Subject]:
    """Of whom bundles were verified, and not remembered."""
    found: list[Subject] = []
    verify = VERIFIERS[Scheme.COSIGN_BUNDLE]

    def counting(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
        found.append(subject)
        return verify(item, subject, trust, at)

    monkeypatch.setitem(VERIFIERS, Scheme.COSIGN_BUNDLE, counting)
    return found


def test_the_same_evidence_is_verified_once(scene: Scene, asked: list[Subject]) -> None:
    image = scene.image()
    signed = sign_bundle(scene.key, descriptor_of(image))
    for _ in range(3):
        scene.attach(signed)
        assert scene.state(image) == "ADMITTED"
    assert [subject.digest for subject in asked] == [digest_of(image)]


def test_it_is_verified_again_for_another_repository_and_when_trust_has_changed(
    scene: Scene, asked: list[Subject]
) -> None:
    image = scene.image(seed="the same")
    signed = sign_bundle(scene.key, descriptor_of(image))
    scene.attach(signed)
    other = scene.at("other")
    assert other.image(seed="the same") == image
    other.attach(signed)
    assert len(asked) == 2
    scene.home.trust(scene.project, f"another-{scene.project.name}")
    scene.attach(signed)
    assert len(asked) == 3
    assert len({subject.reference for subject in asked}) == 2


def test_a_flood_of_a_strangers_signatures_ends_in_a_reason(scene: Scene) -> None:
    for number in range(1, KEYS):
        name = f"k{number}-{scene.project.name}"
        scene.home.keys[name] = SigningKey(ed25519.Ed25519PrivateKey.generate())
        scene.home.trust(scene.project, name)
    stranger = SigningKey(ed25519.Ed25519PrivateKey.generate())
    image = scene.image()
    looked_at = -(-WORK_LIMIT // (KEYS - 1 + LAYER_WORK))
    flood = sign_classic(*[stranger] * looked_at, scene.key, subject=digest_of(image))
    scene.attach_classic(flood, digest_of(image))
    with scene.home.house.stores.database.read() as tx:
        records = store.records_about(tx, known(tx, scene.repository).id, digest_of(image))
    assert len(records) == looked_at + 1
    assert ["not looked at" in record.message for record in records] == [False] * looked_at + [True]
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]
    # Evidence of its own manifest gets work of its own.
    scene.sign(image)
    assert scene.state(image) == "ADMITTED"

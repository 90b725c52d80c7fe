"""SBOMs that lie beside an image as plain referrers: they add packages where somebody trusted for it signed them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.attested import examined, learn, turn
from tests.authorities import Authority
from tests.houses import Furnished
from tests.integration.admission.test_attested_packages import (
    FINE,
    LEFT,
    RECORDS,
    bill,
    component,
    evidence_about,
    spdx,
)
from tests.notation import attached, descriptor, notation_signer, sign_cose, sign_jws, trust_policy
from tests.scenes import Scene, attachment, new_scene
from tests.signing import SigningKey, attest_bundle, descriptor_of, sign_bundle, sign_classic
from tests.vexing import judge, openvex, product_of, says

from pratique.admission import signed_bills
from pratique.admission.evidence import EvidenceBounds
from pratique.clock import DAY, MINUTE, Moment
from pratique.oci.digest import Digest, digest_of
from pratique.trust.notation_stores import NewStore
from pratique.trust.parties import Purpose
from pratique.trust.reach import Reach

CYCLONEDX = "application/vnd.cyclonedx+json"
SPDX = "application/spdx+json"
OTHER = "pkg:npm/other@1.0.0"


@pytest.fixture
def home(knowing_home: Furnished) -> Furnished:
    return knowing_home


@pytest.fixture
def scene(home: Furnished) -> Scene:
    learn(home, RECORDS)
    return new_scene(home, "open")


@pytest.fixture
def key(scene: Scene) -> SigningKey:
    return scene.home.trust(scene.project, "builder", purposes=(Purpose.SBOM,))


@pytest.fixture
def image(scene: Scene) -> bytes:
    """An image in which layers show nothing that is known to be wrong."""
    turn(scene, prevent_vul=True)
    made = scene.image()
    examined(scene, made, FINE)
    judge(scene, made)
    assert scene.codes(made) == ["NO_VULNERABILITIES"]
    return made


@dataclass(frozen=True)
class Referrer:
    """A manifest with an SBOM, as `oras attach` makes it; pushed by `lie`."""

    content: bytes
    blobs: dict[Digest, bytes]

    @property
    def digest(self) -> Digest:
        return digest_of(self.content)


def referrer(image: bytes, document: Any, media_type: str = CYCLONEDX, **more: Any) -> Referrer:
    said = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Referrer(*attachment(image, [(said, media_type)], artifactType=media_type, **more))


def lie(scene: Scene, made: Referrer) -> Referrer:
    assert scene.attach((made.content, made.blobs)) == made.digest
    return made


def sign(scene: Scene, made: Referrer, key: SigningKey | None) -> Digest:
    """As `cosign sign --key` does, of the referrer's manifest."""
    return scene.attach(sign_bundle(key or SigningKey(), descriptor_of(made.content)))


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        (bill(LEFT), CYCLONEDX),
        (bill(LEFT), "application/vnd.cyclonedx"),
        (spdx(LEFT), SPDX),
        (spdx(LEFT), "application/vnd.goharbor.harbor.sbom.v1"),
    ],
)
def test_packages_of_a_signed_sbom_are_judged_too(
    scene: Scene, key: SigningKey, image: bytes, document: Any, media_type: str
) -> None:
    made = lie(scene, referrer(image, document, media_type))
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    signature = sign(scene, made, key)
    assert scene.codes(image) == ["VULNERABLE"]
    assert f"said by the SBOM {made.digest}" in scene.opinion(image).reasons[0].message
    assert not scene.is_let_out(made.digest), "what is said of an image goes with it"
    assert not scene.is_let_out(signature)


def test_a_classic_signature_counts_as_well(scene: Scene, key: SigningKey, image: bytes) -> None:
    made = lie(scene, referrer(image, bill(LEFT)))
    scene.attach_classic(sign_classic(key, subject=made.digest), made.digest)
    assert scene.codes(image) == ["VULNERABLE"]


def test_it_takes_nothing_away(scene: Scene, key: SigningKey) -> None:
    turn(scene, prevent_vul=True)
    image = scene.image()
    examined(scene, image)
    judge(scene, image)
    for purls in ((), ("pkg:deb/ubuntu/openssl@99.0?distro=ubuntu-22.04",)):
        sign(scene, lie(scene, referrer(image, bill(*purls))), key)
        assert "VULNERABLE" in scene.codes(image)
        assert any("openssl 3.0.2-0ubuntu1" in reason.message for reason in scene.opinion(image).reasons)


@pytest.mark.parametrize("purposes", [(Purpose.SIGNATURE,), (Purpose.VEX,), None])
def test_of_others_it_is_no_matter(scene: Scene, image: bytes, purposes: Any) -> None:
    other = scene.home.trust(scene.project, "other", purposes=purposes) if purposes else None
    sign(scene, lie(scene, referrer(image, bill(LEFT))), other)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]


def test_a_signature_of_something_else_speaks_for_no_sbom(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    made = lie(scene, referrer(image, bill(LEFT)))
    # Of the image, of another SBOM, and a statement about the SBOM instead of a signature.
    scene.attach(sign_bundle(key, descriptor_of(image)))
    sign(scene, lie(scene, referrer(image, bill(OTHER[:-5] + "9.9.9-fine"), seed="x")), key)
    subject = descriptor_of(made.content)
    scene.attach(attest_bundle(key, subject, "https://example.com/seen", {}))
    assert "left" not in " ".join(reason.message for reason in scene.opinion(image).reasons)


def test_an_sbom_of_another_image_adds_nothing_here(scene: Scene, key: SigningKey, image: bytes) -> None:
    other = scene.image("2.0")
    sign(scene, lie(scene, referrer(other, bill(LEFT))), key)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    elsewhere = scene.at("elsewhere")
    made = lie(elsewhere, referrer(image, bill(LEFT)))
    sign(elsewhere, made, key)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]


@pytest.mark.parametrize("order", list(permutations(("image", "sbom", "signature"))), ids=" ".join)
def test_the_order_of_arrival_has_no_say(scene: Scene, key: SigningKey, order: Sequence[str]) -> None:
    turn(scene, prevent_vul=True)
    image = scene.at("elsewhere").image(seed=scene.project.name)
    examined(scene, image, FINE)
    made = referrer(image, bill(LEFT))
    steps: dict[str, Callable[[], object]] = {
        "image": lambda: scene.image(seed=scene.project.name),
        "sbom": lambda: lie(scene, made),
        "signature": lambda: sign(scene, made, key),
    }
    for step in order:
        steps[step]()
    scene.home.work()
    judge(scene, image)
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize("gone", ["signature", "sbom", "trust", "date"])
def test_when_what_it_rests_on_ends_its_packages_go(scene: Scene, image: bytes, gone: str) -> None:
    until = Moment(scene.home.clock.now() + MINUTE)
    key = scene.home.trust(scene.project, "builder", purposes=(Purpose.SBOM,), valid_until=until)
    made = lie(scene, referrer(image, bill(LEFT)))
    signature = sign(scene, made, key)
    assert not scene.is_let_out(image)
    if gone == "trust":
        scene.home.distrust(scene.project, "builder")
    elif gone == "date":
        scene.home.clock.advance(61)
        learn(scene.home, RECORDS)
    else:
        scene.delete(signature if gone == "signature" else made.digest)
    scene.home.work()
    judge(scene, image)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    if gone == "sbom":
        lie(scene, made)
        scene.home.work()
        assert scene.codes(image) == ["VULNERABLE"]


def test_who_is_trusted_later_is_heard_then(scene: Scene, image: bytes) -> None:
    key = scene.home.keys.setdefault("late", SigningKey())
    sign(scene, lie(scene, referrer(image, bill(LEFT))), key)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    scene.home.trust(scene.project, "late", purposes=(Purpose.SBOM,))
    scene.home.work()
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize("denied", ["sbom", "signature"])
def test_a_deny_list_may_name_it(scene: Scene, key: SigningKey, image: bytes, denied: str) -> None:
    made = lie(scene, referrer(image, bill(LEFT)))
    signature = sign(scene, made, key)
    scene.deny("digest", digest=str(made.digest if denied == "sbom" else signature))
    judge(scene, image)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]


def test_vex_in_it_waives_nothing(scene: Scene) -> None:
    key = scene.home.trust(scene.project, "vendor", purposes=(Purpose.VEX, Purpose.SBOM))
    turn(scene, prevent_vul=True)
    image = scene.image()
    examined(scene, image)
    judge(scene, image)
    said = says(product_of(digest_of(image), "pkg:deb/ubuntu/openssl"))
    sign(scene, lie(scene, referrer(image, openvex(said), "application/openvex+json")), key)
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        (bill("no package url"), CYCLONEDX),
        (b"SPDXVersion: SPDX-2.3\n", "text/spdx"),
        (bill(LEFT, *(f"pkg:npm/p{number}@1" for number in range(5))), CYCLONEDX),
    ],
    ids=["no purl", "text", "too many"],
)
def test_what_can_not_be_read_whole_adds_nothing_and_it_is_told(
    scene: Scene,
    key: SigningKey,
    image: bytes,
    document: Any,
    media_type: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pratique.admission.hearing.PACKAGES_LIMIT", 5)
    made = lie(scene, referrer(image, document, media_type))
    sign(scene, made, key)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    ((_, told),) = evidence_about(scene, made.content)
    assert told["facts"]["sbom_problem"]


def test_too_many_bytes_are_not_read(
    scene: Scene, key: SigningKey, image: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed_bills, "SIZE_LIMIT", 50)
    made = lie(scene, referrer(image, bill(LEFT)))
    sign(scene, made, key)
    ((_, told),) = evidence_about(scene, made.content)
    assert told["facts"]["sbom_problem"].endswith("50 are read")


def test_bytes_of_another_digest_are_not_believed(
    scene: Scene, key: SigningKey, image: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that lost a bit, or somebody at the store."""
    made = lie(scene, referrer(image, bill(LEFT)))
    monkeypatch.setattr(signed_bills, "digest_of", lambda *_: "sha256:other")
    sign(scene, made, key)
    ((_, told),) = evidence_about(scene, made.content)
    assert "other bytes" in told["facts"]["sbom_problem"]
    assert scene.codes(image) == ["NO_VULNERABILITIES"]


def test_an_sbom_that_is_read_later_is_heard_then(
    scene: Scene, key: SigningKey, image: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into its PUT is an artifact until a job has read it."""
    verifier = scene.home.house.warehouse.rejudging._verifier
    monkeypatch.setattr(verifier, "_bounds", EvidenceBounds(size=1))
    made = lie(scene, referrer(image, bill(LEFT)))
    monkeypatch.undo()
    sign(scene, made, key)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    scene.home.work()
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize("sign_as", [sign_jws, sign_cose])
@pytest.mark.parametrize("purpose", [Purpose.SBOM, Purpose.SIGNATURE])
def test_notation_signs_sboms_too(scene: Scene, image: bytes, sign_as: Any, purpose: Purpose) -> None:
    now = scene.home.clock.now()
    root = Authority.new(start=now - 10 * DAY, end=now + 10 * DAY)
    signer = notation_signer(root, start=now - 9 * DAY, end=now + 9 * DAY)
    parties, project = scene.home.house.warehouse.parties, scene.project
    pem = root.certificate.public_bytes(Encoding.PEM).decode()
    store = NewStore("acme", "ca", pem, Reach(purposes=(purpose,)))
    scene.change(lambda tx: parties.add_store(tx, scene.home.admin, project, store))
    policy = trust_policy().decode()
    scene.change(lambda tx: parties.set_policy(tx, scene.home.admin, project, policy))
    made = lie(scene, referrer(image, bill(LEFT)))
    envelope = sign_as(signer, descriptor(str(made.digest), len(made.content)), at=now)
    scene.attach(attached(made.content, envelope))
    assert scene.codes(image) == ["VULNERABLE" if purpose is Purpose.SBOM else "NO_VULNERABILITIES"]


def test_an_import_finds_images_by_signed_sboms(scene: Scene, key: SigningKey, image: bytes) -> None:
    purl = f"pkg:npm/{scene.project.name}@1.0.0"
    made = lie(scene, referrer(image, bill(purl)))
    sign(scene, made, key)
    attested, mine = scene.home.house.court.attested, component(purl)

    def asked() -> list[Digest]:
        with scene.home.house.stores.database.read() as tx:
            return attested.images_with(tx, [mine])

    assert asked() == [digest_of(image)]
    scene.delete(made.digest)
    assert asked() == []

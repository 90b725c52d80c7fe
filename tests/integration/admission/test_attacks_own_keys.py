"""Attacks with what the registry signed itself, which is never evidence for `signed` (issue 4, section 2)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.countersigned import blob, ours, own_keys, taken, work
from tests.databases import Place
from tests.houses import furnish
from tests.notation import attached, notation_signer, trust_policy
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import Signed, classic_tag

from pratique.errors import BadRequest
from pratique.jobs import Worker
from pratique.oci.digest import digest_of
from pratique.trust.notation_stores import NewStore
from pratique.trust.signing import KeyKind, Owner
from pratique.trust.signing import SigningKey as OwnKey
from pratique.trust.store import signing as store


@dataclass(frozen=True)
class Borrowed:
    """The public half of a key, where somebody is asked for a key of his own."""

    half: Any
    pem: str = ""

    def public_key(self) -> Any:
        return self.half


@dataclass
class Vendor:
    """A project in which an image is admitted, and all that the registry signed about it."""

    scene: Scene
    image: bytes
    keys: dict[KeyKind, OwnKey]
    written: list[Signed]

    def bring_written(self, scene: Scene) -> None:
        for signed in self.written:
            is_classic = "subject" not in json.loads(signed[0])
            scene.attach(signed, classic_tag(digest_of(self.image)) if is_classic else None)

    def bring(self, scene: Scene) -> None:
        """The image and all that the registry signed about it."""
        document = json.loads(self.image)
        for each in (document["config"], *document["layers"]):
            scene.home.blob(scene.repository, blob(self.scene, each["digest"]))
        scene.put("1.0", self.image)
        self.bring_written(scene)

    @property
    def envelope(self) -> bytes:
        """What notation's key signed."""
        layers = [json.loads(content)["layers"][0] for content, _ in self.written]
        found = [each["digest"] for each in layers if each["mediaType"] == "application/jose+json"]
        return blob(self.scene, found[0])


@pytest.fixture
def vendor(scene: Scene) -> Vendor:
    return vendor_in(scene)


def vendor_in(scene: Scene) -> Vendor:
    image = scene.image("1.0", seed=f"own keys {next(NUMBERS)}")
    scene.sign(image)
    work(scene.home)
    written = [taken(scene, one) for one in ours(scene, image)]
    assert len(written) == 4, "two bundles, a classic manifest, an envelope of notation"
    # What says what is inside has a key too, made when it says something.
    scene.home.house.signing.keys.ensure(Owner(scene.project.id, scene.project.name), {*KeyKind})
    return Vendor(scene, image, own_keys(scene), written)


def trust(scene: Scene, pem: str) -> None:
    name = f"own{next(NUMBERS)}"
    scene.home.keys[name] = Borrowed(None, pem)  # type: ignore[assignment]  # only its PEM is asked for
    scene.home.trust(scene.project, name)


def add_store(scene: Scene, *certificates: x509.Certificate, name: str = "acme") -> None:
    pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)
    parties, wanted = scene.home.house.warehouse.parties, NewStore(name, "ca", pem)
    scene.change(lambda tx: parties.add_store(tx, scene.home.admin, scene.project, wanted))


def set_policy(scene: Scene, document: bytes) -> None:
    parties, text = scene.home.house.warehouse.parties, document.decode()
    scene.change(lambda tx: parties.set_policy(tx, scene.home.admin, scene.project, text))


def with_chain(envelope: bytes, chain: Sequence[x509.Certificate]) -> bytes:
    document = json.loads(envelope)
    ders = [each.public_bytes(Encoding.DER) for each in chain]
    document["header"]["x5c"] = [base64.b64encode(each).decode() for each in ders]
    return json.dumps(document).encode()


def test_nothing_that_the_registry_signed_counts_in_another_project(vendor: Vendor) -> None:
    scene = new_scene(vendor.scene.home)
    vendor.bring(scene)
    assert not scene.is_let_out("1.0")


def test_nothing_that_the_registry_signed_keeps_admitted_what_the_vendor_signed(vendor: Vendor) -> None:
    scene = vendor.scene
    vendor.bring_written(scene)
    scene.home.distrust(scene.project)
    vendor.bring_written(scene)
    assert not scene.is_let_out(vendor.image)
    work(scene.home)
    assert not scene.is_let_out(vendor.image)


@pytest.mark.parametrize("kind", [*KeyKind])
def test_no_key_of_the_registry_is_trusted_anywhere(vendor: Vendor, kind: KeyKind) -> None:
    for scene in (vendor.scene, new_scene(vendor.scene.home)):
        with pytest.raises(BadRequest, match="of the registry itself"):
            trust(scene, vendor.keys[kind].public_key.pem)


def test_no_certificate_of_the_registry_or_for_its_keys_is_in_a_store(vendor: Vendor) -> None:
    chain = vendor.keys[KeyKind.NOTATION].chain
    assert chain is not None
    again = Authority.new().issue_authority("again", private=Borrowed(chain.root.public_key()))  # type: ignore[arg-type]  # its public half is asked for
    for scene in (vendor.scene, new_scene(vendor.scene.home)):
        for certificate in (chain.root, again.certificate):
            with pytest.raises(BadRequest, match="of this registry"):
                add_store(scene, certificate)
        with pytest.raises(BadRequest, match="neither an authority"):
            add_store(scene, chain.leaf)


def test_an_authority_that_certifies_the_registrys_key_makes_no_evidence_of_what_that_signed(
    vendor: Vendor,
) -> None:
    """The chain in an envelope is not signed, so anybody's authority can be put in it."""
    chain, scene = vendor.keys[KeyKind.NOTATION].chain, new_scene(vendor.scene.home)
    assert chain is not None
    authority = Authority.new()
    leaf = notation_signer(authority, private=Borrowed(chain.leaf.public_key()))  # type: ignore[arg-type]  # its public half is asked for
    add_store(scene, authority.certificate)
    set_policy(scene, trust_policy())
    vendor.bring(scene)
    forged = with_chain(vendor.envelope, leaf.chain)
    scene.attach(attached(vendor.image, forged))
    assert scene.codes(vendor.image) == ["DENIED"]
    assert "the registry signed it itself" in scene.opinion(vendor.image).reasons[0].message


def test_a_leaf_that_was_renewed_stays_the_registrys_own(tmp_path: Path, place: Place) -> None:
    """In a house of its own, where a year may pass."""
    home = furnish(place.url, tmp_path / "data")
    vendor = vendor_in(new_scene(home))
    scene, keys = vendor.scene, home.house.signing.keys
    before = vendor.keys[KeyKind.NOTATION]
    scene.home.clock.advance(320 * 86_400)
    assert keys.renew(Owner(scene.project.id, scene.project.name))
    assert own_keys(scene)[KeyKind.NOTATION].public_key != before.public_key
    with pytest.raises(BadRequest, match="of the registry itself"):
        trust(scene, before.public_key.pem)
    home.house.close()


def test_the_keys_of_a_deleted_project_stay_the_registrys_own_and_can_sign_no_more(vendor: Vendor) -> None:
    scene, house = vendor.scene, vendor.scene.home.house
    projects, elsewhere = house.departments.projects, new_scene(vendor.scene.home)
    house.warehouse.deleter.repository(scene.repository, scene.home.admin)
    scene.change(lambda tx: projects.delete(tx, scene.home.admin, scene.project))
    Worker(house.stores.database, house.signing.handlers(), scene.home.clock).run_pending()
    for key in vendor.keys.values():
        with pytest.raises(BadRequest, match="of the registry itself"):
            trust(elsewhere, key.public_key.pem)
    with house.stores.database.read() as tx:
        stored = store.keys_of(tx, scene.project.id)
    assert {(row.state, row.reference, row.authority_reference) for row in stored} == {("retired", "", "")}

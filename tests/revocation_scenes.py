"""A project that trusts an authority of notation whose signers name a CRL or a responder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import TIME_STAMPING, Authority, Extension, Holder, leaf_extensions
from tests.databases import Place
from tests.houses import furnish
from tests.notation import attached, descriptor, notation_signer, sign_jws, stamped, trust_policy
from tests.revoking import crl, crl_place, entry
from tests.scenes import Scene, new_scene
from tests.stamping import Stamper

from pratique.clock import DAY, HOUR, SECOND, Moment
from pratique.oci.digest import digest_of
from pratique.trust.notation_stores import NewStore
from pratique.trust.revocation_lists import Taken


@dataclass
class Revoking:
    """The project, the authority, and a signer who names the CRL of `tests.revoking`."""

    scene: Scene
    root: Authority
    signer: Holder
    number: int = field(default=0)

    @property
    def now(self) -> Moment:
        return self.scene.home.clock.now()

    def sign(self, signer: Holder | None = None, stamper: Stamper | None = None) -> bytes:
        """An image that is signed, and stamped if a stamper is given."""
        image = self.scene.image(None)
        artifact = descriptor(str(digest_of(image)), len(image))
        envelope = sign_jws(signer or self.signer, artifact, at=self.now)
        if stamper is not None:
            envelope = stamped(envelope, stamper, self.now)
        self.scene.attach(attached(image, envelope))
        return image

    def trust_stamps(self, root: Authority) -> None:
        """Trust timestamps of an authority, and ask for them from now on."""
        scene, parties = self.scene, self.scene.home.house.warehouse.parties
        pem = root.certificate.public_bytes(Encoding.PEM).decode()
        policy = trust_policy(stores=("ca:acme", "tsa:clock")).decode()
        admin, project = scene.home.admin, scene.project
        scene.change(lambda tx: parties.add_store(tx, admin, project, NewStore("clock", "tsa", pem)))
        scene.change(lambda tx: parties.set_policy(tx, admin, project, policy))

    def list(self, *revoked: Holder, end: int = DAY, **how: Any) -> bytes:
        """The next CRL of the authority; every one is newer than that before it."""
        self.number += 1
        start = self.now - DAY + self.number * SECOND
        entries = [entry(each, when=self.now - HOUR) for each in revoked]
        return crl(self.root, *entries, start=start, end=self.now + end, number=self.number, **how)

    def put(self, content: bytes) -> Taken:
        scene, desk = self.scene, self.scene.home.house.warehouse.revocations
        return scene.change(lambda tx: desk.put(tx, scene.home.admin, content))

    def remove(self, number: int) -> None:
        scene, desk = self.scene, self.scene.home.house.warehouse.revocations
        scene.change(lambda tx: desk.remove(tx, scene.home.admin, number))


def signer_of(root: Authority, now: int, *places: Extension) -> Holder:
    """A signer whose certificate names these places."""
    extensions = [*leaf_extensions(), *places]
    return notation_signer(root, extensions=extensions, start=now - 80 * DAY, end=now + 80 * DAY)


@contextmanager
def revoking_in(place: Place, trust: dict[str, Any] | None = None) -> Iterator[Revoking]:
    """All of it in a house of its own, with these settings of trust."""
    home = furnish(place.url, place.directory / "data", trust=trust or {})
    scene = new_scene(home)
    home.distrust(scene.project)
    now = home.clock.now()
    root = Authority.new(start=now - 90 * DAY, end=now + 90 * DAY)
    pem = root.certificate.public_bytes(Encoding.PEM).decode()
    parties, project = home.house.warehouse.parties, scene.project
    scene.change(lambda tx: parties.add_store(tx, home.admin, project, NewStore("acme", "ca", pem)))
    scene.change(lambda tx: parties.set_policy(tx, home.admin, project, trust_policy().decode()))
    yield Revoking(scene, root, signer_of(root, now, crl_place()))
    home.house.close()


def stamper_of(root: Authority, now: int, *places: Extension) -> Stamper:
    """A timestamp authority as notation has it, whose certificate names these places."""
    extensions = [*leaf_extensions(TIME_STAMPING, critical=True), *places]
    made = Stamper.new(root, extensions=extensions, start=now - 80 * DAY, end=now + 80 * DAY)
    return replace(made, response=False)

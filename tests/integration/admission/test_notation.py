"""notation lets images out by the stores and the policy of a project, and no longer than these (issue 4, section 1)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority, Holder
from tests.houses import OCI_INDEX
from tests.notation import (
    MANIFEST,
    attached,
    descriptor,
    notation_signer,
    sign_cose,
    sign_jws,
    trust_policy,
)
from tests.scenes import Scene, attachment

from pratique.clock import DAY, HOUR, SECOND, Moment
from pratique.errors import BadRequest
from pratique.oci.digest import Digest, digest_of
from pratique.trust.notation_stores import NewStore
from pratique.trust.reach import Reach

HOST = "registry.example.test"
Sign = Callable[..., bytes]


@dataclass
class Notary:
    """Somebody who signs with notation, and the project that may trust them."""

    scene: Scene
    root: Authority
    signer: Holder

    @property
    def now(self) -> Moment:
        """In whole seconds, as certificates and signatures tell time; other tests move the clock by less."""
        return Moment(self.scene.home.clock.now() // SECOND * SECOND)

    def envelope(
        self, subject: bytes, sign: Sign = sign_jws, media_type: str = MANIFEST, **how: Any
    ) -> bytes:
        artifact = descriptor(str(digest_of(subject)), len(subject), media_type)
        return sign(how.pop("signer", self.signer), artifact, at=self.now, **how)

    def sign(self, subject: bytes, sign: Sign = sign_jws, media_type: str = MANIFEST, **how: Any) -> Digest:
        envelope = self.envelope(subject, sign, media_type, **how)
        return self.scene.attach(attached(subject, envelope, media_type))

    def store(
        self,
        certificates: Sequence[x509.Certificate] | None = None,
        name: str = "acme",
        kind: str = "ca",
        **reach: Any,
    ) -> None:
        held = [self.root.certificate] if certificates is None else certificates
        pem = b"".join(each.public_bytes(Encoding.PEM) for each in held).decode()
        scene, wanted = self.scene, NewStore(name, kind, pem, Reach(**reach))
        parties = scene.home.house.warehouse.parties
        scene.change(lambda tx: parties.add_store(tx, scene.home.admin, scene.project, wanted))

    def remove_store(self, name: str = "acme") -> None:
        scene, parties = self.scene, self.scene.home.house.warehouse.parties
        scene.change(lambda tx: parties.remove_store(tx, scene.home.admin, scene.project, "ca", name))

    def policy(self, document: bytes | None = None) -> None:
        """Set a policy; an empty one takes it away."""
        scene, parties = self.scene, self.scene.home.house.warehouse.parties
        text = (trust_policy() if document is None else document).decode()
        scene.change(lambda tx: parties.set_policy(tx, scene.home.admin, scene.project, text))

    def trusted(self, **reach: Any) -> "Notary":
        """The same, with a store and a policy for everything."""
        self.store(**reach)
        self.policy()
        return self


@pytest.fixture
def notary(scene: Scene) -> Notary:
    scene.home.distrust(scene.project)
    now = scene.home.clock.now()
    root = Authority.new(start=now - 10 * DAY, end=now + 10 * DAY)
    return Notary(scene, root, notation_signer(root, start=now - 9 * DAY, end=now + 9 * DAY))


@pytest.mark.parametrize("sign", [sign_jws, sign_cose])
def test_a_signature_lets_its_image_out(notary: Notary, sign: Sign) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    assert scene.codes(image) == ["SIGNATURE_MISSING"]
    evidence = notary.sign(image, sign)
    assert scene.pull("1.0") == image
    assert scene.is_let_out(evidence)
    assert scene.opinion(image).reasons[0].message == "signed with acme"


def test_the_older_form_of_its_manifest_does_too(notary: Notary) -> None:
    """Without an artifactType, which the config's media type takes the place of."""
    scene = notary.trusted().scene
    image = scene.image()
    layer = (notary.envelope(image), "application/jose+json")
    scene.attach(attachment(image, [layer], (b"{}", "application/vnd.cncf.notary.signature")))
    assert scene.is_let_out(image)


def test_the_signature_may_come_before_what_it_signs(notary: Notary) -> None:
    """Media type and size are signed too: they are compared as soon as the artifact is there."""
    scene = notary.trusted().scene
    image = scene.image("tmp", seed="to come")
    elsewhere = scene.at("elsewhere")
    evidence = attached(image, notary.envelope(image))
    digest = elsewhere.attach(evidence)
    assert elsewhere.image(seed="to come") == image
    scene.home.work()
    assert elsewhere.is_let_out(image)
    assert elsewhere.is_let_out(digest)
    assert not scene.is_let_out(image), "it was signed in the other repository only"


def test_a_signature_of_another_size_or_media_type_lets_nothing_out_whenever_it_came(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image("tmp", seed="to come")
    early = scene.at("early")
    for wrong in (
        {"size": len(image) + 1},
        {"mediaType": OCI_INDEX},
    ):
        artifact = {**descriptor(str(digest_of(image)), len(image)), **wrong}
        evidence = attached(image, sign_jws(notary.signer, artifact, at=notary.now))
        scene.attach(evidence)
        early.attach(evidence)
    early.image(seed="to come")
    scene.home.work()
    for place in (scene, early):
        assert place.codes(image) == ["SIGNATURE_WRONG_SUBJECT"]


def test_an_admitted_index_passes_it_on_to_its_children(notary: Notary) -> None:
    scene = notary.trusted().scene
    child = scene.image(None)
    index = scene.index([child], "1.0")
    notary.sign(index, media_type=OCI_INDEX)
    assert scene.is_let_out(child)


def test_evidence_that_came_before_store_and_policy_counts_when_they_come(notary: Notary) -> None:
    scene = notary.scene
    image = scene.image()
    notary.sign(image)
    assert scene.codes(image) == ["NO_TRUSTED_KEYS"]
    notary.store()
    scene.home.work()
    assert scene.codes(image) == ["IDENTITY_NOT_CONFIGURED"], "no policy names the store"
    notary.policy()
    scene.home.work()
    assert scene.is_let_out(image)


def test_without_its_store_nothing_is_let_out(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    notary.sign(image)
    scene.home.work()
    assert scene.is_let_out(image)
    notary.remove_store()
    assert not scene.is_let_out(image), "narrowing never lags"
    scene.home.work()
    assert scene.codes(image) == ["NO_TRUSTED_KEYS"]
    notary.store()
    scene.home.work()
    assert scene.is_let_out(image)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "IDENTITY_NOT_CONFIGURED"),
        (trust_policy(scopes=["registry.example.test/other/app"]), "IDENTITY_NOT_CONFIGURED"),
        (trust_policy(stores=["ca:other"]), "SIGNATURE_NOT_TRUSTED"),
        (trust_policy("audit", stores=["ca:other"]), "SIGNATURE_NOT_TRUSTED"),
        (trust_policy(identities=["x509.subject: C=US, ST=WA, O=other"]), "IDENTITY_MISMATCH"),
        (trust_policy(stores=["ca:acme", "tsa:acme"]), "TIMESTAMP_INVALID"),
    ],
)
def test_another_policy_takes_admitted_away_until_it_is_verified_again(
    notary: Notary, document: bytes, code: str
) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    notary.sign(image)
    scene.home.work()
    assert scene.is_let_out(image)
    notary.policy(document)
    assert not scene.is_let_out(image), "narrowing never lags"
    scene.home.work()
    assert scene.codes(image) == [code]
    notary.policy()
    scene.home.work()
    assert scene.is_let_out(image)


def test_the_scope_of_a_policy_is_the_name_by_which_clients_pull(notary: Notary) -> None:
    scene, other = notary.scene, notary.scene.at("other")
    notary.store()
    notary.policy(trust_policy(scopes=[f"{HOST}/{scene.repository}"]))
    image = scene.image()
    notary.sign(image)
    assert scene.is_let_out(image)
    there = other.image()
    other.attach(attached(there, notary.envelope(there)))
    assert other.codes(there) == ["IDENTITY_NOT_CONFIGURED"]


def test_a_date_that_passes_ends_it_with_no_job_run(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    until = Moment(notary.now + HOUR)
    notary.sign(image, expiry=until)
    scene.home.work()
    assert scene.opinion(image).valid_until == until
    scene.home.clock.advance(3_599)
    assert scene.is_let_out(image)
    scene.home.clock.advance(1)
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["SIGNATURE_EXPIRED"]


def test_a_certificate_that_expires_ends_it(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    end = notary.now + HOUR
    brief = notation_signer(notary.root, start=notary.now - DAY, end=end)
    notary.sign(image, signer=brief)
    scene.home.work()
    assert scene.is_let_out(image)
    assert scene.opinion(image).valid_until == end + 1
    scene.home.clock.advance(3_600 + 1 / SECOND)
    assert not scene.is_let_out(image)


def test_a_store_has_dates_and_repositories_as_any_party(notary: Notary) -> None:
    scene = notary.trusted(valid_until=Moment(notary.now + HOUR), repositories=("app",)).scene
    other = scene.at("other")
    image, there = scene.image(), other.image()
    notary.sign(image)
    other.attach(attached(there, notary.envelope(there)))
    assert scene.is_let_out(image)
    assert other.codes(there) == ["KEY_OUT_OF_REACH"]
    scene.home.clock.advance(3_600)
    assert not scene.is_let_out(image)


def test_what_a_policy_only_logs_is_told_and_admits(notary: Notary) -> None:
    scene = notary.scene
    notary.store()
    notary.policy(trust_policy("permissive"))
    image = scene.image()
    notary.sign(image, expiry=Moment(notary.now - HOUR))
    assert scene.is_let_out(image)
    assert scene.opinion(image).valid_until is None


def test_denying_the_certificate_takes_it_away(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    notary.sign(image)
    scene.home.work()
    leaf = notary.signer.certificate
    denial = scene.deny("certificate", serial=f"{leaf.serial_number:x}", issuer=leaf.issuer.rfc4514_string())
    assert not scene.is_let_out(image), "narrowing never lags"
    scene.allow_again(denial)
    scene.home.work()
    assert scene.is_let_out(image)


def test_harbor_s_switch_asks_for_notation(notary: Notary) -> None:
    """`enable_content_trust`; cosign's signature is not enough then, nor is notation's where both are on."""
    scene = notary.trusted().scene
    key = scene.home.trust(scene.project)
    projects = scene.home.house.departments.projects

    def switch(**on: str) -> None:
        scene.change(lambda tx: projects.update(tx, scene.home.admin, projects.get(tx, scene.project.id), on))
        scene.home.work()

    switch(enable_content_trust="true")
    cosigned, notarized = scene.image("cosigned"), scene.image("notarized")
    scene.sign(cosigned, key)
    notary.sign(notarized)
    assert scene.is_let_out(notarized)
    assert scene.codes(cosigned) == ["SIGNATURE_MISSING"]
    switch(enable_content_trust_cosign="true")
    assert not scene.is_let_out(notarized)
    scene.sign(notarized, key)
    assert scene.is_let_out(notarized)


def test_who_comes_from_another_root_is_nobody(notary: Notary) -> None:
    scene = notary.trusted().scene
    image = scene.image()
    start, end = notary.now - DAY, notary.now + DAY
    stranger = notation_signer(Authority.new(start=start, end=end), start=start, end=end)
    notary.sign(image, signer=stranger)
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]


@pytest.mark.parametrize(("kind", "said"), [("ca", "neither an authority"), ("tsa", "neither an authority")])
def test_a_store_holds_no_leaf(notary: Notary, kind: str, said: str) -> None:
    """It would be trusted for no rule's sake."""
    with pytest.raises(BadRequest, match=said):
        notary.store([notary.root.certificate, notary.signer.certificate], kind=kind)


def test_a_store_of_timestamp_authorities_holds_roots(notary: Notary) -> None:
    issuing = notary.root.issue_authority("issuing")
    notary.store([issuing.certificate])
    with pytest.raises(BadRequest, match="is no root"):
        notary.store([issuing.certificate], kind="tsa")


def test_a_policy_that_makes_no_sense_is_refused(notary: Notary) -> None:
    document = json.loads(trust_policy(identities=["x509.subject: O=acme"]))
    with pytest.raises(BadRequest, match="has no C"):
        notary.policy(json.dumps(document).encode())

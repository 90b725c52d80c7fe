"""notation at the gate: what it signs lets an image out where a project's stores and trust policy say so."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import MakeImage, Use, UseNotation
from tests.clients.consumer import Consumer
from tests.clients.layout import Image
from tests.clients.runners import Crane, Notation
from tests.clients.server import Office, Project, Server

STORE = "vendors"
KEY = "vendor"

EVERY_ENVELOPE = pytest.mark.parametrize("cose", [False, True], ids=["jws", "cose"])


def trust_policy(project: Project, *, repository: str = "app", identity: str = "*") -> dict[str, Any]:
    """That the store is believed, for one repository, of one identity."""
    return {
        "version": "1.0",
        "trustPolicies": [
            {
                "name": "vendors-images",
                "registryScopes": [project.repository(repository)],
                "signatureVerification": {"level": "strict"},
                "trustStores": [f"ca:{STORE}"],
                "trustedIdentities": [identity],
            }
        ],
    }


@pytest.fixture
def project(office: Office) -> Project:
    """A project that asks for signatures, and trusts nobody yet."""
    return office.project("signed")


@pytest.fixture
def vendor(use_notation: UseNotation, project: Project) -> Notation:
    """Notation with a key, as the pusher of the project."""
    notation = use_notation(project.pusher)
    notation.make_key(KEY).succeeded()
    return notation


def pushed(use: Use, project: Project, image: Image) -> str:
    """Push an image by the tag 1; its reference by digest."""
    app = project.repository()
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    return f"{app}@{image.digest}"


@EVERY_ENVELOPE
def test_signing_lets_out_and_a_puller_verifies(
    use: Use,
    use_notation: UseNotation,
    project: Project,
    vendor: Notation,
    make_image: MakeImage,
    cose: bool,
) -> None:
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project))
    reference, reader = pushed(use, project, make_image("one")), use(Crane, "crane", project.puller)
    assert "SIGNATURE_MISSING" in reader.inspect(reference).failed().text
    vendor.sign(reference, cose=cose).succeeded()
    reader.inspect(reference).succeeded()
    verifier = use_notation(project.puller)
    verifier.trusts(STORE, vendor.certificate(KEY), json.dumps(trust_policy(project)))
    assert "Successfully verified" in verifier.verify(reference).succeeded().text
    (evidence,) = project.verdict("1")["evidence"]
    assert (evidence["scheme"], evidence["is_signature"]) == (f"notation-{'cose' if cose else 'jws'}", True)
    assert evidence["parties"]
    # Without a stamp it counts while its certificate is valid.
    assert evidence["valid_until"] is not None


def test_a_signature_of_an_index_covers_its_children(
    use: Use, project: Project, vendor: Notation, make_image: MakeImage
) -> None:
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project))
    image = make_image("multi", index=True)
    vendor.sign(pushed(use, project, image)).succeeded()
    reader = use(Crane, "crane", project.puller)
    for each in (image.digest, *image.children):
        reader.inspect(f"{project.repository()}@{each}").succeeded()


def test_a_certificate_of_no_store_stays_refused(
    use: Use, use_notation: UseNotation, project: Project, vendor: Notation, make_image: MakeImage
) -> None:
    stranger = use_notation(project.pusher)
    stranger.make_key("stranger").succeeded()
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project))
    reference = pushed(use, project, make_image("one"))
    stranger.sign(reference).succeeded()
    refused = use(Crane, "crane", project.puller).inspect(reference).failed().text
    assert "SIGNATURE_NOT_TRUSTED" in refused
    assert "CN=stranger,O=Notary,L=Seattle,ST=WA,C=US, which is in none of the policy's stores" in refused


def test_another_identity_of_the_store_stays_refused(
    use: Use, project: Project, vendor: Notation, make_image: MakeImage
) -> None:
    identity = "x509.subject: C=US, ST=WA, O=Somebody else"
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project, identity=identity))
    reference = pushed(use, project, make_image("one"))
    vendor.sign(reference).succeeded()
    assert "IDENTITY_MISMATCH" in use(Crane, "crane", project.puller).inspect(reference).failed().text


def test_a_policy_of_another_repository_lets_nothing_out(
    use: Use, project: Project, vendor: Notation, make_image: MakeImage
) -> None:
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project, repository="other"))
    reference = pushed(use, project, make_image("one"))
    vendor.sign(reference).succeeded()
    refused = use(Crane, "crane", project.puller).inspect(reference).failed().text
    assert f"no trust policy is for {project.repository()}" in refused


def test_a_store_that_comes_later_lets_out_and_its_going_is_felt_at_once(
    use: Use, project: Project, vendor: Notation, make_image: MakeImage
) -> None:
    reference = pushed(use, project, make_image("one"))
    vendor.sign(reference).succeeded()
    reader = use(Crane, "crane", project.puller)
    reader.inspect(reference).failed()
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project))
    project.wait_until_let_out("app:1")
    reader.inspect(reference).succeeded()
    project.distrust_notation(STORE)
    reader.inspect(reference).failed()


def test_the_registrys_own_signature_verifies_beside_it(
    use: Use,
    use_notation: UseNotation,
    server: Server,
    project: Project,
    vendor: Notation,
    make_image: MakeImage,
    tmp_path: Path,
) -> None:
    project.trust_notation(STORE, vendor.certificate(KEY), trust_policy(project))
    image = make_image("one")
    reference = pushed(use, project, image)
    vendor.sign(reference).succeeded()
    consumer = Consumer(server, project, tmp_path)
    consumer.wait_until_signed(image.digest)
    notation = use_notation(project.puller)
    store, authority = f"pratique-{project.name}", consumer.published("notation.pem")
    notation.trusts(store, authority, consumer.published("trustpolicy.json"))
    assert "Successfully verified" in notation.verify(reference).succeeded().text
    notation.trusts(store, vendor.certificate(KEY), consumer.published("trustpolicy.json"))
    notation.verify(reference).failed()

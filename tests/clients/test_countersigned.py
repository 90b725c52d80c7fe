"""What the registry signed, verified by the field's own tools as a robot that may only pull."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.clients.admitted import admitted, admitted_elsewhere
from tests.clients.conftest import Gated, MakeImage, Use, UseNotation
from tests.clients.consumer import BUNDLE, Consumer
from tests.clients.layout import Image
from tests.clients.runners import Cosign, Crane, Skopeo
from tests.clients.server import ADMIN, JUDGING_SECONDS, Office
from tests.waiting import eventually

from pratique.oci.digest import digest_of

VSA = "https://slsa.dev/verification_summary/v1"
CLASSIC = pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])


@CLASSIC
def test_cosign_verifies_a_countersignature(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, classic: bool
) -> None:
    image = make_image("one")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    cosign = use(Cosign, "cosign", gated.project.puller)
    for reference in (f"{app}:1", f"{app}@{image.digest}"):
        verified = cosign.verify(reference, consumer.key(), classic=classic).succeeded()
        assert image.digest in verified.text
    cosign.verify(f"{app}:1", cosign.make_keys("other").public, classic=classic).failed()


@CLASSIC
def test_the_vendors_signature_verifies_beside_it(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, classic: bool
) -> None:
    image = make_image("one")
    app = admitted(use, gated, image, "1", classic=classic)
    consumer.wait_until_signed(image.digest, vendors=0 if classic else 1)
    cosign = use(Cosign, "cosign", gated.project.puller)
    for key in (gated.signer.keys.public, consumer.key()):
        cosign.verify(f"{app}:1", key, classic=classic).succeeded()


def test_cosign_verifies_the_summary_with_its_own_key_only(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage
) -> None:
    image = make_image("one")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    cosign = use(Cosign, "cosign", gated.project.puller)
    said = cosign.verify_attestation(f"{app}:1", consumer.key("verdict.pub"), VSA).succeeded()
    statement = json.loads(base64.b64decode(json.loads(said.out.splitlines()[-1])["payload"]))
    assert statement["predicate"]["verificationResult"] == "PASSED"
    assert statement["predicate"]["resourceUri"] == app
    cosign.verify_attestation(f"{app}:1", consumer.key("cosign.pub"), VSA).failed()


def test_notation_verifies_by_the_published_policy(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, use_notation: UseNotation
) -> None:
    image, project = make_image("one"), gated.project
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    notation = use_notation(gated.project.puller)
    store, policy = f"pratique-{project.name}", consumer.published("trustpolicy.json")
    notation.trusts(store, consumer.published("notation.pem"), policy)
    assert "Successfully verified" in notation.verify(f"{app}@{image.digest}").succeeded().text


def test_notation_refuses_another_projects_authority(
    use: Use,
    gated: Gated,
    consumer: Consumer,
    make_image: MakeImage,
    office: Office,
    use_notation: UseNotation,
) -> None:
    image = make_image("one")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    other = admitted_elsewhere(use, office, gated, consumer, make_image)
    notation = use_notation(gated.project.puller)
    store = f"pratique-{gated.project.name}"
    notation.trusts(store, other.published("notation.pem"), consumer.published("trustpolicy.json"))
    notation.verify(f"{app}@{image.digest}").failed()


@CLASSIC
def test_cosign_refuses_another_projects_key(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, office: Office, classic: bool
) -> None:
    image = make_image("one")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    other = admitted_elsewhere(use, office, gated, consumer, make_image)
    cosign = use(Cosign, "cosign", gated.project.puller)
    cosign.verify(f"{app}:1", other.key(), classic=classic).failed()


def test_containers_image_pulls_by_each_tag_by_the_published_policy(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, office: Office
) -> None:
    image = make_image("one", index=True)
    app = admitted(use, gated, image, "1", "second")
    for digest in image.children:
        consumer.wait_until_signed(digest, vendors=0)
    consumer.wait_until_signed(image.digest)
    skopeo = use(Skopeo, "skopeo-new", gated.project.puller)
    policy, registries = consumer.published("policy.json"), consumer.published("registries.d.yaml")
    for reference in (f"{app}:1", f"{app}:second", f"{app}@{image.digest}", f"{app}@{image.children[0]}"):
        skopeo.pull_verified(reference, policy, registries).succeeded()
    other = admitted_elsewhere(use, office, gated, consumer, make_image)
    theirs = policy.replace(encoded(consumer.key()), encoded(other.key()))
    assert theirs != policy
    skopeo.pull_verified(f"{app}:1", theirs, registries).failed()


def test_what_is_refused_later_verifies_for_nobody(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, use_notation: UseNotation
) -> None:
    """Looked at as an inspector, so that the gate is not what refuses."""
    image, project = make_image("one"), gated.project
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    key, summary = consumer.key(), consumer.key("verdict.pub")
    authority, policy = consumer.published("notation.pem"), consumer.published("trustpolicy.json")
    rules = consumer.published("policy.json"), consumer.published("registries.d.yaml")
    project.distrust("release")
    wait_until_withdrawn(consumer, image.digest)
    cosign = use(Cosign, "cosign", project.pusher)
    for classic in (False, True):
        cosign.verify(f"{app}@{image.digest}", key, classic=classic).failed()
    cosign.verify_attestation(f"{app}@{image.digest}", summary, VSA).failed()
    notation = use_notation(project.pusher)
    notation.trusts(f"pratique-{project.name}", authority, policy)
    notation.verify(f"{app}@{image.digest}").failed()
    use(Skopeo, "skopeo-new", project.pusher).pull_verified(f"{app}@{image.digest}", *rules).failed()


def test_signatures_under_another_digest_verify_for_nobody(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, office: Office
) -> None:
    """In an open project, where everybody gets what somebody has attached."""
    image, swapped = make_image("one"), make_image("swapped")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    free = office.project()
    crane = use(Crane, "crane", ADMIN)
    there = free.repository()
    crane.push(swapped, f"{there}:1").succeeded()
    origin, target = (f"{digest.replace(':', '-')}.sig" for digest in (image.digest, swapped.digest))
    crane.run("copy", "--insecure", f"{app}:{origin}", f"{there}:{target}").succeeded()
    swap_bundles(consumer, image, swapped, f"{free.name}/app")
    cosign = use(Cosign, "cosign", free.puller)
    for classic in (False, True):
        refused = cosign.verify(f"{there}@{swapped.digest}", consumer.key(), classic=classic).failed()
        assert "no signatures found" not in refused.text


@CLASSIC
def test_a_rotation_as_consumers_see_it(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, office: Office, classic: bool
) -> None:
    image, path = make_image("one"), f"projects/{gated.project.name}/signing-keys"
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    cosign, old = use(Cosign, "cosign", gated.project.puller), consumer.key()
    office.ask("POST", path, {"kind": "countersignature"})
    cosign.verify(f"{app}:1", consumer.key(), classic=classic).succeeded()
    office.ask("POST", f"{path}/countersignature/activation")
    eventually(lambda: len(office.ask("GET", path)) <= 3, JUDGING_SECONDS)
    cosign.verify(f"{app}:1", consumer.key(), classic=classic).succeeded()
    consumer.wait_until_signed(image.digest)
    cosign.verify(f"{app}:1", old, classic=classic).failed()


def test_the_documents_of_a_private_project_are_not_for_strangers(
    use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage, office: Office
) -> None:
    admitted(use, gated, image := make_image("one"), "1")
    consumer.wait_until_signed(image.digest)
    stranger = office.project().puller
    answers = []
    for account in (None, stranger):
        with consumer.server.client(account) as http:
            for project in (gated.project.name, "no-such-project"):
                answer = http.get(f"/.well-known/pratique/{project}/cosign.pub")
                answers.append((answer.status_code, answer.json()["errors"][0]["code"]))
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert all(status in {401, 403} for status, _ in answers)


def encoded(key: Path) -> str:
    return base64.b64encode(key.read_bytes()).decode()


def wait_until_withdrawn(consumer: Consumer, digest: str) -> None:
    where = f"/v2/{consumer.project.name}/app/referrers/{digest}"
    with consumer.server.client(consumer.project.pusher) as http:
        eventually(lambda: len(http.get(where).json()["manifests"]) <= 1, JUDGING_SECONDS)


def swap_bundles(consumer: Consumer, image: Image, swapped: Image, target: str) -> None:
    """Attach the bundles of one image to another, as somebody might who can push."""
    origin = f"/v2/{consumer.project.name}/app"
    with consumer.server.client(ADMIN) as http:
        for found in http.get(f"{origin}/referrers/{image.digest}").json()["manifests"]:
            if found.get("artifactType") != BUNDLE:
                continue
            manifest: dict[str, Any] = http.get(f"{origin}/manifests/{found['digest']}").json()
            for blob in (manifest["config"], *manifest["layers"]):
                content = http.get(f"{origin}/blobs/{blob['digest']}").content
                begun = http.post(f"/v2/{target}/blobs/uploads/")
                put = http.put(begun.headers["location"], params={"digest": blob["digest"]}, content=content)
                assert put.status_code == httpx.codes.CREATED, put.text
            size = len((swapped.path / "blobs" / swapped.digest.replace(":", "/")).read_bytes())
            subject = {"mediaType": swapped.media_type, "digest": swapped.digest, "size": size}
            pushed = json.dumps({**manifest, "subject": subject}).encode()
            kind = {"content-type": manifest["mediaType"]}
            answer = http.put(f"/v2/{target}/manifests/{digest_of(pushed)}", content=pushed, headers=kind)
            assert answer.status_code == httpx.codes.CREATED, answer.text

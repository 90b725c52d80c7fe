"""What the registry says of contents, verified by the real cosign and by sigstore-go as a robot that may only pull."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.clients import layout
from tests.clients.conftest import Use
from tests.clients.consumer import BUNDLE, PREDICATE, Consumer
from tests.clients.layout import Image
from tests.clients.runners import Cosign, Crane, Question, SecondOpinion
from tests.clients.server import JUDGING_SECONDS, Office, Project, Server
from tests.osv import import_records, record
from tests.roots import ALPAQUITA
from tests.waiting import eventually

from pratique.clock import SystemClock

KINDS = {
    "cyclonedx": "https://cyclonedx.org/bom",
    "spdxjson": "https://spdx.dev/Document",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
    "openvex": "https://openvex.dev/ns",
}
KIND = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows advisories: libssl3 is affected by one, and free of another."""
    directory = tmp_path_factory.mktemp("server")
    free = record("BELL-CVE-2026-0009", "Alpaquita:23", "openssl", upstream=["CVE-2026-0009"])
    free["affected"][0]["ecosystem_specific"] = {"status": "not-affected"}
    worse = record("BELL-CVE-2026-0003", "Alpaquita:23", "openssl", upstream=["CVE-2026-0003"])
    import_records(directory / "data", SystemClock().now(), {"Alpaquita": [free, worse]})
    with Server(directory) as running:
        yield running


@pytest.fixture(scope="module")
def project(office: Office) -> Project:
    made = office.project()
    switches = {"auto_sbom_generation": "true", "auto_scan": "true"}
    office.ask("PUT", f"projects/{made.name}", {"metadata": switches})
    return made


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return layout.write_image(tmp_path / "image", dict(ALPAQUITA))


@pytest.fixture
def consumer(server: Server, project: Project, tmp_path: Path) -> Consumer:
    return Consumer(server, project, tmp_path)


@pytest.fixture
def reference(use: Use, project: Project, consumer: Consumer, image: Image) -> str:
    """The image by digest, when everything is said about it."""
    app = project.repository()
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    wait_until_said(consumer, image.digest)
    return f"{app}@{image.digest}"


def wait_until_said(consumer: Consumer, digest: str) -> None:
    where = f"/v2/{consumer.project.name}/app/referrers/{digest}"
    with consumer.server.client(consumer.project.puller) as http:

        def said() -> list[Any]:
            listed: list[Any] = http.get(where).json().get("manifests", [])
            kinds = sorted(one["annotations"].get(PREDICATE, "") for one in listed)
            return listed if kinds == sorted(KINDS.values()) else []

        assert {one["artifactType"] for one in eventually(said, JUDGING_SECONDS)} == {BUNDLE}


def statement_of(printed: str) -> Any:
    return json.loads(base64.b64decode(json.loads(printed.splitlines()[-1])["payload"]))


@KIND
def test_cosign_verifies_each_attestation_with_the_scan_key(
    use: Use, project: Project, consumer: Consumer, reference: str, image: Image, kind: str
) -> None:
    cosign = use(Cosign, "cosign", project.puller)
    said = cosign.verify_attestation(reference, consumer.key("scan.pub"), kind).succeeded()
    statement = statement_of(said.out)
    assert statement["predicateType"] == KINDS[kind]
    assert statement["subject"][0]["digest"] == {"sha256": image.digest.removeprefix("sha256:")}
    cosign.verify_attestation(reference, cosign.make_keys("other").public, kind).failed()


def test_what_they_say(use: Use, project: Project, consumer: Consumer, reference: str) -> None:
    cosign, key = use(Cosign, "cosign", project.puller), consumer.key("scan.pub")
    said = {
        kind: statement_of(cosign.verify_attestation(reference, key, kind).succeeded().out)["predicate"]
        for kind in KINDS
    }
    assert [one["name"] for one in said["cyclonedx"]["components"]] == ["alpaquita", "busybox", "libssl3"]
    assert "libssl3" in [one["name"] for one in said["spdxjson"]["packages"]]
    findings = said["vuln"]["scanner"]["result"]["findings"]
    assert [(one["id"], one["state"]) for one in findings] == [("BELL-CVE-2026-0003", "affected")]
    (statement,) = said["openvex"]["statements"]
    assert (statement["vulnerability"]["name"], statement["status"]) == ("CVE-2026-0009", "not_affected")


def test_sigstore_go_verifies_each_of_them(
    opinion: SecondOpinion, consumer: Consumer, reference: str, image: Image
) -> None:
    assert reference.endswith(image.digest)
    key = str(consumer.key("scan.pub"))
    for kind in KINDS.values():
        (bundle,) = consumer.bundles(image.digest, kind)
        (answer,) = opinion.ask([Question(bundle=str(bundle), key=key, digest=image.digest)])
        assert answer.verified, kind


def test_an_open_project_publishes_no_key_of_admissions(consumer: Consumer, reference: str) -> None:
    assert reference
    with consumer.server.client(consumer.project.puller) as http:
        answer = http.get(f"/.well-known/pratique/{consumer.project.name}/cosign.pub")
    assert answer.status_code == httpx.codes.NOT_FOUND


def test_cosign_verify_takes_any_attestation_for_a_signature(
    use: Use, project: Project, consumer: Consumer, reference: str
) -> None:
    """Documented: it looks at no predicate type. So scan.pub must never be given to it, and has no other purpose.

    Classic signatures, which podman and CRI-O read, there are none.
    """
    cosign, key = use(Cosign, "cosign", project.puller), consumer.key("scan.pub")
    cosign.verify(reference, key).succeeded()
    cosign.verify(reference, key, classic=True).failed()

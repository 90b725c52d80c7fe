"""Vulnerabilities waived by VEX that the real cosign attests, as a person would: over HTTP, by a key trusted for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients import layout
from tests.clients.conftest import Use, UseNotation
from tests.clients.layout import Image
from tests.clients.runners import Cosign, Crane, Oras
from tests.clients.server import Office, Project, Server
from tests.clients.test_notation import KEY, STORE, trust_policy
from tests.osv import import_records, record
from tests.roots import ALPAQUITA
from tests.vexing import cyclonedx, openvex, product_of, says

from pratique.clock import SystemClock

LIBSSL: str = "pkg:apk/alpaquita/libssl3"
LEFT: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"type": "library", "name": "left", "version": "1.0.0", "purl": "pkg:npm/left@1.0.0"}],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows advisories: libssl3 is affected, and so is a package of npm."""
    directory = tmp_path_factory.mktemp("server")
    records = {
        "Alpaquita": [record("BELL-CVE-2026-0003", "Alpaquita:23", "openssl", upstream=["CVE-2026-0003"])],
        "npm": [record("GHSA-2026-left", "npm", "left")],
    }
    import_records(directory / "data", SystemClock().now(), records)
    with Server(directory) as running:
        yield running


@pytest.fixture
def project(office: Office) -> Project:
    made = office.project()
    office.ask("PUT", f"projects/{made.name}", {"metadata": {"prevent_vul": "true", "severity": "high"}})
    return made


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return layout.write_image(tmp_path / "image", dict(ALPAQUITA))


@pytest.fixture
def cosign(use: Use, project: Project) -> Cosign:
    return use(Cosign, "cosign", project.pusher)


@pytest.fixture
def reference(use: Use, project: Project, image: Image) -> str:
    """The image by digest: pushed, examined and refused."""
    app = project.repository()
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    project.wait_until_judged(image.digest)
    assert codes(project, image) == ["VULNERABLE"]
    return f"{app}@{image.digest}"


def codes(project: Project, image: Image) -> list[str]:
    return [reason["code"] for reason in project.verdict(image.digest)["reasons"]]


def lie(use: Use, project: Project, reference: str) -> str:
    """An SBOM that names `left`, as a plain referrer of the image; its reference by digest."""
    writer = use(Oras, "oras", project.pusher)
    path = writer.home.root / "sbom.json"
    path.write_text(json.dumps(LEFT))
    kind = "application/vnd.cyclonedx+json"
    writer.attach(reference, kind, path, media_type=kind).succeeded()
    listed = json.loads(writer.discover(reference).succeeded().out)
    (found,) = (one for one in listed["referrers"] if one["artifactType"] == kind)
    return f"{reference.partition('@')[0]}@{found['digest']}"


def attest(
    cosign: Cosign, reference: str, predicate: Any, kind: str, key: Path, *, classic: bool = False
) -> None:
    path = cosign.home.root / "predicate.json"
    path.write_text(json.dumps(predicate))
    cosign.attest(reference, key, path, kind, classic=classic).succeeded()


def about(image: Image) -> dict[str, Any]:
    return openvex(says(product_of(image.digest, LIBSSL), name="CVE-2026-0003"))


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_an_openvex_attestation_lets_out_and_taking_the_key_away_refuses_at_once(
    use: Use, project: Project, cosign: Cosign, reference: str, image: Image, classic: bool
) -> None:
    keys, reader = cosign.make_keys("security"), use(Crane, "crane", project.puller)
    project.trust(keys.pem, "security", purposes=["vex"])
    assert "BELL-CVE-2026-0003" in reader.pull(reference).failed().err
    attest(cosign, reference, about(image), "openvex", keys.private, classic=classic)
    reader.pull(reference).succeeded()
    assert codes(project, image) == ["NO_VULNERABILITIES", "WAIVED"]
    project.distrust("security")
    reader.pull(reference).failed()


def test_a_cyclonedx_attestation_lets_out(
    use: Use, project: Project, cosign: Cosign, reference: str, image: Image
) -> None:
    keys = cosign.make_keys("security")
    project.trust(keys.pem, "security", purposes=["vex"])
    document = cyclonedx(image.digest, purls=[LIBSSL])
    document["vulnerabilities"][0]["id"] = "CVE-2026-0003"
    attest(cosign, reference, document, "cyclonedx", keys.private)
    use(Crane, "crane", project.puller).pull(reference).succeeded()


def test_who_signs_images_waives_nothing(
    use: Use, project: Project, cosign: Cosign, reference: str, image: Image
) -> None:
    keys = cosign.make_keys("release")
    project.trust(keys.pem)
    attest(cosign, reference, about(image), "openvex", keys.private)
    refused = use(Crane, "crane", project.puller).pull(reference).failed()
    assert "trusted for signature, not for vex" in refused.err


def test_a_package_that_only_a_trusted_sbom_names_is_matched_too(
    use: Use, project: Project, cosign: Cosign, reference: str, image: Image
) -> None:
    vex, sbom = cosign.make_keys("security"), cosign.make_keys("builder")
    project.trust(vex.pem, "security", purposes=["vex"])
    attest(cosign, reference, about(image), "openvex", vex.private)
    reader = use(Crane, "crane", project.puller)
    attest(cosign, reference, LEFT, "cyclonedx", sbom.private)
    reader.pull(reference).succeeded()
    project.trust(sbom.pem, "builder", purposes=["sbom"])
    attest(cosign, reference, LEFT, "cyclonedx", sbom.private)
    assert "GHSA-2026-left" in reader.pull(reference).failed().err


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_a_plain_sbom_counts_when_cosign_signs_its_manifest(
    use: Use, project: Project, cosign: Cosign, reference: str, image: Image, classic: bool
) -> None:
    vex, sbom = cosign.make_keys("security"), cosign.make_keys("builder")
    project.trust(vex.pem, "security", purposes=["vex"])
    project.trust(sbom.pem, "builder", purposes=["sbom"])
    attest(cosign, reference, about(image), "openvex", vex.private)
    reader = use(Crane, "crane", project.puller)
    referrer = lie(use, project, reference)
    reader.pull(reference).succeeded()
    cosign.sign(referrer, sbom.private, classic=classic).succeeded()
    assert "GHSA-2026-left" in reader.pull(reference).failed().err


@pytest.mark.parametrize("cose", [False, True], ids=["jws", "cose"])
def test_a_plain_sbom_counts_when_notation_signs_its_manifest(
    use: Use,
    use_notation: UseNotation,
    project: Project,
    cosign: Cosign,
    reference: str,
    image: Image,
    cose: bool,
) -> None:
    vex, vendor = cosign.make_keys("security"), use_notation(project.pusher)
    vendor.make_key(KEY).succeeded()
    project.trust(vex.pem, "security", purposes=["vex"])
    policy = trust_policy(project)
    project.trust_notation(STORE, vendor.certificate(KEY), policy, **{"for": ["sbom"]})
    attest(cosign, reference, about(image), "openvex", vex.private)
    reader = use(Crane, "crane", project.puller)
    referrer = lie(use, project, reference)
    reader.pull(reference).succeeded()
    vendor.sign(referrer, cose=cose).succeeded()
    assert "GHSA-2026-left" in reader.pull(reference).failed().err

"""Where `pratique scan` looks: a registry of ours, and layouts, archives and roots that are not what they should be."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.clocks import ManualClock
from tests.doors import furnish_door, over_http, robot
from tests.houses import Furnished
from tests.osv import SUMMER, import_records
from tests.roots import (
    ALPAQUITA,
    DEBIAN,
    Built,
    archive_at,
    build,
    digest,
    docker_files,
    index_of,
    layout_files,
    write_root,
)

from pratique.cli.scanning import command, files, scan_command

INDEX = "application/vnd.oci.image.index.v1+json"


def scan(artifact: object, *more: str) -> Result:
    said = [str(artifact), "--format", "json", *more]
    return CliRunner().invoke(scan_command, said, catch_exceptions=False)


def ids(result: Result) -> list[str]:
    return [finding["id"] for finding in json.loads(result.stdout)["findings"]]


@dataclass
class Registry:
    """A server with a private project, somebody who may read it, and advisories beside."""

    home: Furnished
    host: str
    data: Path

    def push(self, image: Built, reference: str) -> str:
        for blob in image.blobs():
            self.home.blob("library/app", blob)
        self.home.put("library/app", reference, image.manifest)
        return f"{self.host}/library/app:{reference}"

    def scan(self, name: str, *more: str) -> Result:
        return scan(name, "--insecure-http", "--data", str(self.data), *more)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(command, "SystemClock", lambda: ManualClock(SUMMER))
    home = furnish_door(f"sqlite:///{tmp_path}/pratique.db", tmp_path / "store")
    home.project("library")
    with over_http(home) as client:
        host = f"{client.http.base_url.host}:{client.http.base_url.port}"
        pair = base64.b64encode(":".join(robot(home, "reader", "library", "pull")).encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": pair}}}))
        yield Registry(home, host, import_records(tmp_path / "advised"))
    home.house.close()


def test_an_image_of_a_registry(registry: Registry) -> None:
    image = build(DEBIAN)
    name = registry.push(image, "1.0")
    found = registry.scan(name)
    assert found.exit_code == 1, found.output
    assert "DSA-9001-1" in ids(found)
    assert {each["layer"] for each in json.loads(found.stdout)["packages"]} == {digest(image.packed[0])}
    by_digest = registry.scan(f"{registry.host}/library/app@{digest(image.manifest)}")
    assert by_digest.stdout == found.stdout
    bill = json.loads(registry.scan(name, "--format", "cyclonedx").stdout)
    root = bill["metadata"]["component"]
    assert (root["name"], root["version"]) == (name, digest(image.manifest))
    assert f"repository_url={registry.host}/library/app" in root["purl"].replace("%2F", "/").replace(
        "%3A", ":"
    )
    harbor = json.loads(registry.scan(name, "--format", "harbor").stdout)
    assert harbor["artifact"] == {
        "repository": "library/app",
        "digest": digest(image.manifest),
        "mime_type": "application/vnd.oci.image.manifest.v1+json",
    }


def test_an_index_of_a_registry(registry: Registry) -> None:
    amd, arm = build(DEBIAN), build(ALPAQUITA, architecture="arm64")
    for image in (amd, arm):
        registry.push(image, digest(image.manifest))
    registry.home.put("library/app", "multi", index_of(amd, arm), INDEX)
    found = registry.scan(f"{registry.host}/library/app:multi", "--platform", "linux/arm64")
    assert ids(found) == ["BELL-CVE-2026-0003"]


def test_who_has_no_credentials_or_wrong_ones_is_told_so(registry: Registry, tmp_path: Path) -> None:
    name = registry.push(build(DEBIAN), "1.0")
    pair = base64.b64encode(b"robot$library+reader:no secret of this robot").decode()
    for auths, said in (
        ({}, "wants credentials: `docker login`\n"),
        ({registry.host: {"auth": pair}}, "again"),
    ):
        (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
        found = registry.scan(name)
        assert (found.exit_code, found.stdout) == (2, "")
        assert said in found.stderr


def test_what_a_registry_does_not_have(registry: Registry) -> None:
    found = registry.scan(f"{registry.host}/library/app:absent")
    assert found.exit_code == 2
    assert "has no absent" in found.stderr
    assert found.stdout == ""


def test_layers_that_are_not_what_the_configuration_says(tmp_path: Path) -> None:
    image, other = build(DEBIAN), build(ALPAQUITA)
    files = layout_files(image)
    layer = f"blobs/sha256/{digest(image.packed[0]).removeprefix('sha256:')}"
    found = scan(write_root(tmp_path / "layout", {**files, layer: other.packed[0]}))
    assert found.exit_code == 2
    assert "unpacks to" in json.loads(found.stdout)["errors"][0]


def test_a_configuration_that_is_not_the_one_that_is_named(tmp_path: Path) -> None:
    image, other = build(DEBIAN), build(ALPAQUITA)
    config = f"blobs/sha256/{digest(image.config).removeprefix('sha256:')}"
    found = scan(write_root(tmp_path / "layout", {**layout_files(image), config: other.config}))
    assert found.exit_code == 2
    assert "another digest" in found.stderr


def test_a_layout_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"{}")
    found = scan(write_root(tmp_path / "layout", {**layout_files(build(DEBIAN)), "x": b"x"}))
    assert "secret" not in found.output
    (tmp_path / "layout" / "index.json").unlink()
    (tmp_path / "layout" / "index.json").symlink_to(tmp_path / "secret")
    found = scan(tmp_path / "layout")
    assert found.exit_code == 2
    assert "leads out of the directory" in found.stderr


def test_an_image_that_holds_several(tmp_path: Path) -> None:
    one, other = build(DEBIAN), build(ALPAQUITA)
    saved = json.loads(docker_files(one, "a:1")["manifest.json"])
    saved += json.loads(docker_files(other, "b:1")["manifest.json"])
    both = {**docker_files(one), **docker_files(other), "manifest.json": json.dumps(saved).encode()}
    found = scan(archive_at(tmp_path / "two.tar", both))
    assert found.exit_code == 2
    assert "holds 2 images (a:1, b:1)" in found.stderr


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is no tar archive"),
        (b"text", "is no tar archive"),
        (b"\x1f\x8b\x08\x00broken", "can't be unpacked"),
        (b"PK\x03\x04", "is no tar archive"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(content)
    found = scan(path)
    assert found.exit_code == 2
    assert what in found.stderr


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    found = scan(archive_at(tmp_path / "root.tar", DEBIAN))
    assert found.exit_code == 2
    assert "neither oci-layout nor manifest.json" in found.stderr


def test_archives_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive_at(tmp_path / "app.tar.gz", layout_files(build(DEBIAN)), packed=True)
    monkeypatch.setattr(files, "ARCHIVE_LIMIT", 1000)
    assert "can't be unpacked" in scan(path).stderr
    monkeypatch.undo()
    monkeypatch.setattr(files, "MEMBER_LIMIT", 2)
    assert "more than 2 members" in scan(path).stderr


def test_headers_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive_at(tmp_path / "app.tar", {"x" * 3000: b"", **layout_files(build(DEBIAN))})
    monkeypatch.setattr(files, "HEADER_LIMIT", 2000)
    assert "a header has" in scan(path).stderr


def test_a_saved_layer_that_is_not_there(tmp_path: Path) -> None:
    saved = docker_files(build(DEBIAN, ALPAQUITA), "app:1.0")
    del saved[f"{1:064}/layer.tar"]
    found = scan(archive_at(tmp_path / "app.tar", saved))
    assert found.exit_code == 2
    assert f"has no {1:064}/layer.tar" in found.stderr


@pytest.mark.parametrize("name", ["app", "oci:nowhere", "sbom:nowhere.json", "oci:.@sha256:12"])
def test_names_that_lead_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = scan(name)
    assert found.exit_code == 2
    assert found.stderr.startswith("pratique: ")


def test_a_document_that_is_no_sbom(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text("{}")
    found = scan(f"sbom:{path}")
    assert found.exit_code == 2
    assert "neither CycloneDX nor SPDX 2" in json.loads(found.stdout)["errors"][0]


def test_roots_hold_more_than_files(tmp_path: Path) -> None:
    """Devices and sockets are passed over; names may be any bytes; links are resolved within."""
    root = write_root(tmp_path / "root", {**ALPAQUITA, "etc/out": b"-> /etc/shadow"})
    os.mkfifo(root / "run")
    strange = os.fsencode(root) + b"/srv-\xff" + b"x" * 120
    Path(os.fsdecode(strange)).mkdir()
    found = scan(root)
    assert len(json.loads(found.stdout)["packages"]) == 2
    assert found.exit_code == 2, "there are no advisories"


def test_what_goes_away_meanwhile_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_root(tmp_path / "root", {**ALPAQUITA, "tmp/gone": b"x", "tmp/link": b"-> gone"})
    opened = os.open

    def racing(path: Path, flags: int) -> int:
        if path.name == "gone":
            path.unlink()
            (root / "tmp" / "link").unlink()
        return opened(path, flags)

    monkeypatch.setattr(os, "open", racing)
    assert len(json.loads(scan(root).stdout)["packages"]) == 2
    assert not list((root / "tmp").iterdir())


def test_nothing_is_no_directory_and_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    """An empty variable in a script would otherwise name the current directory."""
    nothing, missing = scan(""), scan(tmp_path / "app.tar")
    assert (nothing.exit_code, missing.exit_code) == (2, 2)
    assert "nothing is named" in nothing.stderr
    assert "no such file or directory" in missing.stderr

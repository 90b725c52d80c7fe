"""`pratique verify host/repository:tag` against a server of our own, as a robot that `docker login` knows."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doors import Pair, furnish_door, over_http, robot
from tests.houses import Furnished
from tests.signing import CUSTOM, SigningKey, attest_bundle, descriptor_of

from pratique.cli import main
from pratique.oci.digest import digest_of
from pratique.oci.names import fallback_tag_of


@dataclass
class Registry:
    """A server with an image in a private project, and somebody who may read it."""

    home: Furnished
    host: str
    image: bytes
    key: SigningKey
    login: Path

    @property
    def name(self) -> str:
        return f"{self.host}/library/app:1.0"

    def as_robot(self, who: Pair) -> None:
        pair = base64.b64encode(":".join(who).encode()).decode()
        self.login.write_text(json.dumps({"auths": {self.host: {"auth": pair}}}))

    def verify(self, *more: str, name: str = "") -> Result:
        public = self.login.parent / "cosign.pub"
        public.write_text(self.key.pem)
        said = ["verify", name or self.name, "--key", str(public), "--insecure-http", "--format", "json"]
        return CliRunner().invoke(main, [*said, *more])

    def attest(self) -> None:
        content, blobs = attest_bundle(self.key, descriptor_of(self.image))
        for blob in blobs.values():
            self.home.blob("library/app", blob)
        self.home.put("library/app", digest_of(content), content)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    (tmp_path / "docker").mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    home = furnish_door(f"sqlite:///{tmp_path}/pratique.db", tmp_path / "data")
    home.project("library")
    image = home.image("library/app")
    with over_http(home) as client:
        host = f"{client.http.base_url.host}:{client.http.base_url.port}"
        made = Registry(home, host, image, SigningKey(), tmp_path / "docker" / "config.json")
        made.as_robot(robot(home, "reader", "library", "pull"))
        yield made
    home.house.close()


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_signed_by_cosign(registry: Registry, classic: bool) -> None:
    carrier = registry.home.sign("library/app", registry.image, registry.key, classic=classic)
    by_digest = f"{registry.host}/library/app@{digest_of(registry.image)}"
    for name in (registry.name, by_digest):
        found = registry.verify(name=name)
        assert found.exit_code == 0, found.output
        (evidence,) = json.loads(found.stdout)["evidence"]
        assert evidence["digest"] == carrier
        assert evidence["subject"] == digest_of(registry.image)


def test_an_attestation(registry: Registry) -> None:
    registry.attest()
    assert registry.verify().exit_code == 1
    assert registry.verify("--type", CUSTOM).exit_code == 0


def test_what_was_left_at_the_referrers_tag(registry: Registry) -> None:
    """By a client that knew no referrers API: the index lists a manifest that names no subject."""
    carrier = registry.home.sign("library/app", registry.image, registry.key)
    subject = digest_of(registry.image)
    puller = registry.home.house.warehouse.puller
    reader = registry.home.reader(registry.home.admin, "library/app")
    content = puller.manifest("library/app", carrier, reader).content
    kind = "application/vnd.oci.image.index.v1+json"
    index = {"schemaVersion": 2, "mediaType": kind, "manifests": [descriptor_of(content)]}
    registry.home.put("library/app", fallback_tag_of(subject), json.dumps(index).encode(), kind)
    found = registry.verify()
    assert found.exit_code == 0
    assert len(json.loads(found.stdout)["evidence"]) == 1, "each manifest once"


def test_somebody_elses_signature(registry: Registry) -> None:
    registry.home.sign("library/app", registry.image, SigningKey())
    found = registry.verify()
    assert found.exit_code == 1
    assert not json.loads(found.stdout)["verified"]


def test_nothing_is_found(registry: Registry) -> None:
    found = registry.verify()
    assert found.exit_code == 1
    assert f"nothing was found that speaks of {digest_of(registry.image)}" in found.stderr


def test_nobody_and_the_wrong_one(registry: Registry) -> None:
    registry.login.unlink()
    assert registry.verify().exit_code == 2
    registry.as_robot(("robot$nobody", "wrong-secret-of-nobody"))
    found = registry.verify()
    assert found.exit_code == 2
    assert "docker login" in found.stderr
    assert "wrong-secret" not in found.output


def test_what_is_not_there(registry: Registry) -> None:
    found = registry.verify(name=f"{registry.host}/library/app:absent")
    assert found.exit_code == 2
    assert "has no absent" in found.stderr


def test_tls_unless_said_otherwise(registry: Registry) -> None:
    public = registry.login.parent / "cosign.pub"
    public.write_text(registry.key.pem)
    found = CliRunner().invoke(main, ["verify", registry.name, "--key", str(public)])
    assert found.exit_code == 2
    assert "can't be reached" in found.stderr


def test_a_quarantined_image_is_told_as_such(registry: Registry) -> None:
    registry.home.project("strict", "signed")
    registry.home.image("strict/app")
    registry.as_robot(robot(registry.home, "guest", "strict", "pull"))
    found = registry.verify(name=f"{registry.host}/strict/app:1.0")
    assert found.exit_code == 2
    assert "strict/app" in found.stderr

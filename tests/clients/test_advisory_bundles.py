"""A bundle of advisories travels through the registry as any artifact does, and cosign believes its signature."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.advising import record
from tests.clients.conftest import Use
from tests.clients.runners import Cosign, Oras
from tests.clients.server import Project

from pratique.advisories.editions import PREDICATE_TYPE
from pratique.cli import main

Advisories = Callable[..., Result]


@pytest.fixture
def advisories(tmp_path: Path) -> Advisories:
    """Runs `pratique advisories` beside a key pair and a source."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "k.key").write_bytes(private)
    (tmp_path / "k.pub").write_bytes(public)
    (tmp_path / "PyPI").mkdir()
    (tmp_path / "PyPI" / "1.json").write_text(json.dumps(record(1)))
    settings = {"PRATIQUE_ADVISORIES__BUNDLE_KEYS": str(tmp_path / "k.pub")}

    def run(*words: str | Path) -> Result:
        done = CliRunner().invoke(main, ["advisories", *map(str, words)], env=settings)
        assert done.exit_code == 0, done.output
        return done

    return run


def test_a_bundle_goes_through_the_registry_with_its_signature(
    use: Use, project: Project, advisories: Advisories, tmp_path: Path
) -> None:
    bundle, fetched, stored = tmp_path / "bundle", tmp_path / "fetched", f"{project.at}/advisories:7"
    advisories("pack", tmp_path / "PyPI", "--key", tmp_path / "k.key", "--version", "7", "--output", bundle)
    pusher, puller = use(Oras, "oras", project.pusher), use(Oras, "oras", project.puller)
    plain = "true" if pusher.home.is_plain else "false"
    deep = ("cp", "--recursive")
    pusher.run(*deep, "--from-oci-layout", f"--to-plain-http={plain}", f"{bundle}:7", stored).succeeded()
    puller.run(*deep, "--to-oci-layout", f"--from-plain-http={plain}", stored, f"{fetched}:7").succeeded()
    advisories("verify", fetched, "--data", tmp_path / "data")
    imported = advisories("import", fetched, "--data", tmp_path / "data", "--format", "json")
    assert [(one["source"], one["added"], one["signed"]) for one in json.loads(imported.stdout)] == [
        ("PyPI", 1, True)
    ]


def test_cosign_verifies_what_was_said_of_it(
    use: Use, project: Project, advisories: Advisories, tmp_path: Path
) -> None:
    bundle, stored = tmp_path / "bundle", f"{project.at}/advisories:7"
    advisories("pack", tmp_path / "PyPI", "--key", tmp_path / "k.key", "--version", "7", "--output", bundle)
    pusher = use(Oras, "oras", project.pusher)
    plain = "true" if pusher.home.is_plain else "false"
    pusher.run(
        "cp", "--recursive", "--from-oci-layout", f"--to-plain-http={plain}", f"{bundle}:7", stored
    ).succeeded()
    cosign = use(Cosign, "cosign", project.puller)
    cosign.verify_attestation(stored, tmp_path / "k.pub", PREDICATE_TYPE).succeeded()
    stranger = cosign.make_keys("stranger")
    cosign.verify_attestation(stored, stranger.public, PREDICATE_TYPE).failed()

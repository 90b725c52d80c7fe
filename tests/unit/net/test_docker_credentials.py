"""Credentials as `docker login` leaves them, and helpers as docker runs them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pratique.errors import BadRequest
from pratique.net import Credential, DockerCredentials


def pair(name: str, secret: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{name}:{secret}".encode()).decode()}


def credentials(tmp_path: Path, document: Any) -> DockerCredentials:
    path = tmp_path / "config.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return DockerCredentials(path)


def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "docker-credential-test"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def test_no_file_is_nobody(tmp_path: Path) -> None:
    assert DockerCredentials(tmp_path / "config.json").of("r.example") is None


def test_what_was_written(tmp_path: Path) -> None:
    auths = {
        "r.example:5000": pair("robot$ci", "a:b"),
        "https://old.example/v1/": pair("old", "c"),
        "https://index.docker.io/v1/": pair("hub", "d"),
        "azure.example": {"auth": pair("x", "")["auth"], "identitytoken": "refresh"},
    }
    found = credentials(tmp_path, {"auths": auths})
    assert found.of("r.example:5000") == Credential("robot$ci", "a:b")
    assert found.of("r.example") is None
    assert found.of("old.example") == Credential("old", "c")
    assert found.of("docker.io") == Credential("hub", "d")
    assert found.of("azure.example") == Credential("", "refresh", is_token=True)
    assert "a:b" not in repr(found.of("r.example:5000"))


def test_a_helper_is_told_the_host_on_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(
        tmp_path, monkeypatch, 'read host; echo "{\\"Username\\": \\"$1\\", \\"Secret\\": \\"of $host\\"}"'
    )
    found = credentials(tmp_path, {"credHelpers": {"r.example": "test"}})
    assert found.of("r.example") == Credential("get", "of r.example")
    assert found.of("other.example") is None
    assert credentials(tmp_path, {"credsStore": "test"}).of("other.example") is not None


def test_a_helper_that_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, monkeypatch, "echo credentials not found in native keychain; exit 1")
    assert credentials(tmp_path, {"credsStore": "test"}).of("r.example") is None


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", "echo '[]'"])
def test_a_helper_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    helper(tmp_path, monkeypatch, script)
    with pytest.raises(BadRequest, match="docker-credential-test"):
        credentials(tmp_path, {"credsStore": "test"}).of("r.example")


@pytest.mark.parametrize("name", ["../evil", "a b", "-x", "absent-from-path"])
def test_helpers_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest):
        credentials(tmp_path, {"credsStore": name}).of("r.example")


def test_documents_that_make_no_sense(tmp_path: Path) -> None:
    assert credentials(tmp_path, []).of("r.example") is None
    assert credentials(tmp_path, {"auths": [], "credHelpers": 1}).of("r.example") is None
    with pytest.raises(BadRequest):
        credentials(tmp_path, "{")
    with pytest.raises(BadRequest, match="log in again"):
        credentials(tmp_path, {"auths": {"r.example": {"auth": "%%"}}}).of("r.example")

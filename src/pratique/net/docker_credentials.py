"""The credentials that `docker login` left: `config.json`, and the helpers that it names.

Helpers are run without a shell; the host goes in by standard input and the secret comes out by standard output, so that
nothing shows in a list of processes (docker-credential-helpers, "Development").
"""

import base64
import binascii
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pratique.errors import BadRequest

CONFIG_LIMIT: Final = 1024 * 1024
"""Bytes of a `config.json`."""
HELPER_SECONDS: Final = 30
"""A helper may ask a person or an HSM."""

_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DOCKER_HUB: Final = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_NOT_FOUND: Final = "credentials not found"


@dataclass(frozen=True, slots=True)
class Credential:
    """A name with its secret; `is_token`: the secret is an OAuth2 refresh token and the name says nothing."""

    name: str
    secret: str = field(repr=False)
    is_token: bool = False


class DockerCredentials:
    """What the `config.json` at `path` knows. Raises BadRequest when it, or a helper, makes no sense."""

    def __init__(self, path: Path) -> None:
        self._config = _read(path)

    def of(self, host: str) -> Credential | None:
        """The credential for `host[:port]`, None: anonymous. Its own helper wins, then the store, then `auths`."""
        keys = _DOCKER_HUB if host == "docker.io" else (host, f"https://{host}")
        helpers = _mapping(self._config, "credHelpers")
        helper = next((helpers[key] for key in keys if key in helpers), self._config.get("credsStore"))
        if helper:
            found = _asked(str(helper), keys[0])
            if found is not None:
                return found
        return self._written(keys)

    def _written(self, keys: tuple[str, ...]) -> Credential | None:
        entries = {_bare(key): entry for key, entry in _mapping(self._config, "auths").items()}
        for key in keys:
            entry = entries.get(_bare(key))
            found = _entry(entry, key) if isinstance(entry, dict) else None
            if found is not None:
                return found
        return None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_LIMIT + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadRequest(f"{path} can't be read: {error.strerror}") from error
    if len(content) > CONFIG_LIMIT:
        raise BadRequest(f"{path} has more than {CONFIG_LIMIT} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{path} is not JSON") from error
    return document if isinstance(document, dict) else {}


def _entry(entry: Mapping[str, Any], key: str) -> Credential | None:
    if entry.get("identitytoken"):
        return Credential("", str(entry["identitytoken"]), is_token=True)
    written = entry.get("auth")
    if not written:
        return None
    try:
        name, colon, secret = base64.b64decode(str(written), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            f"the credential of {key} in docker's config.json is damaged: log in again"
        ) from error
    return Credential(name, secret.rstrip("\0")) if colon else None


def _asked(helper: str, host: str) -> Credential | None:
    if not _HELPER.fullmatch(helper):
        raise BadRequest(f"docker's config.json names a credential helper {helper[:80]!r}: that is no name")
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(  # noqa: S603  a name of a closed grammar, no shell
            [program, "get"],
            input=host,
            capture_output=True,
            text=True,
            timeout=HELPER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise BadRequest(f"{program} can't be asked for the credential of {host}") from error
    if done.returncode != 0:
        if _NOT_FOUND in done.stdout + done.stderr:
            return None
        raise BadRequest(f"{program} has no credential for {host}: it ended with {done.returncode}")
    return _told(done.stdout, program)


def _told(output: str, program: str) -> Credential | None:
    try:
        told = json.loads(output)
        name, secret = str(told["Username"]), str(told["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(f"{program} answers something else than a credential") from error
    return Credential(name, secret, is_token=name == "<token>") if secret else None


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _bare(key: str) -> str:
    """A key of `auths` as a host: older clients wrote URLs."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]

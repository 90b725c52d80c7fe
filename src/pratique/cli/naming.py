"""How artifacts are named on the command line, and the place that a name leads to."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pratique.bootstrap.house import House, public_url
from pratique.cli.evidence import EvidenceSource, Layout, Remote, Stored
from pratique.errors import BadRequest
from pratique.net import DockerCredentials, parse_remote_name
from pratique.oci.digest import parse_digest
from pratique.oci.references import Reference, parse_named

_LAYOUT: Final = "oci:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an artifact is, and by what it is asked for there."""

    source: EvidenceSource
    wanted: Reference


@contextmanager
def opened(name: str, *, insecure_http: bool) -> Iterator[Place]:
    """The place of `oci:DIR@DIGEST` or `host/repository:tag`. Raises PratiqueError with what is wrong with it."""
    if name.startswith(_LAYOUT):
        yield _layout(name)
        return
    remote = parse_remote_name(name)
    credential = DockerCredentials(docker_config()).of(remote.host)
    with closing(Remote(remote, credential, insecure_http=insecure_http)) as source:
        yield Place(source, remote.wanted)


def stored(name: str, house: House) -> Place:
    """The place of `[host/]project/repository[:tag][@digest]` in a store. Raises PratiqueError.

    The host may be said as clients say it, if it is the server's own or has a port: no repository has a colon there.
    """
    host = urlsplit(public_url(house.settings)).netloc
    said, _slash, rest = name.partition("/")
    repository, wanted = parse_named(rest if said == host or (":" in said and rest) else name)
    return Place(Stored(house.warehouse.puller, house.warehouse.lister, host, repository), wanted)


def _layout(name: str) -> Place:
    folder, at, digest = name.removeprefix(_LAYOUT).rpartition("@")
    if not at:
        raise BadRequest(f"{name} does not say which artifact of the layout: name its digest, oci:DIR@DIGEST")
    return Place(Layout(Path(folder)), Reference(None, parse_digest(digest)))


def docker_config() -> Path:
    """Where docker keeps it, by docker's own variable."""
    folder = os.environ.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path.home() / ".docker") / "config.json"

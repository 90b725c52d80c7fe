"""How an artifact of a registry is named: `host[:port]/repository[:tag][@digest]`."""

import re
from dataclasses import dataclass
from typing import Final

from pratique.errors import NameInvalid
from pratique.oci.references import Reference, parse_named

_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_DOCKER_HUB: Final = frozenset(("docker.io", "index.docker.io", "registry-1.docker.io"))


@dataclass(frozen=True, slots=True)
class RemoteName:
    """`host` as it was written, with its port; a digest wins over a tag beside it."""

    host: str
    repository: str
    wanted: Reference

    @property
    def endpoint(self) -> str:
        """The host that serves it: Docker Hub's is not the one of its names."""
        return "registry-1.docker.io" if self.host == "docker.io" else self.host

    @property
    def bare_host(self) -> str:
        """The endpoint without port and brackets."""
        if self.endpoint.startswith("["):
            return self.endpoint[1:].partition("]")[0]
        return self.endpoint.partition(":")[0].lower()

    @property
    def reference(self) -> str:
        """`host/repository`."""
        return f"{self.host}/{self.repository}"


def parse_remote_name(text: str) -> RemoteName:
    """The name that `text` is; the tag is `latest` if none is said. Raises NameInvalid, TagInvalid, DigestInvalid.

    The host must be said, as nothing here guesses where `app` comes from: with a dot or port, or `localhost`.
    """
    host, slash, path = text.partition("/")
    if not slash or not _HOST.fullmatch(host) or not (set(host) & {".", ":"} or host == "localhost"):
        raise NameInvalid(
            f"{text[:80]!r} names no registry: host/repository:tag or host/repository@digest does"
        )
    if host in _DOCKER_HUB:
        host = "docker.io"
        path = path if "/" in path.partition("@")[0] else f"library/{path}"
    repository, wanted = parse_named(path)
    return RemoteName(host, repository, wanted)

"""Reading from a registry (distribution-spec, "Pull" and "Listing Referrers"). Digests are the caller's to compare.

Steps of the specification that are not taken: `HEAD`, ranges and pushing; a filter on referrers is not asked for, and
the referrers tag is a tag like others to whoever wants it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from urllib.parse import quote

import httpx2

from pratique.errors import (
    BlobUnknown,
    Forbidden,
    Invalid,
    ManifestUnknown,
    PratiqueError,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from pratique.net.authorizing import Authorizer
from pratique.net.docker_credentials import Credential
from pratique.net.outbound import Answer, Outbound
from pratique.net.remote_names import RemoteName
from pratique.oci import media
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.manifest import MANIFEST_LIMIT, parse_manifest
from pratique.oci.references import Reference

REFERRERS_PAGES: Final = 100
"""Pages of a referrers list that are read."""

_ACCEPTED: Final = ", ".join(sorted(media.MANIFESTS))
_NEXT: Final = re.compile(r'<([^>]{1,2048})>\s*;[^,]*\brel="?next"?')


@dataclass(frozen=True, slots=True)
class Pulled:
    """A manifest as it came, and the `Content-Type` it came with."""

    content: bytes = field(repr=False)
    media_type: str | None


class RemoteRepository:
    """The repository of `name` at its registry."""

    def __init__(
        self,
        outbound: Outbound,
        name: RemoteName,
        credential: Credential | None = None,
        *,
        insecure_http: bool = False,
    ) -> None:
        self._outbound = outbound
        self._base = f"{'http' if insecure_http else 'https'}://{name.endpoint}/v2/{name.repository}"
        self._shown = name.reference
        self._authorizer = Authorizer(outbound, name.repository, credential)
        self._is_nobody = credential is None
        self._authorization: dict[str, str] = {}

    def manifest(self, reference: Reference) -> Pulled:
        """The manifest of a tag or digest. Raises ManifestUnknown and what `_checked` says."""
        url = f"{self._base}/manifests/{quote(str(reference), safe=':')}"
        answer = self._ask(url, MANIFEST_LIMIT, {"accept": _ACCEPTED})
        missing = ManifestUnknown(f"{self._shown} has no {reference}")
        return Pulled(self._checked(answer, missing), answer.headers.get("content-type"))

    def blob(self, descriptor: Descriptor) -> bytes:
        """The blob, at most its descriptor's size. Raises BlobUnknown and what `_checked` says."""
        answer = self._ask(f"{self._base}/blobs/{descriptor.digest}", descriptor.size, {})
        return self._checked(answer, BlobUnknown(f"{self._shown} has no blob {descriptor.digest}"))

    def download(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """The blob into a file, as it comes: its size and digest are for the caller to compare. Raises as `blob`."""
        url = f"{self._base}/blobs/{descriptor.digest}"
        answer = self._authorized(
            lambda headers: self._outbound.download(url, headers, descriptor.size, file), {}
        )
        self._checked(answer, BlobUnknown(f"{self._shown} has no blob {descriptor.digest}"))

    def referrers(self, subject: Digest) -> Iterator[Descriptor]:
        """Page by page, as far as `Link` leads; nothing where the registry has no such API (404)."""
        url = f"{self._base}/referrers/{subject}"
        for _page in range(REFERRERS_PAGES):
            answer = self._ask(url, MANIFEST_LIMIT, {"accept": media.OCI_INDEX})
            # 404, and what older registries say to a route that they don't have.
            if answer.status in {400, 404, 405}:
                return
            content = self._checked(answer, ManifestUnknown(""))
            yield from parse_manifest(content, media.OCI_INDEX).children()
            following = _NEXT.search(answer.headers.get("link", ""))
            if following is None:
                return
            url = self._next(answer.url, following[1])

    def _next(self, url: str, link: str) -> str:
        """The next page, of the same repository: a list leads nowhere else."""
        try:
            joined = str(httpx2.URL(url).join(link))
        except (httpx2.InvalidURL, ValueError) as error:
            raise Invalid(f"the referrers of {self._shown} go on at what is no address") from error
        if not joined.startswith(f"{self._base}/referrers/"):
            raise Invalid(f"the referrers of {self._shown} go on somewhere else")
        return joined

    def _ask(self, url: str, limit: int, headers: dict[str, str]) -> Answer:
        # An error's body must fit too where a blob is small.
        room = max(limit, MANIFEST_LIMIT)
        return self._authorized(lambda sent: self._outbound.get(url, sent, room), headers)

    def _authorized(self, send: Callable[[Mapping[str, str]], Answer], headers: Mapping[str, str]) -> Answer:
        """The answer with what was authorized before; where that does not do, with what the answer asks for."""
        answer = send({**headers, **self._authorization})
        if answer.status == 401:
            self._authorization = {"authorization": self._authorizer.header(answer)}
            answer = send({**headers, **self._authorization})
        return answer

    def _checked(self, answer: Answer, missing: PratiqueError) -> bytes:
        """The content of a 200. Raises what the status says: `missing`, Unauthenticated, Forbidden, Unavailable."""
        if answer.status == 200:
            return answer.content
        if answer.status == 404:
            raise missing
        if answer.status == 401:
            wanted = (
                "credentials: `docker login`"
                if self._is_nobody
                else "other credentials: `docker login` again"
            )
            raise Unauthenticated(f"{self._shown} wants {wanted}")
        if answer.status == 403:
            raise Forbidden(f"{self._shown} may not be read with these credentials{_reason(answer)}")
        if answer.status == 429:
            raise TooManyAttempts(f"{self._shown} is asked too often: try again later", retry_after=60)
        if answer.status >= 500:
            raise Unavailable(f"{self._shown} answers with {answer.status}: try again later")
        raise Invalid(f"{self._shown} answers with {answer.status}")


def _reason(answer: Answer) -> str:
    """Nothing of what a stranger says goes to a terminal but its code, letters only."""
    found = re.search(rb'"code"\s*:\s*"([A-Z_]{1,40})"', answer.content[:65_536])
    return f" ({found[1].decode()})" if found else ""

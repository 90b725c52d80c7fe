"""Which requests are answered from memory, and with what. It may refuse any request: the application then answers.

Believed is nothing that was not seen to be current a moment ago, and what a token gives counts as at the door
(`http.callers`): its project is the entry's, and still public where the access rests on that. Of a tag whose sides
differ the entry is the admitted side, which is not for everybody (gate.md 4).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pratique.clock import Clock
from pratique.http.freshness import Freshness
from pratique.http.wire.heads import OK, PARTIAL
from pratique.identity import GrantedAccess, Tokens, VerifiedToken
from pratique.oci.ranges import ByteRange, parse_range
from pratique.registry.tally import Tally
from pratique.registry.warm import WarmBlob, WarmManifest, WarmReads

PLAIN: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"connection",
        b"dnt",
        b"docker-distribution-api-version",
        b"host",
        b"pragma",
        b"priority",
        b"traceparent",
        b"tracestate",
        b"user-agent",
        b"via",
        b"x-meta-source-client",
        b"x-real-ip",
    }
)
"""Headers that change nothing in an answer. One that stands nowhere here sends the request to the application."""

PREFIX: Final = "/v2/"
MANIFESTS: Final = "/manifests"
BLOBS: Final = "/blobs"
BEARER: Final = b"Bearer "


@dataclass(slots=True)
class Asked:
    """The headers of a request that matter, and whose request it is."""

    credentials: bytes | None = None
    range: bytes | None = None
    request_id: bytes | None = None
    principal: str = ""


@dataclass(slots=True)
class WarmAnswer:
    """An answer: its first line, the lines of its head, and its body. `part` is of a file, when that is not None."""

    status: bytes
    head: bytes
    content: bytes
    asked: Asked
    path: str | None = None
    part: ByteRange | None = None
    size: int = 0


class WarmAnswers:
    """Looks answers up. Called in the parser's callback: no lock, no file, no SQL."""

    def __init__(
        self, warm: WarmReads, freshness: Freshness, tokens: Tokens, clock: Clock, tally: Tally
    ) -> None:
        self._manifests = warm.manifests
        self._blobs = warm.blobs
        self._freshness = freshness
        self._tokens = tokens
        self._clock = clock
        self._tally = tally
        self.given: Counter[tuple[bytes, bytes]] = Counter()
        """Answers by method and status line, since whoever counts them last looked."""
        self.sent = 0
        """Bytes of blobs, likewise."""

    def find(self, method: bytes, url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> WarmAnswer | None:
        """The answer to a GET or HEAD; None: ask the application."""
        path, _, reference = url.decode("latin-1").rpartition("/")
        if not path.startswith(PREFIX) or not self._freshness.is_current():
            return None
        asked = asked_by(headers)
        token = None if asked is None else self._token(asked)
        if asked is None or token is None:
            return None
        if path.endswith(MANIFESTS):
            name = path[len(PREFIX) : -len(MANIFESTS)]
            return self._manifest(method, name, reference, token, asked)
        if path.endswith(BLOBS):
            return self._blob(method, path[len(PREFIX) : -len(BLOBS)], reference, token, asked)
        return None

    def _token(self, asked: Asked) -> VerifiedToken | None:
        credentials = asked.credentials
        if credentials is None or not credentials.startswith(BEARER):
            return None
        token = self._tokens.recall(credentials[len(BEARER) :].decode("latin-1"))
        if token is not None:
            asked.principal = token.principal.name
        return token

    def _manifest(
        self, method: bytes, name: str, reference: str, token: VerifiedToken, asked: Asked
    ) -> WarmAnswer | None:
        entry = self._manifests.get(name, reference, self._clock.now())
        access = token.access_to(name)
        if entry is None or access is None or not _reads(access, entry):
            return None
        if entry.candidate_by is not None and (
            "push" in access.actions or access.inspect or token.principal.key == entry.candidate_by
        ):
            return None
        if method == b"HEAD":
            return WarmAnswer(OK, entry.head, b"", asked)
        self._tally.count(entry.repository_id, entry.manifest_id)
        return WarmAnswer(OK, entry.head, entry.content, asked)

    def _blob(
        self, method: bytes, name: str, digest: str, token: VerifiedToken, asked: Asked
    ) -> WarmAnswer | None:
        entry = self._blobs.get(name, digest, self._clock.now())
        access = token.access_to(name)
        if entry is None or access is None or not _reads(access, entry):
            return None
        if method == b"HEAD":
            # To a pusher it is a promise that the blob stays, and that is written down.
            return None if "push" in access.actions else WarmAnswer(OK, entry.head, b"", asked)
        if asked.range is None:
            return _whole(entry, asked)
        parts = parse_range(asked.range.decode("latin-1"), entry.size)
        if parts is None:
            return _whole(entry, asked)
        return _part(entry, parts[0], asked) if len(parts) == 1 else None


def asked_by(headers: Iterable[tuple[bytes, bytes]]) -> Asked | None:
    """What the headers ask; None: something that is not understood here. Names are lower-case."""
    asked = Asked()
    for name, value in headers:
        if name in PLAIN:
            continue
        if name == b"authorization" and asked.credentials is None:
            asked.credentials = value
        elif name == b"range" and asked.range is None:
            asked.range = value
        elif name == b"x-request-id" and asked.request_id is None:
            asked.request_id = value
        elif not name.startswith(b"x-forwarded-"):
            return None
    return asked


def _reads(access: GrantedAccess, entry: WarmManifest | WarmBlob) -> bool:
    return (
        "pull" in access.actions
        and access.project_id == entry.project_id
        and (entry.public or not access.is_public)
    )


def _whole(entry: WarmBlob, asked: Asked) -> WarmAnswer | None:
    if len(entry.content) == entry.size:
        return WarmAnswer(OK, entry.head, entry.content, asked)
    if entry.path is None:
        return None
    return WarmAnswer(OK, entry.head, b"", asked, entry.path, ByteRange(0, entry.size), entry.size)


def _part(entry: WarmBlob, part: ByteRange, asked: Asked) -> WarmAnswer | None:
    head = b"content-type: application/octet-stream\r\ncontent-length: %d\r\ncontent-range: %b\r\n%b" % (
        len(part),
        part.content_range(entry.size).encode(),
        entry.common,
    )
    if len(entry.content) == entry.size:
        return WarmAnswer(PARTIAL, head, entry.content[part.start : part.stop], asked)
    if entry.path is None:
        return None
    return WarmAnswer(PARTIAL, head, b"", asked, entry.path, part, entry.size)

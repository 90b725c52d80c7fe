"""This registry as a scanner for others (Harbor's pluggable scanner API 1.2, the adapter's side).

Whoever asks shows a credential of its own, and names a registry that the settings list: this is no way to have other
hosts asked. The credential that comes with a request is sealed until the image was read, and then forgotten.
"""

import base64
import hmac
import json
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec

from pratique.clock import DAY, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import BadRequest, Forbidden, Invalid, NotFound, TooManyAttempts, Unavailable
from pratique.jobs import enqueue
from pratique.oci import strict_json
from pratique.oci.digest import parse_digest
from pratique.oci.names import check_name
from pratique.policy.refusal import clean
from pratique.scanners.ports import Sealing
from pratique.scanners.protocol import VULNERABILITY_REPORTS, is_media
from pratique.scanners.store import guests as store

SCAN_FOR_OTHERS: Final = "scanners.scan_for_others"
"""The job that looks into an image of another registry: payload {"scan"}."""
REQUEST_LIMIT: Final = 64 * 1_024
"""Bytes of a request."""
KEPT: Final = DAY
"""How long a report can be fetched."""
SCANS_LIMIT: Final = 1_000
"""Scans that are kept at once."""
PENDING: Final = "Pending"
SUCCESS: Final = "Success"
ERROR: Final = "Error"

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


class _Registry(msgspec.Struct, frozen=True):
    url: _Text
    authorization: Annotated[str, msgspec.Meta(max_length=16_384)] = ""


class _Artifact(msgspec.Struct, frozen=True):
    repository: _Text
    digest: _Text
    mime_type: str = ""


class _Request(msgspec.Struct, frozen=True):
    registry: _Registry
    artifact: _Artifact


@dataclass(frozen=True, slots=True)
class Guest:
    """An image of another registry. `origin` is on the list; `authorization` is for it alone."""

    origin: str
    authorization: str = field(repr=False)
    repository: str
    digest: str
    media_type: str


@dataclass(frozen=True, slots=True)
class GuestReport:
    """Where a scan for others stands: `reports` by their media types once it is over."""

    state: str
    problem: str
    reports: Mapping[str, Any]


class GuestScans:
    """Takes requests and gives reports. Nothing is open where `credential` is empty."""

    def __init__(
        self, database: Database, sealing: Sealing, clock: Clock, credential: str, registries: Sequence[str]
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._clock = clock
        self._credential = credential
        self._registries = frozenset(url.rstrip("/") for url in registries)

    @property
    def is_open(self) -> bool:
        """Whether others may ask at all."""
        return bool(self._credential)

    def admits(self, authorization: str) -> bool:
        """Whether a header shows the credential: as Bearer, or as the password of Basic, whatever the name."""
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                shown = base64.b64decode(shown, validate=True).decode().partition(":")[2]
            except ValueError:
                shown = ""
        return self.is_open and hmac.compare_digest(shown.strip().encode(), self._credential.encode())

    def accept(self, content: bytes) -> str:
        """Have an image scanned; what the scan is called. Raises BadRequest, Forbidden, Invalid, TooManyAttempts."""
        guest = self._guest(content)
        number = str(uuid.uuid4())
        document = json.dumps(
            [guest.origin, guest.authorization, guest.repository, guest.digest, guest.media_type]
        )
        sealed = base64.b64encode(self._sealing.seal(document.encode(), _owner(number))).decode("ascii")

        def work(tx: Tx) -> None:
            now = self._clock.now()
            store.forget(tx, Moment(now - KEPT))
            if store.count(tx) >= SCANS_LIMIT:
                raise TooManyAttempts("too many scans are kept: try again later", retry_after=600)
            store.add(tx, number, sealed, PENDING, now)
            enqueue(tx, SCAN_FOR_OTHERS, {"scan": number}, dedupe_key=number)

        self._database.write(work)
        return number

    def report(self, number: str) -> GuestReport:
        """Where a scan stands. Raises NotFound."""
        with self._database.read() as tx:
            row = store.of(tx, number)
        if row is None:
            raise NotFound("there is no such scan")
        reports = {} if row.reports is None else json.loads(zlib.decompress(bytes(row.reports)))
        return GuestReport(row.state, row.problem, reports)

    def asked(self, number: str) -> Guest | None:
        """What is to be looked at; None: it is over, or nobody knows of it. Raises Unavailable."""
        with self._database.read() as tx:
            row = store.of(tx, number)
        if row is None or row.state != PENDING:
            return None
        try:
            opened = self._sealing.open(base64.b64decode(row.asked), _owner(number))
        except ValueError as problem:
            raise Unavailable("a scan for others was sealed with another key") from problem
        return Guest(*json.loads(opened))

    def end(self, number: str, reports: Mapping[str, Any] | None, problem: str = "") -> None:
        """Write how a scan ended: reports by their media types, or what went wrong."""
        packed = None if reports is None else zlib.compress(json.dumps(reports).encode(), 6)
        state = ERROR if reports is None else SUCCESS
        said = clean(problem)[:1_000]
        self._database.write(lambda tx: store.end(tx, number, state, said, packed))

    def _guest(self, content: bytes) -> Guest:
        strict_json.check_depth(content, 32)
        try:
            asked = msgspec.json.decode(content, type=_Request)
        except msgspec.ValidationError as problem:
            raise Invalid(f"a field of the request is wrong: {str(problem)[:200]}") from None
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest("the request is not JSON") from None
        origin = asked.registry.url.rstrip("/")
        if origin not in self._registries:
            raise Forbidden("that registry is not on the list of those that may have images scanned here")
        if not (asked.registry.authorization.isascii() and asked.registry.authorization.isprintable()):
            raise Invalid("the authorization has characters that no header has")
        repository = check_name(asked.artifact.repository)
        digest = parse_digest(asked.artifact.digest)
        return Guest(origin, asked.registry.authorization, repository, digest, asked.artifact.mime_type)


def chosen(reports: Mapping[str, Any], accept: str) -> tuple[str, Any] | None:
    """The report of the first media type that is asked for; without any, that of vulnerabilities."""
    if not accept.strip() or accept.strip() == "*/*":
        accept = VULNERABILITY_REPORTS[0]
    for one in accept.split(","):
        for form, report in reports.items():
            if is_media(one, form):
                return form, report
    return None


def _owner(number: str) -> str:
    return f"guest-scan:{number}"

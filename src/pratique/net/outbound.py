"""The one way out: requests whose host is looked at first, whose answers are bounded, whose redirects tell nobody more.

TLS is verified against the system's authorities (`SSL_CERT_FILE` names others); plain http goes only to hosts that
were said to be insecure. No proxy of the environment is used: what it connects to could not be looked at.
"""

import io
import ssl
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import httpx2

from pratique.errors import Invalid, TooLarge, Unavailable
from pratique.net.addresses import Resolver, addresses_of, resolve
from pratique.net.patience import Patience, PatientTransport

REDIRECT_LIMIT: Final = 5
"""Redirects that one request follows."""
ERROR_LIMIT: Final = 2**20
"""Bytes of what comes instead of a download."""

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_Origin = tuple[str, str, int]


class EveryHost(Container[str]):
    """All hosts: for what is signed, and published without TLS by its nature, as CRLs are."""

    def __contains__(self, _host: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """Seconds: to connect, between two pieces of an answer, for a request with its redirects, for a download.

    The last two hold for all of it, from the connection to the last byte, headers that come one by one included.
    """

    connect: float = 10
    read: float = 20
    whole: float = 120
    download: float = 3_600


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """Until when an answer must have come, and how many seconds that were."""

    at: float
    seconds: float

    def missed(self, shown: str) -> str:
        """What to say of somebody who was not done by then."""
        return f"{shown} took longer than {self.seconds:g} seconds"


class Outbound:
    """Asks others. `allowed` hosts may be at private addresses, `insecure_http` ones be asked without TLS.

    `insecure_tls`: whoever answers is believed to be the one who was asked.

    Raises Unavailable when nobody answers in time, Invalid when the guard refuses, TooLarge for more than was wanted.
    """

    def __init__(
        self,
        *,
        allowed: Container[str] = frozenset(),
        insecure_http: Container[str] = frozenset(),
        insecure_tls: bool = False,
        limits: OutboundLimits | None = None,
        resolver: Resolver = resolve,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._insecure_http = insecure_http
        self._limits = limits or OutboundLimits()
        self._resolver = resolver
        self._seconds = seconds
        self._patience = Patience(seconds)
        self._tls = ssl.create_default_context()
        if insecure_tls:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        self._ways: dict[_Origin, _Way] = {}

    def close(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            way.transport.close()
        self._ways.clear()

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        """The answer to a GET, redirects followed, at most `limit` bytes."""
        return self._follow(url, headers, limit, self._limits.whole)

    def download(self, url: str, headers: Mapping[str, str], limit: int, file: BinaryIO) -> Answer:
        """The same, but what a 200 brings goes to `file` as it comes, and `content` is empty then."""
        return self._follow(url, headers, limit, self._limits.download, file)

    def _follow(
        self,
        url: str,
        headers: Mapping[str, str],
        limit: int,
        seconds: float,
        file: BinaryIO | None = None,
    ) -> Answer:
        deadline = _Deadline(self._seconds() + seconds, seconds)
        asked = _request("GET", url, headers)
        for _hop in range(REDIRECT_LIMIT + 1):
            answer = self._send(asked, limit, deadline, file)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            asked = _redirected(asked, answer.headers["location"], headers)
        raise Invalid(f"{_shown(url)} was redirected more than {REDIRECT_LIMIT} times")

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], limit: int, content: bytes = b""
    ) -> Answer:
        """The answer to one request, at most `limit` bytes. A redirect is an answer, and is not followed."""
        whole = self._limits.whole
        asked = _request(method, url, headers, content)
        return self._send(asked, limit, _Deadline(self._seconds() + whole, whole))

    def post(self, url: str, form: Mapping[str, str], limit: int) -> Answer:
        """The answer to a form. It may hold secrets: redirects are not followed."""
        whole = self._limits.whole
        asked = httpx2.Request("POST", url, data=dict(form), headers={"accept-encoding": "identity"})
        return self._send(asked, limit, _Deadline(self._seconds() + whole, whole))

    def _send(
        self, asked: httpx2.Request, limit: int, deadline: _Deadline, file: BinaryIO | None = None
    ) -> Answer:
        shown = _shown(str(asked.url))
        if self._seconds() > deadline.at:
            raise Unavailable(f"{shown} was not reached in time: those before it took too long")
        way = self._way(asked.url)
        memory = io.BytesIO()
        try:
            with self._patience.until(deadline.at):
                answer = way.send(asked, self._timeouts())
                try:
                    if file is None:
                        self._receive(answer, memory, limit, deadline, shown)
                    elif answer.status_code == 200:
                        self._receive(answer, file, limit, deadline, shown)
                    else:
                        self._receive(answer, memory, ERROR_LIMIT, deadline, shown)
                finally:
                    answer.close()
        except httpx2.TimeoutException as error:
            is_over = self._seconds() >= deadline.at
            raise Unavailable(
                deadline.missed(shown) if is_over else f"{shown} did not answer in time"
            ) from error
        except httpx2.TransportError as error:
            raise Unavailable(f"{shown} can't be reached: {error}") from error
        return Answer(answer.status_code, dict(answer.headers), memory.getvalue(), str(asked.url))

    def _receive(
        self, answer: httpx2.Response, into: BinaryIO, limit: int, deadline: _Deadline, shown: str
    ) -> None:
        """The bytes as they are sent: nothing is unpacked, so nothing can grow."""
        length = 0
        for piece in answer.iter_raw():
            length += len(piece)
            if length > limit:
                raise TooLarge(f"{shown} answers with more than {limit} bytes")
            if self._seconds() > deadline.at:
                raise Unavailable(deadline.missed(shown))
            into.write(piece)

    def _way(self, url: httpx2.URL) -> "_Way":
        """The connections to one origin. Of its own: TLS was verified for its name and no other at that address."""
        origin = _origin(url)
        scheme, host, port = origin
        if scheme not in {"http", "https"} or not host or url.userinfo:
            raise Invalid(f"{_shown(str(url))} is not an address to ask: https://host/… is")
        if scheme == "http" and host not in self._insecure_http:
            raise Invalid(f"{host} would be asked without TLS, which was not allowed")
        if origin not in self._ways:
            addresses = addresses_of(host, port, allowed=host in self._allowed, resolver=self._resolver)
            self._ways[origin] = _Way(PatientTransport(self._tls, self._patience), host, addresses)
        return self._ways[origin]

    def _timeouts(self) -> dict[str, float]:
        limits = self._limits
        return {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.connect}


@dataclass(frozen=True, slots=True)
class _Way:
    """How an origin is reached: by the addresses that were looked at, with its own name for TLS and `Host`."""

    transport: PatientTransport
    host: str
    addresses: tuple[str, ...]

    def send(self, asked: httpx2.Request, timeouts: Mapping[str, float]) -> httpx2.Response:
        failure: httpx2.TransportError | None = None
        for address in self.addresses:
            extensions = {"timeout": dict(timeouts), "sni_hostname": self.host}
            url = asked.url.copy_with(host=address)
            one = httpx2.Request(
                asked.method, url, headers=asked.headers, content=asked.read(), extensions=extensions
            )
            try:
                return self.transport.handle_request(one)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure or httpx2.ConnectError("no address")


def _request(method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> httpx2.Request:
    try:
        everything = {**headers, "accept-encoding": "identity"}
        return httpx2.Request(method, url, headers=everything, content=content or None)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Invalid(f"{_shown(url)} is not an address to ask: {error}") from error


def _redirected(asked: httpx2.Request, location: str, headers: Mapping[str, str]) -> httpx2.Request:
    """The next request; who is not the same origin learns no credentials, and TLS is never given up."""
    try:
        url = asked.url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Invalid(f"{asked.url.host} redirects to what is no address: {error}") from error
    if asked.url.scheme == "https" and url.scheme != "https":
        raise Invalid(f"{asked.url.host} redirects to {url.host} without TLS")
    if _origin(url) == _origin(asked.url) and "authorization" in asked.headers:
        return _request("GET", str(url), headers)
    kept = {name: text for name, text in headers.items() if name.lower() not in {"authorization", "cookie"}}
    return _request("GET", str(url), kept)


def _origin(url: httpx2.URL) -> _Origin:
    return (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))


def _shown(url: str) -> str:
    """A URL without its query: redirects to object stores carry signatures there."""
    return url.partition("?")[0][:255]

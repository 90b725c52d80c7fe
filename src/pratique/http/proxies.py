"""Forwarded headers, believed from named proxies alone.

`X-Forwarded-For`, `-Proto` and `-Host`, as nginx, HAProxy and Traefik send them. Of a chain of proxies the client is
the nearest address that is not one of ours: everything left of it could have been written by anybody. RFC 7239's
`Forwarded` is not read: two spellings of one fact can contradict each other.
"""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SCHEMES = frozenset({"http", "https"})


class Proxies:
    """ASGI middleware that sets scheme, client and host of a request that a trusted proxy passed on."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = app
        self._trusted: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, corrected."""
        client = scope.get("client")
        if self._trusted and scope["type"] == "http" and client and self._trusts(client[0]):
            scope = self._corrected(scope)
        await self._app(scope, receive, send)

    def _trusts(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in network for network in self._trusted)

    def _corrected(self, scope: Scope) -> Scope:
        headers = Headers(scope=scope)
        corrected = dict(scope)
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        if scheme in SCHEMES:
            corrected["scheme"] = scheme
        client = self._client(headers.getlist("x-forwarded-for"))
        if client is not None:
            corrected["client"] = (client, 0)
        host = headers.get("x-forwarded-host", "").strip()
        if host:
            kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
            corrected["headers"] = [*kept, (b"host", host.encode("latin-1"))]
        return corrected

    def _client(self, chains: Sequence[str]) -> str | None:
        """The nearest address that is no proxy of ours; what is no address ends the search."""
        client = None
        for hop in reversed(",".join(chains).split(",")):
            address = _address(hop.strip())
            if address is None:
                return client
            client = str(address)
            if not self._trusts(client):
                return client
        return client


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, without the port that some proxies add; one of IPv4 also where it came over IPv6."""
    host = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address

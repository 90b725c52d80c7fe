"""Forwarded headers count from named proxies only."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from pratique.http.origin import origin_of
from pratique.http.proxies import Proxies

Headers = dict[str, str]


def seen(trusted: tuple[str, ...], client: str, headers: Headers) -> Scope:
    """The scope behind the middleware."""
    found: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(scope)

    async def nothing(*_: Any) -> Any:
        return {}

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": (client, 4711),
        "server": ("10.1.1.1", 5000),
        "headers": [(b"host", b"inner:5000"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }
    asyncio.run(Proxies(app, trusted)(scope, nothing, nothing))
    return found[0]


FORWARDED = {
    "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.0.0.8",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "registry.example.org",
}


def test_a_named_proxy_is_believed() -> None:
    scope = seen(("10.0.0.0/24",), "10.0.0.7", FORWARDED)
    assert scope["client"][0] == "203.0.113.9"
    assert origin_of(scope, "") == "https://registry.example.org"


@pytest.mark.parametrize("trusted", [(), ("10.0.1.0/24",)])
def test_nobody_else_is(trusted: tuple[str, ...]) -> None:
    scope = seen(trusted, "10.0.0.7", FORWARDED)
    assert scope["client"][0] == "10.0.0.7"
    assert origin_of(scope, "") == "http://inner:5000"


def test_what_is_no_address_ends_the_chain() -> None:
    scope = seen(("10.0.0.7",), "10.0.0.7", {"x-forwarded-for": "6.6.6.6, unknown"})
    assert scope["client"][0] == "10.0.0.7"
    assert (
        seen(("10.0.0.7",), "::ffff:10.0.0.7", {"x-forwarded-for": "[2001:db8::1]:99"})["client"][0]
        == "2001:db8::1"
    )


def test_a_scheme_is_http_or_https() -> None:
    assert seen(("10.0.0.7",), "10.0.0.7", {"x-forwarded-proto": "javascript"})["scheme"] == "http"


def test_origins() -> None:
    scope = seen((), "1.2.3.4", {})
    assert origin_of(scope, "https://outer.example/") == "https://outer.example"
    scope["headers"] = [(b"host", b'evil"host')]
    assert origin_of(scope, "") == "http://10.1.1.1:5000"
    scope["server"] = ("::1", 5000)
    assert origin_of(scope, "") == "http://[::1]:5000"

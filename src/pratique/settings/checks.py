"""What settings must satisfy together, said so that the reader knows what to change."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pratique.settings.sections import ServerSettings, Settings
from pratique.trust.settings import TrustSettings

CREDENTIAL_LENGTH: Final = 32
"""Characters of a credential that has no account behind it: long enough that nobody needs to count wrong guesses."""


def problems_of(settings: Settings) -> tuple[str, ...]:
    """A sentence for each thing that is wrong; empty when the tree can be used."""
    return (
        *_listening(settings.server),
        *_tls(settings.server),
        *_external_url(settings.server.external_url),
        *_proxies(settings.server.trusted_proxies),
        *_refresh(settings.trust),
        *_adapter(settings),
        *_commands(settings),
        *_database(settings),
    )


def host_and_port(listen: str) -> tuple[str, int]:
    """The parts of a listen address, brackets of IPv6 removed. Raises ValueError."""
    host, _, port = listen.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if is_bracketed else host
    if not host or (":" in host) != is_bracketed:
        raise ValueError(f"{listen!r} is not an address and port; write 127.0.0.1:5000 or [::1]:5000")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{port!r} is not a port; use 1 to 65535, or 0 for any free one")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`. Of names, only localhost is believed."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(server: ServerSettings) -> Iterator[str]:
    try:
        host, _ = host_and_port(server.listen)
    except ValueError as problem:
        yield f"server.listen: {problem}"
        return
    if not is_loopback(host) and not server.tls_cert and not server.insecure_http:
        yield (
            f"server.listen: {server.listen} can be reached from other machines, and without TLS passwords "
            "and tokens would cross the network in the clear. Set server.tls_cert and server.tls_key "
            "(--tls-cert, --tls-key), or, behind a proxy that ends TLS, say server.insecure_http = true"
        )


def _tls(server: ServerSettings) -> Iterator[str]:
    if bool(server.tls_cert) != bool(server.tls_key):
        given, missing = ("tls_cert", "tls_key") if server.tls_cert else ("tls_key", "tls_cert")
        yield f"server.{missing}: is missing while server.{given} is set; TLS needs both"


def _external_url(url: str) -> Iterator[str]:
    if not url:
        return
    parts = urlsplit(url)
    bare = not (parts.query or parts.fragment or parts.path.strip("/") or parts.username)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare:
        yield "server.external_url: is not an origin; write https://registry.example.org, without a path"


def _proxies(networks: tuple[str, ...]) -> Iterator[str]:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as problem:
            yield f"server.trusted_proxies: {problem}; write 10.0.0.7 or 10.0.0.0/24"


def _refresh(trust: TrustSettings) -> Iterator[str]:
    parts = urlsplit(trust.refresh_from)
    named = parts.hostname in trust.private_hosts
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and named)):
        yield (
            f"trust.refresh_from: {trust.refresh_from!r} is no TUF repository to ask; write https://host/path, or "
            "http:// of a host that trust.private_hosts names"
        )


def _adapter(settings: Settings) -> Iterator[str]:
    shown = settings.adapter.credential
    if shown and len(shown.reveal()) < CREDENTIAL_LENGTH:
        yield (
            f"adapter.credential: has fewer than {CREDENTIAL_LENGTH} characters, and whoever guesses it may have this "
            "registry fetch images; make one with `openssl rand -base64 32`"
        )


def _commands(settings: Settings) -> Iterator[str]:
    """That it can be run is looked at where it is: servers without a worker need not have it."""
    for name in ("osv_scanner", "syft"):
        program = getattr(settings.scanners, name)
        if program and not Path(program).is_absolute():
            yield f"scanners.{name}: {program!r} is no absolute path; write /usr/local/bin/… (there is no PATH)"


def _database(settings: Settings) -> Iterator[str]:
    url = settings.database.url
    scheme, separator, _ = url.reveal().partition("://")
    if url and (not separator or scheme not in {"sqlite", "postgresql"}):
        # Without a scheme nobody knows which part is the password.
        written = repr(scheme) if separator else "what is set"
        yield f"database.url: {written} is not a database of ours; use postgresql://… or sqlite:///…"

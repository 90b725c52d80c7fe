"""Which addresses may be spoken to. A name is resolved once, and what it resolved to is what is connected to.

Resolving again for the connection would let a name point to a public address while it is looked at and to a private
one afterwards (DNS rebinding).
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from pratique.errors import Invalid, Unavailable

Resolver = Callable[[str, int], tuple[str, ...]]
"""The addresses of a host, in the order to try them. Raises OSError."""

ADDRESS_LIMIT: Final = 16
"""Addresses of one name that are looked at; a name with more is refused."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")


def resolve(host: str, port: int) -> tuple[str, ...]:
    """The system's answer, each address once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_kind, address in found))


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet, whichever way an IPv4 address is wrapped into it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False  # with a scope (`fe80::1%eth0`) or none at all
    inner = _wrapped(parsed) if isinstance(parsed, IPv6Address) else None
    if inner is not None:
        return _is_global(inner)
    return _is_global(parsed)


def addresses_of(host: str, port: int, *, allowed: bool, resolver: Resolver = resolve) -> tuple[str, ...]:
    """Where `host` is; all public unless the host is `allowed`. Raises Invalid (refused) or Unavailable (unknown)."""
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"the host {host[:255]} can't be resolved: {error}") from error
    if not found:
        raise Unavailable(f"the host {host[:255]} has no address")
    if len(found) > ADDRESS_LIMIT:
        raise Invalid(f"the host {host[:255]} has {len(found)} addresses; {ADDRESS_LIMIT} are accepted")
    if not allowed:
        # One private address among public ones is refused too: which one is taken would be the resolver's choice.
        private = [address for address in found if not is_public(address)]
        if private:
            raise Invalid(
                f"{host[:255]} is at {private[0]}, which is not public: name the host if that is meant"
            )
    return found


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, Teredo, NAT64, compatible)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )

"""Whether a name lies within a name constraint, form by form (RFC 5280, section 4.2.1.10).

Host names are ASCII (RFC 5280, section 7) and compared without regard to case; the part of an address before the @ is
compared exactly.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from cryptography.x509 import Name


class NotComparable(Exception):
    """A name of which nobody can say whether it lies within a constraint."""


def email(name: str, constraint: str) -> bool:
    """One mailbox, all of one host, or all hosts of a domain (`.example.com`)."""
    local, _, host = name.rpartition("@")
    if not local or not host or "@" in local:
        raise NotComparable
    wanted_local, _, wanted_host = constraint.rpartition("@")
    return wanted_local in {"", local} and _host(host, wanted_host)


def uri(name: str, constraint: str) -> bool:
    """The host of a URI, which must have one that is a name: one host, or all of a domain."""
    # What parsers disagree about: some take a backslash for a slash, some leave out what can't be seen.
    if "\\" in name or not name.isprintable() or " " in name:
        raise NotComparable
    try:
        host = urlsplit(name).hostname or ""
    except ValueError as error:
        raise NotComparable from error
    if not host or _is_address(host):
        raise NotComparable
    return _host(host, constraint)


def dns(name: str, constraint: str) -> bool:
    """A host name, or any below it; a leading dot makes no difference but leaves out the domain itself."""
    if "*" in name:
        raise NotComparable
    name, constraint = _folded(name), _folded(constraint)
    if not constraint:
        return True
    return name == constraint or name.endswith("." + constraint.removeprefix("."))


def ip(
    name: IPv4Address | IPv6Address | IPv4Network | IPv6Network, constraint: IPv4Network | IPv6Network
) -> bool:
    """An address within a network."""
    return isinstance(name, IPv4Address | IPv6Address) and name in constraint


def directory(name: Name, constraint: Name) -> bool:
    """A name that begins with the relative names of the constraint."""
    wanted = constraint.rdns
    return name.rdns[: len(wanted)] == wanted


def _host(host: str, constraint: str) -> bool:
    host, constraint = _folded(host), _folded(constraint)
    if not constraint:
        return True
    return host.endswith(constraint) if constraint.startswith(".") else host == constraint


def _folded(host: str) -> str:
    if not host.isascii():
        raise NotComparable
    return host.lower().removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

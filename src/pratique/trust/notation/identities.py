"""Trusted identities: some attributes of a signer's subject (trust-store-trust-policy.md, "Trusted Identities").

A distinguished name is written as in RFC 4514 and matches a certificate that has each attribute that it names, with
exactly that value. Values of the `#` form and RDNs with several attributes are not taken, nor is an attribute twice:
none of them could say which one is meant. `;` separates as `,` does (RFC 2253, section 4), since notation reads it so.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from cryptography.x509 import Certificate

from pratique.errors import BadRequest

SubjectName: TypeAlias = Mapping[str, str]
"""Values by attribute type, which is an object identifier in dots."""

PREFIX: Final = "x509.subject:"

_TYPES: Final = {
    "C": "2.5.4.6",
    "ST": "2.5.4.8",
    # As the specification has it, the same as ST.
    "S": "2.5.4.8",
    "O": "2.5.4.10",
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "OU": "2.5.4.11",
    "STREET": "2.5.4.9",
    "SERIALNUMBER": "2.5.4.5",
    "POSTALCODE": "2.5.4.17",
    "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
}
_NEEDED: Final = ("C", "ST", "O")
_OID: Final = re.compile(r"(?a:[0-2](?:\.(?:0|[1-9]\d*))+)")
_PART: Final = re.compile(r"""(?:[^\\,;+"<>\x00]|\\[0-9A-Fa-f]{2}|\\[ "#+,;<=>\\])*""")
"""One attribute, up to what separates it from the next (RFC 4514, section 3)."""
_ESCAPED: Final = re.compile(r"(?:\\[0-9A-Fa-f]{2})+|\\(.)")


def read_subject(identity: str) -> SubjectName:
    """The name that a trusted identity `x509.subject: …` asks for. Raises BadRequest with the reason."""
    if not identity.startswith(PREFIX):
        raise BadRequest(f"{identity[:80]!r} is no identity that is known: they start with {PREFIX}")
    found: dict[str, str] = {}
    for part in _parts(identity):
        name, equals, value = part.partition("=")
        kind = _type_of(name.strip(" "))
        if not equals or kind is None:
            raise BadRequest(f"{identity[:200]!r} has {part[:80]!r}, which is not type=value of a known type")
        if kind in found:
            raise BadRequest(f"{identity[:200]!r} has {name.strip()} twice")
        found[kind] = _value(identity, value)
    for needed in _NEEDED:
        if _TYPES[needed] not in found:
            raise BadRequest(f"{identity[:200]!r} has no {needed}: C, ST and O are needed")
    return found


def check_apart(wanted: Sequence[SubjectName]) -> None:
    """See that none of the names is a part of another: the narrower one would have no say. Raises BadRequest.

    As notation does it. The specification means any two that one certificate could match.
    """
    for place, one in enumerate(wanted):
        for other in wanted[:place]:
            if one.items() <= other.items() or other.items() <= one.items():
                raise BadRequest("two trustedIdentities overlap: one is a part of the other")


def matches_subject(wanted: SubjectName, certificate: Certificate) -> bool:
    """Whether a certificate's subject has all attributes of `wanted`, each once."""
    attributes = list(certificate.subject)
    times = Counter(each.oid.dotted_string for each in attributes)
    held = {each.oid.dotted_string: each.value for each in attributes}
    return all(times[kind] == 1 and held[kind] == value for kind, value in wanted.items())


def _parts(identity: str) -> list[str]:
    parts: list[str] = []
    at = len(PREFIX)
    while True:
        part = _PART.match(identity, at)
        if part is None or not part[0].strip(" "):
            raise BadRequest(f"{identity[:200]!r} is not a distinguished name")
        parts.append(part[0])
        if part.end() == len(identity):
            return parts
        if identity[part.end()] not in ",;":
            raise BadRequest(
                f"{identity[:200]!r} has {identity[part.end()]!r} at {part.end()}: such are escaped, and several"
                " attributes in one RDN are not taken"
            )
        at = part.end() + 1


def _type_of(name: str) -> str | None:
    return name if _OID.fullmatch(name) else _TYPES.get(name.upper())


def _value(identity: str, text: str) -> str:
    stripped = text.strip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    if backslashes % 2:
        # The first of the spaces at the end is an escaped one.
        stripped += " "
    if not stripped or stripped.startswith("#"):
        raise BadRequest(f"{identity[:200]!r} has a value that is empty or of the form #hexadecimal")
    try:
        return _ESCAPED.sub(_unescaped, stripped)
    except UnicodeDecodeError:
        raise BadRequest(f"{identity[:200]!r} has an escaped value that is not UTF-8") from None


def _unescaped(escaped: re.Match[str]) -> str:
    if escaped[1] is not None:
        return escaped[1]
    return bytes.fromhex(escaped[0].replace("\\", "")).decode()

"""What the profile of RFC 5280 forbids and `cryptography` only warns of: here it is refused.

A warning would go to the log for whatever a stranger sends, and the next release would refuse the certificate anyway.
"""

import re
from collections.abc import Iterator
from typing import Final

from pratique.trust.certificates.anatomy import Anatomy
from pratique.trust.certificates.der import (
    OCTET_STRING,
    SEQUENCE,
    VISIBLE_STRING,
    Element,
    children,
    read_element,
    walk,
)
from pratique.trust.strict import Unreadable

SERIAL_LIMIT: Final = 21
"""Bytes of a serial number: 20 (section 4.1.2.2), and one of those who forgot the sign."""

_AUTHORITY_KEY: Final = bytes.fromhex("0603551d23")
_AUTHORITY_SERIAL: Final = 0x82
_ECDSA_WITH: Final = bytes.fromhex("2a8648ce3d04")
"""The beginning of each ecdsa-with-… identifier: 1.2.840.10045.4."""
_INVISIBLE: Final = re.compile(rb"[^ -~]")
_BOUNDS: Final = {
    bytes.fromhex("0603550403"): range(1, 65),
    bytes.fromhex("0603550406"): range(2, 3),
    bytes.fromhex("060b2b0601040182373c020103"): range(2, 3),
}
"""How many bytes a common name and a country may have, wherever a name is (appendix A.1)."""


def check_profile(parts: Anatomy) -> None:
    """See that a certificate keeps to the profile in what is not read otherwise. Raises Unreadable."""
    _check_serial(parts.serial.content)
    if parts.inner_algorithm.encoded != parts.outer_algorithm.encoded:
        raise Unreadable("a certificate names two different signature algorithms")
    algorithm = tuple(children(parts.outer_algorithm, "the signature algorithm"))
    if len(algorithm) > 1 and algorithm[0].content.startswith(_ECDSA_WITH):
        raise Unreadable("a certificate's ECDSA signature algorithm has parameters (RFC 5758, section 3.2)")
    for element in (*parts.before_extensions, *_values(parts)):
        for each in walk(element, "the certificate"):
            _check_strings(each)


def _values(parts: Anatomy) -> Iterator[Element]:
    """The values of extensions that are DER (Fulcio's first ones are not)."""
    for extension in parts.extensions:
        fields = tuple(children(extension, "an extension"))
        if not fields:
            raise Unreadable("a certificate has an empty extension")
        try:
            inside = read_element(fields[-1].expect(OCTET_STRING, "an extension").content, "an extension")
            tuple(walk(inside, "an extension"))
        except Unreadable:
            continue
        yield inside
        if extension.content.startswith(_AUTHORITY_KEY):
            for part in children(inside, "the authority key identifier"):
                if part.tag == _AUTHORITY_SERIAL:
                    _check_serial(part.content)


def _check_serial(serial: bytes) -> None:
    if not serial or serial[0] & 0x80 or not any(serial) or len(serial) > SERIAL_LIMIT:
        raise Unreadable("a certificate has a serial number that is not positive, or too long")


def _check_strings(element: Element) -> None:
    if element.tag == VISIBLE_STRING and _INVISIBLE.search(element.content):
        raise Unreadable("a certificate has a VisibleString with characters that can't be in one")
    if element.tag != SEQUENCE:
        return
    for attribute, bounds in _BOUNDS.items():
        if element.content.startswith(attribute):
            *_, value = children(element, "a name")
            if len(value.content) not in bounds:
                raise Unreadable("a certificate has a common name or country that is too long or too short")

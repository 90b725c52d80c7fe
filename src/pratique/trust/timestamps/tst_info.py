"""What an authority states: TSTInfo (RFC 3161, section 2.4.2), with the accuracy of its time.

Not looked at: the policy (but for its accuracy), the serial number, `ordering`, which compares tokens with each other,
`nonce`, which only who asked can compare, and `tsa`, a hint at a name that the signature proves.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import hashes

from pratique.clock import SECOND, Moment
from pratique.trust.certificates import der
from pratique.trust.certificates.dates import moment_of
from pratique.trust.certificates.der import Element
from pratique.trust.certificates.sequences import Sequence, read_integer, read_oid
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import digest_of, read_hash

ACCURACY_LIMIT: Final = 86_400
"""Seconds within which an authority must know the time."""
BASELINE_POLICY: Final = "0.4.0.2023.1.1"
"""ETSI EN 319 421's policy, under which an authority that says nothing is accurate to a second."""

_PLACE: Final = "the timestamp's statement"
_TIME: Final = re.compile(rb"([0-9]{14})(?:\.([0-9]*[1-9]))?Z")
_MILLISECOND: Final = 1_000
_TSA: Final = 0xA0
_EXTENSIONS: Final = 0xA1
_MILLIS: Final = 0x80
_MICROS: Final = 0x81


@dataclass(frozen=True, slots=True)
class Statement:
    """`imprint` is of what was stamped, by `hashed`; `accuracy` is in microseconds either way."""

    moment: Moment
    accuracy: int
    hashed: hashes.HashAlgorithm
    imprint: bytes

    def is_over(self, content: bytes) -> bool:
        """Whether `content` is what was stamped."""
        return digest_of(self.hashed, content) == self.imprint


def read_statement(content: bytes) -> Statement:
    """The TSTInfo that `content` is in DER. Raises Unreadable."""
    der.check_structure(content, _PLACE)
    fields = Sequence(der.read_element(content, _PLACE), _PLACE)
    version = read_integer(fields.take(der.INTEGER), _PLACE)
    if version != 1:
        raise Unreadable(f"{_PLACE} is of version {version}, not 1")
    policy = read_oid(fields.take(der.OBJECT_IDENTIFIER), _PLACE)
    imprint = Sequence(fields.take(der.SEQUENCE), _PLACE)
    hashed, digest = read_hash(imprint.take(der.SEQUENCE)), imprint.take(der.OCTET_STRING).content
    imprint.end()
    fields.take(der.INTEGER)
    moment = _read_time(fields.take(der.GENERALIZED_TIME).content)
    accuracy = _read_accuracy(fields.maybe(der.SEQUENCE))
    for ordering_nonce_tsa in (der.BOOLEAN, der.INTEGER, _TSA):
        fields.maybe(ordering_nonce_tsa)
    _check_extensions(fields.maybe(_EXTENSIONS))
    fields.end()
    if not accuracy and policy == BASELINE_POLICY:
        accuracy = SECOND
    return Statement(moment, accuracy, hashed, digest)


def _read_time(written: bytes) -> Moment:
    """UTC with Z and no needless zeros, as section 2.4.2 limits GeneralizedTime; cut to microseconds."""
    found = _TIME.fullmatch(written)
    try:
        when = datetime.strptime((found[1] if found else b"").decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unreadable("the timestamp's time is not written as RFC 3161 does") from error
    fraction = (found[2] if found else None) or b""
    return Moment(moment_of(when) + int(fraction[:6].ljust(6, b"0")))


def _read_accuracy(accuracy: Element | None) -> int:
    if accuracy is None:
        return 0
    fields = Sequence(accuracy, _PLACE)
    written = [fields.maybe(tag) for tag in (der.INTEGER, _MILLIS, _MICROS)]
    fields.end()
    seconds, millis, micros = (0 if each is None else read_integer(each, _PLACE) for each in written)
    if not (0 <= seconds <= ACCURACY_LIMIT and 0 <= millis < 1_000 and 0 <= micros < 1_000):
        raise Unreadable("the timestamp's accuracy is out of bounds")
    return seconds * SECOND + millis * _MILLISECOND + micros


def _check_extensions(extensions: Element | None) -> None:
    for each in der.children(extensions, _PLACE) if extensions is not None else ():
        fields = Sequence(each, _PLACE)
        identifier = read_oid(fields.take(der.OBJECT_IDENTIFIER), _PLACE)
        critical = fields.maybe(der.BOOLEAN)
        # DER does not write FALSE, which is the default; some do.
        if critical is not None and critical.content != b"\x00":
            raise Unreadable(f"{_PLACE} has the critical extension {identifier}, which is not processed")

"""What an authority states: TSTInfo (RFC 3161, section 2.4.2), with the accuracy of its time.

Not looked at: the policy (but for its accuracy), the serial number, `ordering`, which compares tokens with each other,
`nonce`, which only who asked can compare, and `tsa`, a hint at a name that the signature proves.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asn1crypto.tsp import Accuracy, TSTInfo  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography.hazmat.primitives import hashes

from pratique.clock import SECOND, Moment
from pratique.trust.certificates.dates import moment_of
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import read_hash

ACCURACY_LIMIT: Final = 86_400
"""Seconds within which an authority must know the time."""
BASELINE_POLICY: Final = "0.4.0.2023.1.1"
"""ETSI EN 319 421's policy, under which an authority that says nothing is accurate to a second."""

_TIME: Final = re.compile(rb"([0-9]{14})(?:\.([0-9]*[1-9]))?Z")
_MILLISECOND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Statement:
    """`imprint` is of what was stamped, by `hashed`; `accuracy` is in microseconds either way."""

    moment: Moment
    accuracy: int
    hashed: hashes.HashAlgorithm
    imprint: bytes

    def is_over(self, content: bytes) -> bool:
        """Whether `content` is what was stamped."""
        digest = hashes.Hash(self.hashed)
        digest.update(content)
        return digest.finalize() == self.imprint


def read_statement(content: bytes) -> Statement:
    """The TSTInfo that `content` is in DER. Raises Unreadable, and what asn1crypto raises (ValueError, …)."""
    stated = TSTInfo.load(content, strict=True)
    if int(stated["version"]) != 1:
        raise Unreadable(f"the timestamp's statement is of version {int(stated['version'])}, not 1")
    if any(bool(each["critical"]) for each in stated["extensions"]):
        raise Unreadable("the timestamp's statement has a critical extension, which is not processed")
    imprint = stated["message_imprint"]
    accuracy = _read_accuracy(stated["accuracy"])
    if not accuracy and stated["policy"].dotted == BASELINE_POLICY:
        accuracy = SECOND
    return Statement(
        moment=_read_time(stated["gen_time"].contents),
        accuracy=accuracy,
        hashed=read_hash(imprint["hash_algorithm"]),
        imprint=bytes(imprint["hashed_message"]),
    )


def _read_time(written: bytes) -> Moment:
    """UTC with Z and no needless zeros, as section 2.4.2 limits GeneralizedTime; cut to microseconds."""
    found = _TIME.fullmatch(written)
    if found is None:
        raise Unreadable("the timestamp's time is not written as RFC 3161 does")
    when = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Moment(moment_of(when) + int((found[2] or b"")[:6].ljust(6, b"0")))


def _read_accuracy(accuracy: Accuracy) -> int:
    seconds, millis, micros = (_optional(accuracy, name) for name in ("seconds", "millis", "micros"))
    if not (0 <= seconds <= ACCURACY_LIMIT and 0 <= millis < 1_000 and 0 <= micros < 1_000):
        raise Unreadable("the timestamp's accuracy is out of bounds")
    return seconds * SECOND + millis * _MILLISECOND + micros


def _optional(accuracy: Accuracy, name: str) -> int:
    value = accuracy[name].native if accuracy.native is not None else None
    return 0 if value is None else int(value)

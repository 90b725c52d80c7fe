"""The dates of certificates as moments."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.x509 import Certificate

from pratique.clock import Moment

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(when: datetime) -> Moment:
    """The moment that a time with a zone is, exactly."""
    return Moment((when - _EPOCH) // timedelta(microseconds=1))


def valid_from(certificate: Certificate) -> Moment:
    """The first moment at which a certificate is valid."""
    return moment_of(certificate.not_valid_before_utc)


def valid_until(certificate: Certificate) -> Moment:
    """The last second, as it begins, in which a certificate is valid (inclusive: RFC 5280, section 4.1.2.5)."""
    return moment_of(certificate.not_valid_after_utc)

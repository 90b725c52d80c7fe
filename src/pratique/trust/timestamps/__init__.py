"""Timestamps of RFC 3161: when an authority saw a signature."""

from pratique.trust.timestamps.invalid import TimestampInvalid
from pratique.trust.timestamps.token import TOKEN_LIMIT
from pratique.trust.timestamps.verify import Stamp, stamp_of, verify_timestamp, verify_token

__all__ = ["TOKEN_LIMIT", "Stamp", "TimestampInvalid", "stamp_of", "verify_timestamp", "verify_token"]

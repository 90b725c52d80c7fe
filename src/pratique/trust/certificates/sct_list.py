"""The list of SCTs as TLS writes it (RFC 6962, section 3.3; RFC 5246, section 4): lengths, then bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment
from pratique.trust.strict import Unreadable

SCT_LIMIT: Final = 16
"""SCTs in one certificate."""

_V1: Final = 0
_MILLISECOND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sct:
    """A SignedCertificateTimestamp of v1 (section 3.2); `algorithm` is the two bytes for hash and signature."""

    log_id: bytes
    milliseconds: int
    extensions: bytes
    algorithm: bytes
    signature: bytes

    @property
    def moment(self) -> Moment:
        """When the log promised."""
        return Moment(self.milliseconds * _MILLISECOND)


def read_list(content: bytes) -> tuple[Sct, ...]:
    """The SCTs of a SignedCertificateTimestampList, all of v1. Raises Unreadable."""
    whole = _Reader(content)
    listed = _Reader(whole.vector())
    whole.expect_end()
    found = tuple(_all(listed))
    if not found or len(found) > SCT_LIMIT:
        raise Unreadable(
            f"the certificate has {len(found) or 'no'} SCTs in its list; 1 to {SCT_LIMIT} are read"
        )
    return tuple(map(_read, found))


def _all(listed: "_Reader") -> Iterator[bytes]:
    while listed.left:
        yield listed.vector()


def _read(serialized: bytes) -> Sct:
    reader = _Reader(serialized)
    if reader.take(1)[0] != _V1:
        # RFC 9162's v2 has an extension of its own.
        raise Unreadable("the certificate has an SCT of another version than v1")
    sct = Sct(
        reader.take(32), int.from_bytes(reader.take(8)), reader.vector(), reader.take(2), reader.vector()
    )
    reader.expect_end()
    return sct


class _Reader:
    """Bytes that are taken from the front."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        if self.left < count:
            raise Unreadable("the SCT list ends within an SCT")
        self._at += count
        return self._content[self._at - count : self._at]

    def vector(self) -> bytes:
        """Bytes behind a length of two bytes."""
        return self.take(int.from_bytes(self.take(2)))

    def expect_end(self) -> None:
        if self.left:
            raise Unreadable("the SCT list has trailing bytes")

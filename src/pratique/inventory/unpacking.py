"""The bytes of a layer unpacked as they are read: gzip (RFC 1952), zstd (RFC 8878) or plain, told by their first bytes.

All members of a gzip file and all frames of a zstd file belong to it: a reader that stops after the first would not see
what a runtime unpacks. The hash of what comes out is the layer's diffID (image-spec, config.md).
"""

import hashlib
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

import zstandard
from isal import isal_zlib

from pratique.inventory.limits import CouldNotBeExamined, LayerLimits

CHUNK: Final = 1 << 20
GZIP_PIECE: Final = 32 * 1024
"""Packed bytes unpacked at once; deflate makes at most 1,032 times as much of them."""
ZSTD_PIECE: Final = 2 * 1024
"""As above; four bytes of zstd can stand for 128 KiB."""
ZSTD_WINDOW: Final = 1 << 27
"""Bytes of the largest window: 128 MiB, what `zstd` itself allows unless it is told otherwise."""

_GZIP: Final = b"\x1f\x8b"
_GZIP_FORMAT: Final = 31
"""zlib's `wbits` for a gzip member with its checksum."""
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_UNKNOWN: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x04\x22\x4d\x18": "lz4",
}


_ISAL_ERROR: Final = cast("type[Exception]", isal_zlib.IsalError)
"""A class, whatever its stub says."""
_TORN: Final = (OSError, EOFError, zlib.error, _ISAL_ERROR, zstandard.ZstdError)
"""What comes of bytes that can't be unpacked."""


def is_packed(head: bytes) -> bool:
    """Whether bytes begin as something does that has to be unpacked, whether or not that can be done here."""
    return head.startswith((_GZIP, _ZSTD, *_UNKNOWN))


class Source(Protocol):
    """Something to read bytes from; less than `size` only at the end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; b"" at the end."""
        ...


class _Counted:
    """A source that knows how much was read of it, with its first bytes put back."""

    def __init__(self, source: Source, head: bytes) -> None:
        self._source = source
        self._head = head
        self.count = 0

    def read(self, size: int, /) -> bytes:
        piece = self._head[:size] if self._head else self._source.read(size)
        self._head = self._head[size:]
        self.count += len(piece)
        return piece


class _Members:
    """Packed members one after another, each whole: one that is cut off, and what is no member, is an EOFError."""

    def __init__(self, packed: _Counted, piece: int, begin: Callable[[], Any]) -> None:
        self._packed = packed
        self._piece = piece
        self._begin = begin
        self._member: Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        while not self._ready:
            packed = self._rest or self._packed.read(self._piece)
            self._rest = b""
            if not packed:
                if self._member is not None:
                    raise EOFError("it ends before its last member does")
                return b""
            self._unpack(packed)
        found, self._ready = self._ready[:size], self._ready[size:]
        return bytes(found)

    def _unpack(self, packed: bytes) -> None:
        if self._member is None:
            self._member = self._begin()
        self._ready = memoryview(self._member.decompress(packed))
        if self._member.eof:
            self._rest, self._member = self._member.unused_data, None


class Unpacked:
    """A layer's tar, read once from front to back. Raises CouldNotBeExamined from `read`."""

    def __init__(self, source: Source, limits: LayerLimits) -> None:
        head = _filled(source, 8)
        self._packed = _Counted(source, head)
        self._limits = limits
        self._reader = _reader(self._packed, head)
        self._hash = hashlib.sha256()
        self.count = 0

    @property
    def diff_id(self) -> str:
        """The digest of what was read so far: of all of it, once `read` has returned b""."""
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, less only at the end."""
        pieces = []
        while size > 0:
            try:
                piece = self._reader.read(min(size, CHUNK))
            except _TORN as error:
                raise CouldNotBeExamined(f"the layer can't be unpacked: {error}") from error
            if not piece:
                break
            self._account(piece)
            pieces.append(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _account(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.count += len(piece)
        limits = self._limits
        if self.count > limits.unpacked:
            raise CouldNotBeExamined(f"the layer unpacks to more than {limits.unpacked} bytes")
        if self.count > limits.ratio_after and self.count > self._packed.count * limits.ratio:
            raise CouldNotBeExamined(f"the layer unpacks to more than {limits.ratio} times its size")


def _reader(packed: _Counted, head: bytes) -> Source:
    if head.startswith(_GZIP):
        return _Members(packed, GZIP_PIECE, lambda: isal_zlib.decompressobj(wbits=_GZIP_FORMAT))
    if head.startswith(_ZSTD) or _is_skippable(head):
        frames = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        return _Members(packed, ZSTD_PIECE, frames.decompressobj)
    for magic, name in _UNKNOWN.items():
        if head.startswith(magic):
            raise CouldNotBeExamined(f"the layer is packed with {name}; gzip, zstd and plain tar are known")
    return packed


def _is_skippable(head: bytes) -> bool:
    """A zstd frame that carries no content (RFC 8878, 3.1.2): estargz-like indexes begin or end so."""
    return len(head) >= 4 and head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


def _filled(source: Source, size: int) -> bytes:
    head = b""
    while len(head) < size and (piece := source.read(size - len(head))):
        head += piece
    return head

"""Zips of records (PKWARE, APPNOTE.TXT 6.3.10), by their central directory: what `zipfile` does in twice the time.

Strict: what a member's own header or stream says otherwise than the directory is an error, and so is a name that stands
twice. Names are told and compared, never opened.

Steps not taken: encryption, archives in several parts, data before the archive (4.1.9), other compression than none and
deflate (4.4.5), dates and attributes.
"""

import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from isal import isal_zlib

from pratique.advisories.record import SIZE_LIMIT, RecordInvalid

MEMBERS_LIMIT: Final = 2_000_000
"""Records of one archive; all of OSV has some 500,000."""
UNPACKED_LIMIT: Final = 16 * 2**30
"""Bytes of all records of one archive; those of OSV have some 5 GiB."""
DIRECTORY_LIMIT: Final = 512 * 2**20
"""Bytes of a central directory."""

Mark = tuple[str, int, int]
"""A member by its name, CRC-32 and size: no proof of its bytes, unless somebody vouches for it."""
Place = tuple[int, int, int, bytes]
"""Where a member's header is, how many bytes it has when compressed, by which method, and its name there."""

# Its stubs do not say that it is an exception.
_ISAL_ERROR: Final = cast("type[Exception]", isal_zlib.IsalError)

_ENTRY: Final = struct.Struct("<4s4xHH4xLLLHHHH6xL")
"""4.3.12: signature, flags, method, CRC, sizes, lengths of name, extra and comment, part, place of its header."""
_HEADER: Final = struct.Struct("<4s2xHH4x12xHH")
"""4.3.7: signature, flags, method, lengths of name and extra."""
_END: Final = struct.Struct("<4sHHHHLLH")
"""4.3.16: signature, this part, the directory's, entries here and in all, size and place, length of the comment."""
_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2x2xLLQQQQ")
"""4.3.14: as 4.3.16, in 64 bits."""
_COMMENT_LIMIT: Final = 0xFFFF
_FULL: Final = 0xFFFFFFFF
"""A field of 32 bits that says: look into the extra field (4.5.3)."""
_ENCRYPTED: Final = 0x1
_STORED, _DEFLATED = 0, 8
_SLACK: Final = 64
"""Bytes that a header's extra field may have to be read in one go."""


class Archive:
    """A zip of records; `members` are those whose names end in `.json`, in its order. Raises RecordInvalid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise RecordInvalid(f"{path} can't be read: {error.strerror}") from error
        try:
            self._size = os.fstat(self._file).st_size
            self.members: Mapping[Mark, Place] = self._members()
        except BaseException:
            self.close()
            raise

    def read(self, mark: Mark) -> bytes:
        """The bytes of a member, which are what its mark says. Raises RecordInvalid."""
        name, crc, size = mark
        if size > SIZE_LIMIT:
            raise RecordInvalid(f"{name[:200]} has {size} bytes; {SIZE_LIMIT} are allowed")
        at, packed, method, raw = self.members[mark]
        content = self._unpacked(name, self._packed(name, at, packed, method, raw), method, size)
        if len(content) != size or zlib.crc32(content) != crc:
            raise self._wrong(name, "has other bytes than its archive says")
        return content

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _packed(self, name: str, at: int, packed: int, method: int, raw: bytes) -> bytes:
        """A member's compressed bytes, behind a header of its own that must say the same."""
        begin = _HEADER.size + len(raw)
        piece = os.pread(self._file, begin + _SLACK + packed, at)
        if len(piece) < begin:
            raise self._wrong(name, "ends too early")
        signature, flags, said, name_length, extra = _HEADER.unpack_from(piece)
        same = said == method and name_length == len(raw) and piece[_HEADER.size : begin] == raw
        if signature != b"PK\x03\x04" or flags & _ENCRYPTED or not same:
            raise self._wrong(name, "has another header than the directory says")
        begin += extra
        if extra <= _SLACK:
            return piece[begin : begin + packed]
        return os.pread(self._file, packed, at + begin)

    def _unpacked(self, name: str, content: bytes, method: int, size: int) -> bytes:
        if method == _STORED:
            return content
        if method != _DEFLATED:
            raise self._wrong(name, f"is compressed by method {method}, which is not read")
        try:
            unpacking = isal_zlib.decompressobj(-zlib.MAX_WBITS)
            return bytes(unpacking.decompress(content, size + 1))
        except _ISAL_ERROR as error:
            raise self._wrong(name, f"can't be unpacked: {error}") from error

    def _members(self) -> dict[Mark, Place]:
        directory, count = self._directory()
        found: dict[Mark, Place] = {}
        names: set[bytes] = set()
        at = unpacked = packed_in_all = 0
        end, read = len(directory), _ENTRY.unpack_from
        for _ in range(count):
            if at + _ENTRY.size > end:
                raise self._wrong(self._path.name, "has a directory that ends too early")
            signature, flags, method, crc, packed, size, named, extra, comment, part, place = read(
                directory, at
            )
            begin = at + _ENTRY.size
            raw, at = directory[begin : begin + named], begin + named + extra + comment
            if signature != b"PK\x01\x02" or part or at > end or raw in names:
                raise self._wrong(
                    self._path.name, f"has a directory that makes no sense, or {raw[:99]!r} twice"
                )
            names.add(raw)
            if flags & _ENCRYPTED:
                raise self._wrong(self._path.name, "is encrypted")
            if place == _FULL:
                place = _far(directory[begin + named : begin + named + extra], packed, size)
            unpacked += size
            packed_in_all += packed
            if raw.endswith(b".json"):
                found[raw.decode("utf-8", "backslashreplace"), crc, size] = (place, packed, method, raw)
        # Members that share their bytes, as those of some bombs do, have more than the file has.
        if at != end or packed_in_all > self._size or unpacked > UNPACKED_LIMIT:
            raise self._wrong(self._path.name, f"has another directory, or more than {UNPACKED_LIMIT} bytes")
        return found

    def _directory(self) -> tuple[bytes, int]:
        """The bytes of the central directory, and how many entries it has."""
        tail = os.pread(
            self._file, _END.size + _COMMENT_LIMIT, max(0, self._size - _END.size - _COMMENT_LIMIT)
        )
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + _END.size > len(tail):
            raise self._wrong(self._path.name, "is no zip, or ends too early")
        _signature, part, its_part, _here, count, size, begin, comment = _END.unpack_from(tail, at)
        if at + _END.size + comment != len(tail) or part != its_part:
            raise self._wrong(self._path.name, "goes on after its end, or in another part")
        end = self._size - len(tail) + at
        if 0xFFFF in (count, part) or _FULL in (size, begin):
            count, size, begin, end = self._far_directory(end)
        if count > MEMBERS_LIMIT or size > DIRECTORY_LIMIT or begin + size != end:
            raise self._wrong(self._path.name, f"has {count} members, or a directory that makes no sense")
        return os.pread(self._file, size, begin), count

    def _far_directory(self, end: int) -> tuple[int, int, int, int]:
        """Entries, size, place of the directory and its end, of a large archive (4.3.14, 4.3.15)."""
        locator = os.pread(self._file, _LOCATOR.size, max(0, end - _LOCATOR.size))
        if len(locator) == _LOCATOR.size and locator.startswith(b"PK\x06\x07"):
            place = _LOCATOR.unpack(locator)[2]
            record = os.pread(self._file, _END64.size, min(place, self._size))
            if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                count, size, begin = _END64.unpack(record)[-3:]
                return count, size, begin, place
        raise self._wrong(self._path.name, "is large, and does not say where its directory is")

    def _wrong(self, name: str, why: str) -> RecordInvalid:
        return RecordInvalid(f"{name[:200]} {why} ({self._path})")


def _far(extra: bytes, packed: int, size: int) -> int:
    """The place of a header beyond 4 GiB (4.5.3): after the sizes, which are there only where they are large too."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            skipped = 8 * ((size == _FULL) + (packed == _FULL))
            found = extra[at + 4 + skipped : at + 4 + min(length, skipped + 8)]
            if len(found) == 8:
                return int.from_bytes(found, "little")
        at += 4 + length
    return _FULL

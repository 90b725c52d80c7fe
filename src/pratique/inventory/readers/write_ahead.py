"""What SQLite keeps beside a database: its write-ahead log and its rollback journal (fileformat2.html, 4 and 3).

The newest content of a database may stand in its log alone, where whoever wrote it was killed or its files were taken
while it was open. Steps not taken: nothing is rolled back, and no log is joined to a database of other page sizes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pratique.inventory.readers.reader import Unparsable

LOG: Final = "-wal"
"""How the name of a log ends."""
DATABASE: Final = b"SQLite format 3\0"
_MAGIC: Final = 0x377F0682
"""With its last bit set the words of checksums are big-endian."""
_VERSION: Final = 3_007_000
_HEADER: Final = struct.Struct(">IIIIIIII")
_SUMMED: Final = 24
"""Bytes of the header that its checksum is of."""
_FRAME: Final = struct.Struct(">IIIIII")
_MODE_AT: Final = slice(18, 20)
_ROLLBACK: Final = b"\x01\x01"
_SMALLEST, _LARGEST = 512, 65_536


@dataclass(frozen=True, slots=True)
class _Log:
    """Pages as the last commit left them, and how many the database then had."""

    page_size: int
    pages: dict[int, memoryview]
    count: int


def is_live(journal: bytes) -> bool:
    """Whether a file beside a database has content that counts: a log with a commit, a journal to be rolled back.

    What is neither counts as a journal, unless its first byte is zero as in one that is done with. Raises Unparsable
    where SQLite would not open the database.
    """
    if journal[:3] == _HEADER.pack(_MAGIC, *[0] * 7)[:3]:
        return _log(journal) is not None
    return journal[:1] not in {b"", b"\0"}


def with_log(database: bytes, journal: bytes, limit: int) -> bytes:
    """The database as SQLite would find it, in rollback mode. Raises Unparsable, also beyond `limit` bytes."""
    log = _log(journal)
    if log is None:
        raise Unparsable("what lies beside the rpm database is no log of SQLite's")
    if not database.startswith(DATABASE):
        raise Unparsable("the rpm database has a log and is itself none of SQLite's")
    size = struct.unpack_from(">H", database, 16)[0] or _LARGEST
    if size != log.page_size and (size, log.page_size) != (1, _LARGEST):
        raise Unparsable("the rpm database and its log have pages of different sizes")
    length = log.count * log.page_size
    if length > limit:
        raise Unparsable(f"the rpm database has {length} bytes with its log; {limit} are read")
    image = bytearray(database[:length].ljust(length, b"\0"))
    for number, page in log.pages.items():
        if number <= log.count:
            image[(number - 1) * log.page_size : number * log.page_size] = page
    image[_MODE_AT] = _ROLLBACK
    return bytes(image)


def _log(content: bytes) -> _Log | None:
    """The committed part of a log; None where there is none."""
    if len(content) <= _HEADER.size:
        return None
    magic, version, size, _checkpoint, *salts, first, second = _HEADER.unpack_from(content)
    if magic & ~1 != _MAGIC or size & (size - 1) or not _SMALLEST <= size <= _LARGEST:
        return None
    sums = _Checksum("<>"[magic & 1])
    if sums.over(content[:_SUMMED]) != (first, second):
        return None
    if version != _VERSION:
        raise Unparsable(f"the rpm database has a log of an unknown version, {version}")
    committed: dict[int, memoryview] = {}
    waiting: dict[int, memoryview] = {}
    count = 0
    for number, pages, page in _frames(content, size, tuple(salts), sums):
        waiting[number] = page
        if pages:
            committed |= waiting
            waiting, count = {}, pages
    return _Log(size, committed, count) if count else None


def _frames(
    content: bytes, size: int, salts: tuple[int, ...], sums: "_Checksum"
) -> Iterator[tuple[int, int, memoryview]]:
    """Each page with its number and the database's length after a commit (0: none), up to the first that is torn."""
    view = memoryview(content)
    for at in range(_HEADER.size, len(content) - _FRAME.size - size + 1, _FRAME.size + size):
        number, pages, *salt, first, second = _FRAME.unpack_from(content, at)
        page = view[at + _FRAME.size : at + _FRAME.size + size]
        if tuple(salt) != salts or not number:
            return
        sums.over(content[at : at + 8])
        if sums.over(page) != (first, second):
            return
        yield number, pages, page


class _Checksum:
    """The running checksum of a log (section 4.2), over words of this byte order."""

    def __init__(self, order: str) -> None:
        self._order = order
        self._sums = (0, 0)

    def over(self, content: bytes | memoryview) -> tuple[int, int]:
        """The sums with these bytes; their number is a multiple of eight."""
        one, two = self._sums
        words = struct.unpack(f"{self._order}{len(content) // 4}I", content)
        for even, odd in zip(words[::2], words[1::2], strict=True):
            one = (one + even + two) & 0xFFFFFFFF
            two = (two + odd + one) & 0xFFFFFFFF
        self._sums = (one, two)
        return self._sums

"""The entries of a layer's tar (POSIX.1-2024, pax; GNU tar, "Basic Tar Format"), read once, nothing extracted.

What two readers could understand differently is not guessed at: it raises CouldNotBeExamined. So a runtime cannot see
another tree than we do (CVE-2025-62518 is what happens where pax and ustar sizes are taken for one another).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pratique.inventory.limits import CouldNotBeExamined, LayerLimits
from pratique.inventory.pax import Overrides, long_name, pax_records
from pratique.inventory.unpacking import Unpacked

BLOCK: Final = 512
_NO_TEXT: Final = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of bytes that are no UTF-8."""
_GLOBAL: Final = re.compile(r"/(?:pax_global_header|@PaxHeader|GlobalHead\.\d+\.\d+)/?\Z")
"""What git, Python and GNU tar call global headers."""
_ZEROS: Final = bytes(BLOCK)
_SKIP: Final = 1 << 20


class Kind(StrEnum):
    """What an entry makes in the tree."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    DEVICE = "device"


_KINDS: Final = {
    b"\0": Kind.FILE,
    b"0": Kind.FILE,
    b"7": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"3": Kind.DEVICE,
    b"4": Kind.DEVICE,
    b"5": Kind.DIRECTORY,
    b"6": Kind.DEVICE,
}
_LEADING: Final = frozenset({Kind.SYMLINK, Kind.HARDLINK, Kind.DIRECTORY})
"""What a path may go through."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `path` has no leading or trailing slash and no `.`; "" is the root. `link` is as it was written."""

    path: str
    kind: Kind
    size: int
    link: str = ""


class TarReader:
    """Iterates over entries; `content` of the current one is read before the next is asked for, or skipped."""

    def __init__(self, source: Unpacked, limits: LayerLimits) -> None:
        self._source = source
        self._limits = limits
        self._left = 0
        self._padding = 0
        self._count = 0
        self._head = b""

    def __iter__(self) -> Iterator[Entry]:
        """Every entry to the end of the layer. Raises CouldNotBeExamined."""
        overrides = Overrides()
        while (block := self._block()) is not None:
            self._count += 1
            if self._count > self._limits.entries:
                raise CouldNotBeExamined(f"the layer has more than {self._limits.entries} entries")
            flag, size = block[156:157], _number(block[124:136], "size")
            if flag in {b"x", b"L", b"K", b"g"}:
                overrides = self._extended(flag, size, overrides, _name(block))
                continue
            entry = self._entry(block, flag, size, overrides)
            overrides = Overrides()
            self._left, self._padding = entry.size, -entry.size % BLOCK
            yield entry

    def head(self, size: int) -> bytes:
        """The first bytes of what the current entry holds, at most `size` of them; `content` gives them again."""
        if not self._head:
            self._head = self._exactly(min(size, self._left))
            self._left -= len(self._head)
        return self._head[:size]

    def content(self, limit: int) -> bytes:
        """What the current entry holds. Raises CouldNotBeExamined where that is more than `limit` bytes."""
        size = len(self._head) + self._left
        if size > limit:
            raise CouldNotBeExamined(f"a file of {size} bytes would have to be read; {limit} are allowed")
        content = self._head + self._exactly(self._left)
        self._head, self._left = b"", 0
        return content

    def pieces(self) -> Iterator[bytes]:
        """What the current entry holds, piece by piece."""
        head, self._head = self._head, b""
        if head:
            yield head
        while self._left:
            piece = self._exactly(min(self._left, _SKIP))
            self._left -= len(piece)
            yield piece

    def _extended(self, flag: bytes, size: int, overrides: Overrides, name: str) -> Overrides:
        """A header that speaks of the next one."""
        if size > self._limits.pax:
            raise CouldNotBeExamined(f"an extended header has {size} bytes; {self._limits.pax} are allowed")
        content = self._exactly(size)
        self._exactly(-size % BLOCK)
        if flag in {b"L", b"K"}:
            return overrides.with_gnu("path" if flag == b"L" else "linkpath", long_name(content))
        records = pax_records(content)
        if flag == b"g":
            _check_global(records, name, overrides)
            return overrides
        return overrides.with_pax(records)

    def _entry(self, block: bytes, flag: bytes, size: int, overrides: Overrides) -> Entry:
        kind = _KINDS.get(flag)
        if kind is None:
            raise CouldNotBeExamined(
                f"an entry is of the type {flag!r}, which readers take for different things"
            )
        name = overrides.value("path") or _name(block)
        if kind is Kind.FILE and name.endswith("/"):
            kind = _directory_of_old(flag, name)
        size = overrides.size(size)
        if size and kind is not Kind.FILE:
            raise CouldNotBeExamined(
                f"{name[:200]!r} is no file and has content, which only some readers skip"
            )
        if kind in _LEADING and _GLOBAL.search(f"/{name}"):
            raise CouldNotBeExamined(f"{name[:200]!r} is called as global headers are")
        link = overrides.value("linkpath") or _text(block[157:257])
        leads = kind in {Kind.SYMLINK, Kind.HARDLINK}
        return Entry(self._path(name), kind, size, _spelled(link) if leads else "")

    def _path(self, name: str) -> str:
        if len(name.encode("utf-8", "surrogateescape")) > self._limits.path:
            raise CouldNotBeExamined(f"a path has more than {self._limits.path} bytes")
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise CouldNotBeExamined(f"the path {name[:200]!r} leads upwards")
        return _spelled("/".join(parts))

    def _block(self) -> bytes | None:
        """The next header; None at the end, when nothing but zeros follows."""
        self._skip(self._left)
        # Some writers end right after the last byte of the last file; nobody reads that as anything else.
        padding = self._source.read(self._padding)
        short = len(padding) < self._padding
        self._left = self._padding = 0
        self._head = b""
        block = b"" if short else self._source.read(BLOCK)
        if not block:
            return None
        if len(block) < BLOCK:
            raise CouldNotBeExamined("the layer ends inside a header")
        if block == _ZEROS:
            self._only_zeros_follow()
            return None
        if not _checks(block):
            what = "is no tar archive" if self._count == 0 else "has a header with a wrong checksum"
            raise CouldNotBeExamined(f"the layer {what}")
        return block

    def _only_zeros_follow(self) -> None:
        while piece := self._source.read(_SKIP):
            if piece.strip(b"\0"):
                raise CouldNotBeExamined("data follows the end of the layer's archive")

    def _skip(self, size: int) -> None:
        while size > 0:
            size -= len(self._exactly(min(size, _SKIP)))

    def _exactly(self, size: int) -> bytes:
        content = self._source.read(size)
        if len(content) != size:
            raise CouldNotBeExamined("the layer ends inside an entry")
        return content


def is_tar(head: bytes) -> bool:
    """Whether bytes begin as a tar archive does: with a header whose checksum is right, by either way to add bytes."""
    return len(head) >= BLOCK and (_checks(head[:BLOCK]) or _checks(head[:BLOCK], is_signed=True))


def _checks(block: bytes, *, is_signed: bool = False) -> bool:
    """The checksum: the sum of all bytes, its own field taken as blanks. Some old writers added signed bytes."""
    digits = _digits(block[148:156])
    if not digits:
        return False
    others = block[:148] + block[156:]
    negative = 0x100 * sum(byte >= 0x80 for byte in others) if is_signed else 0
    return int(digits, 8) == sum(others) + 8 * 0x20 - negative


def _name(block: bytes) -> str:
    """The name with its prefix, which only ustar has; in GNU's format the field holds times, in star's it is shorter.

    Where it holds anything else, some readers take it for a prefix after all.
    """
    name, field = _text(block[:100]), block[345:500]
    if block[257:263] == b"ustar\0" and block[508:512] != b"tar\0":
        prefix = _text(field)
        return f"{prefix}/{name}" if prefix else name
    if field.strip(b"\0") and not (block[257:265] == b"ustar  \0" and _are_times(field)):
        raise CouldNotBeExamined(
            "a header has a prefix in a format that knows none, which only some readers take"
        )
    return name


def _directory_of_old(flag: bytes, name: str) -> Kind:
    """What old archives mean by a slash behind a name; behind that of a file of today, readers differ."""
    if flag != b"\0":
        raise CouldNotBeExamined(f"{name[:200]!r} is a file with the name of a directory")
    return Kind.DIRECTORY


def _check_global(records: Mapping[str, str], name: str, before: Overrides) -> None:
    """A header that speaks of all that follow: nothing in it may matter to anybody."""
    if before != Overrides():
        raise CouldNotBeExamined(
            "a global header parts an entry from its own, which some readers then forget"
        )
    if not _GLOBAL.search(f"/{name}"):
        # containerd removes what has the name of the header.
        raise CouldNotBeExamined(f"a global header is called {name[:200]!r}, as a file may be")
    if records.keys() & {"path", "linkpath", "size"} or any("sparse" in key for key in records):
        raise CouldNotBeExamined("a global header changes paths or sizes, which few readers follow")


def _are_times(field: bytes) -> bool:
    """Whether GNU's fields for the times of access and change hold numbers."""
    return all(time[0] & 0x80 or _digits(time) is not None for time in (field[:12], field[12:24]))


def _spelled(name: str) -> str:
    """Text that can be written anywhere: of bytes that are no UTF-8 the digits, each after a NUL, which no name has.

    So two names that differ are never one, whatever their character set.
    """
    return name if name.isascii() else _NO_TEXT.sub(lambda found: f"\0{ord(found[0]) - 0xDC00:x}", name)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(field: bytes, what: str) -> int:
    """Octal digits, or base 256 where the first bit is set (GNU). Negative and malformed numbers are nobody's."""
    if field[0] & 0x80:
        number = int.from_bytes(field, "big", signed=False) - (0x80 << (8 * (len(field) - 1)))
        if field[0] != 0x80 or number >= 1 << 63:
            raise CouldNotBeExamined(f"a header has an impossible {what}")
        return number
    digits = _digits(field)
    if digits is None:
        raise CouldNotBeExamined(f"a header has a malformed {what}")
    return int(digits or b"0", 8)


def _digits(field: bytes) -> bytes | None:
    """The octal digits of a field, blanks before and blanks and NULs behind them; None where it is anything else.

    A NUL before them ends the number for some readers, and is nothing for others.
    """
    digits = field.rstrip(b"\0 ").lstrip(b" ")
    return digits if not digits.strip(b"01234567") else None

"""rpm's database in its three forms: SQLite, ndb (rpm, lib/backend/ndb) and Berkeley DB's hash (db.h, dbinc/db_page.h).

Each is only a box of headers, read without rpm or its libraries. They are strangers' bytes: every offset is checked.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable, database
from pratique.inventory.readers.rpm_header import package_in
from pratique.inventory.readers.write_ahead import DATABASE

_FOLDERS: Final = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/")

_JOURNAL_AT: Final = slice(18, 20)
_ROLLBACK: Final = b"\x01\x01"

_JOURNALS: Final = ("-wal", "-journal")
"""What SQLite calls its own files beside a database; `-shm` holds nothing that it would not make anew."""

_KINDS: Final = "SELECT type FROM sqlite_schema WHERE name = 'Packages' COLLATE NOCASE"
"""A view may have rows without end, a virtual table what somebody's program makes up."""

_NDB: Final = b"RpmP"
_SLOT, _BLOB = b"Slot", b"BlbS"
_NDB_PAGE: Final = 4096
_NDB_BLOCK: Final = 16

_HASH_MAGIC: Final = 0x00061561
_PAGE_HEADER: Final = 26
_HASH_PAGES: Final = frozenset({2, 13})
_OVERFLOW_PAGE: Final = 7
_ON_PAGE: Final = 1
_OFF_PAGE: Final = 3
_COUNTER: Final = 5
"""Bytes of the one value that is no header: the number of the last package."""


def read(_path: str, content: bytes) -> Iterator[Package]:
    """The packages that are installed; none where the file is empty, as of any database. Raises Unparsable."""
    held = 0
    for header in _headers(content):
        held += len(header)
        if held > len(content):
            raise Unparsable("the rpm database has more in it than it has bytes: parts of it count twice")
        package = package_in(header)
        if package is not None:
            yield package


def _headers(content: bytes) -> Iterator[bytes]:
    if not content:
        return iter(())
    if content.startswith(DATABASE):
        return _in_sqlite(content)
    if content.startswith(_NDB):
        return _in_ndb(content)
    for order in "<>":
        if len(content) >= 512 and struct.unpack_from(f"{order}I", content, 12)[0] == _HASH_MAGIC:
            return _in_berkeley(content, order)
    raise Unparsable("it is no rpm database of a known form")


def _in_sqlite(content: bytes) -> Iterator[bytes]:
    # A database in WAL mode can't be read from memory. What stands in its log has been put in already.
    image = bytearray(content)
    image[_JOURNAL_AT] = _ROLLBACK
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(image))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            kinds = connection.execute(_KINDS).fetchall()
            if kinds != [("table",)]:
                raise Unparsable("the rpm database has no table of packages")
            # An index may leave out what the table has.
            for (blob,) in connection.execute("SELECT blob FROM Packages NOT INDEXED"):
                if not isinstance(blob, bytes):
                    raise Unparsable("the rpm database holds something else than headers")
                yield blob
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a damaged schema is quoted in messages as it is
        raise Unparsable(f"the rpm database can't be read: {error}") from error


def _in_ndb(content: bytes) -> Iterator[bytes]:
    if len(content) < _NDB_PAGE:
        raise Unparsable("the rpm database is cut off")
    pages = struct.unpack_from("<I", content, 12)[0]
    if not 0 < pages * _NDB_PAGE <= len(content):
        raise Unparsable("the rpm database is cut off")
    # The first two places of the slot pages are the file's header.
    for at in range(32, pages * _NDB_PAGE, 16):
        magic, number, block, _count = struct.unpack_from("<4sIII", content, at)
        if magic != _SLOT:
            raise Unparsable("the rpm database has a damaged slot")
        if number == 0:
            continue
        start = block * _NDB_BLOCK
        if start + 16 > len(content):
            raise Unparsable("the rpm database is cut off")
        magic, owner, _generation, length = struct.unpack_from("<4sIII", content, start)
        if magic != _BLOB or owner != number or start + 16 + length > len(content):
            raise Unparsable("the rpm database has a damaged blob")
        yield content[start + 16 : start + 16 + length]


def _in_berkeley(content: bytes, order: str) -> Iterator[bytes]:
    size, last = (
        struct.unpack_from(f"{order}I", content, 20)[0],
        struct.unpack_from(f"{order}I", content, 32)[0],
    )
    if size < 512 or size & (size - 1) or (last + 1) * size > len(content):
        raise Unparsable("the rpm database is cut off")
    # Pages behind the last that it speaks of are read too: Berkeley DB finds them by the size of the file.
    for number in range(1, len(content) // size):
        page = content[number * size : (number + 1) * size]
        if page[25] not in _HASH_PAGES:
            continue
        entries = struct.unpack_from(f"{order}H", page, 20)[0]
        if _PAGE_HEADER + 2 * entries > size:
            raise Unparsable("the rpm database has a damaged page")
        # Keys and values take turns; values are headers, most of them too large for the page they are named in.
        places = struct.unpack_from(f"{order}{entries}H", page, _PAGE_HEADER)
        for index in range(1, entries, 2):
            at, end = places[index], places[index - 1]
            if at + 12 <= size and page[at] == _OFF_PAGE:
                first, length = struct.unpack_from(f"{order}II", page, at + 4)
                yield _overflow(content, order, size, first, length)
            elif not _PAGE_HEADER < at < end <= size or page[at] != _ON_PAGE:
                raise Unparsable("the rpm database has a damaged page")
            elif end - at > _COUNTER:
                yield page[at + 1 : end]


def _overflow(content: bytes, order: str, size: int, number: int, length: int) -> bytes:
    """A value that goes over pages of its own, each naming the next."""
    pieces, found = [], 0
    while number and found < length:
        page = content[number * size : (number + 1) * size]
        if len(page) < size or page[25] != _OVERFLOW_PAGE:
            raise Unparsable("the rpm database has a damaged chain of pages")
        used = struct.unpack_from(f"{order}H", page, 22)[0]
        if not 0 < used <= size - _PAGE_HEADER:
            raise Unparsable("the rpm database has a damaged chain of pages")
        pieces.append(page[_PAGE_HEADER : _PAGE_HEADER + used])
        found += used
        number = struct.unpack_from(f"{order}I", page, 16)[0]
    if found != length:
        raise Unparsable("the rpm database has a value that is cut off")
    return b"".join(pieces)


def _of(name: str) -> Reader:
    of = database(f"rpm-{name}", read, *(f"{folder}{name}" for folder in _FOLDERS))
    return replace(of, journals=_JOURNALS)


RPM: Final = tuple(map(_of, ("rpmdb.sqlite", "Packages.db", "Packages")))

"""rpm databases put together by hand, in each form from the same headers."""

import sqlite3
import struct
from contextlib import closing
from typing import Any

from pratique.inventory.readers import rpm_header

INT32, STRING, STRINGS = 4, 6, 8


def header(**said: Any) -> bytes:
    """A header with the tags that are named as in `rpm_header`."""
    index, store = b"", b""
    for name, value in said.items():
        tag = getattr(rpm_header, name)
        if isinstance(value, str):
            kind, number, content = STRING, 1, value.encode() + b"\0"
        elif isinstance(value[0], int):
            store += bytes(-len(store) % 4)
            kind, number, content = INT32, len(value), struct.pack(f">{len(value)}I", *value)
        else:
            kind, number, content = STRINGS, len(value), b"".join(text.encode() + b"\0" for text in value)
        index += struct.pack(">IIiI", tag, kind, len(store), number)
        store += content
    return struct.pack(">II", len(said), len(store)) + index + store


def in_sqlite(headers: list[bytes]) -> bytes:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        made.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in headers])
        made.commit()
        content = bytearray(made.serialize())
    # As rpm leaves it: in WAL mode.
    content[18:20] = b"\x02\x02"
    return bytes(content)


def in_ndb(headers: list[bytes]) -> bytes:
    slots, blobs = b"", b""
    for number, one in enumerate(headers, start=1):
        blob = struct.pack("<4sIII", b"BlbS", number, 1, len(one)) + one
        blob += bytes(-len(blob) % 16)
        slots += struct.pack("<4sIII", b"Slot", number, (4096 + len(blobs)) // 16, len(blob) // 16)
        blobs += blob
    page = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(headers) + 1, 0, 0, 0) + slots
    page += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(page)) // 16)
    return page + blobs


def in_berkeley(headers: list[bytes], order: str = "<") -> bytes:
    size = 512
    pages: list[bytes] = []
    names, items = b"", b""
    for one in headers:
        pieces = [one[at : at + size - 26] for at in range(0, len(one), size - 26)]
        first = 2 + len(pages)
        for place, piece in enumerate(pieces):
            following = first + place + 1 if place + 1 < len(pieces) else 0
            head = struct.pack(f"{order}QIIIHHBB", 0, first + place, 0, following, 0, len(piece), 0, 7)
            pages.append((head + piece).ljust(size, b"\0"))
        for item in (b"\x01key", struct.pack(f"{order}BxxxII", 3, first, len(one))):
            items = item + items
            names += struct.pack(f"{order}H", size - len(items))
    hashed = struct.pack(f"{order}QIIIHHBB", 0, 1, 0, 0, 2 * len(headers), 0, 0, 13) + names
    hashed = hashed.ljust(size - len(items), b"\0") + items
    meta = struct.pack(f"{order}QIIII", 0, 0, 0x061561, 9, size).ljust(32, b"\0")
    meta += struct.pack(f"{order}I", len(pages) + 1)
    return meta.ljust(size, b"\0") + hashed + b"".join(pages)

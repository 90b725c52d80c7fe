"""Rust binaries built with cargo-auditable: a section with zlib-compressed JSON (cargo-auditable, PARSING.md)."""

import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Unparsable

SECTION: Final = b".dep-v0"
LIMIT: Final = 8 * 2**20
"""Bytes of the list unpacked, as PARSING.md advises."""

_ELF64: Final = b"\x7fELF\x02\x01"


def read_rust(content: bytes) -> Iterator[Package]:
    """The crates that a 64-bit little-endian ELF binary was built from; nothing where it has no such section."""
    packed = _section(content)
    if packed is None:
        return
    try:
        unpacked = zlib.decompressobj().decompress(packed, LIMIT + 1)
        document: Any = msgspec.json.decode(unpacked[:LIMIT])
        crates = document["packages"]
        for crate in crates:
            if crate.get("kind", "runtime") == "runtime":
                yield Package("cargo", crate["name"], crate["version"])
    except (
        zlib.error,
        msgspec.DecodeError,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise Unparsable("the list of crates in a binary can't be read") from error


def _section(content: bytes) -> bytes | None:
    """A section by its name (ELF-64, "Sections")."""
    if not content.startswith(_ELF64) or SECTION not in content:
        return None
    try:
        start = struct.unpack_from("<Q", content, 40)[0]
        size, count, names = struct.unpack_from("<HHH", content, 58)
        texts = struct.unpack_from("<Q", content, start + names * size + 24)[0]
        for number in range(count):
            name, _kind, _flags, _address, offset, length = struct.unpack_from(
                "<IIQQQQ", content, start + number * size
            )
            at = texts + name
            if content[at : at + len(SECTION) + 1] == SECTION + b"\0":
                return content[offset : offset + length]
    except (struct.error, OverflowError) as error:
        raise Unparsable("an ELF binary's sections are cut off") from error
    return None

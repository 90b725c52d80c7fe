"""An rpm header as the database keeps it (rpm, docs/manual/format_header.md): an index of tags, and their values."""

import struct
from collections.abc import Mapping
from typing import Any, Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Unparsable

NAME, VERSION, RELEASE, EPOCH, VENDOR, LICENSE, ARCH = 1000, 1001, 1002, 1003, 1011, 1014, 1022
SOURCE_RPM, DIRECTORY_INDEXES, BASE_NAMES, DIRECTORIES = 1044, 1116, 1117, 1118
_WANTED: Final = frozenset(
    {
        NAME,
        VERSION,
        RELEASE,
        EPOCH,
        VENDOR,
        LICENSE,
        ARCH,
        SOURCE_RPM,
        DIRECTORY_INDEXES,
        BASE_NAMES,
        DIRECTORIES,
    }
)
ENTRIES_LIMIT: Final = 0xFFFF
STORE_LIMIT: Final = 256 * 2**20

_INT32, _STRING, _STRINGS, _TRANSLATED = 4, 6, 8, 9
_PUBLIC_KEY: Final = "gpg-pubkey"
"""What rpm keeps trusted keys as: packages without files."""


def package_in(header: bytes) -> Package | None:
    """The package of a header; None for a public key. Raises Unparsable."""
    values = _values(header)
    name = _one(values, NAME)
    if name == _PUBLIC_KEY:
        return None
    version, release = _one(values, VERSION), _one(values, RELEASE)
    if not name or not version:
        raise Unparsable("an rpm header names no package or no version")
    return Package(
        type="rpm",
        name=name,
        version=f"{version}-{release}" if release else version,
        architecture=_one(values, ARCH),
        source=_one(values, SOURCE_RPM),
        epoch=str(values[EPOCH][0]) if values.get(EPOCH) else "",
        vendor=_one(values, VENDOR),
        licenses=tuple(filter(None, [_one(values, LICENSE)])),
        files=_files(values),
    )


def _values(header: bytes) -> Mapping[int, list[Any]]:
    try:
        count, size = struct.unpack_from(">II", header)
    except struct.error as error:
        raise Unparsable("an rpm header is cut off") from error
    start = 8 + 16 * count
    if count > ENTRIES_LIMIT or size > STORE_LIMIT or len(header) < start + size:
        raise Unparsable("an rpm header is cut off or too large")
    values = {}
    for tag, kind, offset, number in struct.iter_unpack(">IIiI", header[8:start]):
        if tag in _WANTED and 0 <= offset < size:
            if (kind == _INT32) != (tag in {EPOCH, DIRECTORY_INDEXES}):
                raise Unparsable("an rpm header has a value of another type than its tag's")
            values[tag] = _read(header[start : start + size], kind, offset, number)
    return values


def _read(store: bytes, kind: int, offset: int, number: int) -> list[Any]:
    if kind == _INT32:
        if offset + 4 * number > len(store):
            raise Unparsable("an rpm header's values are cut off")
        return list(struct.unpack_from(f">{number}I", store, offset))
    if kind not in {_STRING, _STRINGS, _TRANSLATED}:
        return []
    texts = []
    for _ in range(number):
        end = store.find(b"\0", offset)
        if end < 0:
            raise Unparsable("an rpm header's values are cut off")
        texts.append(store[offset:end].decode("utf-8", "replace"))
        offset = end + 1
    return texts


def _one(values: Mapping[int, list[Any]], tag: int) -> str:
    found = values.get(tag)
    return str(found[0]) if found else ""


def _files(values: Mapping[int, list[Any]]) -> tuple[str, ...]:
    folders, names = values.get(DIRECTORIES, []), values.get(BASE_NAMES, [])
    indexes = values.get(DIRECTORY_INDEXES, [])
    return tuple(
        f"{folders[index]}{name}".lstrip("/")
        for index, name in zip(indexes, names, strict=False)
        if index < len(folders)
    )

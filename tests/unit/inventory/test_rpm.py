"""rpm's database in its three forms, each put together by hand from the same headers."""

import sqlite3
import struct
from contextlib import closing, suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers import rpm, rpm_header
from pratique.inventory.readers.reader import Unparsable

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


BASH: Final = header(
    NAME="bash",
    VERSION="4.4.20",
    RELEASE="4.el8",
    EPOCH=[1],
    ARCH="x86_64",
    LICENSE="GPLv3+",
    VENDOR="AlmaLinux",
    SOURCE_RPM="bash-4.4.20-4.el8.src.rpm",
    DIRECTORIES=["/usr/bin/", "/etc/"],
    BASE_NAMES=["bash", "bashrc"],
    DIRECTORY_INDEXES=[0, 1],
)
KEY: Final = header(NAME="gpg-pubkey", VERSION="1", RELEASE="2")
# Longer than a page, so that it goes over several.
LARGE: Final = header(NAME="large", VERSION="1", RELEASE="1", LICENSE="x" * 9_000)
HEADERS: Final = [BASH, KEY, LARGE]


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


FORMS: Final = {
    "sqlite": in_sqlite(HEADERS),
    "ndb": in_ndb(HEADERS),
    "berkeley": in_berkeley(HEADERS),
    "berkeley of a big-endian machine": in_berkeley(HEADERS, ">"),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_the_packages_are_the_same_in_every_form(content: bytes) -> None:
    bash, large = rpm.read("", content)
    assert bash == Package(
        type="rpm",
        name="bash",
        version="4.4.20-4.el8",
        architecture="x86_64",
        source="bash-4.4.20-4.el8.src.rpm",
        epoch="1",
        vendor="AlmaLinux",
        licenses=("GPLv3+",),
        files=("usr/bin/bash", "etc/bashrc"),
    )
    assert large.name == "large"
    expected = "pkg:rpm/almalinux/bash@4.4.20-4.el8?arch=x86_64&distro=almalinux-8.9&epoch=1"
    assert purl_of(bash, "almalinux", "8.9") == expected


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_database_that_is_cut_off_is_not_a_smaller_one(content: bytes) -> None:
    with pytest.raises(Unparsable):
        list(rpm.read("", content[: len(content) * 2 // 3]))


@pytest.mark.parametrize(
    "content", [b"", b"no database", header(VERSION="1"), struct.pack(">II", 1 << 31, 0), BASH[:40]]
)
def test_what_is_no_database_or_header(content: bytes) -> None:
    with pytest.raises(Unparsable):
        list(rpm.read("", content))
    with pytest.raises(Unparsable):
        rpm_header.package_in(content)


def test_it_is_told_by_its_path() -> None:
    paths = ("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/Packages")
    for path in paths:
        assert [reader.wants(path) for reader in rpm.RPM].count(True) == 1
    assert not any(reader.wants("var/lib/rpm/Name") for reader in rpm.RPM)


@pytest.mark.parametrize("form", sorted(FORMS))
@given(data=st.data())
def test_strangers_bytes_are_packages_or_unparsable(form: str, data: st.DataObject) -> None:
    content = bytearray(FORMS[form])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unparsable):
        assert all(package.name for package in rpm.read("", bytes(content)))

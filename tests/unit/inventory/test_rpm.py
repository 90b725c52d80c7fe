"""rpm's database in its three forms."""

import struct
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.inventory.rpmdbs import header, in_berkeley, in_ndb, in_sqlite

from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers import rpm, rpm_header
from pratique.inventory.readers.reader import Unparsable

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
    "content", [b"no database", header(VERSION="1"), struct.pack(">II", 1 << 31, 0), BASH[:40]]
)
def test_what_is_no_database_or_header(content: bytes) -> None:
    with pytest.raises(Unparsable):
        list(rpm.read("", content))
    with pytest.raises(Unparsable):
        rpm_header.package_in(content)


def test_an_empty_file_is_a_database_without_packages() -> None:
    assert list(rpm.read("", b"")) == []


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

"""`pratique scan` against advisories as they were published, of synthetic roots with versions that were really out.

Each expectation was looked up by hand in the records: which one, and the version that it says mends it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from tests.clocks import ManualClock
from tests.osv import SUMMER
from tests.roots import Tree, write_root
from tests.unit.inventory.rpmdbs import header, in_sqlite

from pratique.advisories import Importer, Revisions, supplies
from pratique.cli.scanning import command, scan_command

PUBLISHED: Final = Path(__file__).resolve().parents[4] / "shared" / "data" / "advisories"
pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published advisories are not here")

Found = set[tuple[str, str, str]]
"""Advisory, package, and what mends it."""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tree, str], Found]:
    folder = tmp_path_factory.mktemp("published")

    def scan(tree: Tree, source: str) -> Found:
        data = folder / source
        importer = Importer(Revisions(data / "advisories"), ManualClock(SUMMER))
        importer.take(supplies(PUBLISHED / source))
        root = write_root(folder / f"root of {source}", tree)
        said = [str(root), "--data", str(data), "--format", "json"]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(command, "SystemClock", lambda: ManualClock(SUMMER))
            result = CliRunner().invoke(scan_command, said, catch_exceptions=False)
        document = json.loads(result.stdout)
        assert document["errors"] == []
        return {
            (one["proof"]["advisory"], one["purl"].rpartition("/")[2].partition("@")[0], *one["fixed"])
            for one in document["findings"]
            if one["severity"] != "none"
        }

    return scan


def test_debian_as_it_was_first_released(scanned: Callable[[Tree, str], Found]) -> None:
    """Of Debian 11.0; bsdutils has an epoch that its source has not."""
    status = b"""\
Package: bsdutils
Status: install ok installed
Architecture: amd64
Source: util-linux (2.36.1-8)
Version: 1:2.36.1-8

Package: libexpat1
Status: install ok installed
Architecture: amd64
Source: expat
Version: 2.2.10-2

Package: zlib1g
Status: install ok installed
Architecture: amd64
Source: zlib
Version: 1:1.2.11.dfsg-2

Package: gzip
Status: install ok installed
Architecture: amd64
Version: 1.10-4

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.31-13
"""
    release = b'ID=debian\nVERSION_ID="11"\n'
    assert scanned({"etc/os-release": release, "var/lib/dpkg/status": status}, "Debian") == DEBIAN


DEBIAN: Final[Found] = {
    ("DSA-5055-1", "bsdutils", "2.36.1-8+deb11u1"),
    ("DSA-5073-1", "libexpat1", "2.2.10-2+deb11u1"),
    ("DSA-5085-1", "libexpat1", "2.2.10-2+deb11u2"),
    ("DSA-5085-2", "libexpat1", "2.2.10-2+deb11u3"),
    ("DSA-5111-1", "zlib1g", "1:1.2.11.dfsg-2+deb11u1"),
    ("DSA-5122-1", "gzip", "1.10-4+deb11u1"),
    ("DSA-5218-1", "zlib1g", "1:1.2.11.dfsg-2+deb11u2"),
    ("DSA-5236-1", "libexpat1", "2.2.10-2+deb11u4"),
    ("DSA-5266-1", "libexpat1", "2.2.10-2+deb11u5"),
}


def test_almalinux(scanned: Callable[[Tree, str], Found]) -> None:
    """Builds with and without epochs."""
    packages = [
        header(NAME="openssl-libs", VERSION="1.1.1k", RELEASE="5.el8_5", EPOCH=[1], ARCH="x86_64"),
        header(NAME="zlib", VERSION="1.2.11", RELEASE="17.el8", ARCH="x86_64"),
    ]
    release = b'ID="almalinux"\nVERSION_ID="8.5"\n'
    tree = {"etc/os-release": release, "var/lib/rpm/rpmdb.sqlite": in_sqlite(packages)}
    assert scanned(tree, "AlmaLinux") == ALMALINUX


ALMALINUX: Final[Found] = {
    ("ALSA-2022:1065", "openssl-libs", "1:1.1.1k-6.el8_5"),
    ("ALSA-2022:1642", "zlib", "1.2.11-18.el8_5"),
    ("ALSA-2022:5818", "openssl-libs", "1:1.1.1k-7.el8_6"),
    ("ALSA-2022:7106", "zlib", "1.2.11-19.el8_6"),
    ("ALSA-2023:1405", "openssl-libs", "1:1.1.1k-9.el8_7"),
    ("ALSA-2023:7877", "openssl-libs", "1:1.1.1k-12.el8_9"),
    ("ALSA-2024:7848", "openssl-libs", "1:1.1.1k-14.el8_6"),
    ("ALSA-2026:0337", "openssl-libs", "1:1.1.1k-14.el8_10"),
    ("ALSA-2026:3042", "openssl-libs", "1:1.1.1k-15.el8_6"),
    ("ALSA-2026:26275", "openssl-libs", "1:1.1.1k-16.el8_6"),
    ("ALSA-2026:38503", "openssl-libs", "1:1.1.1k-17.el8_6"),
}

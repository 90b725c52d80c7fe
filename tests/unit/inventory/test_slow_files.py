"""Files that would take their readers for ever: each is read, or not, within seconds."""

import io
import sqlite3
import struct
import time
import zipfile
from contextlib import closing

import pytest
from tests.unit.inventory.rpmdbs import header, in_ndb

from pratique.inventory.readers.dpkg import DPKG
from pratique.inventory.readers.java import JAVA
from pratique.inventory.readers.python import PYTHON
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.rpm import RPM
from pratique.inventory.readers.ruby import RUBY

SECONDS = 5
"""Of processor time; what is quadratic takes minutes."""
SQLITE, NDB, _ = RPM


def found(reader: Reader, path: str, content: bytes) -> list[str]:
    began = time.process_time()
    try:
        return [one.name for one in reader.read(path, content)]
    finally:
        assert time.process_time() - began < SECONDS


def unparsable(reader: Reader, content: bytes) -> str:
    with pytest.raises(Unparsable) as caught:
        found(reader, "", content)
    return str(caught.value)


@pytest.mark.parametrize("reader", [DPKG, PYTHON])
def test_a_field_of_very_many_lines(reader: Reader) -> None:
    said = b"Package: a\nName: a\nVersion: 1\nDescription: b\n" + b" c\n" * 1_000_000
    assert found(reader, "a.dist-info/METADATA", said) == ["a"]


@pytest.mark.parametrize("begun", ["", "s.name", "s.name =", "s.version = Gem::Version.new("])
def test_a_gemspec_that_goes_on_with_nothing(begun: str) -> None:
    said = (begun + "\n" * 5_000_000).encode()
    assert found(RUBY, "specifications/rack-1.0.gemspec", said) == ["rack"]


@pytest.mark.parametrize("name", ["a-" * 30_000, "a." * 30_000, "A" * 60_000, "a-1." * 15_000])
def test_archives_in_archives_with_names_that_no_file_has(name: str) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr(f"{name}.jar", inner.getvalue())
    assert found(JAVA, "srv/app.jar", outer.getvalue()) == []


def test_packages_without_end() -> None:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute(
            "CREATE VIEW Packages AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
            "SELECT zeroblob(1) AS blob, n AS hnum FROM c"
        )
        made.commit()
        assert "no table of packages" in unparsable(SQLITE, made.serialize())


def test_an_index_that_leaves_packages_out() -> None:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE Packages (hnum INTEGER, blob BLOB)")
        made.execute("INSERT INTO Packages VALUES (1, ?)", [header(NAME="evil", VERSION="1")])
        made.execute("CREATE INDEX lying ON Packages (hnum, blob)")
        made.execute("PRAGMA writable_schema = ON")
        made.execute("CREATE TABLE other (n, m)")
        # The index of another table, which is empty.
        made.execute(
            "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'other') "
            "WHERE name = 'lying'"
        )
        made.commit()
        content = made.serialize()
    assert found(SQLITE, "", content) == ["evil"]


def test_one_header_that_is_there_very_many_times() -> None:
    whole = bytearray(in_ndb([header(NAME="bash", VERSION="1", RELEASE="1" * 50_000)]))
    slot = whole[32:48]
    for at in range(32, 4_096, 16):
        whole[at : at + 16] = slot
    assert struct.unpack_from("<4s", slot)[0] == b"Slot"
    assert "count twice" in unparsable(NDB, bytes(whole))

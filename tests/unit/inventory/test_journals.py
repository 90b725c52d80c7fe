"""What SQLite keeps beside rpm's database: read as SQLite reads it, or not examined. SQLite itself is the oracle."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.images import DEBIAN, Image, Member, dpkg, file, hard, hidden, image, link
from tests.unit.inventory.rpmdbs import header

from pratique.inventory import CouldNotBeExamined
from pratique.inventory.readers import rpm
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.readers.write_ahead import is_live, with_log

DATABASE: Final = "var/lib/rpm/rpmdb.sqlite"
LOG: Final = f"{DATABASE}-wal"
JOURNAL: Final = f"{DATABASE}-journal"
LIMIT: Final = 2**24
SCHEMA: Final = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """A database in WAL mode that is never checkpointed, with one package in its main file."""
    with closing(sqlite3.connect(folder / "db", isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA wal_autocheckpoint = 0")
        made.execute(SCHEMA)
        install(made, "old")
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield made


def install(made: sqlite3.Connection, *names: str) -> None:
    made.execute("BEGIN")
    for name in names:
        one = header(NAME=name, VERSION="1", RELEASE="1", LICENSE="x" * 6_000)
        made.execute("INSERT INTO Packages (blob) VALUES (?)", (one,))
    made.execute("COMMIT")


def taken(folder: Path) -> tuple[bytes, bytes]:
    """The files of an open database as a layer would have them."""
    return (folder / "db").read_bytes(), (folder / "db-wal").read_bytes()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A database whose log has two commits: something more, and something less."""
    folder = tmp_path_factory.mktemp("open")
    with opened(folder) as made:
        install(made, "new", "newer")
        made.execute("DELETE FROM Packages WHERE hnum = 1")
        return taken(folder)


def names(made: Image) -> list[str]:
    return [one.package.name for one in made.contents().packages]


def refused(made: Image) -> str:
    with pytest.raises(CouldNotBeExamined) as caught:
        made.contents()
    return str(caught.value)


def test_the_newest_content_stands_in_the_log(pair: tuple[bytes, bytes]) -> None:
    database, log = pair
    assert names(image([file(DATABASE, database)])) == ["old"]
    for order in ([file(DATABASE, database), file(LOG, log)], [file(LOG, log), file(DATABASE, database)]):
        assert names(image(order)) == ["new", "newer"]
        assert {one.path for one in image(order).contents().packages} == {DATABASE}


@pytest.mark.parametrize("kept", [b"", b"\0" * 512])
def test_a_log_without_content_changes_nothing(pair: tuple[bytes, bytes], kept: bytes) -> None:
    """As rpm leaves it: truncated, beside a file of shared memory."""
    beside = [file(LOG, kept), file(JOURNAL, kept), file(f"{DATABASE}-shm", b"\x01" * 32_768)]
    assert names(image([file(DATABASE, pair[0])], beside)) == ["old"]
    assert names(image([file(DATABASE, pair[0]), *beside])) == ["old"]


def test_a_log_that_is_taken_away_or_replaced_is_none(pair: tuple[bytes, bytes]) -> None:
    base = [file(DATABASE, pair[0]), file(LOG, pair[1])]
    assert names(image(base, [hidden(LOG)])) == ["old"]
    assert names(image(base, [file(LOG)])) == ["old"]


@pytest.mark.parametrize("above", [LOG, DATABASE])
def test_a_log_in_another_layer_than_its_database(pair: tuple[bytes, bytes], above: str) -> None:
    parts = {DATABASE: pair[0], LOG: pair[1]}
    base = [file(DATABASE, pair[0]), file(LOG, pair[1])]
    assert "does not lie beside it" in refused(image(base, [file(above, parts[above])]))
    assert "does not lie beside it" in refused(image([file(DATABASE, pair[0])], [file(LOG, pair[1])]))


@pytest.mark.parametrize(
    "links",
    [
        [link("var/lib/rpm", "../../usr/lib/sysimage/rpm")],
        [link(DATABASE, "/usr/lib/sysimage/rpm/rpmdb.sqlite")],
    ],
)
def test_the_log_lies_beside_the_database_and_not_beside_a_link(
    pair: tuple[bytes, bytes], links: list[Member]
) -> None:
    real = "usr/lib/sysimage/rpm/rpmdb.sqlite"
    assert names(image([file(real, pair[0]), file(f"{real}-wal", pair[1]), *links])) == ["new", "newer"]


def test_a_database_where_nobody_expects_one(pair: tuple[bytes, bytes]) -> None:
    moved = [file("opt/db", pair[0]), link(DATABASE, "/opt/db")]
    assert names(image(moved)) == ["old"]
    assert names(image([*moved, file("opt/db-wal", pair[1])])) == ["new", "newer"]
    # Which of two names SQLite would use hangs on its version.
    assert "does not lie beside it" in refused(image([*moved, file(LOG, pair[1])]))


@pytest.mark.parametrize("linked", [link(LOG, "/opt/log"), hard(LOG, "opt/log")])
def test_a_log_that_is_a_link(pair: tuple[bytes, bytes], linked: Member) -> None:
    base = [file(DATABASE, pair[0]), file("opt/log", pair[1])]
    assert "does not lie beside it" in refused(image([*base, linked]))


def test_of_a_log_that_is_there_twice_the_last_counts(pair: tuple[bytes, bytes]) -> None:
    assert names(image([file(DATABASE, pair[0]), file(LOG, pair[1]), file(LOG)])) == ["old"]
    twice = [file(DATABASE, pair[0]), file(LOG), file(LOG, pair[1])]
    assert names(image(twice)) == ["new", "newer"]


@pytest.mark.parametrize("content", [b"\xd9\xd5\x05\xf9 \xa1c\xd7" + bytes(504), b"anything", None])
def test_a_rollback_journal_is_a_change_that_was_never_finished(
    pair: tuple[bytes, bytes], content: bytes | None
) -> None:
    hot = pair[1] if content is None else content
    assert "never finished" in refused(image([file(DATABASE, pair[0]), file(JOURNAL, hot)]))
    assert "never finished" in refused(image([file(DATABASE, pair[0])], [file(JOURNAL, hot)]))


def test_a_log_beside_what_is_no_database(pair: tuple[bytes, bytes]) -> None:
    for database in (b"", b"x" * 600):
        assert refused(image([file(DATABASE, database), file(LOG, pair[1])]))
    assert names(image([file(LOG, pair[1])])) == []


def test_what_dpkg_had_not_finished_either() -> None:
    base = [file("etc/os-release", DEBIAN), file("var/lib/dpkg/status", dpkg(("bash", "5.1")))]
    update = file("var/lib/dpkg/updates/0001", dpkg(("curl", "7.74")))
    assert names(image(base, [file("var/lib/dpkg/updates/tmp.i")])) == ["bash"]
    assert "var/lib/dpkg/updates" in refused(image(base, [update]))
    assert names(image(base, [update], [hidden("var/lib/dpkg/updates/0001")])) == ["bash"]


def test_owned_paths_are_those_of_the_newest_content(tmp_path: Path) -> None:
    metadata = "usr/lib/python3/site-packages/six-1.0.dist-info/METADATA"
    folder, _, name = metadata.rpartition("/")
    brought = header(
        NAME="python3-six",
        VERSION="1",
        RELEASE="1",
        VENDOR="AlmaLinux",
        DIRECTORIES=[f"/{folder}/"],
        BASE_NAMES=[name],
        DIRECTORY_INDEXES=[0],
    )
    with opened(tmp_path) as made:
        made.execute("INSERT INTO Packages (blob) VALUES (?)", (brought,))
        database, log = taken(tmp_path)
    release = file("etc/os-release", "ID=almalinux\nVERSION_ID=9.4\n")
    there = [release, file(metadata, "Name: six\nVersion: 1.0\n"), file(DATABASE, database)]
    states = [
        [one.state for one in made.contents().packages if one.package.type == "pypi"]
        for made in (image(there), image([*there, file(LOG, log)]))
    ]
    assert states == [[""], ["owned"]]


# --- against SQLite ------------------------------------------------------------------------------------------------


def by_sqlite(folder: Path, database: bytes, log: bytes) -> list[bytes] | None:
    """The rows that SQLite finds; None: it can't read them."""
    (folder / "copy-shm").unlink(missing_ok=True)
    (folder / "copy").write_bytes(database)
    (folder / "copy-wal").write_bytes(log)
    try:
        with closing(sqlite3.connect(folder / "copy")) as there:
            return [row[0] for row in there.execute("SELECT blob FROM Packages ORDER BY hnum")]
    except sqlite3.Error:
        return None


def by_us(database: bytes, log: bytes) -> list[bytes] | None:
    try:
        return list(rpm._headers(with_log(database, log, LIMIT) if is_live(log) else database))
    except Unparsable:
        return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_reads_what_sqlite_reads(data: st.DataObject, pair: tuple[bytes, bytes], tmp_path: Path) -> None:
    """Whatever happened to a log: cut off, overwritten, grown. Where we read anything, it is what SQLite reads."""
    database, log = pair[0], bytearray(pair[1])
    places = st.one_of(st.integers(0, 127), st.integers(0, len(log) - 1))
    for _ in range(data.draw(st.integers(0, 4))):
        log[data.draw(places)] = data.draw(st.integers(0, 255))
    changed = bytes(log[: data.draw(st.one_of(st.just(len(log)), st.integers(0, len(log))))])
    found = by_us(database, changed)
    if found is None:
        # We may refuse more: a file that is no log at all, which SQLite throws away.
        assert not changed.startswith(pair[1][:4]) or by_sqlite(tmp_path, database, changed) is None
    else:
        assert found == by_sqlite(tmp_path, database, changed)


@pytest.mark.parametrize("size", [512, 4_096, 65_536])
def test_pages_of_every_size(tmp_path: Path, size: int) -> None:
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as sized:
        sized.execute(f"PRAGMA page_size = {size}")
        sized.execute("VACUUM")
    with opened(tmp_path) as made:
        install(made, "a", "b")
        made.execute("DELETE FROM Packages")
        made.execute("VACUUM")
        install(made, "c")
        database, log = taken(tmp_path)
    (found,) = by_us(database, log) or []
    assert [found] == by_sqlite(tmp_path, database, log)


def test_a_log_may_not_make_a_database_too_large(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(Unparsable, match="8192 are read"):
        with_log(*pair, 8_192)

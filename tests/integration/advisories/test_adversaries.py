"""Supplies that somebody made to do harm, and imports that are cut off or meet: the last revision stays, whole."""

import gzip
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.advising import Desk, record

from pratique.advisories import Answers, Importer, supplies
from pratique.advisories.archives import Archive
from pratique.advisories.contents import Member
from pratique.advisories.record import SIZE_LIMIT, RecordInvalid
from pratique.advisories.telling import Telling
from pratique.errors import Conflict

MANY = [record(number) for number in range(1, 41)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def content(number: int, **fields: str) -> bytes:
    return json.dumps(record(number, **fields)).encode()


# --- archives -----------------------------------------------------------------------------------------------------


def bomb(path: Path) -> None:
    """32 MiB of blanks and a byte more, in some KiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * (SIZE_LIMIT + 1))


def lying_bomb(path: Path) -> None:
    """The directory and the header say 10 bytes of a member that has far more."""
    bomb(path)
    told = struct.pack("<L", SIZE_LIMIT + 1)
    path.write_bytes(path.read_bytes().replace(told, struct.pack("<L", 10)))


def two_of_a_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.json", content(1))
        archive.writestr("a.json", content(2))
    path.write_bytes(path.read_bytes().replace(b"b.json", b"a.json"))


def two_of_an_id(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", content(1))
        archive.writestr("b.json", content(1, fixed="0.1"))


def encrypted(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", content(1))
    changed = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(signature) + offset] |= 1
    path.write_bytes(changed)


def unknown_compression(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", content(1))
    changed = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        changed[changed.index(signature) + offset] = 99
    path.write_bytes(changed)


def other_bytes(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", content(1))
    path.write_bytes(path.read_bytes().replace(b"package_1", b"package_2"))


def no_record(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", b"[" * 100_000)


@pytest.mark.parametrize(
    "make",
    [
        bomb,
        lying_bomb,
        two_of_a_name,
        two_of_an_id,
        encrypted,
        unknown_compression,
        other_bytes,
        no_record,
    ],
)
def test_an_archive_that_is_not_what_it_says_changes_nothing(
    desk: Desk, make: Callable[[Path], None]
) -> None:
    desk.say("PyPI", *MANY)
    path = desk.folder / "PyPI" / "all.zip"
    make(path)
    with pytest.raises(RecordInvalid):
        desk.take(path, allow_shrink=True)
    assert desk.revisions.number == 1
    assert desk.ids("pkg:pypi/package-1@1") == ["PYSEC-2026-1"]


def test_a_replaced_record_does_not_come_back_under_another_name(desk: Desk) -> None:
    """The old record beside the new one of the same id, before or after it: neither wins silently."""
    desk.say("PyPI", *MANY)
    path = desk.folder / "PyPI" / "all.zip"
    for names in ("ab", "ba"):
        with zipfile.ZipFile(path, "w") as archive:
            for name, said in zip(names, (content(1), content(1, fixed="0.1")), strict=True):
                archive.writestr(f"{name}.json", said)
        with pytest.raises(RecordInvalid, match="the same id"):
            desk.take(path, allow_shrink=True)


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.json", "/etc/x.json", "C:\\x.json", "a/../../x.json"]
)
def test_names_of_members_lead_nowhere(desk: Desk, name: str) -> None:
    path = desk.folder / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content(1))
    before = {one for one in desk.folder.parent.rglob("*") if "data" not in one.parts}
    assert desk.take(path, "PyPI").added == 1
    assert {one for one in desk.folder.parent.rglob("*") if "data" not in one.parts} == before


def test_what_is_no_record_in_an_archive_is_not_read(desk: Desk) -> None:
    path = desk.folder / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.md", b"hello")
        archive.writestr("folder/", b"")
        archive.writestr("1.json", content(1))
    assert desk.take(path, "PyPI").added == 1


@given(at=st.integers(0, 10_000), mask=st.integers(1, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_byte_that_changed_is_seen_or_does_not_matter(tmp_path: Path, at: int, mask: int) -> None:
    """By the CRC, or by the record that it makes; names in the directory alone may differ."""
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (1, 2):
            archive.writestr(f"{number}.json", content(number))
    changed = bytearray(path.read_bytes())
    changed[at % len(changed)] ^= mask
    path.write_bytes(changed)
    try:
        with closing(Archive(path)) as read:
            found = [read.read(mark) for mark in read.members]
    except RecordInvalid:
        return
    assert set(found) <= {content(1), content(2)}


# --- other files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        b'{"catalogVersion": "1", "vulnerabilities": 7}',
        b'{"catalogVersion": "1", "vulnerabilities": [7]}',
        b'{"catalogVersion": "1", "vulnerabilities": [{}]}',
        b'{"catalogVersion": "1"',
        b'"catalogVersion"',
        b'{"catalogVersion": "1", "x": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_catalogue(desk: Desk, said: bytes) -> None:
    path = desk.folder / "kev.json"
    path.write_bytes(said)
    with pytest.raises(RecordInvalid):
        desk.take(path)


@pytest.mark.parametrize(
    "line", ["CVE-1", "CVE-1,x,y", "CVE-1,nan,0", "CVE-1,2,0", "CVE-1,0,-1", "CVE-" + "1" * 9_999]
)
def test_what_are_no_scores(desk: Desk, line: str) -> None:
    path = desk.folder / "epss.csv"
    path.write_text(f"cve,epss,percentile\n{line}\n")
    with pytest.raises(RecordInvalid):
        desk.take(path)


def test_scores_that_end_too_early(desk: Desk) -> None:
    path = desk.folder / "epss.csv.gz"
    lines = b"cve,epss,percentile\n" + b"".join(b"CVE-2026-%d,0.1,0.2\n" % number for number in range(9_999))
    path.write_bytes(gzip.compress(lines)[:-20])
    with pytest.raises(RecordInvalid):
        desk.take(path)


# --- cut off, and at once -----------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from pratique.advisories import Importer, Revisions, supplies
from pratique.clock import SystemClock

def tell(source, count):
    os.kill(os.getpid(), 9)

folder = Path(sys.argv[1])
Importer(Revisions(folder / "data" / "advisories"), SystemClock(), tell).take(supplies(folder / "PyPI"))
"""


def test_an_import_that_is_killed_leaves_the_last_revision(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    desk.zip("PyPI", *[record(number, fixed="9") for number in range(1, 1_100)])
    killed = subprocess.run([sys.executable, "-c", KILLED, str(desk.folder)], check=False, timeout=50)
    assert killed.returncode == -9
    assert (desk.folder / "data" / "advisories" / "draft.sqlite").exists()
    assert desk.revisions.number == 1
    assert desk.ids("pkg:pypi/package-1@5") == []
    assert desk.take(desk.folder / "PyPI" / "all.zip").changed == 40
    assert desk.ids("pkg:pypi/package-1@5") == ["PYSEC-2026-1"]
    assert not (desk.folder / "data" / "advisories" / "draft.sqlite").exists()


@pytest.mark.parametrize("step", ["rename", "write_text", "unlink"])
def test_wherever_publishing_ends_one_revision_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    desk.say("PyPI", *MANY)
    path = desk.zip("PyPI", *[record(1, fixed="9"), *MANY[1:]])

    def fail(*_args: object, **_named: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, fail)
        with pytest.raises(OSError, match="the disk is gone"):
            desk.take(path)
    assert desk.ids("pkg:pypi/package-2@1") == ["PYSEC-2026-2"]
    desk.take(path)
    assert desk.ids("pkg:pypi/package-1@5") == ["PYSEC-2026-1"]


def test_a_full_disk_leaves_the_last_revision(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.say("PyPI", *MANY)
    taken: list[str] = []
    take = Telling.take

    def fails(telling: Telling, member: Member) -> None:
        taken.append(member.name)
        if len(taken) == 20:
            raise OSError("no space left on device")
        take(telling, member)

    with monkeypatch.context() as patch:
        patch.setattr(Telling, "take", fails)
        with pytest.raises(OSError, match="no space"):
            desk.take(desk.zip("PyPI", *[record(number, fixed="9") for number in range(1, 41)]))
    assert desk.revisions.number == 1
    assert desk.ids("pkg:pypi/package-1@1.5") == ["PYSEC-2026-1"]
    assert not (desk.folder / "data" / "advisories" / "draft.sqlite").exists()


HOLDING = """
import sys
from pathlib import Path
from pratique.advisories import Revisions
with Revisions(Path(sys.argv[1])).next():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def another_import(desk: Desk) -> Iterator["subprocess.Popen[str]"]:
    folder = desk.folder / "data" / "advisories"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_two_imports_at_once_are_one_and_a_refusal(
    desk: Desk, another_import: "subprocess.Popen[str]"
) -> None:
    path = desk.zip("PyPI", *MANY)
    with pytest.raises(Conflict, match="another import is going on"):
        desk.take(path)
    another_import.communicate("go on\n", timeout=30)
    assert another_import.returncode == 0
    assert desk.take(path).added == 40
    assert desk.revisions.number == 2


def test_an_import_that_died_holds_nobody_up(desk: Desk, another_import: "subprocess.Popen[str]") -> None:
    another_import.kill()
    another_import.wait(timeout=30)
    assert desk.say("PyPI", *MANY).added == 40


def test_who_asks_while_an_import_goes_on_is_answered_from_the_last_revision(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    asked: list[list[str]] = []
    desk.zip("PyPI", *[record(number, fixed="9") for number in range(1, 1_100)])
    importer = Importer(
        desk.revisions, desk.clock, lambda _name, _count: asked.append(desk.ids("pkg:pypi/package-1@5"))
    )
    importer.take(supplies(desk.folder / "PyPI"))
    assert asked == [[]]
    assert desk.ids("pkg:pypi/package-1@5") == ["PYSEC-2026-1"]


def test_a_revision_of_another_version_is_not_misread(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    path = desk.folder / "data" / "advisories" / "revision-00000001.sqlite"
    changed = bytearray(path.read_bytes())
    changed[60:64] = (9_999).to_bytes(4)
    path.write_bytes(changed)
    with pytest.raises(Exception, match="of another version of Pratique"):
        Answers(desk.revisions)
    assert desk.say("PyPI", *MANY).added == 40

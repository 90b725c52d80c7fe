"""Zips as `zipfile` reads them, and what is refused that it would take."""

import io
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pratique.advisories.archives import Archive
from pratique.advisories.record import RecordInvalid

METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=9).map(
    lambda text: f"{text}.json"
)


def read(path: Path) -> dict[str, bytes]:
    with closing(Archive(path)) as archive:
        return {mark[0]: archive.read(mark) for mark in archive.members}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "all.zip"


@given(
    members=st.dictionaries(NAMES, st.tuples(st.binary(max_size=99), METHODS), max_size=9),
    comment=st.binary(max_size=9),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_reads_what_zipfile_wrote(
    path: Path, members: dict[str, tuple[bytes, int]], comment: bytes
) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for name, (content, method) in members.items():
            archive.writestr(name, content, method)
    if b"PK\x05\x06" in comment:
        return
    assert read(path) == {name: content for name, (content, _method) in members.items()}


@given(content=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_zip_or_not(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(RecordInvalid):
        read(path)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_of_a_changed_zip_is_what_was_in_it(path: Path, data: st.DataObject) -> None:
    """And `zipfile` reads the same, where it does not refuse what nothing depends on: versions, flags, spellings."""
    whole = io.BytesIO()
    contents = {name.encode() * 9 for name in ("a.json", "b.json", "cc.txt")}
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for content in sorted(contents):
            archive.writestr(content[:6].decode(), content)
    changed = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    try:
        ours = sorted(read(path).values())
    except RecordInvalid:
        return
    assert contents.issuperset(ours)
    refused = (NotImplementedError, UnicodeDecodeError, zipfile.BadZipFile, RuntimeError)
    with suppress(*refused), zipfile.ZipFile(path) as archive:
        names = [one for one in archive.infolist() if one.filename.endswith(".json")]
        assert sorted(map(archive.read, names)) == ours


def test_more_members_than_16_bits_count(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_540):
            archive.writestr(f"{number}.json", b"")
    assert len(read(path)) == 65_540


def test_members_of_unknown_length_and_large_extra_fields(path: Path) -> None:
    """As writers make them that can't go back: lengths behind the bytes, in the directory all the same."""

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, piece: object) -> int:
            return written.write(bytes(piece))  # type: ignore[call-overload]  # a buffer

    written = io.BytesIO()
    with zipfile.ZipFile(io.BufferedWriter(Pipe()), "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("a.json")
        entry.extra = b"\x99\x99\xc8\x00" + b"x" * 200
        archive.writestr(entry, b"content", zipfile.ZIP_DEFLATED)
    path.write_bytes(written.getvalue())
    assert read(path) == {"a.json": b"content"}


def swapped(old: bytes, new: bytes, count: int = -1) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, count)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: b"prefix" + content, "makes no sense"),
        (lambda content: content + b"suffix", "goes on after its end"),
        (lambda content: content[:-1], "no zip"),
        (swapped(b"a.json", b"b.json"), "twice"),
        (swapped(b"a.json", b"x.json", 1), "another header"),
        (swapped(b"PK\x03\x04", b"PK\x03\x05", 1), "another header"),
        (swapped(b"PK\x01\x02", b"PK\x01\x03", 1), "makes no sense"),
        (lambda _content: b"", "no zip"),
    ],
)
def test_what_readings_could_differ_on_is_refused(
    path: Path, change: Callable[[bytes], bytes], why: str
) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", b"one")
        archive.writestr("b.json", b"two")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RecordInvalid, match=why):
        read(path)


def test_members_that_share_their_bytes(path: Path) -> None:
    """The bomb of overlapping files: each member of the directory has the bytes of the first."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", b"x" * 10_000)
    content = path.read_bytes()
    begin, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, last = content[begin:end], bytearray(content[end:])
    more = b"".join(entry.replace(b"a.json", b"%c.json" % letter) for letter in b"bcdefgh")
    last[8:10] = last[10:12] = (8).to_bytes(2, "little")
    last[12:16] = (len(entry) * 8).to_bytes(4, "little")
    path.write_bytes(content[:begin] + entry + more + bytes(last))
    with pytest.raises(RecordInvalid, match="another directory, or more than"):
        read(path)


def test_a_path_that_is_not_there(path: Path) -> None:
    with pytest.raises(RecordInvalid, match="can't be read"):
        Archive(path)

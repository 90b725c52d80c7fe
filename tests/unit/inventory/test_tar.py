"""Layers read as runtimes read them: held against tarfile on what is clear, refused on what is not."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from typing import Any, Final

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pratique.inventory import CouldNotBeExamined, Entry, Kind, LayerLimits, TarReader, Unpacked
from pratique.inventory.tar import BLOCK

LIMITS: Final = LayerLimits()
FORMATS: Final = {"pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT, "ustar": tarfile.USTAR_FORMAT}
KINDS: Final = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.DIRECTORY,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARDLINK,
    tarfile.FIFOTYPE: Kind.DEVICE,
}


def archive(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **pax: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.pax_headers = kind, link, pax
    return info


def entries(content: bytes, limits: LayerLimits = LIMITS) -> list[tuple[Entry, bytes]]:
    reader = TarReader(Unpacked(io.BytesIO(content), limits), limits)
    return [(entry, reader.content(limits.metadata_file)) for entry in reader]


def raw(
    name: bytes = b"a", size: bytes = b"00000000000\0", flag: bytes = b"0", magic: bytes = b"ustar\x0000"
) -> bytes:
    """A header by hand, with a right checksum."""
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[100:108], block[124:136], block[156:157] = b"0000644\0", size, flag
    block[257:265] = magic
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


END: Final = bytes(2 * BLOCK)
NAMES: Final = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/"), min_size=1, max_size=120
).filter(lambda name: name not in {".", ".."})


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@settings(max_examples=50)
@given(data=st.data())
def test_it_sees_what_tarfile_sees(form: int, data: st.DataObject) -> None:
    limit = 80 if form == tarfile.USTAR_FORMAT else 120
    name = NAMES.filter(lambda text: len(text.encode()) <= limit)
    kinds = data.draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=6))
    members = []
    for kind in kinds:
        path = "/".join(
            data.draw(st.lists(name, min_size=1, max_size=1 if form == tarfile.USTAR_FORMAT else 4))
        )
        link = data.draw(name) if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
        content = data.draw(st.binary(max_size=1_500)) if kind == tarfile.REGTYPE else b""
        members.append((member(path, kind, link), content))
    made = archive(*members, form=form)
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        expected = []
        for info in tar:
            file = tar.extractfile(info) if info.isreg() else None
            entry = Entry(info.name.strip("/"), KINDS[info.type], info.size, info.linkname)
            expected.append((entry, file.read() if file else b""))
    assert entries(made) == expected


def gzipped_in_two(content: bytes) -> bytes:
    return gzip.compress(content[:700]) + gzip.compress(content[700:])


def zstd_in_two(content: bytes) -> bytes:
    compressor = zstandard.ZstdCompressor()
    skippable = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    return compressor.compress(content[:700]) + skippable + compressor.compress(content[700:])


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, gzipped_in_two, zstd_in_two], ids=lambda pack: pack.__name__
)
def test_all_members_and_frames_are_read_and_hashed(pack: Callable[[bytes], bytes]) -> None:
    made = archive((member("etc/os-release"), b"ID=debian\n"), (member("b"), b"x" * 5_000))
    source = Unpacked(io.BytesIO(pack(made)), LIMITS)
    reader = TarReader(source, LIMITS)
    assert [entry.path for entry in reader] == ["etc/os-release", "b"]
    assert source.diff_id == f"sha256:{hashlib.sha256(made).hexdigest()}"


@pytest.mark.parametrize(
    ("written", "path"),
    [("./etc//passwd", "etc/passwd"), ("/etc/passwd", "etc/passwd"), ("./", ""), ("usr/lib/", "usr/lib")],
)
def test_paths_have_one_spelling(written: str, path: str) -> None:
    ((entry, _content),) = entries(raw(written.encode(), flag=b"5") + END)
    assert entry.path == path


def test_names_that_are_no_utf_8_stay_apart_and_can_be_written_anywhere() -> None:
    written = [b"caf\xe9", b"caf\xe8", "caf\u00e9".encode(), b"caf\\xe9", b"\xff"]
    content = archive(
        *((member(name.decode("utf-8", "surrogateescape")), b"") for name in written), form=tarfile.GNU_FORMAT
    )
    link = member("a", tarfile.SYMTYPE, b"to/\xe9".decode("utf-8", "surrogateescape"))
    found = [entry for entry, _ in entries(content)]
    assert [entry.path for entry in found] == ["caf\0e9", "caf\0e8", "caf\u00e9", "caf\\xe9", "\0ff"]
    assert [entry.link for entry, _ in entries(archive((link, b""), form=tarfile.GNU_FORMAT))] == ["to/\0e9"]
    assert "".join(entry.path for entry in found).encode()


def test_a_name_that_ends_in_a_slash_is_a_directory() -> None:
    ((entry, _content),) = entries(raw(b"usr/lib/", flag=b"\0") + END)
    assert entry.kind is Kind.DIRECTORY


def test_a_global_header_that_says_nothing_that_matters() -> None:
    said = raw(b"pax_global_header", b"%011o\0" % 9, b"g") + padded(b"9 comm=1\n")
    assert [entry.path for entry, _ in entries(said + raw() + END)] == ["a"]


def test_a_file_with_the_name_of_a_directory() -> None:
    with pytest.raises(CouldNotBeExamined, match="the name of a directory"):
        entries(raw(b"usr/lib/") + END)


def prefixed(prefix: bytes, magic: bytes, trailer: bytes = b"") -> bytes:
    block = bytearray(raw(b"name", magic=magic))
    block[345 : 345 + len(prefix)], block[508 : 508 + len(trailer)] = prefix, trailer
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + END


def test_prefixes_are_of_ustar_only() -> None:
    ((entry, _content),) = entries(prefixed(b"usr/lib", b"ustar\x0000"))
    assert entry.path == "usr/lib/name"
    ((entry, _content),) = entries(prefixed(b"14000000000\x0014000000000\0", b"ustar  \0"))
    assert entry.path == "name"
    for magic, trailer in ((b"ustar  \0", b""), (bytes(8), b""), (b"ustar\x0000", b"tar\0")):
        with pytest.raises(CouldNotBeExamined, match="a format that knows none"):
            entries(prefixed(b"usr/lib", magic, trailer))


def test_an_archive_may_end_without_end_blocks() -> None:
    assert [entry.path for entry, _ in entries(raw() + raw(b"b"))] == ["a", "b"]


def pax(*records: bytes) -> bytes:
    lines = b""
    for record in records:
        length = len(record) + 3
        length += len(str(length)) - 1
        lines += b"%d %b\n" % (length, record)
    return raw(b"pax", b"%011o\0" % len(lines), b"x") + padded(lines)


DOUBTFUL: Final[dict[str, bytes]] = {
    "no tar at all": b"\x7fELF" + bytes(600),
    "a wrong checksum": raw()[:0] + bytes([raw()[0] ^ 1]) + raw()[1:] + END,
    "a header that is cut off": raw()[:300],
    "content that is cut off": raw(size=b"00000001000\0") + b"x" * 100,
    "data after the end": raw() + END + raw(b"hidden"),
    "one block of zeros and then data": raw() + bytes(BLOCK) + raw(b"hidden") + END,
    "two sizes": pax(b"size=1024") + raw(size=b"%011o\0" % 512) + bytes(1024) + END,
    "a size in pax that the header could say": pax(b"size=512") + raw() + bytes(512) + END,
    "sparse in pax": pax(b"GNU.sparse.major=1", b"GNU.sparse.minor=0") + raw() + END,
    "old sparse": raw(flag=b"S") + END,
    "a global header with the name of a file": raw(b"etc/a", b"%011o\0" % 9, b"g")
    + padded(b"9 comm=1\n")
    + raw()
    + END,
    "a link with the name of a global header": raw(b"pax_global_header", flag=b"2") + END,
    "a global header between": raw(b"x", b"%011o\0" % 11, b"x")
    + padded(b"11 path=ab\n")
    + raw(b"pax_global_header", b"%011o\0" % 9, b"g")
    + padded(b"9 comm=1\n")
    + raw()
    + END,
    "a global path": raw(b"g", b"%011o\0" % 11, b"g") + padded(b"11 path=ab\n") + raw() + END,
    "two pax headers": pax(b"path=a") + pax(b"path=b") + raw() + END,
    "one record twice": pax(b"path=a", b"path=b") + raw() + END,
    "an empty path": pax(b"path=") + raw() + END,
    "a NUL in a path": pax(b"path=a\0b") + raw() + END,
    "a malformed record": raw(b"x", b"%011o\0" % 9, b"x") + padded(b"99 path=a") + raw() + END,
    "two long names that differ": (
        raw(b"L", b"%011o\0" % 2, b"L") + padded(b"a\0") + pax(b"path=b") + raw() + END
    ),
    "a long name that goes on": raw(b"L", b"%011o\0" % 4, b"L") + padded(b"a\0bc") + raw() + END,
    "a link with content": raw(size=b"%011o\0" % 5, flag=b"2") + padded(b"hello") + END,
    "a negative size": raw(size=b"\xff" * 12) + END,
    "a malformed size": raw(size=b"12x45678901\0") + END,
    "a size behind a NUL": raw(size=b"\0" + b"0000000010\0") + padded(b"12345678") + END,
    "a path that leads upwards": raw(b"a/../../etc/passwd") + END,
    "an unknown type": raw(flag=b"Z") + END,
    "bzip2": b"BZh91AY&SY" + bytes(600),
    "a torn gzip": gzip.compress(archive((member("a"), b"x" * 5_000)))[:-20],
    "garbage after gzip": gzip.compress(archive((member("a"), b"x"))) + b"garbage",
    "a torn zstd": zstandard.ZstdCompressor().compress(archive((member("a"), b"x")))[:-1],
    "a second zstd frame that is torn": zstandard.ZstdCompressor().compress(archive((member("a"), b"x")))
    + b"\x28\xb5\x2f\xfd",
    "zeros after gzip, at which Go stops": gzip.compress(archive((member("a"), b"x"))) + bytes(512),
}


@pytest.mark.parametrize("content", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_could_be_read_in_two_ways_is_not_read(content: bytes) -> None:
    with pytest.raises(CouldNotBeExamined):
        entries(content)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (LayerLimits(unpacked=4_000), "unpacks to more than 4000 bytes"),
        (LayerLimits(ratio=2, ratio_after=4_000), "more than 2 times"),
        (LayerLimits(entries=2), "more than 2 entries"),
        (LayerLimits(path=4), "a path has more than 4 bytes"),
        (LayerLimits(pax=10), "10 are allowed"),
        (LayerLimits(metadata_file=100), "100 are allowed"),
    ],
)
def test_limits(limits: LayerLimits, why: str) -> None:
    made = archive(
        (member("a"), bytes(20_000)), (member("b"), b""), (member("cccccc", comment="x" * 30), b"")
    )
    with pytest.raises(CouldNotBeExamined, match=why):
        entries(gzip.compress(made), limits)


def test_eight_gibibytes_are_said_by_pax_alone() -> None:
    size = 8**11
    content = pax(b"size=%d" % size) + raw()
    source: Any = io.BytesIO(content)
    assert next(iter(TarReader(Unpacked(source, LIMITS), LIMITS))).size == size


@given(content=st.binary(max_size=2_000))
def test_any_bytes_are_read_or_not(content: bytes) -> None:
    try:
        entries(content)
    except CouldNotBeExamined:
        return
    assert not content.strip(b"\0") or len(content) >= BLOCK or content.startswith((b"\x1f\x8b", b"\x28\xb5"))


@settings(max_examples=200)
@given(at=st.integers(0, 4 * BLOCK - 1), to=st.integers(0, 255))
@example(at=148, to=0)
def test_one_byte_that_differs_is_seen_or_harmless(at: int, to: int) -> None:
    """A changed layer is refused, or read as tarfile reads it: never as a third thing."""
    made = bytearray(archive((member("etc/a"), b"1" * 600), (member("b", tarfile.SYMTYPE, "etc/a"), b"")))
    made[at % len(made)] = to
    try:
        found = [(entry.path, entry.size, entry.link) for entry, _ in entries(bytes(made))]
    except CouldNotBeExamined:
        return
    with tarfile.open(fileobj=io.BytesIO(bytes(made))) as tar:
        assert found == [(info.name.strip("/"), info.size, info.linkname) for info in tar]


@pytest.mark.parametrize("left", [0, 1, 300])
def test_an_archive_may_end_with_its_last_file(left: int) -> None:
    """As umoci leaves it: the content is whole, its padding and the end blocks are not there."""
    whole = archive((member("a"), b"x" * 700), form=tarfile.USTAR_FORMAT)
    content = whole[: BLOCK + 700 + left]
    assert entries(content) == [(Entry("a", Kind.FILE, 700), b"x" * 700)]
    with pytest.raises(CouldNotBeExamined, match="ends inside an entry"):
        entries(whole[: BLOCK + 699])


def test_content_in_pieces() -> None:
    content = archive((member("a"), b"y" * 3_000_000), (member("b"), b"z"))
    reader = TarReader(Unpacked(io.BytesIO(content), LIMITS), LIMITS)
    for entry in reader:
        head = reader.head(4)
        pieces = list(reader.pieces())
        assert b"".join(pieces) == (b"y" * 3_000_000 if entry.path == "a" else b"z")
        assert pieces[0] == head

"""Files that a runtime's own tools read otherwise than a careless reader: what is inside is found all the same."""

import io
import json
import struct
import zipfile

import pytest
from tests.images import DEBIAN, Member, dpkg, file, image
from tests.unit.inventory.rpmdbs import header

from pratique.inventory import CouldNotBeExamined
from pratique.inventory.readers.binaries import read_large
from pratique.inventory.readers.golang import MAGIC

LODASH = "srv/node_modules/lodash/package.json"
JAR = "srv/app.jar"
STATUS = "var/lib/dpkg/status"
POM = "META-INF/maven/org.apache/log4j-core/pom.properties"
EVIL = "groupId=org.apache\nartifactId=log4j-core\nversion=2.14.1\n"


def names(*members: Member) -> list[str]:
    found = image(members).contents().packages
    return sorted(f"{one.package.name} {one.package.version}" for one in found)


def refused(*members: Member) -> str:
    with pytest.raises(CouldNotBeExamined) as caught:
        image(members).contents()
    return str(caught.value)


@pytest.mark.parametrize("oddity", [b'"\xff"', b"1e999", b"9" * 6_000, rb'"\ud800"', b"[1, 2]"])
def test_documents_that_node_reads(oddity: bytes) -> None:
    document = b'{"name": "lodash", "version": "4.17.0", "x": ' + oddity + b"}"
    assert names(file(LODASH, document)) == ["lodash 4.17.0"]


def test_documents_that_nest_too_deep_for_us_and_not_for_node() -> None:
    deep = '{"name": "lodash", "version": "4.17.0", "x": ' + "[" * 5_000 + "]" * 5_000 + "}"
    assert "nests too deep" in refused(file(LODASH, deep))


@pytest.mark.parametrize("folder", ["old_node_modules/lodash", "x.node_modules/a/b/lodash"])
def test_folders_that_are_only_called_like_node_modules(folder: str) -> None:
    document = json.dumps({"name": "lodash", "version": "4.17.0"})
    assert names(file(f"srv/{folder}/package.json", document)) == ["lodash 4.17.0"]


def zipped(**members: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def test_a_jar_whose_comment_holds_another_directory() -> None:
    evil, harmless = bytearray(zipped(**{POM: EVIL})), zipped(Readme="hello")
    # Java goes by the first record, whose comment ends with the file; whoever takes the last sees the other.
    evil[-2:] = struct.pack("<H", len(harmless) + 1)
    assert "ends in two ways" in refused(file(JAR, bytes(evil) + harmless + b"x"))


def test_a_jar_with_a_directory_in_64_bits_that_nobody_asked_for() -> None:
    evil, end = zipped(**{POM: EVIL}), 22
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert "two directories" in refused(file(JAR, evil[:-end] + locator + evil[-end:]))
    assert names(file(JAR, evil)) == ["log4j-core 2.14.1"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_jar_with_a_damaged_member_is_no_fault_of_ours(method: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(POM, EVIL * 50)
    content = bytearray(made.getvalue())
    at = 30 + len(POM)
    content[at : at + 20] = bytes(range(0xE0, 0xF4))
    assert "no archive that can be read" in refused(file(JAR, bytes(content)))


def blob(version: str, *modules: str) -> bytes:
    """Build information as Go's linker writes it."""
    text = b"s" * 16 + "\n".join(modules).encode() + b"e" * 16
    said = [version.encode(), text]
    strings = b"".join(_varint(len(one)) + one for one in said)
    made = MAGIC + bytes([8, 2]) + bytes(16) + strings
    return made + bytes(-len(made) % 16)


def _varint(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


DECOY = blob("go1.99", "dep\texample.org/harmless\tv9.9.9")
REAL = blob("go1.18", "dep\tgolang.org/x/crypto\tv0.0.1")
MENTION = MAGIC + bytes(18)
HEAD = b"\x7fELF" + bytes(12)


def test_build_information_in_front_of_the_real_one_hides_nothing() -> None:
    found = names(file("bin/app", HEAD + DECOY + REAL))
    assert {"crypto v0.0.1", "stdlib 1.18"} <= set(found)
    assert names(file("bin/app", HEAD + MENTION + REAL)) == ["crypto v0.0.1", "stdlib 1.18"]
    assert "before 1.18" in refused(file("bin/app", HEAD + MENTION))
    assert "more than 16 places" in refused(file("bin/app", HEAD + DECOY * 17))


def test_the_same_in_binaries_that_are_not_held_in_memory() -> None:
    content = HEAD + DECOY + bytes(9 * 2**20) + REAL + bytes(100)
    for size in (997, 2**20):
        pieces = (content[at : at + size] for at in range(0, len(content), size))
        assert {"crypto", "stdlib", "harmless"} == {one.name for one in read_large(pieces)}


def test_headers_that_lie_in_the_page_of_their_names() -> None:
    """What Berkeley DB does with small ones; a larger page than rpm makes keeps all headers so."""
    size = 4_096
    items = [b"\x01\0\0\0\0", b"\x01\x01\0\0\0", b"\x01\x02\0\0\0"]
    values = [b"\x01\x02\0\0\0", *(b"\x01" + header(NAME=name, VERSION="1.0") for name in ("bash", "evil"))]
    names_, body = b"", b""
    for key, value in zip(items, values, strict=True):
        for item in (key, value):
            body = item + body
            names_ += struct.pack("<H", size - len(body))
    page = (struct.pack("<QIIIHHBB", 0, 1, 0, 0, 6, 0, 0, 13) + names_).ljust(size - len(body), b"\0") + body
    meta = struct.pack("<QIIII", 0, 0, 0x061561, 9, size).ljust(32, b"\0") + struct.pack("<I", 1)
    one = file("var/lib/rpm/Packages", meta.ljust(size, b"\0") + page)
    assert names(one) == ["bash 1.0", "evil 1.0"]
    # The last page that the header speaks of is not the last that is there.
    shorter = meta[:32] + struct.pack("<I", 0)
    assert names(file("var/lib/rpm/Packages", shorter.ljust(size, b"\0") + page)) == ["bash 1.0", "evil 1.0"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (STATUS, "Package: openssl\nVersion: 9\nVersion: 1.1.1\n"),
        ("var/lib/dpkg/status.d/openssl", "Package: openssl\nPackage: other\nVersion: 1.1.1\n"),
        ("lib/apk/db/installed", "P:openssl\nV:9-r0\nV:1.1.1-r0\n\n"),
        ("lib/apk/db/installed", "P:harmless\nV:9-r0\n \nP:openssl\nV:1.1.1-r0\n\n"),
    ],
)
def test_databases_that_say_a_thing_twice(path: str, content: str) -> None:
    assert "twice" in refused(file(path, content))


def test_metadata_is_read_as_python_reads_it() -> None:
    said = "\ufeffName: django\nVersion: 1.0\nVersion: 9.9\nName: other\n"
    assert names(file("usr/lib/a.dist-info/METADATA", said)) == ["django 1.0"]
    assert names(file("usr/lib/a.egg/EGG-INFO/PKG-INFO", "Name: django\nVersion: 1.0\n")) == ["django 1.0"]


OLD = "Name: django\nVersion: 1.0\n"


def states(*layers: list[Member]) -> dict[str, str]:
    found = image(*layers).contents().packages
    return {one.path: one.state for one in found if one.package.type == "pypi"}


@pytest.mark.parametrize("folder", ["usr/local/lib", "opt/app", "srv", "root/.local/lib", "home/app"])
def test_a_list_owns_nothing_where_distributions_put_nothing(folder: str) -> None:
    path, other = f"{folder}/django.dist-info/METADATA", "usr/lib/django.dist-info/METADATA"
    base = [
        file("etc/os-release", DEBIAN),
        file(STATUS, dpkg(("python3-django", "9"))),
        file("var/lib/dpkg/info/python3-django.list", f"/{path}\n/{other}\n"),
        file(path, OLD),
        file(other, OLD),
    ]
    assert states(base) == {path: "", other: "owned"}


def test_what_was_put_over_a_package_s_file_is_not_its_own_when_the_database_changes_later() -> None:
    path = "usr/lib/python3/dist-packages/django.dist-info/METADATA"
    base = [
        file("etc/os-release", DEBIAN),
        file(STATUS, dpkg(("python3-django", "9"))),
        file("var/lib/dpkg/info/python3-django.list", f"/{path}\n"),
        file(path, "Name: django\nVersion: 9\n"),
    ]
    later = [file(STATUS, dpkg(("python3-django", "9"), ("curl", "1")))]
    assert states(base, later) == {path: "owned"}
    assert states(base, [file(path, OLD)], later) == {path: ""}

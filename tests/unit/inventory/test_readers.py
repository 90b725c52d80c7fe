"""What package managers leave in images, read as they write it; strangers' files are Unparsable, never a crash."""

import io
import itertools
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers import (
    apk,
    binaries,
    documents,
    dpkg,
    golang,
    java,
    os_release,
    python,
    ruby,
    rust,
)
from pratique.inventory.readers.reader import Reader, Unparsable

STATUS: Final = b"""\
Package: libcurl4
Status: install ok installed
Maintainer: Alessandro Ghedini <ghedo@debian.org>
Architecture: amd64
Source: curl
Version: 7.74.0-1.3+deb11u1
Description: library
 goes on
Conffiles:
 /etc/x

Package: bsdutils
Status: install ok installed
Architecture: amd64
Source: util-linux (2.36.1-8)
Version: 1:2.36.1-8

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: held
Status: hold ok installed
Version: 2.0

Package: leaving
Status: deinstall ok installed
Version: 3.0

Package: half
Status: install ok not-installed
Version: 4.0
"""


def test_dpkg() -> None:
    packages = {package.name: package for package in dpkg.read("", STATUS)}
    assert sorted(packages) == ["bsdutils", "held", "leaving", "libcurl4"]
    assert packages["libcurl4"].source == "curl"
    assert (packages["bsdutils"].source, packages["bsdutils"].source_version) == ("util-linux", "2.36.1-8")
    assert purl_of(packages["bsdutils"], "debian", "11") == (
        "pkg:deb/debian/bsdutils@1:2.36.1-8?arch=amd64&distro=debian-11&upstream=util-linux%402.36.1-8"
    )


def test_distroless_has_a_file_for_each_package() -> None:
    assert dpkg.DISTROLESS.wants("var/lib/dpkg/status.d/base")
    assert not dpkg.DISTROLESS.wants("var/lib/dpkg/status.d/base.md5sums")
    (package,) = dpkg.read("", b"Package: base-files\nVersion: 12.4\nArchitecture: amd64\n")
    assert (package.name, package.version) == ("base-files", "12.4")


def test_apk() -> None:
    installed = b"""\
C:Q1abc=
P:libcrypto3
V:3.1.4-r1
A:x86_64
L:Apache-2.0
o:openssl
m:Ariadne <a@example.org>
F:lib
R:libcrypto.so.3
F:etc/ssl
R:openssl.cnf

P:musl
V:1.2.4-r2
o:musl
"""
    crypto, musl = apk.read("", installed)
    assert (crypto.source, crypto.licenses) == ("openssl", ("Apache-2.0",))
    assert crypto.files == ("lib/libcrypto.so.3", "etc/ssl/openssl.cnf")
    assert musl.source == ""
    assert purl_of(crypto, "alpine", "3.19.0").endswith("arch=x86_64&distro=alpine-3.19.0&upstream=openssl")


@pytest.mark.parametrize(
    ("content", "identifier", "release"),
    [
        (b'ID=debian\nVERSION_ID="12"\n', "debian", "12"),
        (b"ID='ubuntu'\r\nVERSION_ID=22.04\r\n", "ubuntu", "22.04"),
        (b"# a comment\nID=alpine\nID=wolfi\n", "wolfi", ""),
        (b'ID="unclosed\n', "unclosed", ""),
        (b"", "", ""),
    ],
)
def test_os_release(content: bytes, identifier: str, release: str) -> None:
    found = os_release.read_os_release(content)
    assert (found.id, found.release) == (identifier, release)


def test_python() -> None:
    metadata = (
        b"Metadata-Version: 2.1\nName: Flask_SQLAlchemy\nVersion: 3.0.5\nLicense: BSD\n\nName: not this\n"
    )
    assert python.PYTHON.wants("usr/lib/python3/dist-packages/flask.dist-info/METADATA")
    assert python.PYTHON.wants("x.egg-info")
    assert python.PYTHON.wants("a/x.egg-info/PKG-INFO")
    assert not python.PYTHON.wants("x.dist-info/RECORD")
    (package,) = python.read("a.dist-info/METADATA", metadata)
    assert (package.name, package.version, package.licenses) == ("Flask_SQLAlchemy", "3.0.5", ("BSD",))
    egg = zipped({"EGG-INFO/PKG-INFO": b"Name: old\nVersion: 1.0\n"})
    (package,) = python.read("old-1.0.egg", egg)
    assert package.name == "old"


def test_node_reads_what_is_installed_and_not_what_it_carries_along() -> None:
    assert documents.NODE.wants("app/node_modules/@a/b/package.json")
    assert documents.NODE.wants("node_modules/b/package.json")
    assert documents.NODE.wants("opt/yarn-v1.22.19/package.json")
    assert not documents.NODE.wants("app/node_modules/b/test/fixtures/package.json")
    (package,) = documents.read_node(
        "", b'{"name": "@babel/core", "version": "7.0.0", "license": {"type": "MIT"}}'
    )
    assert (package.namespace, package.name, package.licenses) == ("@babel", "core", ("MIT",))
    assert purl_of(package) == "pkg:npm/%40babel/core@7.0.0"
    assert list(documents.read_node("", b'{"name": "app"}')) == []


@pytest.mark.parametrize("wrapped", [True, False])
def test_php(wrapped: bool) -> None:
    packages: Any = [{"name": "symfony/console", "version": "v5.4.1", "license": ["MIT"]}, {"version": "1"}]
    content = json.dumps({"packages": packages} if wrapped else packages).encode()
    (package,) = documents.read_php("", content)
    assert (package.namespace, package.name, package.version) == ("symfony", "console", "5.4.1")


def test_dotnet() -> None:
    libraries = {"Newtonsoft.Json/13.0.1": {"type": "package"}, "App/1.0.0": {"type": "project"}}
    (package,) = documents.read_dotnet("", json.dumps({"libraries": libraries}).encode())
    assert (package.type, package.name, package.version) == ("nuget", "Newtonsoft.Json", "13.0.1")


def test_bitnami() -> None:
    content = json.dumps({"wordpress": {"version": "6.0.1-3", "arch": "amd64"}}).encode()
    (package,) = documents.read_bitnami("", content)
    assert (package.name, package.version, package.architecture) == ("wordpress", "6.0.1", "amd64")


def test_ruby() -> None:
    spec = b's.name = "rack".freeze\n  s.version = "2.2.3"\n  s.licenses = ["MIT".freeze]\n'
    (package,) = ruby.read("specifications/rack-2.2.3.gemspec", spec)
    assert (package.name, package.version, package.licenses) == ("rack", "2.2.3", ("MIT",))


def varint(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def go_binary(version: str, modules: str, *, flags: int = 2) -> bytes:
    text = b"0" * 16 + modules.encode() + b"1" * 16
    header = golang.MAGIC + bytes([8, flags]) + bytes(16)
    strings = varint(len(version)) + version.encode() + varint(len(text)) + text
    return b"\x7fELF" + bytes(28) + header + strings


def test_go() -> None:
    modules = (
        "path\texample.org/app\nmod\texample.org/app\t(devel)\t\n"
        "dep\tgithub.com/gin-gonic/gin\tv1.6.0\th1:x=\ndep\tgolang.org/x/net\tv0.1.0\t\n=>\tgolang.org/x/net\tv0.2.0\th1:y=\n"
    )
    packages = list(golang.read_go(go_binary("go1.20.1 X:boringcrypto", modules)))
    assert [(package.namespace, package.name, package.version) for package in packages] == [
        ("", "stdlib", "1.20.1"),
        ("example.org", "app", ""),
        ("github.com/gin-gonic", "gin", "v1.6.0"),
        ("golang.org/x", "net", "v0.2.0"),
    ]
    assert list(golang.read_go(b"\x7fELF" + bytes(100))) == []


def test_a_go_binary_that_can_not_be_read_is_not_one_without_packages() -> None:
    with pytest.raises(Unparsable):
        list(golang.read_go(go_binary("go1.17", "", flags=0)))
    with pytest.raises(Unparsable):
        list(golang.read_go(go_binary("go1.20", "mod\tx\tv1\n")[:-40]))


def rust_binary(crates: Any) -> bytes:
    """An ELF file of three sections: nothing, the list, and the names."""
    packed = zlib.compress(json.dumps({"packages": crates}).encode())
    names = b"\0.dep-v0\0.shstrtab\0"
    start = 64 + len(packed) + len(names)
    header = (
        b"\x7fELF\x02\x01" + bytes(34) + struct.pack("<Q", start) + bytes(10) + struct.pack("<HHH", 64, 3, 2)
    )

    def section(name: int, offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQ", name, 1, 0, 0, offset, size) + bytes(24)

    sections = section(0, 0, 0) + section(1, 64, len(packed)) + section(9, 64 + len(packed), len(names))
    return header + packed + names + sections


def test_rust() -> None:
    crates = [{"name": "time", "version": "0.1.42"}, {"name": "cc", "version": "1.0.0", "kind": "build"}]
    (package,) = rust.read_rust(rust_binary(crates))
    assert (package.type, package.name, package.version) == ("cargo", "time", "0.1.42")
    assert list(rust.read_rust(b"\x7fELF\x02\x01" + bytes(100))) == []
    with pytest.raises(Unparsable):
        list(rust.read_rust(rust_binary("no list")))


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


POM: Final = b"groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"


def test_a_forged_directory_of_a_java_archive() -> None:
    """It says that it begins later than it does, so what it lists would lie before the first byte."""
    content = bytearray(zipped({"inner.jar": b"x"}))
    stated = int.from_bytes(content[-6:-2], "little")
    content[-6:-2] = (stated + 256).to_bytes(4, "little")
    with pytest.raises(Unparsable):
        list(java.read("app.jar", bytes(content)))


def test_java_looks_into_archives_within_archives() -> None:
    inner = zipped({"META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties": POM})
    outer = zipped(
        {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n", "BOOT-INF/lib/inner.jar": inner}
    )
    (package,) = java.read("app.jar", outer)
    assert (package.namespace, package.name, package.version) == (
        "org.apache.logging.log4j",
        "log4j-core",
        "2.14.1",
    )


@pytest.mark.parametrize(
    ("path", "manifest", "expected"),
    [
        ("lib/commons-io-2.6.jar", b"", ("", "commons-io", "2.6")),
        (
            "lib/commons-io-2.6.jar",
            b"Bundle-SymbolicName: org.apache.commons.commons-io;x=y\n",
            ("org.apache.commons", "commons-io", "2.6"),
        ),
        (
            "lib/x.jar",
            b"Implementation-Title: guava\nImplementation-Version: 30.0\nImplementation-Vendor-Id: com\n .guava\n",
            ("com.guava", "guava", "30.0"),
        ),
    ],
)
def test_java_without_maven(path: str, manifest: bytes, expected: tuple[str, str, str]) -> None:
    (package,) = java.read(path, zipped({"META-INF/MANIFEST.MF": manifest}))
    assert (package.namespace, package.name, package.version) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spring-beans-5.3.17.jar", "org.springframework:spring-beans"),
        ("spring-boot-autoconfigure-2.6.5.jar", "org.springframework.boot:spring-boot-autoconfigure"),
        ("spring-security-oauth2-2.5.1.jar", "org.springframework.security.oauth:spring-security-oauth2"),
        ("spring-security-web-5.6.1.jar", "org.springframework.security:spring-security-web"),
        ("hibernate-core-5.4.23.Final.jar", "org.hibernate:hibernate-core"),
        ("hibernate-core-6.1.0.Final.jar", "org.hibernate.orm:hibernate-core"),
        ("okhttp-2.7.4.jar", "com.squareup.okhttp:okhttp"),
        ("okhttp-4.9.1.jar", "com.squareup.okhttp3:okhttp"),
        ("bcprov-jdk15on-1.65.jar", "org.bouncycastle:bcprov-jdk15on"),
        ("tomcat-embed-core-9.0.43.jar", "org.apache.tomcat.embed:tomcat-embed-core"),
        ("nobodys-1.0.jar", ":nobodys"),
    ],
)
def test_java_that_gradle_or_ant_has_built(path: str, expected: str) -> None:
    """Advisories name group and artifact: without the group nothing would be known of Spring."""
    (package,) = java.read(f"app/lib/{path}", zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}))
    assert f"{package.namespace}:{package.name}" == expected


def test_java_of_tomcat_says_no_version_in_its_name() -> None:
    said = b"Implementation-Title: Apache Tomcat\nImplementation-Version: 9.0.43\n"

    def found(path: str, manifest: bytes = said) -> list[str]:
        packages = java.read(path, zipped({"META-INF/MANIFEST.MF": manifest}))
        return [f"{one.namespace}:{one.name}:{one.version}" for one in packages]

    server = "org.apache.tomcat"
    assert found("lib/catalina.jar") == [f"{server}:tomcat:9.0.43", f"{server}:tomcat-catalina:9.0.43"]
    assert found("lib/tomcat-coyote.jar") == [f"{server}:tomcat-coyote:9.0.43"]
    assert found("lib/jasper.jar") == [f"{server}:tomcat-jasper:9.0.43"]
    assert found("lib/catalina.jar", b"Implementation-Title: Apache Tomcat\n") == []
    # Whoever borrows the title hides nothing.
    assert found("lib/log4j-core-2.14.1.jar")[0].endswith(":log4j-core:2.14.1")


def test_java_says_that_it_did_not_look_deeper() -> None:
    archive = zipped({"a.txt": b""})
    for _ in range(java.DEPTH):
        archive = zipped({"inner.jar": archive})
    with pytest.raises(Unparsable, match="deep"):
        list(java.read("outer.jar", archive))


READERS: Final[list[Callable[[str, bytes], Iterable[Package]]]] = [
    dpkg.read,
    apk.read,
    python.read,
    documents.read_node,
    documents.read_php,
    documents.read_dotnet,
    documents.read_bitnami,
    ruby.read,
    java.read,
    lambda _path, content: golang.read_go(content),
    lambda _path, content: rust.read_rust(content),
]
SEEDS: Final = [
    STATUS,
    POM,
    go_binary("go1.20", "mod\tx\tv1\n"),
    rust_binary([]),
    zipped({"a.jar": b"x"}),
    b'{"a": [1]}',
]


@pytest.mark.parametrize("read", READERS)
@given(data=st.data())
def test_strangers_bytes_are_packages_or_unparsable(
    read: Callable[[str, bytes], Iterable[Package]], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)) + data.draw(st.binary(max_size=40)))
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unparsable):
        assert all(package.name for package in read("some/a.jar", bytes(content)))


def test_every_reader_is_told_by_a_path() -> None:
    readers: list[Reader] = [
        dpkg.DPKG,
        apk.APK,
        python.PYTHON,
        documents.NODE,
        documents.PHP,
        ruby.RUBY,
        java.JAVA,
    ]
    assert not any(reader.wants("bin/sh") for reader in readers)
    assert dpkg.DPKG.wants("var/lib/dpkg/status")
    assert dpkg.DPKG.database


@given(
    st.integers(0, 40).map(lambda blocks: bytes(16 * blocks)),
    st.lists(st.integers(1, 200), min_size=1, max_size=12),
)
def test_a_large_go_binary_is_read_as_it_goes_by(before: bytes, sizes: list[int]) -> None:
    binary = before + go_binary(
        "go1.22.0", "mod\texample.org/app\tv1.0.0\t\ndep\tgolang.org/x/net\tv0.1.0\t\n"
    )
    pieces, at = [], 0
    for size in itertools.cycle(sizes):
        if at >= len(binary):
            break
        pieces.append(binary[at : at + size])
        at += size
    assert list(binaries.read_large(pieces)) == list(golang.read_go(binary))


def test_a_large_rust_binary_is_told_to_be_one() -> None:
    binary = rust_binary([{"name": "serde", "version": "1.0.0"}])
    with pytest.raises(Unparsable, match="list of crates"):
        list(binaries.read_large([binary[:90], binary[90:]]))
    # The text alone, in a program that looks for such lists, is none.
    assert list(binaries.read_large([b"\x7fELF looks for .dep-v0 in binaries"])) == []


def test_a_stanza_of_dpkg_with_an_empty_status() -> None:
    (package,) = dpkg.read("", b"Package: a\nStatus: \nVersion: 1\n")
    assert package.name == "a"

"""Systems as they once were, and applications: synthetic roots with versions of packages that were really out.

No line here comes from an image: names and versions are those of the first releases (Debian 11.0, Ubuntu 22.04,
AlmaLinux 8.5, Alpaquita 23), and of language packages as registries have them.
"""

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.roots import Tree
from tests.unit.inventory.rpmdbs import header, in_sqlite

from pratique.inventory.readers.golang import MAGIC

_DEBIAN: Final = """
    bash            5.1-2+b3            bash(5.1-2)
    bsdutils        1:2.36.1-8          util-linux(2.36.1-8)
    dpkg            1.20.9
    gpgv            2.2.27-2            gnupg2
    gzip            1.10-4
    libc6           2.31-13             glibc
    libexpat1       2.2.10-2            expat
    libgnutls30     3.7.1-5             gnutls28
    libkrb5-3       1.18.3-6            krb5
    liblzma5        5.2.5-2             xz-utils
    libssl1.1       1.1.1k-1            openssl
    libsystemd0     247.3-6             systemd
    libtirpc3       1.3.1-1             libtirpc
    perl-base       5.32.1-4+deb11u1    perl
    tar             1.34+dfsg-1
    zlib1g          1:1.2.11.dfsg-2     zlib
"""
_UBUNTU: Final = """
    bash            5.1-6ubuntu1
    bsdutils        1:2.37.2-4ubuntu3       util-linux(2.37.2-4ubuntu3)
    coreutils       8.32-4.1ubuntu1
    dpkg            1.21.1ubuntu2
    gzip            1.10-4ubuntu4
    libc6           2.35-0ubuntu3           glibc
    libgnutls30     3.7.3-4ubuntu1          gnutls28
    libkrb5-3       1.19.2-2                krb5
    libpcre2-8-0    10.39-3build1           pcre2
    libssl3         3.0.2-0ubuntu1          openssl
    libsystemd0     249.11-0ubuntu3         systemd
    libtasn1-6      4.18.0-4build1
    passwd          1:4.8.1-2ubuntu2        shadow
    perl-base       5.34.0-3ubuntu1         perl
    tar             1.34+dfsg-1build3
    zlib1g          1:1.2.11.dfsg-2ubuntu9  zlib
"""
_ALMALINUX: Final = """
    bash            4.4.20-2.el8
    expat           2.2.5-4.el8
    glibc           2.28-164.el8
    gnutls          3.6.16-4.el8
    krb5-libs       1.18.2-14.el8
    libcurl         7.61.1-22.el8
    libxml2         2.9.7-11.el8
    nodejs          1:14.18.2-2.module_el8.5.0+2618+8d46dafd
    openssl-libs    1:1.1.1k-4.el8
    platform-python 3.6.8-41.el8.alma
    tar             2:1.30-5.el8
    vim-minimal     2:8.0.1763-16.el8
    zlib            1.2.11-17.el8
"""
_ALPAQUITA: Final = """
    busybox         1.35.0-r30
    curl            8.1.0-r2
    expat           2.5.0-r0
    libcrypto3      3.0.8-r4            openssl
    libssl3         3.0.8-r4            openssl
    libxml2         2.10.4-r1
    musl            1.2.3-r4
    xz-libs         5.2.8-r0            xz
    zlib            1.2.13-r0
"""
_PYTHON: Final = {
    "Django": "2.2.0",
    "Jinja2": "2.10",
    "PyYAML": "5.1",
    "requests": "2.19.1",
    "urllib3": "1.24.1",
}
_NODE: Final = {
    "@progfay/scrapbox-parser": "6.0.2",
    "lodash": "4.17.4",
    "minimist": "0.0.8",
    "node-fetch": "2.6.0",
}
_JAVA: Final = {
    "com.fasterxml.jackson.core:jackson-databind": "2.9.8",
    "commons-collections:commons-collections": "3.2.1",
    "org.apache.logging.log4j:log4j-core": "2.14.1",
}
_GO: Final = {
    "github.com/gin-gonic/gin": "v1.5.0",
    "golang.org/x/crypto": "v0.0.0-20200622213623-75b288015ac9",
}
_GO_VERSION: Final = "go1.20.1"


def _rows(table: str) -> Iterator[tuple[str, str, str]]:
    for line in table.strip().splitlines():
        name, version, *source = line.split()
        yield name, version, source[0] if source else ""


def _release(identifier: str, version: str) -> bytes:
    return f'ID={identifier}\nVERSION_ID="{version}"\n'.encode()


def _dpkg(identifier: str, version: str, table: str) -> Tree:
    status = "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {of}\n"
        + (f"Source: {source.replace('(', ' (')}\n" if source else "")
        + "\n"
        for name, of, source in _rows(table)
    )
    return {"etc/os-release": _release(identifier, version), "var/lib/dpkg/status": status.encode()}


def _apk(table: str) -> Tree:
    installed = "".join(
        f"P:{name}\nV:{version}\nA:x86_64\no:{source or name}\n\n" for name, version, source in _rows(table)
    )
    return {"etc/os-release": _release("alpaquita", "23"), "lib/apk/db/installed": installed.encode()}


def _rpm(table: str) -> Tree:
    headers = []
    for name, of, _ in _rows(table):
        epoch, colon, rest = of.rpartition(":")
        version, _, release = rest.partition("-")
        numbered: dict[str, Any] = {"EPOCH": [int(epoch)]} if colon else {}
        headers.append(header(NAME=name, VERSION=version, RELEASE=release, ARCH="x86_64", **numbered))
    return {"etc/os-release": _release("almalinux", "8.5"), "var/lib/rpm/rpmdb.sqlite": in_sqlite(headers)}


def _zipped(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _jar(name: str, version: str) -> bytes:
    group, _, artifact = name.partition(":")
    properties = f"groupId={group}\nartifactId={artifact}\nversion={version}\n".encode()
    return _zipped({f"META-INF/maven/{group}/{artifact}/pom.properties": properties})


def go_binary(version: str, modules: Mapping[str, str]) -> bytes:
    """A program as `go build` marks it (debug/buildinfo, the form since Go 1.18)."""
    lines = "".join(f"dep\t{name}\t{of}\th1:x=\n" for name, of in modules.items())
    texts = (version.encode(), bytes(16) + f"path\texample.org/app\n{lines}".encode() + bytes(16))
    said = b"".join(_length(len(text)) + text for text in texts)
    return b"\x7fELF" + bytes(28) + MAGIC + bytes([8, 2]) + bytes(16) + said


def _length(number: int) -> bytes:
    low = number & 0x7F
    return struct.pack("B", low) if number < 0x80 else struct.pack("B", low | 0x80) + _length(number >> 7)


def _application() -> Tree:
    """All languages in one image; the jars lie in a war, one of them in another jar."""
    databind, collections, log4j = (_jar(name, version) for name, version in _JAVA.items())
    war = {"WEB-INF/lib/databind.jar": databind, "WEB-INF/lib/fat.jar": _zipped({"lib/log4j.jar": log4j})}
    return {
        **{
            f"usr/lib/python3.9/site-packages/{name}-{version}.dist-info/METADATA": (
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n".encode()
            )
            for name, version in _PYTHON.items()
        },
        **{
            f"app/node_modules/{name}/package.json": f'{{"name": "{name}", "version": "{version}"}}'.encode()
            for name, version in _NODE.items()
        },
        "srv/app.war": _zipped(war),
        "srv/lib/collections.jar": collections,
        "usr/local/bin/app": go_binary(_GO_VERSION, _GO),
    }


SYSTEMS: Final[Mapping[str, Tree]] = {
    "debian-11": _dpkg("debian", "11", _DEBIAN),
    "debian-12": _dpkg("debian", "12", _DEBIAN),
    "ubuntu-22.04": _dpkg("ubuntu", "22.04", _UBUNTU),
    "almalinux-8": _rpm(_ALMALINUX),
    "alpaquita-23": _apk(_ALPAQUITA),
    "application": _application(),
}
"""By the names of their golden files."""

"""Java archives (JAR File Specification; Maven, "Apache Maven Archiver"): pom.properties, else manifest and file name.

Archives within archives are looked into, within a depth and a size; what lies deeper is not silently left out.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.java_groups import TOMCAT, group_of, tomcats
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.stanzas import stanzas
from pratique.inventory.readers.zips import reading_zip

DEPTH: Final = 5
NAME_LIMIT: Final = 255
"""Characters of a file's name, as file systems have it: those in archives may be longer."""
MEMBERS_LIMIT: Final = 200_000
SIZE_LIMIT: Final = 512 * 2**20
"""Unpacked bytes of what is read of one archive and all within it."""

_ARCHIVE: Final = re.compile(r"\.(?:jar|war|ear|par|sar|nar|jpi|hpi|kar|lpkg)$", re.IGNORECASE)
_POM: Final = re.compile(r"^META-INF/maven/[^/]+/[^/]+/pom\.properties$")
_MANIFEST: Final = "META-INF/MANIFEST.MF"
_FILE_NAME: Final = re.compile(r"([A-Za-z][\w.]*(?:-[A-Za-z][\w.]*)*)-(\d[\w.+-]*)\.\w+$")


class _Budget:
    """What may still be unpacked."""

    def __init__(self) -> None:
        self.left = SIZE_LIMIT

    def read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
        self.left -= member.file_size
        if self.left < 0:
            raise Unparsable(f"the archives within unpack to more than {SIZE_LIMIT} bytes")
        with archive.open(member) as file:
            return file.read(member.file_size)


def read(path: str, content: bytes) -> Iterator[Package]:
    """The artifacts in an archive and in those within it."""
    yield from _archive(path, content, DEPTH, _Budget())


def _archive(path: str, content: bytes, depth: int, budget: _Budget) -> Iterator[Package]:
    if depth == 0:
        raise Unparsable(f"archives lie more than {DEPTH} deep in each other")
    with reading_zip(content, f"{path[-200:]} is no archive that can be read") as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_LIMIT:
            raise Unparsable(f"an archive has more than {MEMBERS_LIMIT} members")
        yield from _own(path, archive, members, budget)
        for member in members:
            if _ARCHIVE.search(member.filename):
                yield from _archive(member.filename, budget.read(archive, member), depth - 1, budget)


def _own(
    path: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], budget: _Budget
) -> Iterator[Package]:
    """What the archive itself is, or of what it was put together (shaded archives have many pom.properties)."""
    poms = [member for member in members if _POM.match(member.filename)]
    found = [package for member in poms if (package := _of_pom(budget.read(archive, member)))]
    if found:
        yield from found
        return
    manifest = next((member for member in members if member.filename == _MANIFEST), None)
    fields = next(stanzas(budget.read(archive, manifest).replace(b"\n ", b"")), {}) if manifest else {}
    package = _of_manifest(path, fields)
    if package is not None:
        yield package
    elif fields.get("implementation-title") == TOMCAT:
        yield from tomcats(path, fields.get("implementation-version", ""))


def _of_pom(content: bytes) -> Package | None:
    lines = (line.partition("=") for line in content.decode("utf-8", "replace").splitlines())
    fields = {name.strip(): value.strip() for name, _, value in lines if not name.startswith("#")}
    group, artifact, version = (fields.get(name, "") for name in ("groupId", "artifactId", "version"))
    return Package("maven", artifact, version, namespace=group) if artifact and version else None


def _of_manifest(path: str, fields: Mapping[str, str]) -> Package | None:
    """By the manifest where it says enough, with the file's name for what is missing (`log4j-core-2.14.1.jar`)."""
    file_name = path.rpartition("/")[2]
    named = _FILE_NAME.search(file_name) if len(file_name) <= NAME_LIMIT else None
    artifact = (
        fields.get("implementation-title", "") if " " not in fields.get("implementation-title", " ") else ""
    )
    name = named[1] if named else artifact
    version = named[2] if named else fields.get("implementation-version", "")
    group = fields.get("implementation-vendor-id", "")
    symbolic = fields.get("bundle-symbolicname", "").partition(";")[0]
    if not group and symbolic.endswith(f".{name}"):
        group = symbolic.removesuffix(f".{name}")
    return (
        Package("maven", name, version, namespace=group or group_of(name, version))
        if name and version
        else None
    )


JAVA: Final = Reader("java", lambda path: bool(_ARCHIVE.search(path)), read, vital=True)

"""Packages of an SBOM that others wrote: by their package URLs, for nothing else says for sure what is meant.

Who reads it only adds them to what layers show. Steps not taken: files, relationships, services and vulnerabilities
are passed over; `metadata.component` is what the document is of, and no part of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from packageurl import PackageURL

from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.sbom.documents import Component, Document, LicenseChoice, SpdxPackage

SIZE_LIMIT: Final = 64 * 2**20
"""Bytes of a document."""
PACKAGE_LIMIT: Final = 200_000
"""Components of a document, those in others counted."""
DEPTH_LIMIT: Final = 32
"""Components in components."""
TEXT_LIMIT: Final = 4_096
"""Characters of a package URL."""

_ARTIFACTS: Final = frozenset({"docker", "oci"})
"""What an SBOM is of, or what it was built on: no packages."""
_SYSTEMS: Final = frozenset({"apk", "deb", "rpm"})
_TRIVY_SOURCE: Final = "aquasecurity:trivy:Src"


@dataclass(frozen=True, slots=True)
class Sbom:
    """What a document says. `nameless` components have no package URL; nothing can be known of them."""

    packages: tuple[Package, ...]
    distribution: Distribution | None
    nameless: int


@dataclass(frozen=True, slots=True)
class _Stated:
    """A component of either format; `extras` are a maker's own properties."""

    name: str
    version: str
    purl: str
    licenses: tuple[str, ...]
    is_system: bool
    extras: dict[str, str]


def read_sbom(content: bytes) -> tuple[Package, ...]:
    """The packages of an SPDX 2 or CycloneDX document in JSON. Raises Unparsable."""
    return read_document(content).packages


def read_document(content: bytes) -> Sbom:
    """The packages, and the distribution that they are of. Raises Unparsable, also where there are two of them."""
    if len(content) > SIZE_LIMIT:
        raise Unparsable(f"it has {len(content)} bytes; {SIZE_LIMIT} are read")
    try:
        document = _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unparsable(f"it is no SBOM in JSON: {error}") from error
    return _told(list(_stated(document)))


_DECODER: Final = msgspec.json.Decoder(Document)


def _stated(document: Document) -> Iterator[_Stated]:
    if document.bom_format == "CycloneDX":
        yield from (_of_component(one) for one in _flat(document.components or []))
    elif document.spdx_version.startswith("SPDX-2."):
        packages = document.packages or []
        _check_count(len(packages))
        yield from (_of_package(one) for one in packages)
    else:
        raise Unparsable("it is neither CycloneDX nor SPDX 2 in JSON")


def _flat(components: list[Component]) -> Iterator[Component]:
    """Components with those in them, one level after the other."""
    count = 0
    for _level in range(DEPTH_LIMIT):
        count += len(components)
        _check_count(count)
        yield from components
        components = [inner for outer in components for inner in outer.components or []]
        if not components:
            return
    raise Unparsable(f"its components lie in each other more than {DEPTH_LIMIT} deep")


def _check_count(count: int) -> None:
    if count > PACKAGE_LIMIT:
        raise Unparsable(f"it names more than {PACKAGE_LIMIT} packages")


def _of_component(said: Component) -> _Stated:
    return _Stated(
        name=said.name,
        version=said.version or "",
        purl=said.purl or "",
        licenses=tuple(filter(None, map(_license, said.licenses or []))),
        is_system=said.type == "operating-system",
        extras={one.name: one.value for one in said.properties or [] if one.value},
    )


def _license(said: LicenseChoice) -> str:
    named = said.license
    return said.expression or (named and (named.id or named.name)) or ""


def _of_package(said: SpdxPackage) -> _Stated:
    purls = [one.reference_locator for one in said.external_refs or [] if one.reference_type == "purl"]
    declared = said.license_declared or ""
    return _Stated(
        name=said.name,
        version=said.version_info or "",
        purl=purls[0] if purls else "",
        licenses=() if declared in {"", "NONE", "NOASSERTION"} else (declared,),
        is_system=said.primary_package_purpose.replace("-", "_") == "OPERATING_SYSTEM",
        extras={},
    )


def _told(stated: list[_Stated]) -> Sbom:
    packages: dict[Package, None] = {}
    named: set[tuple[str, str]] = set()
    nameless = 0
    for one in stated:
        if not one.purl:
            nameless += not one.is_system
            continue
        purl = _parsed(one.purl)
        if purl.type in _ARTIFACTS:
            continue
        packages[_package(one, purl)] = None
        if purl.type in _SYSTEMS and "distro" in purl.qualifiers:
            named.add(_distro(purl))
    systems = {(one.name.lower(), one.version) for one in stated if one.is_system}
    return Sbom(tuple(packages), _distribution(named or systems), nameless)


def _parsed(text: str) -> PackageURL:
    if len(text) > TEXT_LIMIT:
        raise Unparsable(f"a package URL has {len(text)} characters; {TEXT_LIMIT} are allowed")
    try:
        return PackageURL.from_string(text)
    except ValueError as error:
        raise Unparsable(f"{text[:200]!r} is no package URL: {error}") from error


def _package(said: _Stated, purl: PackageURL) -> Package:
    qualifiers = {str(name): str(value) for name, value in dict(purl.qualifiers).items()}
    source, _, source_version = qualifiers.get("upstream", "").partition("@")
    if not source and purl.type in {"deb", "apk"}:
        source, source_version = _source(said.extras)
    return Package(
        type=purl.type,
        name=purl.name,
        version=purl.version or said.version,
        namespace=purl.namespace or "",
        architecture=qualifiers.get("arch", ""),
        source=source,
        source_version=source_version,
        epoch=qualifiers.get("epoch", ""),
        licenses=said.licenses,
    )


def _source(extras: dict[str, str]) -> tuple[str, str]:
    """The source package as Trivy tells it: in properties, its version in three pieces."""
    epoch, version, release = (
        extras.get(_TRIVY_SOURCE + word, "") for word in ("Epoch", "Version", "Release")
    )
    joined = "-".join(filter(None, (version, release)))
    return extras.get(f"{_TRIVY_SOURCE}Name", ""), f"{epoch}:{joined}" if epoch and joined else joined


def _distro(purl: PackageURL) -> tuple[str, str]:
    """`distro=debian-11`, or `distro=11` beside the namespace (purl-spec, "deb")."""
    said = str(dict(purl.qualifiers)["distro"]).lower()
    name, dash, release = said.rpartition("-")
    if dash:
        return name, release
    return (str(purl.namespace or ""), said) if said[:1].isdigit() else (said, "")


def _distribution(named: set[tuple[str, str]]) -> Distribution | None:
    if len(named) > 1:
        listed = ", ".join(sorted("-".join(filter(None, one)) for one in named)[:5])
        raise Unparsable(f"it speaks of more than one distribution: {listed}")
    return next((Distribution(name, release) for name, release in named), None)

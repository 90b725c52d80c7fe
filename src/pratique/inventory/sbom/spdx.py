"""SPDX 2.3 in JSON: a package for each package, with its place in the image as `sourceInfo`.

Steps not taken: files are not analysed (`filesAnalyzed` is false), so nothing is concluded about licences.
"""

from collections.abc import Iterable
from typing import Any, Final

from pratique import __version__
from pratique.inventory.contents import Contents
from pratique.inventory.package import full_name
from pratique.inventory.sbom.licences import expression_of, reference_of, written
from pratique.inventory.sbom.subject import TOOL, Part, Subject, created_of, document_id, parts_of, rendered

MEDIA_TYPE: Final = "application/spdx+json"

_DOCUMENT: Final = "SPDXRef-DOCUMENT"
_ROOT: Final = "SPDXRef-Artifact"
_SYSTEM: Final = "SPDXRef-OperatingSystem"
_UNSAID: Final = "NOASSERTION"


def write_spdx(contents: Contents, subject: Subject) -> bytes:
    """The bill of materials of `subject`; the same bytes for the same contents."""
    parts = parts_of(contents)
    packages = [*_distribution(contents), *(_package(part) for part in parts)]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": subject.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{TOOL}-{document_id(subject, parts)}",
        "creationInfo": {"created": created_of(contents), "creators": [f"Tool: {TOOL}-{__version__}"]},
        "packages": [_artifact(subject), *packages],
        "relationships": [
            _relationship(_DOCUMENT, "DESCRIBES", _ROOT),
            *(_relationship(_ROOT, "CONTAINS", package["SPDXID"]) for package in packages),
        ],
    }
    extracted = _extracted(parts)
    return rendered({**document, "hasExtractedLicensingInfos": extracted} if extracted else document)


def _described(identifier: str, name: str, version: str, purpose: str) -> dict[str, Any]:
    """What every package must say (7.1 to 7.8, 7.13 to 7.17)."""
    return {
        "SPDXID": identifier,
        "name": name,
        **({"versionInfo": version} if version else {}),
        "supplier": _UNSAID,
        "downloadLocation": _UNSAID,
        "filesAnalyzed": False,
        "licenseConcluded": _UNSAID,
        "licenseDeclared": _UNSAID,
        "copyrightText": _UNSAID,
        "primaryPackagePurpose": purpose,
    }


def _artifact(subject: Subject) -> dict[str, Any]:
    said = _described(_ROOT, subject.name, subject.digest, "CONTAINER")
    if not subject.digest:
        return said
    algorithm, _, encoded = subject.digest.partition(":")
    checksums = [{"algorithm": algorithm.upper(), "checksumValue": encoded}]
    return {**said, "checksums": checksums, "externalRefs": [_reference(subject.purl)]}


def _distribution(contents: Contents) -> list[dict[str, Any]]:
    known = contents.distribution
    if known is None or not known.id:
        return []
    return [_described(_SYSTEM, known.id, known.release, "OPERATING_SYSTEM")]


def _package(part: Part) -> dict[str, Any]:
    located, package = part.located, part.located.package
    said = _described(f"SPDXRef-Package-{part.key}", full_name(package), package.version, "LIBRARY")
    if licences := written(package.licenses):
        said["licenseDeclared"] = _declared(licences)
    if package.vendor:
        name, _, mail = package.vendor.partition("<")
        address = f" ({mail.rstrip('> ')})" if mail else ""
        said["supplier"] = f"Organization: {name.strip() or package.vendor}{address}"
    places = (("path", located.path), ("layer", located.layer), ("reader", located.reader))
    named = (("source", package.source), ("source_version", package.source_version), ("state", located.state))
    said["sourceInfo"] = ", ".join(f"{name} {value}" for name, value in (*places, *named) if value)
    said["externalRefs"] = [_reference(part.purl)]
    return said


def _declared(said: Iterable[str]) -> str:
    """All that a package says, together: SPDX has no list, and no word for "the one or the other, who knows"."""
    pieces = [expression_of(text) or reference_of(text) for text in said]
    if len(pieces) == 1:
        return pieces[0]
    return " AND ".join(f"({piece})" if " " in piece else piece for piece in pieces)


def _extracted(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """The licences that are no expressions, as they were written (10.1, 10.2)."""
    said = {
        text for part in parts for text in written(part.located.package.licenses) if not expression_of(text)
    }
    return [
        {"licenseId": reference_of(text), "extractedText": text, "name": text.strip().splitlines()[0][:200]}
        for text in sorted(said)
    ]


def _reference(purl: str) -> dict[str, str]:
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": purl,
    }


def _relationship(element: str, kind: str, related: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}

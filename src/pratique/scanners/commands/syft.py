"""What Syft says is in an image (Syft's own JSON, schema 16), read from untrusted bytes (pure).

Of a package its URL is kept, and where it lies. What has no URL that can be read is left out: nobody could look it up.
"""

from typing import Annotated, Final

import msgspec

from pratique.errors import Invalid, TooLarge
from pratique.oci import strict_json
from pratique.packages import InvalidPurl, read_purl
from pratique.scanners.reports import DEPTH_LIMIT, FINDINGS_LIMIT, SIZE_LIMIT, cleaned
from pratique.scanners.values import ForeignPackage, Maker

VENDOR: Final = "Anchore"
PATH_LIMIT: Final = 1_000
"""Characters of a path that are kept."""


class _Location(msgspec.Struct, frozen=True):
    path: str = ""


class _Artifact(msgspec.Struct, frozen=True):
    purl: str = ""
    locations: list[_Location] | None = None


class _Descriptor(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    version: str = ""


class _Document(msgspec.Struct, frozen=True):
    artifacts: list[_Artifact]
    descriptor: _Descriptor


def read_packages(output: bytes) -> tuple[Maker, list[ForeignPackage]]:
    """Who has looked, and what is inside, each package once. Raises Invalid, TooLarge."""
    if len(output) > SIZE_LIMIT:
        raise TooLarge(f"the list of contents has more than {SIZE_LIMIT} bytes")
    strict_json.check_depth(output, DEPTH_LIMIT)
    try:
        document = msgspec.json.decode(output, type=_Document)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Invalid(f"what Syft says can't be read: {str(problem)[:200]}") from None
    if len(document.artifacts) > FINDINGS_LIMIT:
        raise TooLarge(f"the list has {len(document.artifacts)} packages; {FINDINGS_LIMIT} are accepted")
    found: dict[str, ForeignPackage] = {}
    for artifact in document.artifacts:
        package = _package(artifact)
        if package is not None:
            found.setdefault(package.purl, package)
    made_by = Maker(
        cleaned(document.descriptor.name)[:255], VENDOR, cleaned(document.descriptor.version)[:255]
    )
    return made_by, list(found.values())


def _package(artifact: _Artifact) -> ForeignPackage | None:
    try:
        purl = read_purl(read_purl(artifact.purl).to_string()).to_string()
    except InvalidPurl:
        return None
    path = cleaned(artifact.locations[0].path)[:PATH_LIMIT] if artifact.locations else ""
    return ForeignPackage(purl, path.lstrip("/"))

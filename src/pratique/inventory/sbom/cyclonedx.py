"""CycloneDX 1.6 in JSON (ECMA-424): a component for each package, with its place in the image.

Steps not taken: no hashes of packages, for nothing is extracted; `dependencies` says what the image contains and not
what needs what, which package databases know by names only.
"""

from collections.abc import Iterator
from typing import Any, Final

from pratique import __version__
from pratique.inventory.contents import Contents
from pratique.inventory.package import full_name
from pratique.inventory.sbom.licences import expression_of, written
from pratique.inventory.sbom.subject import TOOL, Part, Subject, created_of, document_id, parts_of, rendered

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json"

_OPERATING_SYSTEM: Final = "operating-system"


def write_cyclonedx(contents: Contents, subject: Subject) -> bytes:
    """The bill of materials of `subject`; the same bytes for the same contents."""
    parts = parts_of(contents)
    root = subject.purl or subject.name
    components = [*_distribution(contents), *(_component(part) for part in parts)]
    return rendered(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{document_id(subject, parts)}",
            "version": 1,
            "metadata": {
                "timestamp": created_of(contents),
                "tools": {"components": [{"type": "application", "name": TOOL, "version": __version__}]},
                "component": _root(subject, root),
            },
            "components": components,
            "dependencies": [{"ref": root, "dependsOn": [each["bom-ref"] for each in components]}],
        }
    )


def _root(subject: Subject, reference: str) -> dict[str, Any]:
    said = {"type": "container", "bom-ref": reference, "name": subject.name}
    if not subject.digest:
        return said
    algorithm, _, encoded = subject.digest.partition(":")
    hashes = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": encoded}]
    return {**said, "version": subject.digest, "hashes": hashes, "purl": subject.purl}


def _distribution(contents: Contents) -> Iterator[dict[str, Any]]:
    known = contents.distribution
    if known is not None and known.id:
        said = {"version": known.release, "description": known.name}
        yield {
            "type": _OPERATING_SYSTEM,
            "bom-ref": f"{_OPERATING_SYSTEM}:{known.id}",
            "name": known.id,
            **{name: text for name, text in said.items() if text},
        }


def _component(part: Part) -> dict[str, Any]:
    package, located = part.located.package, part.located
    # Maven's names have two parts; those of Go and npm are one, and read as one.
    is_grouped = package.type == "maven"
    said = {
        "publisher": package.vendor,
        "group": package.namespace if is_grouped else "",
        "name": package.name if is_grouped else full_name(package),
        "version": package.version,
        "licenses": _licenses(written(package.licenses)),
        "purl": part.purl,
        "properties": [
            {"name": f"{TOOL}:{name}", "value": value}
            for name, value in (
                ("layer", located.layer),
                ("path", located.path),
                ("reader", located.reader),
                ("source", package.source),
                ("source_version", package.source_version),
                ("state", located.state),
            )
            if value
        ],
    }
    return {"type": "library", "bom-ref": part.key, **{name: value for name, value in said.items() if value}}


def _licenses(said: tuple[str, ...]) -> list[dict[str, Any]]:
    """One expression, or a list of names: that is all that the schema lets stand beside each other."""
    if len(said) == 1 and (expression := expression_of(said[0])):
        return [{"expression": expression}]
    return [{"license": {"name": name}} for name in said]

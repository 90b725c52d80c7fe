"""Software bills of materials in attestations: SPDX 2 and 3, CycloneDX. Only what tells them apart is looked at."""

from typing import Any

from pratique.trust.predicates.places import at, items, needed_text, text
from pratique.trust.strict import Unreadable


def spdx(predicate: Any) -> dict[str, Any]:
    """The facts of an SPDX document. Raises Unreadable.

    cosign's type `spdx` puts tag-value text into one string, which is not read.
    """
    if isinstance(predicate, str):
        return {"format": "text", "characters": len(predicate)}
    if at(predicate, "@graph") is not None:
        return {"format": "json", "version": "SPDX-3", "elements_count": len(items(predicate, "@graph"))}
    version = needed_text(predicate, "spdxVersion")
    if not version.startswith("SPDX-"):
        raise Unreadable(f"spdxVersion is {version[:80]!r}")
    return {
        "format": "json",
        "version": version,
        "name": text(predicate, "name"),
        "namespace": text(predicate, "documentNamespace"),
        "created_on": text(predicate, "creationInfo", "created"),
        "packages_count": len(items(predicate, "packages")),
    }


def cyclonedx(predicate: Any) -> dict[str, Any]:
    """The facts of a CycloneDX document. Raises Unreadable."""
    if needed_text(predicate, "bomFormat") != "CycloneDX":
        raise Unreadable("bomFormat is not CycloneDX")
    return {
        "format": "json",
        "version": needed_text(predicate, "specVersion"),
        "serial": text(predicate, "serialNumber"),
        "created_on": text(predicate, "metadata", "timestamp"),
        "components_count": len(items(predicate, "components")),
    }

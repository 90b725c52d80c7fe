"""The bill of materials: what is inside, whatever is known of it."""

from pratique.cli.scanning.scanned import Scanned
from pratique.inventory.contents import Contents
from pratique.inventory.sbom import write_cyclonedx, write_spdx

_NOTHING = Contents(None, (), None)


def render_cyclonedx(scanned: Scanned) -> str:
    """CycloneDX 1.6 in JSON."""
    return write_cyclonedx(scanned.contents or _NOTHING, scanned.subject).decode().rstrip("\n")


def render_spdx(scanned: Scanned) -> str:
    """SPDX 2.3 in JSON."""
    return write_spdx(scanned.contents or _NOTHING, scanned.subject).decode().rstrip("\n")

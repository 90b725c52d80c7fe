"""JSON for scripts, in names that stay."""

from pratique.admission.report_document import document_of
from pratique.cli.scanning.scanned import Scanned
from pratique.inventory.sbom.subject import rendered


def render(scanned: Scanned) -> str:
    """Packages, findings worst first, what covered them, and what could not be examined."""
    return rendered(document_of(scanned.report)).decode().rstrip("\n")

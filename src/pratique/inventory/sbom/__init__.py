"""Bills of materials: what is inside an artifact, written for other tools, and read from documents of others."""

from pratique.inventory.sbom.cyclonedx import write_cyclonedx
from pratique.inventory.sbom.reading import Sbom, read_document, read_sbom
from pratique.inventory.sbom.spdx import write_spdx
from pratique.inventory.sbom.subject import Subject

__all__ = ["Sbom", "Subject", "read_document", "read_sbom", "write_cyclonedx", "write_spdx"]

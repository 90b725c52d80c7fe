"""A Sigstore of our own for real clients: its services are the project's programs, started on loopback."""

from tests.clients.sigstore.instance import REPOSITORY, WORKFLOW, Sigstore
from tests.clients.sigstore.services import FORGE

__all__ = ["FORGE", "REPOSITORY", "WORKFLOW", "Sigstore"]

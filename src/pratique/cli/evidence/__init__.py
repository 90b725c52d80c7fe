"""Where `pratique verify` finds the evidence of an artifact: a layout on disk, a registry, the store of a server."""

from pratique.cli.evidence.collecting import Collection
from pratique.cli.evidence.layout import Layout
from pratique.cli.evidence.remote import Remote
from pratique.cli.evidence.sources import EvidenceSource, Kept, keep
from pratique.cli.evidence.stored import Stored

__all__ = ["Collection", "EvidenceSource", "Kept", "Layout", "Remote", "Stored", "keep"]

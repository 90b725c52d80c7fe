"""The store of a server as a source of evidence, for whoever holds its data directory; it may be running or not."""

from collections.abc import Iterator
from typing import Final

from pratique.access import SYSTEM, Tier
from pratique.cli.evidence.sources import Kept, checked, keep
from pratique.errors import SizeInvalid
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.references import Reference
from pratique.registry.listing import Lister
from pratique.registry.pull import Puller
from pratique.registry.values import Reader

_READER: Final = Reader(SYSTEM, Tier.INSPECT, holds_inspect=True)
"""What is refused is to be looked at above all, and by tag what was pushed last (gate.md 4 and 5)."""


class Stored:
    """One repository of the store; `host` is the one by which clients know the server."""

    def __init__(self, puller: Puller, lister: Lister, host: str, repository: str) -> None:
        self._puller = puller
        self._lister = lister
        self._host = host
        self._repository = repository

    @property
    def reference(self) -> str:
        """`host[:port]/project/repository`."""
        return f"{self._host}/{self._repository}"

    def manifest(self, reference: Reference) -> Kept:
        """The manifest of a tag or digest."""
        pulled = self._puller.manifest(self._repository, str(reference), _READER)
        return keep(pulled.content, reference, pulled.artifact.media_type)

    def referrers(self, subject: Digest) -> Iterator[Digest]:
        """What the referrers API would list to an inspector, page after page."""
        last: str | None = None
        while True:
            page = self._lister.referrers(self._repository, subject, _READER, None, last)
            yield from (descriptor.digest for descriptor in page.descriptors)
            if page.last is None:
                return
            last = page.last

    def blob(self, descriptor: Descriptor) -> bytes:
        """The bytes of a blob."""
        pulled = self._puller.blob(self._repository, descriptor.digest, _READER)
        if pulled.size != descriptor.size:
            raise SizeInvalid(f"{descriptor.digest} has {pulled.size} bytes instead of {descriptor.size}")
        with self._puller.open_blob(pulled) as file:
            content = file.read(descriptor.size)
        checked(content, descriptor.digest)
        return content

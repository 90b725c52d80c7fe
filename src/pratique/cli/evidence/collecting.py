"""Collecting the evidence of one artifact: referrers, the referrers tag, and cosign's classic tags.

Presence counts for nothing here; each layer that claims to be evidence becomes an item for verification. What can't be
read is a problem that is told and never hides the rest.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from pratique.cli.evidence.sources import EvidenceSource, Kept
from pratique.errors import Corrupt, Invalid, NotFound
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest, encoded_of
from pratique.oci.evidence_shape import LAYER_SIZE_LIMIT, scheme_of
from pratique.oci.names import fallback_tag_of
from pratique.oci.references import Reference
from pratique.trust import Item, Subject
from pratique.trust.verify import VERIFIERS

REFERRER_LIMIT: Final = 1_000
"""Manifests that are read because somebody says they speak of the artifact."""
LAYER_LIMIT: Final = 1_000
"""Layers of evidence that are read for one artifact, all manifests together."""

_CLASSIC: Final = ("sig", "att")


class Collection:
    """What `source` holds about the artifact of `reference`; `problems` tells afterwards what could not be read.

    Making one reads the artifact's manifest: raises NotFound, Invalid or Unavailable.
    """

    def __init__(self, source: EvidenceSource, reference: Reference, scope: str = "") -> None:
        kept = source.manifest(reference)
        self.subject: Final = Subject(
            kept.digest,
            kept.manifest.media_type,
            len(kept.content),
            scope or source.reference,
            kept.content,
        )
        self.problems: Final[list[str]] = []
        self._source = source

    def items(self) -> Iterator[Item]:
        """Layer after layer, one in memory at a time."""
        layers = 0
        for kept in self._carriers():
            for layer in kept.manifest.layers:
                if not _is_evidence(layer):
                    continue
                layers += 1
                if layers > LAYER_LIMIT:
                    self.problems.append(f"only the first {LAYER_LIMIT} layers of evidence were examined")
                    return
                yield from self._item(kept.digest, layer)

    def _carriers(self) -> Iterator[Kept]:
        """Each manifest once that does not name another subject."""
        seen = {self.subject.digest}
        for reference in self._references():
            if reference.digest in seen:
                continue
            kept = self._read(reference)
            if kept is None or kept.digest in seen:
                continue
            seen.add(kept.digest)
            named = kept.manifest.subject
            if named is None or named.digest == self.subject.digest:
                yield kept

    def _references(self) -> Iterator[Reference]:
        digest = self.subject.digest
        if digest.startswith("sha256:"):  # the classic tag of a sha512 would be longer than tags may be
            for ending in _CLASSIC:
                yield Reference(f"sha256-{encoded_of(digest)}.{ending}", None)
        digests = iter(self._referrers())
        yield from (Reference(None, one) for one in islice(digests, REFERRER_LIMIT))
        if next(digests, None) is not None:
            self.problems.append(f"only the first {REFERRER_LIMIT} referrers were examined")

    def _referrers(self) -> Iterator[Digest]:
        """Those of the source, then those of the referrers tag (distribution-spec, "Referrers Tag Schema").

        The tag is looked at in any case: a registry that learnt the API later does not list what was pushed before.
        """
        yield from self._source.referrers(self.subject.digest)
        index = self._read(Reference(fallback_tag_of(self.subject.digest), None))
        if index is not None:
            yield from (child.digest for child in index.manifest.children())

    def _read(self, reference: Reference) -> Kept | None:
        try:
            return self._source.manifest(reference)
        except NotFound as error:
            if reference.digest is not None:
                self.problems.append(error.message)
        except Invalid as error:
            self.problems.append(f"{reference} can't be read: {error.message}")
        return None

    def _item(self, carrier: Digest, layer: Descriptor) -> Iterator[Item]:
        if layer.size > LAYER_SIZE_LIMIT:
            self.problems.append(f"{layer.digest} has {layer.size} bytes; {LAYER_SIZE_LIMIT} are read")
            return
        try:
            content = self._source.blob(layer)
        except (NotFound, Invalid, Corrupt) as error:
            self.problems.append(f"{layer.digest} can't be read: {error.message}")
            return
        yield Item(layer.media_type, content, carrier, layer.annotations)


def _is_evidence(layer: Descriptor) -> bool:
    """Whether a layer claims to be something that is verified: nothing else is fetched."""
    scheme = scheme_of(layer.media_type)
    return scheme is not None and scheme in VERIFIERS

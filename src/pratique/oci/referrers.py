"""The answer of the referrers API: an image index (distribution-spec, "Listing Referrers")."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pratique.oci.descriptor import Descriptor, descriptor_json
from pratique.oci.digest import Digest
from pratique.oci.manifest import MANIFEST_LIMIT, Manifest
from pratique.oci.media import OCI_INDEX

CONTENT_TYPE: Final = OCI_INDEX
FILTERED_BY_ARTIFACT_TYPE: Final = "artifactType"
"""The value of `OCI-Filters-Applied` when the list was filtered."""


@dataclass(frozen=True, slots=True)
class ReferrersPage:
    """One answer: its bytes, and how many descriptors it holds. The rest belongs on a next page (`Link`)."""

    content: bytes
    taken: int


def referrer_descriptor(manifest: Manifest, digest: Digest, size: int) -> Descriptor:
    """What a subject's list says of a referrer; artifact type and annotations are the manifest's."""
    return Descriptor(
        media_type=manifest.media_type,
        digest=digest,
        size=size,
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )


def referrers_page(descriptors: Sequence[Descriptor], limit: int = MANIFEST_LIMIT) -> ReferrersPage:
    """The index of as many descriptors as fit `limit` bytes, at least one; same in, same bytes out."""
    head = f'{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":['.encode()
    entries: list[bytes] = []
    length = len(head) + len(b"]}")
    for descriptor in descriptors:
        entry = json.dumps(descriptor_json(descriptor), ensure_ascii=False, separators=(",", ":")).encode()
        length += len(entry) + len(b",")
        if entries and length > limit:
            break
        entries.append(entry)
    return ReferrersPage(head + b",".join(entries) + b"]}", len(entries))

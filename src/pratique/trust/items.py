"""One piece of evidence as it is handed to verification: a layer of an evidence manifest, or a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pratique.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Item:
    """Bytes, and what they are said to be.

    `annotations` are those of the layer, which nothing authenticates; `digest` is that of the manifest which carries
    it (of a file: the file's own), and what deny lists and verdicts name.
    """

    media_type: str
    content: bytes
    digest: Digest
    annotations: Mapping[str, str] = field(default_factory=dict)

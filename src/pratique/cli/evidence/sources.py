"""The seam: what a place must tell about an artifact so that its evidence can be verified."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pratique.errors import DigestInvalid
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest, algorithm_of, digest_of
from pratique.oci.manifest import Manifest, parse_manifest
from pratique.oci.references import Reference


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest as a place keeps it: its bytes, which hash to `digest`, and what they say."""

    digest: Digest
    content: bytes
    manifest: Manifest


class EvidenceSource(Protocol):
    """A place that holds an artifact and what is said of it. Every answer hashes to the digest that was asked for.

    All raise NotFound for what is not there, Invalid for what is no good (too large, another digest, no manifest) and
    Unavailable when the place can't answer at all.
    """

    @property
    def reference(self) -> str:
        """`host[:port]/repository` as clients write it, empty where the place has no such name."""
        ...

    def manifest(self, reference: Reference) -> Kept:
        """The manifest of a tag or digest."""
        ...

    def referrers(self, subject: Digest) -> Iterable[Digest]:
        """Manifests that are said to speak of `subject`. Claims: who reads them checks their subject."""
        ...

    def blob(self, descriptor: Descriptor) -> bytes:
        """The bytes that `descriptor` names, of its size and digest. Its size is the caller's to bound."""
        ...


def keep(content: bytes, reference: Reference, media_type: str | None = None) -> Kept:
    """The manifest that came for `reference`. Raises DigestInvalid when it is another, ManifestInvalid, TooLarge."""
    digest = digest_of(content) if reference.digest is None else checked(content, reference.digest)
    return Kept(digest, content, parse_manifest(content, media_type))


def checked(content: bytes, digest: Digest) -> Digest:
    """`digest` itself when it is that of `content`. Raises DigestInvalid."""
    if digest_of(content, algorithm_of(digest)) != digest:
        raise DigestInvalid(f"what came for {digest} has another digest: it is damaged, or was exchanged")
    return digest

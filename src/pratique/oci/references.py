"""References: what a manifest is asked for by, a tag or a digest (distribution-spec, "Pulling manifests")."""

from dataclasses import dataclass

from pratique.oci.digest import Digest, is_digest, parse_digest
from pratique.oci.names import check_tag


@dataclass(frozen=True, slots=True)
class Reference:
    """A tag or a digest: exactly one of the two is set."""

    tag: str | None
    digest: Digest | None

    def __str__(self) -> str:
        return self.digest or self.tag or ""


def parse_reference(text: str) -> Reference:
    """The reference that `text` is. Only digests have a colon. Raises TagInvalid or DigestInvalid."""
    if is_digest(text):
        return Reference(tag=None, digest=parse_digest(text))
    return Reference(tag=check_tag(text), digest=None)

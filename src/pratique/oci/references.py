"""References: what a manifest is asked for by, a tag or a digest (distribution-spec, "Pulling manifests")."""

from dataclasses import dataclass

from pratique.oci.digest import Digest, is_digest, parse_digest
from pratique.oci.names import check_name, check_tag


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


def parse_named(text: str) -> tuple[str, Reference]:
    """The repository and the reference of `repository[:tag][@digest]`, as people write it.

    A digest wins over a tag beside it; the tag is `latest` if neither is said. Raises NameInvalid, TagInvalid,
    DigestInvalid.
    """
    path, at, digest = text.partition("@")
    repository, colon, tag = path.partition(":")
    if colon:
        check_tag(tag)
    wanted = Reference(None, parse_digest(digest)) if at else Reference(tag or "latest", None)
    return check_name(repository), wanted

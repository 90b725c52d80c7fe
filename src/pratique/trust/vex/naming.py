"""Which artifact and which packages a product of a VEX document is: by package URLs and hashes, never by names."""

from collections.abc import Iterable, Mapping
from typing import Final

from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.packages import InvalidPurl, read_purl

_IMAGES: Final = frozenset({"docker", "oci"})
"""Types of package URLs whose version is the digest of a manifest (purl-spec, "oci" and "docker")."""


def names_artifact(purls: Iterable[str], hashes: Mapping[str, str], artifact: Digest) -> bool:
    """Whether a product is the artifact: something names its digest, and nothing names another one.

    `hashes` are hexadecimal, by algorithm, however that is spelled (`sha-256`, `SHA-256`). Where an image's package URL
    says that it is from is no matter: a digest is the same everywhere.
    """
    said = {digest for digest in map(_image_digest, purls) if digest}
    own = algorithm_of(artifact)
    for spelled, value in hashes.items():
        if spelled.lower().replace("-", "") == own:
            said.add(f"{own}:{value.lower()}")
    return said == {f"{own}:{encoded_of(artifact)}"}


def is_purl(text: str) -> bool:
    """Whether a text is a package URL of a package: not of an image."""
    try:
        text.encode()
        return read_purl(text).type not in _IMAGES
    except (InvalidPurl, UnicodeEncodeError):
        return False


def _image_digest(text: str) -> str:
    try:
        purl = read_purl(text)
    except InvalidPurl:
        return ""
    return (purl.version or "") if purl.type in _IMAGES else ""

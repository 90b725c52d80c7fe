"""Repository names, tags and references (distribution-spec, "Pulling manifests").

Names longer than 255 characters are refused: that is what clients cap host and name at, and what Harbor
allows.
"""

import re
from typing import Final

from pratique.errors import NameInvalid, TagInvalid
from pratique.oci.digest import Digest, encoded_of

NAME_LIMIT: Final = 255
"""Characters of a repository name, project included."""

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_EVIDENCE_TAG: Final = re.compile(r"(sha256)-([a-f0-9]{64})\.(sig|att|sbom)")
_FALLBACK_TAG: Final = re.compile(r"(sha256|sha512)-([a-f0-9]{64})")


def check_name(name: str) -> str:
    """`name` itself when it is a repository name. Raises NameInvalid."""
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        raise NameInvalid(
            f"{name[:80]!r} is not a repository name: lower-case letters and digits, separated by '.', '_', "
            f"'__' or '-', in components separated by '/', {NAME_LIMIT} characters at most"
        )
    return name


def check_tag(tag: str) -> str:
    """`tag` itself when it is a tag. Raises TagInvalid."""
    if not _TAG.fullmatch(tag):
        raise TagInvalid(
            f"{tag[:80]!r} is not a tag: letters, digits, '_', '.' and '-', not starting with '.' or '-', "
            "128 characters at most"
        )
    return tag


def project_of(name: str) -> str:
    """The project that a repository name belongs to: its first component."""
    return name.partition("/")[0]


def evidence_tag_subject(tag: str) -> Digest | None:
    """The digest that a classic cosign tag (`sha256-<hex>.sig`, `.att`, `.sbom`) speaks of, or None."""
    match = _EVIDENCE_TAG.fullmatch(tag)
    return Digest(f"{match[1]}:{match[2]}") if match else None


def fallback_tag_of(digest: Digest) -> str:
    """The referrers fallback tag of a subject (distribution-spec, "Referrers tag schema").

    The algorithm is cut to 32 and the encoded part to 64 characters, so a sha512 digest is cut.
    """
    return f"{digest.partition(':')[0][:32]}-{encoded_of(digest)[:64]}"


def is_fallback_tag(tag: str) -> bool:
    """Whether a tag has the form of the referrers tag schema."""
    return _FALLBACK_TAG.fullmatch(tag) is not None

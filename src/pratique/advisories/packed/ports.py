"""What packing and opening ask of signing and verification, which are another room's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signature as a referrer: its manifest, and the blobs that this names."""

    manifest: bytes
    blobs: Mapping[Digest, bytes]


class Sealer(Protocol):
    """Signs statements with one key."""

    def seal(self, statement: bytes, subject: Descriptor, created: str) -> Sealed:
        """A Sigstore bundle around an in-toto statement, as a referrer of `subject`; `created` is an RFC 3339 time."""
        ...


@dataclass(frozen=True, slots=True)
class Vouched:
    """A predicate that one of the trusted keys signed, and the fingerprint of that key."""

    predicate: Any
    fingerprint: str


class Witness(Protocol):
    """Knows whose signatures count."""

    def vouch(self, bundle: bytes, subject: Digest, predicate_type: str) -> Vouched:
        """What a Sigstore bundle says of a manifest. Raises Forbidden with the reason where it does not count."""
        ...

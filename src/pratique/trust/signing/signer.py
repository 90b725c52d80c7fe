"""Keys that the registry signs with, behind two small protocols, so that they may lie in a file or in an HSM.

All of them are ECDSA on P-256 with SHA-256: the one algorithm that every cosign, podman and notation verifies, and
that every HSM has.
"""

from dataclasses import dataclass
from typing import Protocol

from pratique.trust.keys import PublicKey


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key as it is kept: its public half, and what its backend needs to find or open the private one."""

    reference: str
    public_key: PublicKey


class Signer(Protocol):
    """Signs with one key."""

    @property
    def key_id(self) -> str:
        """The fingerprint of the public half: SHA-256 of its DER SubjectPublicKeyInfo, hexadecimal."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, content: bytes) -> bytes:
        """ECDSA over SHA-256 of `content`, DER. Raises Unavailable when the key can't be used now."""
        ...


class KeyBackend(Protocol):
    """Where private keys lie. `name` is stored beside each key, so that several may be in use."""

    @property
    def name(self) -> str:
        """One word."""
        ...

    def make(self, label: str, /) -> MadeKey:
        """A new key; `label` is for people who look into the backend. Raises Unavailable."""
        ...

    def signer(self, made: MadeKey) -> Signer:
        """Who signs with a key of this backend. Raises Unavailable when it can't be opened."""
        ...

    def destroy(self, made: MadeKey) -> None:
        """Forget the private half; nothing happens when it is gone already. Raises Unavailable."""
        ...

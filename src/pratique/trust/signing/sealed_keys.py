"""Signing keys in the database, sealed with a key that is not in it.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each key: it is approved where approval is asked for, and
fast in hardware; ChaCha20-Poly1305 would do as well. A few keys are ever sealed with one sealing key, so random nonces
don't meet. The fingerprint of the public half is authenticated too: a sealed key can't be put in another's place.

Whoever reads the database alone, a backup of it say, can sign nothing; whoever has the sealing key as well can.
"""

import base64
import binascii
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from pratique.errors import Unavailable
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.signing.signer import MadeKey

SEALING_BYTES: Final = 32
NONCE_BYTES: Final = 12


class SealingKey:
    """The key that seals the others. It never shows itself."""

    __slots__ = ("_cipher",)

    def __init__(self, content: bytes) -> None:
        """Of 32 bytes. Raises ValueError for another number of them."""
        if len(content) != SEALING_BYTES:
            raise ValueError(f"a sealing key has {SEALING_BYTES} bytes, not {len(content)}")
        self._cipher = AESGCM(content)

    @classmethod
    def parse(cls, text: str) -> "SealingKey":
        """From base64, as `openssl rand -base64 32` prints it. Raises Unavailable; the text is never quoted."""
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except (binascii.Error, ValueError) as problem:
            raise Unavailable(
                "the sealing key of signing keys is not 32 bytes in base64; make one with `openssl rand -base64 32`"
            ) from problem

    @classmethod
    def kept_in(cls, path: Path) -> "SealingKey":
        """The key of a file, made at first, readable by its owner alone. Raises Unavailable."""
        try:
            _make(path)
            return cls.parse(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as problem:
            raise Unavailable(f"{path}, the sealing key of signing keys, can't be read or made") from problem

    def seal(self, content: bytes, owner: str) -> bytes:
        """`content` sealed for `owner`, the nonce before it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for `owner`. Raises ValueError when it was not, or not with this key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
        except InvalidTag as problem:
            raise ValueError("it was sealed with another key") from problem


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A private key in memory."""

    public_key: PublicKey
    _private: ec.EllipticCurvePrivateKey

    @property
    def key_id(self) -> str:
        """The fingerprint of the public half."""
        return self.public_key.fingerprint

    def sign(self, content: bytes) -> bytes:
        """As Signer. Deterministic (RFC 6979): the same bytes for the same content."""
        return self._private.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


class SealedKeys:
    """Keys whose `reference` is the sealed PKCS#8 document itself."""

    name: Final = "sealed"

    def __init__(self, sealing: SealingKey) -> None:
        self._sealing = sealing

    def make(self, _label: str, /) -> MadeKey:
        """A new key. Nobody looks into a sealed key, so its label is not kept."""
        private = ec.generate_private_key(ec.SECP256R1())
        public = _public(private)
        document = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        sealed = self._sealing.seal(document, public.fingerprint)
        return MadeKey(base64.b64encode(sealed).decode("ascii"), public)

    def signer(self, made: MadeKey) -> OpenedKey:
        """Raises Unavailable when the sealing key is not the one that it was sealed with."""
        try:
            document = self._sealing.open(base64.b64decode(made.reference), made.public_key.fingerprint)
            private = load_der_private_key(document, password=None)
        except ValueError as problem:
            raise Unavailable(
                "a signing key can't be opened: the sealing key is another than the one it was sealed with"
            ) from problem
        if not isinstance(private, ec.EllipticCurvePrivateKey) or _public(private) != made.public_key:
            raise Unavailable("a signing key is not the private half of its public key")
        return OpenedKey(made.public_key, private)

    def destroy(self, made: MadeKey) -> None:
        """Nothing to do: the sealed key goes with its row."""


def _public(private: ec.EllipticCurvePrivateKey) -> PublicKey:
    encoded = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return parse_public_key(encoded)


def _make(path: Path) -> None:
    """Make the file whole and under a lock-free name: of two processes at once, both then read the winner's."""
    if path.exists():
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(os.urandom(SEALING_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()

"""Signing keys in a hardware security module, by PKCS#11 (OASIS, version 2.40).

Without the extra `pkcs11` this module can't be imported. The private half is made in the token, marked as never to
leave it, and found again by its CKA_ID. One session at a time is used, under a lock: a token's state of login belongs
to the whole process.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pkcs11
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from pratique.errors import Unavailable
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.signing.signer import MadeKey

ID_BYTES: Final = 16
_CURVE: Final = "secp256r1"


class HsmKeys:
    """Keys whose `reference` is the hexadecimal CKA_ID of both halves in one token."""

    name: Final = "pkcs11"

    def __init__(self, module: str, token: str, pin: str) -> None:
        """`module` is the path of the vendor's library, `token` the label of the token."""
        self._module = module
        self._token = token
        self._pin = pin
        self._lock = threading.Lock()

    def make(self, label: str, /) -> MadeKey:
        """A new key pair in the token. Raises Unavailable."""
        number = os.urandom(ID_BYTES)
        hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        with self._session(writes=True) as session:
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC,
                {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVE)},
                local=True,
            )
            public, _ = parameters.generate_keypair(
                id=number, label=label, store=True, private_template=hidden
            )
            document = encode_ec_public_key(public)
        return MadeKey(number.hex(), _parsed(document))

    def signer(self, made: MadeKey) -> "HsmKey":
        """Raises nothing yet: the token is asked when something is signed."""
        return HsmKey(made.public_key, made.reference, self)

    def destroy(self, made: MadeKey) -> None:
        """Delete both halves. Raises Unavailable."""
        number = bytes.fromhex(made.reference)
        with self._session(writes=True) as session:
            for found in list(session.get_objects({pkcs11.Attribute.ID: number})):
                found.destroy()

    def sign_with(self, reference: str, content: bytes) -> bytes:
        """ECDSA over SHA-256, DER. Raises Unavailable."""
        with self._session() as session:
            key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=bytes.fromhex(reference))
            raw: bytes = key.sign(hashlib.sha256(content).digest(), mechanism=pkcs11.Mechanism.ECDSA)
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    @contextmanager
    def _session(self, *, writes: bool = False) -> Iterator[Any]:
        """A session of somebody who is logged in; whatever the token refuses is Unavailable."""
        try:
            with self._lock:
                token = pkcs11.lib(self._module).get_token(token_label=self._token)
                with token.open(user_pin=self._pin, rw=writes) as session:
                    yield session
        except (pkcs11.PKCS11Error, RuntimeError) as problem:
            reason = type(problem).__name__
            raise Unavailable(f"the HSM's token {self._token!r} can't be used: {reason}") from problem


@dataclass(frozen=True, slots=True)
class HsmKey:
    """A key in a token."""

    public_key: PublicKey
    _reference: str
    _keys: HsmKeys

    @property
    def key_id(self) -> str:
        """The fingerprint of the public half."""
        return self.public_key.fingerprint

    def sign(self, content: bytes) -> bytes:
        """As Signer: other bytes each time."""
        return self._keys.sign_with(self._reference, content)


def _parsed(document: bytes) -> PublicKey:
    key = load_der_public_key(document)
    return parse_public_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

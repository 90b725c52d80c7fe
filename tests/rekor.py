"""Transparency logs of our own: entries as Rekor v1 and v2 write them, with promises, proofs and checkpoints.

    log = Rekor()                                    # v1; Rekor.second() is a v2
    entry = log.record(hashedrekord(content, signature, pem))
    log.trusted()                                    # roots.TransparencyLog

The Merkle tree is built by the definition (RFC 6962, section 2.1), not by the walk that `pratique` takes.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.authorities import NOW, START, PrivateKey, new_p256, sign, validity

from pratique.clock import SECOND
from pratique.trust import roots
from pratique.trust.keys import parse_public_key
from pratique.trust.logs import InclusionProof, LogEntry

OTHERS: Final = (b"somebody's", b"somebody else's", b"a third one's")


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = _split(len(leaves))
    return hashlib.sha256(b"\1" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def audit_path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return ()
    k = _split(len(leaves))
    if index < k:
        return (*audit_path(index, leaves[:k]), tree_hash(leaves[k:]))
    return (*audit_path(index - k, leaves[k:]), tree_hash(leaves[:k]))


def _split(size: int) -> int:
    """The largest power of two below."""
    return int(1 << (size - 1).bit_length() - 1)


@dataclass
class Rekor:
    """A log. `shift` is by how much the index over all shards is ahead of the one in this tree."""

    private: PrivateKey = field(default_factory=new_p256)
    base_url: str = "https://rekor.example"
    v2: bool = False
    shift: int = 1_000
    leaves: list[bytes] = field(default_factory=lambda: list(OTHERS))

    @classmethod
    def second(cls) -> "Rekor":
        """A log as Rekor v2 is: called by its name and Ed25519 key."""
        return cls(ed25519.Ed25519PrivateKey.generate(), "https://log2026.example", v2=True, shift=0)

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def origin(self) -> str:
        return self.host if self.v2 else f"{self.host} - 4711"

    @property
    def log_id(self) -> bytes:
        if self.v2 and isinstance(self.private, ed25519.Ed25519PrivateKey):
            raw = self.private.public_key().public_bytes_raw()
            return hashlib.sha256(f"{self.host}\n".encode() + b"\1" + raw).digest()
        return hashlib.sha256(self.spki).digest()

    @property
    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def trusted(self, start: int = START, end: int | None = None) -> roots.TransparencyLog:
        """The log as a trusted root names it."""
        pem = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        key = parse_public_key(pem)
        valid = validity(start, end)
        return roots.TransparencyLog(self.base_url, key, self.log_id, valid, self.log_id[:4], self.host)

    def record(self, body: dict[str, Any], at: int = NOW) -> LogEntry:
        """The entry of a body, with all that this kind of log says of it."""
        content = rfc8785.dumps(body)
        self.leaves.append(content)
        index = len(self.leaves) - 1
        entry = LogEntry(
            log_index=index + self.shift,
            log_id=self.log_id,
            kind=body["kind"],
            version=body["apiVersion"],
            integrated_time=None if self.v2 else at // SECOND,
            promise=None,
            proof=self.proof(index),
            body=content,
        )
        return entry if self.v2 else self.promised(entry)

    def promised(self, entry: LogEntry) -> LogEntry:
        """The entry with a promise over what it says now."""
        said = {
            "body": base64.b64encode(entry.body).decode(),
            "integratedTime": entry.integrated_time or 0,
            "logIndex": entry.log_index,
            "logID": self.log_id.hex(),
        }
        promise = sign(self.private, json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
        values = {name: getattr(entry, name) for name in LogEntry.__slots__}
        return LogEntry(**{**values, "promise": promise})

    def proof(self, index: int) -> InclusionProof:
        """Of inclusion in the tree as it is now."""
        root = tree_hash(self.leaves)
        size = len(self.leaves)
        return InclusionProof(index, root, size, audit_path(index, self.leaves), self.checkpoint())

    def checkpoint(
        self, *, origin: str | None = None, name: str | None = None, others: Sequence[str] = ()
    ) -> str:
        """The tree as it is now, signed."""
        root = base64.b64encode(tree_hash(self.leaves)).decode()
        lines = (origin or self.origin, str(len(self.leaves)), root, *others)
        return self.note("".join(f"{line}\n" for line in lines), name)

    def note(self, text: str, name: str | None = None) -> str:
        """A note of any text, signed."""
        return f"{text}\n{self.signature_line(text, name)}"

    def signature_line(self, text: str, name: str | None = None) -> str:
        signature = base64.b64encode(self.log_id[:4] + sign(self.private, text.encode())).decode()
        return f"\u2014 {name or self.host} {signature}\n"


def hashedrekord(content: bytes, signature: bytes, pem: bytes) -> dict[str, Any]:
    """An entry of hashedrekord 0.0.1."""
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": _hash(content)},
            "signature": {"content": _b64(signature), "publicKey": {"content": _b64(pem)}},
        },
    }


def dsse(payload: bytes, signature: bytes, pem: bytes) -> dict[str, Any]:
    """An entry of dsse 0.0.1."""
    spec = {
        "envelopeHash": _hash(b"whatever the client wrote"),
        "payloadHash": _hash(payload),
        "signatures": [{"signature": _b64(signature), "verifier": _b64(pem)}],
    }
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}


def intoto_1(payload: bytes, document: bytes, pem: bytes) -> dict[str, Any]:
    """An entry of intoto 0.0.1, which has the signature in the hash of the document only."""
    spec = {"content": {"hash": _hash(document), "payloadHash": _hash(payload)}, "publicKey": _b64(pem)}
    return {"apiVersion": "0.0.1", "kind": "intoto", "spec": spec}


def intoto_2(payload: bytes, signature: bytes, pem: bytes) -> dict[str, Any]:
    """An entry of intoto 0.0.2, with the signature in base64 twice."""
    signed = {"sig": _b64(_b64(signature).encode()), "publicKey": _b64(pem)}
    envelope = {"payloadType": "application/vnd.in-toto+json", "signatures": [signed]}
    content = {"envelope": envelope, "hash": _hash(b"whatever"), "payloadHash": _hash(payload)}
    return {"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}}


def hashedrekord_2(content: bytes, signature: bytes, certificate: bytes) -> dict[str, Any]:
    """An entry of hashedrekord 0.0.2 of Rekor v2."""
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": {"rawBytes": _b64(certificate)}}
    record = {
        "data": {"algorithm": "SHA2_256", "digest": _b64(hashlib.sha256(content).digest())},
        "signature": {"content": _b64(signature), "verifier": verifier},
    }
    return {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": record}}


def _hash(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()

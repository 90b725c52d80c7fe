"""A Sigstore of our own, and bundles signed with it; each part can be replaced by one that does something wrong.

store = Sigstore.new()
signing = store.signing(b"a payload")            # certificate, signature, entries, timestamps
signing.bundle(), store.trust()
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import CODE_SIGNING, ISSUER, NOW, Authority, CtLog, Holder, fulcio_leaf, sign
from tests.rekor import Rekor, dsse, hashedrekord_2
from tests.stamping import Stamper

from pratique.clock import HOUR, SECOND, Moment
from pratique.oci.digest import Digest, digest_of
from pratique.trust import EvidenceRecord, IdentityParty, Item, Subject, TrustSet, verify
from pratique.trust.dsse import IN_TOTO, Envelope
from pratique.trust.logs import LogEntry
from pratique.trust.roots import Thresholds, TrustedRoot

NAME: Final = "someone@example.com"
SUBJECT: Final = digest_of(b"the manifest")
LATER: Final = Moment(NOW + HOUR)
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIGN: Final = "https://sigstore.dev/cosign/sign/v1"


def statement(subject: Digest = SUBJECT, predicate_type: str = SIGN) -> bytes:
    """That the digest is signed."""
    algorithm, _, encoded = str(subject).partition(":")
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {algorithm: encoded}}],
        "predicateType": predicate_type,
        "predicate": {},
    }
    return json.dumps(said).encode()


def someone(**changes: Any) -> IdentityParty:
    """Who signs here, as a party."""
    said = {
        "id": "identity:1",
        "issuer": ISSUER,
        "identity": NAME,
        "pattern": None,
        "trusted_root": "private",
    }
    return IdentityParty(**{**said, **changes})


@dataclass
class Signing:
    """One signature and what attests it. Replace any of it before `bundle()`."""

    holder: Holder
    payload: bytes
    signature: bytes
    entries: list[LogEntry] = field(default_factory=list)
    stamps: list[bytes] = field(default_factory=list)
    chain: Sequence[x509.Certificate] = ()
    media_type: str = BUNDLE

    @property
    def pae(self) -> bytes:
        return Envelope(IN_TOTO, self.payload, ()).signed_bytes

    @property
    def pem(self) -> bytes:
        return self.holder.certificate.public_bytes(Encoding.PEM)

    def bundle(self) -> bytes:
        """As cosign writes it; with `chain`, as a chain."""
        material: dict[str, Any] = {"certificate": _raw(self.holder.der)}
        if self.chain:
            ders = [each.public_bytes(Encoding.DER) for each in self.chain]
            material = {"x509CertificateChain": {"certificates": [_raw(each) for each in ders]}}
        material["tlogEntries"] = [_entry(each) for each in self.entries]
        stamps = [{"signedTimestamp": _b64(each)} for each in self.stamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
        envelope = {
            "payload": _b64(self.payload),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": _b64(self.signature)}],
        }
        said = {"mediaType": self.media_type, "verificationMaterial": material, "dsseEnvelope": envelope}
        return json.dumps(said).encode()


@dataclass
class Sigstore:
    """All services; one of each, and a second log that is of the other kind."""

    authority: Authority
    fulcio: Authority
    ctlog: CtLog
    rekor: Rekor
    rekor2: Rekor
    stamper: Stamper
    thresholds: Thresholds = field(default_factory=lambda: Thresholds(1, 1, 1))
    name: str = "private"

    @classmethod
    def new(cls) -> "Sigstore":
        authority = Authority.new()
        fulcio = authority.issue_authority("fulcio", eku=CODE_SIGNING)
        stamper = Stamper.new(Authority.new("tsa root"))
        return cls(authority, fulcio, CtLog(), Rekor(), Rekor.second(), stamper)

    def signing(
        self, payload: bytes | None = None, *, at: int = NOW, v2: bool = False, **leaf: Any
    ) -> Signing:
        """A right one: logged by v1, or by v2 with a timestamp."""
        holder = fulcio_leaf(self.fulcio, at=NOW, **{"logs": [self.ctlog], **leaf})
        said = statement() if payload is None else payload
        signing = Signing(holder, said, b"")
        signing.signature = sign(holder.private, signing.pae)
        if v2:
            body = hashedrekord_2(signing.pae, signing.signature, holder.der)
            signing.entries.append(self.rekor2.record(body))
            signing.stamps.append(self.stamper.token(signing.signature, at))
        else:
            signing.entries.append(self.rekor.record(dsse(said, signing.signature, signing.pem), at))
        return signing

    def root(self, **changes: Any) -> TrustedRoot:
        """The root that names them all."""
        said = {
            "name": self.name,
            "digest": "sha256:00",
            "tlogs": (self.rekor.trusted(), self.rekor2.trusted()),
            "ctlogs": (self.ctlog.trusted(),),
            "certificate_authorities": (self.fulcio.trusted(),),
            "timestamp_authorities": (self.stamper.trusted(),),
            "thresholds": self.thresholds,
        }
        return TrustedRoot(**{**said, **changes})

    def trust(self, *parties: IdentityParty, **changes: Any) -> TrustSet:
        """Somebody who trusts the one who signs here, by this root; `changes` are the root's."""
        root = self.root(**changes)
        return TrustSet(
            "1", identities=parties or (someone(trusted_root=root.name),), roots={root.name: root}
        )


def ask(bundle: bytes, trust: TrustSet, at: Moment = LATER, subject: Digest = SUBJECT) -> EvidenceRecord:
    """What a bundle amounts to."""
    record = verify(Item(BUNDLE, bundle, digest_of(bundle)), Subject(subject), trust, at)
    assert record is not None
    return record


def failing(record: EvidenceRecord) -> dict[str, str]:
    """The checks that failed, with their reasons."""
    return {check.name: check.message for check in record.checks if not check.passed}


def _entry(entry: LogEntry) -> dict[str, Any]:
    said: dict[str, Any] = {
        "logIndex": str(entry.log_index),
        "logId": {"keyId": _b64(entry.log_id)},
        "kindVersion": {"kind": entry.kind, "version": entry.version},
        "canonicalizedBody": _b64(entry.body),
    }
    if entry.integrated_time is not None:
        said["integratedTime"] = str(entry.integrated_time)
    if entry.promise is not None:
        said["inclusionPromise"] = {"signedEntryTimestamp": _b64(entry.promise)}
    if entry.proof is not None:
        said["inclusionProof"] = {
            "logIndex": str(entry.proof.log_index),
            "rootHash": _b64(entry.proof.root_hash),
            "treeSize": str(entry.proof.tree_size),
            "hashes": [_b64(each) for each in entry.proof.hashes],
            "checkpoint": {"envelope": entry.proof.checkpoint},
        }
    return said


def seconds(moment: int) -> int:
    """As logs count."""
    return moment // SECOND


def _raw(der: bytes) -> dict[str, str]:
    return {"rawBytes": _b64(der)}


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()

"""What a bundle brings along for its verification (protobuf-specs, protos/sigstore_bundle.proto, VerificationMaterial).

A key's name or certificates, log entries and timestamps: read with limits, and looked into by others.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from pratique.trust.logs.values import InclusionProof, LogEntry
from pratique.trust.strict import Closed, Unreadable

CERTIFICATES_LIMIT: Final = 8
"""Certificates of one chain."""
CERTIFICATE_LIMIT: Final = 16 * 1024
"""Bytes of one certificate."""
ENTRIES_LIMIT: Final = 16
"""Log entries of one bundle: signers write one, or one per log."""
TIMESTAMPS_LIMIT: Final = 16
"""Timestamps of one bundle."""
TIMESTAMP_LIMIT: Final = 64 * 1024
"""Bytes of one timestamp: tokens with their authority's chain have some 6 KiB."""
HASHES_LIMIT: Final = 64
"""Hashes of one inclusion proof: enough for a log of 2^63 entries."""
BODY_LIMIT: Final = 256 * 1024
"""Bytes of one canonical entry: hashes, signatures and certificates, never what was signed."""
CHECKPOINT_LIMIT: Final = 32 * 1024
"""Characters of one checkpoint, with the signatures of witnesses."""
PROMISE_LIMIT: Final = 2 * 1024
"""Bytes of one signed entry timestamp."""
NAME_LIMIT: Final = 1024
"""Characters of a hint, a kind or a version."""

_KINDS: Final = ("publicKey", "certificate", "x509CertificateChain")
_MATERIAL: Final = (*_KINDS, "tlogEntries", "timestampVerificationData")
_ENTRY: Final = (
    "logIndex",
    "logId",
    "kindVersion",
    "integratedTime",
    "inclusionPromise",
    "inclusionProof",
    "canonicalizedBody",
)
_PROOF: Final = ("logIndex", "rootHash", "treeSize", "hashes", "checkpoint")


Version: TypeAlias = Literal["0.1", "0.2", "0.3", "classic"]
"""Of the bundle; or `classic`, where it came in annotations (`trust.annotated`)."""


@dataclass(frozen=True, slots=True)
class Material:
    """Whose signature it is said to be, and what attests it.

    Exactly one of `hint` (a key's name, perhaps "") and `certificates` (DER, the leaf first) is there; `chain_form`
    says that the certificates came as a chain, of one perhaps.
    """

    version: Version
    hint: str | None
    certificates: tuple[bytes, ...]
    chain_form: bool
    entries: tuple[LogEntry, ...]
    timestamps: tuple[bytes, ...]

    @property
    def work(self) -> int:
        """How many signatures it takes to verify, at about, by one root: chain and SCTs, entries, timestamps."""
        return 8 + 2 * len(self.entries) + 4 * len(self.timestamps)


def read_material(value: Any, place: str, version: Version) -> Material:
    """The verification material that `value` is, by the rules of `version`. Raises Unreadable or ManifestInvalid."""
    fields = Closed(value, place, _MATERIAL)
    kind = fields.one_of(*_KINDS)
    is_key = kind == "publicKey"
    hint = fields.closed(kind, ("hint",)).short_text("hint", NAME_LIMIT) if is_key else None
    material = Material(
        version=version,
        hint=hint,
        certificates=() if is_key else _certificates(fields, kind),
        chain_form=kind == "x509CertificateChain",
        entries=tuple(map(_entry, fields.each("tlogEntries", _ENTRY, ENTRIES_LIMIT))),
        timestamps=_timestamps(fields),
    )
    _check_version(material)
    return material


def _check_version(material: Material) -> None:
    """What each version asks for (the comments of `tlog_entries`, `certificate` and `x509_certificate_chain`)."""
    version = material.version
    if version == "0.1" and any(entry.promise is None for entry in material.entries):
        raise Unreadable("bundle v0.1 has a log entry without inclusion promise")
    if version != "0.1" and any(entry.proof is None for entry in material.entries):
        raise Unreadable(f"bundle v{version} has a log entry without inclusion proof")
    if version != "0.3" and material.certificates and not material.chain_form:
        raise Unreadable(f"bundle v{version} has no field for a single certificate; v0.3 does")


def _certificates(fields: Closed, kind: str) -> tuple[bytes, ...]:
    if kind == "certificate":
        found = [fields.closed(kind, ("rawBytes",))]
    else:
        chain = fields.closed(kind, ("certificates",))
        found = chain.each("certificates", ("rawBytes",), CERTIFICATES_LIMIT)
    if not found:
        raise Unreadable(f"{fields.place(kind)} is empty")
    return tuple(one.needed_content("rawBytes", CERTIFICATE_LIMIT) for one in found)


def _timestamps(fields: Closed) -> tuple[bytes, ...]:
    name = "timestampVerificationData"
    if not fields.has(name):
        return ()
    tokens = fields.closed(name, ("rfc3161Timestamps",))
    found = tokens.each("rfc3161Timestamps", ("signedTimestamp",), TIMESTAMPS_LIMIT)
    return tuple(one.needed_content("signedTimestamp", TIMESTAMP_LIMIT) for one in found)


def _entry(fields: Closed) -> LogEntry:
    kind = fields.closed("kindVersion", ("kind", "version"))
    log_id = fields.closed("logId", ("keyId",)).content("keyId", 32) if fields.has("logId") else b""
    if len(log_id) not in (0, 32):
        fields.refuse("logId", f"has {len(log_id)} bytes and not 32")
    return LogEntry(
        log_index=fields.natural("logIndex"),
        log_id=log_id,
        kind=kind.short_text("kind", NAME_LIMIT),
        version=kind.short_text("version", NAME_LIMIT),
        # Left out and 0 are the same to protobuf: no time is claimed.
        integrated_time=fields.natural("integratedTime") or None,
        promise=_promise(fields),
        proof=_proof(fields),
        body=fields.content("canonicalizedBody", BODY_LIMIT),
    )


def _promise(entry: Closed) -> bytes | None:
    if not entry.has("inclusionPromise"):
        return None
    promise = entry.closed("inclusionPromise", ("signedEntryTimestamp",))
    return promise.needed_content("signedEntryTimestamp", PROMISE_LIMIT)


def _proof(entry: Closed) -> InclusionProof | None:
    if not entry.has("inclusionProof"):
        return None
    proof = entry.closed("inclusionProof", _PROOF)
    checkpoint = proof.closed("checkpoint", ("envelope",)) if proof.has("checkpoint") else None
    return InclusionProof(
        log_index=proof.natural("logIndex"),
        root_hash=proof.content("rootHash", 64),
        tree_size=proof.natural("treeSize"),
        hashes=proof.contents("hashes", HASHES_LIMIT, 64),
        checkpoint=checkpoint.short_text("envelope", CHECKPOINT_LIMIT) if checkpoint else "",
    )

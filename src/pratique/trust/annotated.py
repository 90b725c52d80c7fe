"""What cosign's classic layers carry in annotations: signature, certificate, chain, log entry, timestamp.

cosign, specs/SIGNATURE_SPEC.md and pkg/oci/static/options.go; rekor's bundle as in cosign, pkg/cosign/bundle/rekor.go.
Nothing here is authenticated by the manifest: each of them proves itself or counts for nothing.
"""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from pratique.oci.fields import Fields
from pratique.trust.certificates import read_pem_certificates
from pratique.trust.logs.values import LogEntry
from pratique.trust.material import (
    BODY_LIMIT,
    CERTIFICATES_LIMIT,
    NAME_LIMIT,
    PROMISE_LIMIT,
    TIMESTAMP_LIMIT,
    Material,
)
from pratique.trust.strict import Unreadable, check_size, decode_base64, open_object, read_json

SIGNATURE: Final = "dev.cosignproject.cosign/signature"
CERTIFICATE: Final = "dev.sigstore.cosign/certificate"
CHAIN: Final = "dev.sigstore.cosign/chain"
BUNDLE: Final = "dev.sigstore.cosign/bundle"
TIMESTAMP: Final = "dev.sigstore.cosign/rfc3161timestamp"

_LOG_ID: Final = 32


def read_signature(annotations: Mapping[str, str]) -> bytes:
    """The signature of a simple signing layer. Raises Unreadable."""
    text = annotations.get(SIGNATURE)
    if not text:
        raise Unreadable(f"the annotation {SIGNATURE} is missing or empty")
    return decode_base64(text, SIGNATURE)


def read_material(annotations: Mapping[str, str]) -> Material:
    """Certificates, at most one log entry and at most one timestamp. Raises Unreadable or ManifestInvalid.

    The chain of a classic signature goes up to its root, which is as little believed as the rest of it.
    """
    bundle, stamp = annotations.get(BUNDLE), annotations.get(TIMESTAMP)
    return Material(
        version="classic",
        hint=None,
        certificates=_certificates(annotations),
        chain_form=True,
        entries=(_entry(bundle),) if bundle else (),
        timestamps=(_timestamp(stamp),) if stamp else (),
    )


def _certificates(annotations: Mapping[str, str]) -> tuple[bytes, ...]:
    leaf, chain = annotations.get(CERTIFICATE), annotations.get(CHAIN)
    found = list(read_pem_certificates(leaf, 1)) if leaf else []
    if chain:
        found += read_pem_certificates(chain, CERTIFICATES_LIMIT)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in found)


def _entry(text: str) -> LogEntry:
    """Rekor v1's bundle: an entry with a signed timestamp, and no proof of inclusion."""
    bundle = open_object(_document(text, BUNDLE), BUNDLE, ("SignedEntryTimestamp", "Payload"))
    names = ("body", "integratedTime", "logIndex", "logID")
    payload = open_object(bundle.value("Payload"), f"{BUNDLE}.Payload", names)
    body = decode_base64(payload.needed_text("body"), f"{BUNDLE}.Payload.body")
    check_size(body, BODY_LIMIT)
    promise = decode_base64(bundle.needed_text("SignedEntryTimestamp"), f"{BUNDLE}.SignedEntryTimestamp")
    check_size(promise, PROMISE_LIMIT)
    entry = open_object(read_json(body), f"{BUNDLE}.Payload.body", ("kind", "apiVersion", "spec"))
    return LogEntry(
        log_index=_natural(payload, "logIndex"),
        log_id=_log_id(payload.needed_text("logID")),
        kind=entry.needed_text("kind")[:NAME_LIMIT],
        version=entry.needed_text("apiVersion")[:NAME_LIMIT],
        integrated_time=_natural(payload, "integratedTime") or None,
        promise=promise,
        proof=None,
        body=body,
    )


def _natural(payload: Fields, name: str) -> int:
    value = payload.needed_integer(name)
    if value < 0:
        raise Unreadable(f"{payload.place(name)} is {value}: it is negative")
    return value


def _log_id(text: str) -> bytes:
    """Lower-case hexadecimal, as rekor writes it: what the signed entry timestamp is over has this spelling."""
    if len(text) != 2 * _LOG_ID or not set(text) <= set("0123456789abcdef"):
        raise Unreadable(f"{BUNDLE}.Payload.logID is not a SHA-256 in lower-case hexadecimal")
    return bytes.fromhex(text)


def _timestamp(text: str) -> bytes:
    fields = open_object(_document(text, TIMESTAMP), TIMESTAMP, ("SignedRFC3161Timestamp",))
    token = decode_base64(fields.needed_text("SignedRFC3161Timestamp"), TIMESTAMP)
    check_size(token, TIMESTAMP_LIMIT)
    return token


def _document(text: str, name: str) -> object:
    try:
        return read_json(text.encode())
    except UnicodeEncodeError as error:
        raise Unreadable(f"the annotation {name} is not UTF-8") from error

"""DSSE envelopes (secure-systems-lab/dsse, envelope.md and protocol.md, version 1.0).

Verification is over the exact payload bytes of the envelope; nothing is ever serialised again. `keyid` is an
unauthenticated hint and is not used.
"""

from dataclasses import dataclass
from typing import Final

from pratique.oci.fields import Fields
from pratique.trust.strict import Closed, Unreadable, decode_base64, open_object

IN_TOTO: Final = "application/vnd.in-toto+json"
SIGNATURES_LIMIT: Final = 8
"""Signatures of one envelope, each of which is tried with every key. A bundle may have one only."""

_ENVELOPE: Final = ("payload", "payloadType", "signatures")
_SIGNATURE: Final = ("sig", "keyid")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Bytes, what they are said to be, and the signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What the signatures are over: PAE(payloadType, payload), protocol.md, "Signature Definition"."""
        kind = self.payload_type.encode("utf-8")
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


def read_bundled(value: object, place: str) -> Envelope:
    """An envelope inside a bundle, where it is a protobuf message. Raises Unreadable or ManifestInvalid."""
    fields = Closed(value, place, _ENVELOPE)
    signatures = [Closed(one, f"{place}.signatures", _SIGNATURE) for one in fields.items("signatures")]
    return _envelope(fields, signatures, place)


def read_alone(value: object, place: str) -> Envelope:
    """An envelope that is a document of its own, whose unknown fields are ignored. Raises as `read_bundled`."""
    fields = open_object(value, place, _ENVELOPE)
    signatures = [open_object(one, f"{place}.signatures", _SIGNATURE) for one in fields.items("signatures")]
    return _envelope(fields, signatures, place)


def _envelope(fields: Fields, signatures: list[Closed] | list[Fields], place: str) -> Envelope:
    if not 1 <= len(signatures) <= SIGNATURES_LIMIT:
        raise Unreadable(f"{place} has {len(signatures)} signatures; 1 to {SIGNATURES_LIMIT} are allowed")
    return Envelope(
        payload_type=fields.needed_text("payloadType"),
        payload=decode_base64(fields.needed_text("payload"), f"{place}.payload", url_safe=True),
        signatures=tuple(
            decode_base64(one.needed_text("sig"), f"{place}.signatures.sig", url_safe=True)
            for one in signatures
        ),
    )

"""notation's COSE envelopes (signature-envelope-cose.md): COSE_Sign1_Tagged (RFC 9052, section 4.2).

The protected headers must be in canonical CBOR, so that there is one spelling of what was signed. Not taken: payloads
that are elsewhere (nil), external data, countersignatures, and a certificate that is alone and not in an array.
"""

from typing import Any, Final

import cbor2

from pratique.clock import SECOND, Moment
from pratique.trust.notation.attributes import read_attributes, read_text
from pratique.trust.notation.cbor_items import read_item
from pratique.trust.notation.envelope import (
    AGENT,
    CONTENT_TYPE,
    ENVELOPE_LIMIT,
    TIMESTAMP,
    TIMESTAMP_LIMIT,
    Envelope,
    check_chain_length,
    read_chain,
)
from pratique.trust.strict import Unreadable, check_size

_SIGN1: Final = 18
_EPOCH_TIME: Final = 1
_ALGORITHM, _CRITICAL, _CONTENT_TYPE, _CHAIN = 1, 2, 3, 33
_ALGORITHMS: Final = {-37: "PS256", -38: "PS384", -39: "PS512", -7: "ES256", -35: "ES384", -36: "ES512"}
"""By the numbers of RFC 8230 and RFC 9053."""
_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999: calendars here go no further."""


def read_cose(content: bytes) -> Envelope:
    """The envelope that `content` is; nothing in it is verified. Raises Unreadable."""
    check_size(content, ENVELOPE_LIMIT)
    protected, unprotected, payload, signature = _parts(read_item(content))
    signed = _protected(protected)
    for label in unprotected:
        # RFC 9052, section 3: no label is in both, or readers differ in which one counts.
        if label in signed:
            raise Unreadable(f"the header {str(label)[:80]!r} is in two places")
    algorithm = signed.get(_ALGORITHM)
    if type(algorithm) is not int or algorithm not in _ALGORITHMS:
        raise Unreadable(f"the algorithm {str(algorithm)[:40]} is not one of notation's")
    content_type = signed.get(_CONTENT_TYPE)
    if content_type != CONTENT_TYPE:
        raise Unreadable(f"the content type {str(content_type)[:80]!r} is not {CONTENT_TYPE}")
    named = {label: value for label, value in signed.items() if isinstance(label, str)}
    attributes = read_attributes(named, _critical(signed.get(_CRITICAL)), _read_time)
    return Envelope(
        format="cose",
        payload=payload,
        content_type=CONTENT_TYPE,
        scheme=attributes.scheme,
        signing_time=attributes.signing_time,
        authentic_time=attributes.authentic_time,
        expiry=attributes.expiry,
        chain=read_chain(_certificates(unprotected)),
        signature=signature,
        signed_bytes=to_be_signed(protected, payload),
        algorithm=_ALGORITHMS[algorithm],
        timestamp=_timestamp(unprotected),
        plugin=attributes.plugin,
        agent=read_text(unprotected[AGENT], AGENT) if AGENT in unprotected else "",
    )


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of one signer without external data (RFC 9052, section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def _parts(item: Any) -> tuple[bytes, dict[int | str, Any], bytes, bytes]:
    if not isinstance(item, cbor2.CBORTag) or item.tag != _SIGN1:
        raise Unreadable(f"the envelope has not the tag {_SIGN1} of COSE_Sign1")
    match item.value:
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            return protected, unprotected, payload, signature
    raise Unreadable("the envelope is not protected and unprotected headers, a payload and a signature")


def _protected(encoded: bytes) -> dict[int | str, Any]:
    headers = read_item(encoded)
    if not isinstance(headers, dict):
        raise Unreadable("the protected headers are not a map")
    if cbor2.dumps(headers, canonical=True) != encoded:
        raise Unreadable("the protected headers are not in canonical CBOR")
    return headers


def _critical(value: object) -> list[int | str]:
    if not isinstance(value, list) or not all(type(label) in {int, str} for label in value):
        raise Unreadable("crit is not an array of labels")
    return value


def _certificates(unprotected: dict[int | str, Any]) -> list[bytes]:
    chain = unprotected.get(_CHAIN)
    if not isinstance(chain, list) or not all(isinstance(der, bytes) for der in chain):
        raise Unreadable("x5chain is not an array of certificates")
    check_chain_length(len(chain))
    return chain


def _timestamp(unprotected: dict[int | str, Any]) -> bytes | None:
    if TIMESTAMP not in unprotected:
        return None
    token = unprotected[TIMESTAMP]
    if not isinstance(token, bytes) or not token:
        raise Unreadable(f"{TIMESTAMP} is not a timestamp token")
    check_size(token, TIMESTAMP_LIMIT)
    return token


def _read_time(value: object, name: str) -> Moment:
    """An epoch-based time (RFC 8949, section 3.4.2) in whole seconds."""
    if not isinstance(value, cbor2.CBORTag) or value.tag != _EPOCH_TIME:
        raise Unreadable(f"{name} has not the tag {_EPOCH_TIME} of times")
    seconds = value.value
    if type(seconds) is not int or not 0 <= seconds <= _LAST_SECOND:
        raise Unreadable(f"{name} is not a number of seconds since 1970")
    return Moment(seconds * SECOND)

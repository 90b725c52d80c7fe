"""notation's JWS envelopes (signature-envelope-jws.md): the flattened JSON serialization (RFC 7515, section 7.2.2).

Go's decoder takes other letter cases of a header for the known one and the last of two equal keys; here both are
refused, as is base64url in any but its one spelling. Not taken: detached payloads, the general serialization with
several signatures, and keys that the header names other than by certificates.
"""

import base64
import binascii
import re
from typing import Any, Final

from pratique.clock import Moment, parse_rfc3339
from pratique.errors import ManifestInvalid
from pratique.oci.fields import Fields
from pratique.trust.notation.attributes import read_attributes, read_text
from pratique.trust.notation.envelope import (
    AGENT,
    AUTHENTIC_TIME,
    CONTENT_TYPE,
    ENVELOPE_LIMIT,
    EXPIRY,
    PLUGIN,
    PLUGIN_VERSION,
    SIGNING_SCHEME,
    SIGNING_TIME,
    TIMESTAMP,
    TIMESTAMP_LIMIT,
    Envelope,
    check_chain_length,
    read_chain,
)
from pratique.trust.strict import Unreadable, check_size, decode_base64, open_object, read_json

_MEMBERS: Final = frozenset({"payload", "protected", "header", "signature"})
_PROTECTED: Final = (
    "alg",
    "cty",
    "crit",
    SIGNING_SCHEME,
    SIGNING_TIME,
    AUTHENTIC_TIME,
    EXPIRY,
    PLUGIN,
    PLUGIN_VERSION,
)
_UNPROTECTED: Final = ("x5c", TIMESTAMP, AGENT)
_ALGORITHMS: Final = frozenset({"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_TIME: Final = re.compile(
    r"(?a:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))",
)
"""RFC 3339, section 5.6, in capitals: Go reads no others."""


def read_jws(content: bytes) -> Envelope:
    """The envelope that `content` is; nothing in it is verified. Raises Unreadable."""
    check_size(content, ENVELOPE_LIMIT)
    try:
        return _read(read_json(content))
    except ManifestInvalid as error:
        raise Unreadable(error.message) from error


def _read(document: Any) -> Envelope:
    if not isinstance(document, dict) or document.keys() != _MEMBERS:
        raise Unreadable(f"the envelope is not an object of {', '.join(sorted(_MEMBERS))}")
    payload, protected, signature = (
        _decode(document[name], name) for name in ("payload", "protected", "signature")
    )
    signed = read_json(protected)
    named = open_object(signed, "protected", _PROTECTED)
    header = open_object(document["header"], "header", _UNPROTECTED)
    # RFC 7515, section 4: the two places share no name, or readers differ in which one counts.
    for name in document["header"]:
        if name in signed:
            raise Unreadable(f"the header {name[:80]!r} is in two places")
    algorithm, content_type = named.needed_text("alg"), named.needed_text("cty")
    if algorithm not in _ALGORITHMS:
        raise Unreadable(f"the algorithm {algorithm[:40]!r} is not one of notation's")
    if content_type != CONTENT_TYPE:
        raise Unreadable(f"the content type {content_type[:80]!r} is not {CONTENT_TYPE}")
    attributes = read_attributes(signed, named.texts("crit"), _read_time)
    return Envelope(
        format="jws",
        payload=payload,
        content_type=content_type,
        scheme=attributes.scheme,
        signing_time=attributes.signing_time,
        authentic_time=attributes.authentic_time,
        expiry=attributes.expiry,
        chain=read_chain(_certificates(header)),
        signature=signature,
        signed_bytes=f"{document['protected']}.{document['payload']}".encode("ascii"),
        algorithm=algorithm,
        timestamp=_timestamp(header),
        plugin=attributes.plugin,
        agent=read_text(header.value(AGENT), AGENT) if header.has(AGENT) else "",
    )


def _certificates(header: Fields) -> list[bytes]:
    texts = header.texts("x5c")
    check_chain_length(len(texts))
    return [decode_base64(text, f"x5c[{at}]") for at, text in enumerate(texts)]


def _timestamp(header: Fields) -> bytes | None:
    if not header.has(TIMESTAMP):
        return None
    token = decode_base64(header.needed_text(TIMESTAMP), TIMESTAMP)
    check_size(token, TIMESTAMP_LIMIT)
    return token


def _decode(text: object, name: str) -> bytes:
    """The bytes of base64url as RFC 7515, section 2, wants it: no padding, no bits to spare, and not nothing."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise Unreadable(f"{name} is not base64url without padding")
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Unreadable(f"{name} is not base64url") from error
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii") != text:
        raise Unreadable(f"{name} is not canonical base64url")
    return content


def _read_time(value: object, name: str) -> Moment:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Unreadable(f"{name} is not a time of RFC 3339")
    try:
        return parse_rfc3339(value)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{name} is not a time that there is") from error

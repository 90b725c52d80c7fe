"""Trusted roots read strictly (sigstore/protobuf-specs, protos/sigstore_trustroot.proto, versions 0.1 and 0.2).

A service whose validity has no start is refused and not taken for an old one, an unknown field is refused since it may
take something back, and a log's identifier must be the one that its key computes to. What operators are called and for
whom a certificate is said to be is not read: nothing rests on it.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from pratique.clock import Moment, parse_rfc3339
from pratique.errors import ManifestInvalid
from pratique.oci.digest import digest_of
from pratique.trust.certificates import CERTIFICATE_LIMIT, CHAIN_LIMIT, read_certificate
from pratique.trust.logs.log_ids import LogNames, name_log
from pratique.trust.logs.log_keys import read_log_key
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.roots import Authority, Thresholds, TransparencyLog, TrustedRoot, Validity
from pratique.trust.strict import Closed, Unreadable, check_size, read_json

ROOT_LIMIT: Final = 1024 * 1024
"""Bytes of a trusted root: the public one has 7,000."""
SERVICES_LIMIT: Final = 100
"""Services of one kind."""
URL_LIMIT: Final = 2_048
"""Characters of the address of a service."""
KEY_LIMIT: Final = 8 * 1024
"""Bytes of a key."""

_MEDIA_TYPE: Final = re.compile(
    r"application/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)"
)
_ROOT: Final = ("mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities")
_LOG: Final = ("baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator")
_KEY: Final = ("rawBytes", "keyDetails", "validFor")
_AUTHORITY: Final = ("subject", "uri", "certChain", "validFor", "operator")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)

_Service = TypeVar("_Service")


def read_trusted_root(content: bytes, name: str) -> TrustedRoot:
    """The root that the bytes are, called `name`, with the lowest thresholds that it may have. Raises Unreadable."""
    check_size(content, ROOT_LIMIT)
    try:
        return _read(Closed(read_json(content), "", _ROOT), str(digest_of(content)), name)
    except ManifestInvalid as error:
        raise Unreadable(error.message) from error


def _read(fields: Closed, digest: str, name: str) -> TrustedRoot:
    media_type = fields.needed_text("mediaType")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Unreadable(f"the media type {media_type[:100]!r} is not that of a trusted root v0.1 or v0.2")
    tlogs = _services(fields, "tlogs", _LOG, lambda log: _log(log, name_log))
    ctlogs = _services(fields, "ctlogs", _LOG, lambda log: _log(log, _name_ctlog))
    authorities = _services(fields, "certificateAuthorities", _AUTHORITY, _authority)
    stampers = _services(fields, "timestampAuthorities", _AUTHORITY, _authority)
    thresholds = Thresholds(
        tlog=min(1, len(tlogs)), sct=min(1, len(ctlogs)), timestamp=min(1, len(tlogs) + len(stampers))
    )
    if name == PUBLIC_GOOD:
        thresholds = Thresholds(tlog=1, sct=1, timestamp=1)
    return TrustedRoot(name, digest, tlogs, ctlogs, authorities, stampers, thresholds)


def _services(
    fields: Closed, name: str, known: tuple[str, ...], read: Callable[[Closed], _Service]
) -> tuple[_Service, ...]:
    return tuple(read(one) for one in fields.each(name, known, SERVICES_LIMIT))


def _log(fields: Closed, naming: Callable[[bytes, str, bytes], LogNames | None]) -> TransparencyLog:
    if (hashed := fields.needed_text("hashAlgorithm")) != "SHA2_256":
        fields.refuse("hashAlgorithm", f"is {hashed[:40]!r}; logs hash with SHA2_256")
    public = fields.closed("publicKey", _KEY)
    raw = public.needed_content("rawBytes", KEY_LIMIT)
    key = read_log_key(raw, public.needed_text("keyDetails"), public.place("rawBytes"))
    base_url = fields.short_text("baseUrl", URL_LIMIT)
    stated = fields.closed("logId", ("keyId",)).needed_content("keyId", 32)
    names = naming(key.der, base_url, stated)
    if names is None:
        fields.refuse("logId", "is not the identifier that the log's key and name compute to")
    _check_checkpoint_key(fields, names)
    return TransparencyLog(
        base_url, key, stated, _validity(public, "validFor"), names.checkpoint_key_id, names.origin
    )


def _name_ctlog(spki: bytes, base_url: str, stated: bytes) -> LogNames | None:
    """CT logs are called by their key alone (RFC 6962, 3.2)."""
    names = name_log(spki, base_url, stated)
    return names if names is not None and not names.by_name else None


def _check_checkpoint_key(fields: Closed, names: LogNames) -> None:
    """The identifier for checkpoints, where it is stated, is either the short one or the whole of which it is part."""
    if not fields.has("checkpointKeyId"):
        return
    stated = fields.closed("checkpointKeyId", ("keyId",)).needed_content("keyId", 32)
    if stated not in (names.checkpoint_key_id, names.log_id):
        fields.refuse("checkpointKeyId", "is not the identifier that the log's key and name compute to")


def _authority(fields: Closed) -> Authority:
    chain = fields.closed("certChain", ("certificates",)).each("certificates", ("rawBytes",), CHAIN_LIMIT)
    if not chain:
        fields.refuse("certChain", "is empty")
    certificates = tuple(read_certificate(one.needed_content("rawBytes", CERTIFICATE_LIMIT)) for one in chain)
    return Authority(certificates, _validity(fields, "validFor"), fields.short_text("uri", URL_LIMIT))


def _validity(fields: Closed, name: str) -> Validity:
    span = fields.closed(name, ("start", "end")) if fields.has(name) else None
    start = _moment(span, "start") if span else None
    if span is None or start is None:
        fields.refuse(name, "has no start: it would count for all the past")
    end = _moment(span, "end")
    if end is not None and end < start:
        fields.refuse(name, "ends before it starts")
    return Validity(start, end)


def _moment(span: Closed, name: str) -> Moment | None:
    text = span.text(name)
    if text is None:
        return None
    try:
        return parse_rfc3339(text) if _TIME.fullmatch(text) else span.refuse(name, "is no time of RFC 3339")
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{span.place(name)} is no time of RFC 3339") from error

"""Shapes of whom a project trusts, of roots, and of what is denied."""

from typing import Any, Literal

import msgspec

from pratique.http.api.schemas.fields import Number, Time


class Reaching(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far a party's word reaches: `for` what, in which repositories of the project, and when.

    `for` is a list of `signature` (the default), `vex` and `sbom`: who signs images may not waive CVEs. Evidence
    counts that this registry received from `valid_from` on and before `valid_until`; then nothing counts any more.
    """

    purposes: list[str] | None = msgspec.field(name="for", default=None)
    repositories: list[str] | None = None
    valid_from: Time | None = None
    valid_until: Time | None = None


class TrustedKeyRequest(Reaching, frozen=True, kw_only=True):
    """A key to be trusted, as PEM. `tlog` log entries of `trusted_root` must verify beside it; 0 asks for none."""

    name: str
    public_key: str
    tlog: Number = 0
    trusted_root: str = "public-good"


class TrustedIdentityRequest(Reaching, frozen=True, kw_only=True):
    """Who may sign with a certificate of `trusted_root`, as `issuer` (exact) vouches for it.

    Exactly one of `identity` (exact) and `identity_pattern` (RE2 on the whole string). `extensions` are further facts
    of the certificate that must be equal, as `source_repository_uri`.
    """

    name: str
    issuer: str
    identity: str | None = None
    identity_pattern: str | None = None
    san_type: str | None = None
    extensions: dict[str, str] = msgspec.field(default_factory=dict)
    trusted_root: str = "public-good"


class NotationStoreRequest(Reaching, frozen=True, kw_only=True):
    """A trust store of notation: `type` is `ca`, `tsa` or `signingAuthority`, `certificates` is PEM."""

    name: str
    type: str
    certificates: str


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """What every trusted party has."""

    id: int
    name: str
    purposes: list[str] = msgspec.field(name="for")
    repositories: list[str]
    valid_from: Time | None
    valid_until: Time | None
    creation_time: Time
    creator: str


class TrustedKey(Party, frozen=True, kw_only=True):
    """A key that the project trusts. `fingerprint` is the SHA-256 of its SPKI in DER, in hex."""

    public_key: str
    fingerprint: str
    tlog: int
    trusted_root: str


class TrustedIdentity(Party, frozen=True, kw_only=True):
    """An identity that the project trusts."""

    issuer: str
    identity: str | None
    identity_pattern: str | None
    san_type: str | None
    extensions: dict[str, str]
    trusted_root: str


class NotationStore(Party, frozen=True, kw_only=True):
    """A trust store of the project."""

    type: str
    certificates: list[str]


class NotationPolicy(msgspec.Struct, frozen=True):
    """The project's trust policy document, as notation has it. `update_time` and `creator` say who set it."""

    policy: dict[str, Any]
    update_time: Time
    creator: str


class DenialRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is denied, and why.

    `subject` by `kind`: key {public_key or fingerprint}, certificate {serial (hex), issuer (RFC 4514)}, identity
    {issuer, name}, log_entry {log_id (hex), index}, digest {digest}; all values are texts.
    """

    kind: Literal["key", "certificate", "identity", "log_entry", "digest"]
    subject: dict[str, str]
    reason: str


class Denial(msgspec.Struct, frozen=True):
    """An entry of a deny list. `mark` is what evidence or an artifact carries to be denied by it."""

    id: int
    kind: str
    subject: dict[str, str]
    mark: str
    reason: str
    creation_time: Time
    creator: str


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of each must verify at least: log entries, certificate timestamps, trusted times."""

    tlog: Number
    sct: Number
    timestamp: Number


class TrustedRootRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TrustedRoot of Sigstore to be imported, as JSON text, exactly as it was published.

    Without `thresholds` 1 of each service that it names, or what was asked for before, if that is more. `force` brings
    back services that were removed before.
    """

    content: str
    thresholds: Thresholds | None = None
    force: bool = False


class RootChange(msgspec.Struct, frozen=True):
    """What an import changes, service by service. `returns`: what was removed or ended before, and needs `force`."""

    adds: list[str]
    removes: list[str]
    lengthens: list[str]
    shortens: list[str]
    returns: list[str]
    raises_thresholds: bool
    narrows: bool


class TrustedRoot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trusted root as it counts now. `version` 0 is the embedded one. `content` is there for a single root."""

    name: str
    version: int
    digest: str
    services: list[str]
    thresholds: Thresholds
    creation_time: Time
    creator: str
    content: str | None = None
    change: RootChange | None = None


class RevocationListRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A CRL or an OCSP response to be imported: PEM, or its DER in base64."""

    content: str


class RevocationList(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CRL or an OCSP response. `scope` says whose word it is.

    From `next_update` on it says of no certificate that it is good. `content`, its DER in base64, is there for a
    single one.
    """

    id: int
    kind: str
    scope: str
    digest: str
    this_update: Time
    next_update: Time | None
    creation_time: Time
    creator: str
    content: str | None = None


class Check(msgspec.Struct, frozen=True):
    """A step of a specification's verification."""

    number: int
    name: str
    ok: bool
    reason: str
    section: str


class Signer(msgspec.Struct, frozen=True):
    """Who signed, as far as verification proved it: a key, an identity by a certificate, a subject of notation's.

    `extensions` are those of a Fulcio certificate by name (`source_repository_uri`, …), `root` the trusted root that
    it comes from.
    """

    kind: str
    name: str
    issuer: str
    san_type: str
    fingerprint: str
    root: str
    extensions: dict[str, str]


class EvidenceRecord(msgspec.Struct, frozen=True):
    """What one piece of evidence amounts to.

    `identity` is the signer in words, `times` are the trusted moments of signing, `facts` what an attestation says,
    believed only if verified.
    """

    digest: str
    subject: str
    scheme: str
    code: str
    message: str
    verified: bool
    is_signature: bool
    predicate_type: str
    identity: str
    signer: Signer | None
    times: list[Time]
    parties: list[str]
    received_time: Time
    valid_until: Time | None
    checks: list[Check]
    warnings: list[str]
    facts: dict[str, Any]

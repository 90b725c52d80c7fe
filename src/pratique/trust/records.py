"""What verification says: one record per piece of evidence, with the numbered and named checks behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pratique.clock import Moment
from pratique.oci.digest import Digest

SchemeName = Literal[
    "cosign-bundle",
    "cosign-simplesigning",
    "cosign-attestation",
    "notation-jws",
    "notation-cose",
    "unsigned",
]


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a specification's verification: taken, and passed or not, with what was found."""

    number: int
    name: str
    passed: bool
    message: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as far as verification proved it.

    `key`: by `fingerprint`. `identity`: `issuer` vouches for `name` (of `san_type`) in a certificate of `root`, with
    the certificate's `extensions`. `x509`: `name` is the subject (RFC 4514) of a certificate whose chain ends in a
    notation store.
    """

    kind: Literal["key", "identity", "x509"]
    fingerprint: str = ""
    issuer: str = ""
    name: str = ""
    san_type: str = ""
    root: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """What one piece of evidence amounts to for `subject`, the digest that it was examined for.

    `code` is `VERIFIED` (`pratique.policy.Code`) exactly when the cryptography holds, the subject is this one, nothing
    is denied and at least one of `parties` vouches. `is_signature` says whether it is a signature of an image rather
    than an attestation. `facts` are what the predicate says (builder, source, result), believed only if verified.
    `marks` are what a deny list could name, `times` the trusted moments of signing. From `valid_until` on, by a date
    alone (signature expiry, certificate without timestamp, nextUpdate of a CRL), it counts no more. `warnings`
    are failures that a notation policy only logs. `awaits_content`: it names the subject by a second algorithm too, and
    nothing counts until the subject's bytes are at hand; examine it again then. `work` is how many signatures were
    verified for it, or tried with a key, at about.
    """

    scheme: SchemeName
    subject: Digest
    signer: Signer | None
    is_signature: bool
    predicate_type: str
    code: str
    message: str
    checks: tuple[Check, ...]
    parties: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    times: tuple[Moment, ...] = ()
    valid_until: Moment | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    awaits_content: bool = False
    work: int = 0

    @property
    def verified(self) -> bool:
        """Whether somebody who is trusted said it of this subject."""
        return self.code == "VERIFIED"

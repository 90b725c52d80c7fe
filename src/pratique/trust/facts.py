"""What verification says: a fact about one piece of evidence, with the numbered and named checks behind it."""

from dataclasses import dataclass
from typing import Literal

from pratique.oci.digest import Digest

Scheme = Literal["cosign-bundle", "cosign-simplesigning"]


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a specification's verification: taken, and passed or not, with what was found."""

    number: int
    name: str
    passed: bool
    message: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """What one piece of evidence amounts to for `subject`, the digest that it was examined for.

    `fingerprint` is that of the trusted key that verified it, whatever it says; `is_signature` whether it says that it
    is a signature of an image. Only code `VERIFIED` (`pratique.policy.Code`) means both, of this subject.
    """

    scheme: Scheme
    subject: Digest
    fingerprint: str | None
    is_signature: bool
    predicate_type: str
    code: str
    message: str
    checks: tuple[Check, ...]

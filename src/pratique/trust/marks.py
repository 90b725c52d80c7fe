"""What an admission may rest on, each as one word: denying or removing it finds the verdicts at once (gate.md 1).

A *party* is somebody whom a project trusts (`key:7`, `identity:3`, `store:2`); a *mark* is something that evidence
carries and that a deny list can name: a key, a certificate, an identity, a place in a log, a digest.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from pratique.oci.digest import Digest

CERTIFICATE: Final = "certificate:"
"""With what the marks of certificates begin."""

_KEY: Final = "fingerprint:"


def party(kind: str, number: int) -> str:
    """A party of a project, by its kind (`key`, `identity`, `store`) and the number of its row."""
    return f"{kind}:{number}"


def of_key(fingerprint: str) -> str:
    """A public key, by the hexadecimal SHA-256 of its SPKI."""
    return f"{_KEY}{fingerprint}"


def keys_in(marks: Iterable[str]) -> Iterator[str]:
    """The fingerprints of the keys among marks."""
    return (mark.removeprefix(_KEY) for mark in marks if mark.startswith(_KEY))


def of_certificate(serial: int, issuer: str) -> str:
    """A certificate, by serial number and issuer (RFC 5280, 4.1.2.2: unique together); the issuer as in RFC 4514."""
    return f"{CERTIFICATE}{serial:x}@{_hashed(issuer)}"


def is_of_certificates(mark: str, serials: Collection[int] | None, issuer: str | None) -> bool:
    """Whether a mark is that of a certificate of these. None: of every serial number, of every issuer."""
    serial, found, hashed = mark.removeprefix(CERTIFICATE).partition("@")
    if not mark.startswith(CERTIFICATE) or not found:
        return False
    return (issuer is None or hashed == _hashed(issuer)) and (serials is None or int(serial, 16) in serials)


def of_identity(issuer: str, name: str) -> str:
    """Who signed without a key of their own, by the issuer that says so and the certificate's subject name."""
    return f"identity:{hashlib.sha256(f'{len(issuer)}:{issuer}{name}'.encode()).hexdigest()}"


def of_log_entry(log_id: bytes, index: int) -> str:
    """An entry of a transparency log."""
    return f"log:{log_id.hex()}:{index}"


def of_digest(digest: Digest) -> str:
    """An artifact, the manifest of a piece of evidence, or the signed bytes in it."""
    return f"digest:{digest}"


def of_notation_policy(project_id: int) -> str:
    """A project's notation trust policy as a whole: whatever it let pass is looked at again when it changes."""
    return f"notation-policy:{project_id}"


def _hashed(issuer: str) -> str:
    return hashlib.sha256(issuer.encode()).hexdigest()

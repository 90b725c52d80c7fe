"""The one place that says whether a log entry is about our signature: digest, signature and key are all ours.

Leaving out one of the three made each of CVE-2022-36056, CVE-2026-22703 (GHSA-whqx-f9j3-ch6m) and GHSA-fx35-mq7g-6g98:
an entry of somebody else's, or of another artifact, lent its time to a signature that was never recorded.
"""

import hashlib
from dataclasses import dataclass

from pratique.trust.logs.bodies import Recorded
from pratique.trust.logs.invalid import LogEntryInvalid
from pratique.trust.logs.verifiers import Verifier
from pratique.trust.signed import Signed


@dataclass(frozen=True, slots=True)
class Claimed:
    """Our signature, and with what it verifies: the leaf certificate or, where there is none, the key.

    `document` are the bytes of the envelope as it was found, if it was found alone (in an `.att` layer).
    """

    signed: Signed
    verifier: Verifier
    document: bytes | None = None

    @property
    def stamped(self) -> bytes:
        """What a timestamp is over: the signature; or the whole envelope where cosign keeps it as a layer.

        cosign, pkg/cosign/verify.go, `VerifyRFC3161Timestamp`: there is no one signature beside such an envelope.
        """
        return self.signed.signature if self.document is None else self.document


def check_binding(recorded: Recorded, ours: Claimed) -> None:
    """See that the entry records our signature, by our key, of our bytes. Raises LogEntryInvalid saying what is not."""
    if recorded.digest != _digest(recorded, ours.signed):
        what = "payload" if recorded.over == "payload" else "artifact"
        raise LogEntryInvalid(f"the log entry is of another {what}: its digest is {recorded.digest.hex()}")
    made = [one for one in recorded.signatures if one.signature in (None, ours.signed.signature)]
    if not made:
        raise LogEntryInvalid("the log entry records another signature")
    if all(one.verifier != ours.verifier for one in made):
        raise LogEntryInvalid(f"the log entry's signature is by another {ours.verifier.kind}")
    _check_envelope(recorded, ours)


def _digest(recorded: Recorded, signed: Signed) -> bytes | None:
    """Of what is recorded, on our side; None where there is no such thing."""
    if recorded.over == "payload":
        envelope = signed.envelope
        return None if envelope is None else hashlib.new(recorded.algorithm, envelope.payload).digest()
    if signed.content is not None:
        return hashlib.new(recorded.algorithm, signed.content).digest()
    return signed.digest if signed.algorithm == recorded.algorithm else None


def _check_envelope(recorded: Recorded, ours: Claimed) -> None:
    """An intoto 0.0.1 entry has the signature only in the hash of the envelope, which others may write otherwise.

    Where the envelope is at hand as a document it must be the very one. In a bundle it is a message, its document is
    gone, and payload and key (which the log verified) must do.
    """
    if ours.document is None or recorded.envelope is None:
        return
    algorithm, digest = recorded.envelope
    if all(one.signature is None for one in recorded.signatures) and (
        hashlib.new(algorithm, ours.document).digest() != digest
    ):
        raise LogEntryInvalid("the log entry is of another envelope")

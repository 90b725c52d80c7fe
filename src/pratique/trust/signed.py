"""What one signature is over: exact bytes, or only their digest."""

import hashlib
from dataclasses import dataclass

from pratique.trust.bundle import HashName
from pratique.trust.dsse import Envelope
from pratique.trust.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature and what it is over. `envelope` is there when that is the PAE of a DSSE envelope.

    `content` is None where only `digest` is known (by `algorithm`): a bundle names a file by its digest.
    """

    signature: bytes
    content: bytes | None
    algorithm: HashName
    digest: bytes
    envelope: Envelope | None = None

    @classmethod
    def of_content(cls, signature: bytes, content: bytes) -> "Signed":
        """A signature over bytes that are at hand, as a classic payload is."""
        return cls(signature, content, "sha256", hashlib.sha256(content).digest())

    @classmethod
    def of_envelope(cls, envelope: Envelope, signature: bytes) -> "Signed":
        """One of the signatures of an envelope."""
        content = envelope.signed_bytes
        return cls(signature, content, "sha256", hashlib.sha256(content).digest(), envelope)

    def fits(self, key: PublicKey) -> bool:
        """Whether it has the form of a signature of `key`: a look at its size, before anything is computed."""
        return key.may_have_made(self.signature, allow_raw=self.envelope is not None)

    def verifies(self, key: PublicKey) -> bool:
        """Whether it is the signature of `key`. Never raises.

        DSSE's signers write ECDSA as DER, or as two integers side by side; everybody else as DER.
        """
        if self.content is not None:
            return key.verify(self.signature, self.content, allow_raw=self.envelope is not None)
        return key.verify_digest(self.signature, self.digest, self.algorithm)

"""A TrustedRoot as values (sigstore/protobuf-specs, protos/sigstore_trustroot.proto): the services that may attest.

Read by `trust.logs.trusted_root`; nothing here looks at bytes.
"""

from dataclasses import dataclass

from cryptography.x509 import Certificate

from pratique.clock import Moment
from pratique.trust.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Validity:
    """When a service counts, both ends included. A root without `start` is refused; an `end` of None is no end."""

    start: Moment
    end: Moment | None = None

    def holds_at(self, at: Moment) -> bool:
        """Whether `at` lies within, ends included."""
        return self.start <= at and (self.end is None or at <= self.end)


@dataclass(frozen=True, slots=True)
class TransparencyLog:
    """A Rekor log (v1 or v2) or a CT log.

    `log_id` is, as the root says and as computed, SHA-256 of the SPKI; of a Rekor v2 with an Ed25519 key it is that of
    its name and key (`trust.logs.log_ids`).
    `checkpoint_key_id` are the 4 bytes by which signed notes name the key; `origin` is the host of `base_url`, which
    is the name of a Rekor v2 log in its checkpoints.
    """

    base_url: str
    key: PublicKey
    log_id: bytes
    valid: Validity
    checkpoint_key_id: bytes = b""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """A Fulcio or a timestamp authority: its chain from the issuing certificate up to the root."""

    chain: tuple[Certificate, ...]
    valid: Validity
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many of each must verify at least. The public-good root is 1/1/1, never lower.

    `tlog`: log entries. `sct`: certificate timestamps. `timestamp`: trusted times, of a timestamp authority or of a log
    that signed its integrated time.
    """

    tlog: int = 1
    sct: int = 1
    timestamp: int = 1


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """All services of one Sigstore. `name` is how a project's identities name it; `digest` is that of its file."""

    name: str
    digest: str
    tlogs: tuple[TransparencyLog, ...]
    ctlogs: tuple[TransparencyLog, ...]
    certificate_authorities: tuple[Authority, ...]
    timestamp_authorities: tuple[Authority, ...]
    thresholds: Thresholds

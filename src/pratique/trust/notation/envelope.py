"""What both envelopes of notation say, whichever way they write it (Notary Project, signature-specification.md).

Nothing in here is verified: `integrity`, `chain` and `payload` judge it. Readers keep their limits here, so that an
envelope has the same ones in both formats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from cryptography.x509 import Certificate

from pratique.clock import Moment
from pratique.trust.certificates import read_certificate
from pratique.trust.strict import Unreadable

Format: TypeAlias = Literal["jws", "cose"]
Scheme: TypeAlias = Literal["notary.x509", "notary.x509.signingAuthority"]

CONTENT_TYPE: Final = "application/vnd.cncf.notary.payload.v1+json"
SIGNING_SCHEME: Final = "io.cncf.notary.signingScheme"
SIGNING_TIME: Final = "io.cncf.notary.signingTime"
AUTHENTIC_TIME: Final = "io.cncf.notary.authenticSigningTime"
EXPIRY: Final = "io.cncf.notary.expiry"
PLUGIN: Final = "io.cncf.notary.verificationPlugin"
PLUGIN_VERSION: Final = "io.cncf.notary.verificationPluginMinVersion"
TIMESTAMP: Final = "io.cncf.notary.timestampSignature"
AGENT: Final = "io.cncf.notary.signingAgent"

ENVELOPE_LIMIT: Final = 1024 * 1024
"""Bytes of an envelope: ten certificates and a timestamp take a quarter of it at most."""
CHAIN_LIMIT: Final = 10
"""Certificates of an envelope, leaf and root included."""
TIMESTAMP_LIMIT: Final = 64 * 1024
"""Bytes of a timestamp token."""
TEXT_LIMIT: Final = 1_024
"""Characters of the names of agents and plugins."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signature and what is said about it; only what `signed_bytes` covers is the signer's word.

    `chain`, `timestamp` and `agent` are outside of it. `plugin` names the verification plugin that the signer
    demands.
    """

    format: Format
    payload: bytes
    content_type: str
    scheme: Scheme
    signing_time: Moment | None
    authentic_time: Moment | None
    expiry: Moment | None
    chain: tuple[Certificate, ...]
    """From the leaf up to the root, as the envelope has them."""
    signature: bytes
    """PSS, or the two integers of ECDSA side by side."""
    signed_bytes: bytes
    algorithm: str
    """By its JOSE name, as ES256."""
    timestamp: bytes | None
    plugin: str | None
    agent: str


def read_scheme(value: object) -> Scheme:
    """The signing scheme (signing-scheme.md). Raises Unreadable."""
    for scheme in get_args(Scheme):
        if value == scheme:
            found: Scheme = scheme
            return found
    raise Unreadable(f"the signing scheme {str(value)[:80]!r} is not known")


def check_chain_length(length: int) -> None:
    """Raises Unreadable where an envelope has no certificate, or more than are read."""
    if not 1 <= length <= CHAIN_LIMIT:
        raise Unreadable(f"the envelope has {length} certificates; 1 to {CHAIN_LIMIT} are read")


def read_chain(ders: Sequence[bytes]) -> tuple[Certificate, ...]:
    """The certificates of an envelope, one at least. Raises Unreadable."""
    check_chain_length(len(ders))
    return tuple(read_certificate(der) for der in ders)

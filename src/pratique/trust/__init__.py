"""Trust: whose signatures we believe, and whether bytes that claim to be one are.

Pure verification (`verify_bundle`, `verify_simple_signing`, `parses_as`) and the store of the keys that each project
trusts (`TrustedKeys`). A referrer that looks like a signature is only a claim until its bytes verify.
"""

from pratique.trust.facts import Check, SignatureFact
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.parses import parses_as
from pratique.trust.store import TrustedKey
from pratique.trust.trusted_keys import TrustedKeys
from pratique.trust.verify import verify_bundle, verify_simple_signing

__all__ = [
    "Check",
    "PublicKey",
    "SignatureFact",
    "TrustedKey",
    "TrustedKeys",
    "parse_public_key",
    "parses_as",
    "verify_bundle",
    "verify_simple_signing",
]

"""Trust: whose signatures we believe, and whether bytes that claim to be one are.

Pure verification (`verify`, `parses_as`) and the store of the keys that each project trusts (`TrustedKeys`). A referrer
that looks like a signature is only a claim until its bytes verify.
"""

from pratique.trust.denied import DenyLists
from pratique.trust.items import Item
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.notation_stores import NotationStores
from pratique.trust.parses import parses_as
from pratique.trust.parties import IdentityParty, KeyParty, Purpose, Subject, TrustSet
from pratique.trust.records import Check, EvidenceRecord, Signer
from pratique.trust.revocation_lists import RevocationLists
from pratique.trust.store import TrustedKey
from pratique.trust.trust_sets import Trusted, TrustSets
from pratique.trust.trusted_identities import TrustedIdentities
from pratique.trust.trusted_keys import TrustedKeys
from pratique.trust.trusted_roots import TrustedRoots
from pratique.trust.verify import verify

__all__ = [
    "Check",
    "DenyLists",
    "EvidenceRecord",
    "IdentityParty",
    "Item",
    "KeyParty",
    "NotationStores",
    "PublicKey",
    "Purpose",
    "RevocationLists",
    "Signer",
    "Subject",
    "TrustSet",
    "TrustSets",
    "Trusted",
    "TrustedIdentities",
    "TrustedKey",
    "TrustedKeys",
    "TrustedRoots",
    "parse_public_key",
    "parses_as",
    "verify",
]

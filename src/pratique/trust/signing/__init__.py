"""What the registry signs itself: its keys and where they lie, and every form of signature that clients read.

What is made here is bytes; admission decides what is signed, and the registry stores it.
"""

from pratique.trust.signing.keys import OF_ADMISSION, KeyKind, KeyState, Owner, SigningKey, SigningKeys
from pratique.trust.signing.sealed_keys import SealedKeys, SealingKey
from pratique.trust.signing.signer import KeyBackend, MadeKey, Signer
from pratique.trust.signing.written import Named, Written

__all__ = [
    "OF_ADMISSION",
    "KeyBackend",
    "KeyKind",
    "KeyState",
    "MadeKey",
    "Named",
    "Owner",
    "SealedKeys",
    "SealingKey",
    "Signer",
    "SigningKey",
    "SigningKeys",
    "Written",
]

"""notation's signatures (Notary Project): envelopes read strictly, their signature, their chain and what they sign.

Everything here is pure: bytes, and the moment where one matters, are arguments. `NotationInvalid` and `trust.strict`'s
`Unreadable` say why something does not count.
"""

from pratique.trust.notation.chain import check_anchor, check_chain, check_dates
from pratique.trust.notation.cose import read_cose
from pratique.trust.notation.envelope import Envelope
from pratique.trust.notation.integrity import check_signature
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.notation.jws import read_jws
from pratique.trust.notation.payload import Target, read_target

__all__ = [
    "Envelope",
    "NotationInvalid",
    "Target",
    "check_anchor",
    "check_chain",
    "check_dates",
    "check_signature",
    "read_cose",
    "read_jws",
    "read_target",
]

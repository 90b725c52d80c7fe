"""Which certificates are to be asked about: those of chains that end in a store, of signers and of timestamps.

A stranger's certificate may name any address; nobody is asked there for it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cryptography.x509 import Certificate

from pratique.trust.certificates import is_self_signed
from pratique.trust.notation.chain import check_chain
from pratique.trust.notation.envelope import Envelope
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.notation.revocations import places_of
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps import TimestampInvalid, verify_token


@dataclass(frozen=True, slots=True)
class Question:
    """How `certificate` stands, which `issuer` signed."""

    certificate: Certificate
    issuer: Certificate


def questions_of(
    envelope: Envelope, anchors: Collection[Certificate], authorities: Sequence[Certificate]
) -> Iterator[Question]:
    """What an envelope makes us ask. `anchors` are in stores for signers, `authorities` in those for timestamps.

    The root is never asked about, nor a certificate that names no place.
    """
    if _ends_in(envelope.chain, anchors):
        yield from _asked(envelope.chain)
        yield from _asked(_stamped_by(envelope, authorities))


def _ends_in(chain: Sequence[Certificate], anchors: Collection[Certificate]) -> bool:
    try:
        check_chain(chain, None)
    except NotationInvalid:
        return False
    return any(each in anchors for each in chain)


def _stamped_by(envelope: Envelope, authorities: Sequence[Certificate]) -> Sequence[Certificate]:
    roots = [each for each in authorities if is_self_signed(each)]
    if envelope.timestamp is None or not roots:
        return ()
    try:
        return verify_token(envelope.timestamp, envelope.signature, roots).chain
    except (TimestampInvalid, Unreadable):
        return ()


def _asked(chain: Sequence[Certificate]) -> Iterator[Question]:
    for certificate, issuer in pairwise(chain):
        if places_of(certificate):
            yield Question(certificate, issuer)

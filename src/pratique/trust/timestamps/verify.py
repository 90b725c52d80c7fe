"""Whether a timestamp proves that bytes existed at a time (RFC 3161, section 2.3 and 2.4.2; RFC 5652, section 5.6).

The moment is the statement's, and everything is judged at that moment: a chain that has expired since is as good as it
was. Revocation is not asked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from pratique.clock import Moment
from pratique.trust.certificates import ChainInvalid, has_path, validate_chain
from pratique.trust.certificates.chains import Anchor, Path
from pratique.trust.certificates.extensions import find_extension, find_value
from pratique.trust.roots import Authority
from pratique.trust.timestamps.algorithms import digest_of
from pratique.trust.timestamps.attributes import CertificateHash
from pratique.trust.timestamps.invalid import TimestampInvalid
from pratique.trust.timestamps.token import Token, issuer_of, read_token


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time that an authority vouches for, within `accuracy` microseconds; `chain` is signer … anchor."""

    moment: Moment
    accuracy: int
    chain: Path


def verify_timestamp(token: bytes, signed: bytes, authorities: Sequence[Authority]) -> Moment | None:
    """When one of the authorities of a root saw `signed` (raw signature bytes); None when none of them made it.

    Raises Unreadable for bytes that are no token, TimestampInvalid when its authority is known and it does not verify.
    """
    stamp = stamp_of(token, signed, authorities)
    return None if stamp is None else stamp.moment


def stamp_of(token: bytes, signed: bytes, authorities: Sequence[Authority]) -> Stamp | None:
    """As `verify_timestamp`, with the accuracy and the chain."""
    read = read_token(token)
    reason: TimestampInvalid | None = None
    for authority in authorities:
        signer = _signer_at(read, authority)
        if signer is None:
            continue
        try:
            stamp = _verify(read, signed, signer, [authority.chain])
            _check_validity(stamp, authority)
        except TimestampInvalid as error:
            # The same authority may be there again, with another validity.
            reason = reason or error
        else:
            return stamp
    if reason:
        raise reason
    return None


def verify_token(token: bytes, signed: bytes, anchors: Sequence[Certificate]) -> Stamp:
    """The stamp of a token that brings its chain along, up to one of `anchors`, and names its signer by RFC 5816.

    As notation has it: signing-certificate-v2 is needed. Raises Unreadable and TimestampInvalid.
    """
    read = read_token(token)
    if not read.attributes.has_v2:
        raise TimestampInvalid("the timestamp has no signing-certificate-v2 attribute")
    signer = next(filter(read.signer.is_of, read.certificates), None)
    if signer is None:
        raise TimestampInvalid("the timestamp does not bring the certificate of its signer")
    return _verify(read, signed, signer, anchors)


def _signer_at(token: Token, authority: Authority) -> Certificate | None:
    """The token's signer, if this authority has it: the very one in its chain, else one that its chain has issued."""
    own = authority.chain[0] if authority.chain else None
    if own is not None and not _is_authority(own):
        return own if token.signer.is_of(own) else None
    for certificate in filter(token.signer.is_of, token.certificates):
        if has_path(certificate, token.certificates, [authority.chain]):
            return certificate
    return None


def _verify(token: Token, signed: bytes, signer: Certificate, anchors: Sequence[Anchor]) -> Stamp:
    for named in token.attributes.certificates:
        _check_named(named, signer)
    if digest_of(token.algorithm.hashed, token.content) != token.attributes.message_digest:
        raise TimestampInvalid("the timestamp's digest is not that of its statement")
    if not token.algorithm.verifies(signer.public_key(), token.signature, token.attributes.encoded):
        raise TimestampInvalid("the timestamp's signature does not verify")
    _check_usage(signer)
    moment = token.statement.moment
    try:
        chain = validate_chain(
            signer, token.certificates, anchors, moment, eku=ExtendedKeyUsageOID.TIME_STAMPING
        )
    except ChainInvalid as error:
        raise TimestampInvalid(f"the timestamp's authority: {error}") from error
    if not token.statement.is_over(signed):
        raise TimestampInvalid("the timestamp is over something else than this signature")
    return Stamp(moment, token.statement.accuracy, chain)


def _check_named(named: CertificateHash, signer: Certificate) -> None:
    """RFC 5035, section 5.4: the signed attribute is about this certificate and no other with the same key."""
    same = digest_of(named.hashed, signer.public_bytes(Encoding.DER)) == named.digest
    if named.serial is not None:
        same = same and (named.serial, named.issuer) == (signer.serial_number, issuer_of(signer))
    if not same:
        raise TimestampInvalid("the timestamp's signing-certificate attribute names another certificate")


def _check_usage(signer: Certificate) -> None:
    """RFC 3161, section 2.3: one extended key usage, timeStamping, in a critical extension."""
    usage = find_extension(signer, x509.ExtendedKeyUsage)
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampInvalid("the timestamp's signer is not, critically, for timeStamping only")


def _check_validity(stamp: Stamp, authority: Authority) -> None:
    if not authority.valid.holds_at(stamp.moment):
        raise TimestampInvalid("the timestamp is of a time at which its authority does not count")


def _is_authority(certificate: Certificate) -> bool:
    basic = find_value(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca

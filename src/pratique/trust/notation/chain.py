"""The chain of a notation envelope (signature-specification.md, "Certificate Requirements").

These are not the rules of RFC 5280's path validation: the chain is complete and in order, only basic constraints, key
usage and extended key usage are looked at, and every other extension is ignored, critical or not, since the
specification wants it so. Whether the chain ends in a trusted root is somebody else's question.

Stricter than notation: basic constraints must be marked critical, as the specification says; `anyExtendedKeyUsage` is
refused, as it says too; and weak keys of authorities.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from pratique.clock import Moment, rfc3339
from pratique.trust.certificates import has_path, is_self_signed
from pratique.trust.certificates.dates import valid_from, valid_until
from pratique.trust.certificates.extensions import find_extension, find_value
from pratique.trust.certificates.strength import weakness_of_key, weakness_of_signature
from pratique.trust.notation.integrity import algorithm_of
from pratique.trust.notation.invalid import NotationInvalid

_NOT_FOR_LEAVES: Final = (
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    # encipherOnly and decipherOnly mean nothing without it, and are not read without it.
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
_OTHER_USES: Final = {
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    # Not in the specification's list, and refused by notation.
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
}


def check_chain(chain: Sequence[Certificate], at: Moment | None) -> None:
    """Judge a chain leaf … root, and whether all of it is valid at a moment; at None, never mind the dates.

    One certificate alone is a leaf that signed itself. Raises NotationInvalid with the first reason.
    """
    if not chain:
        raise NotationInvalid("there is no certificate")
    for certificate in chain:
        _check_strength(certificate)
    _check_order(chain)
    _check_leaf(chain[0])
    for below, authority in enumerate(chain[1:]):
        _check_authority(authority, below)
    if at is not None:
        check_dates(chain, at, at)


def check_dates(chain: Sequence[Certificate], start: Moment, end: Moment) -> None:
    """See that every certificate is valid from `start` to `end`, both included. Raises NotationInvalid."""
    for certificate in chain:
        if start < valid_from(certificate) or end > valid_until(certificate):
            when = f"at {rfc3339(start)}" if start == end else f"from {rfc3339(start)} to {rfc3339(end)}"
            raise NotationInvalid(
                f"{_named(certificate)} was not valid {when}: only from"
                f" {rfc3339(valid_from(certificate))} to {rfc3339(valid_until(certificate))}"
            )


def check_anchor(certificate: Certificate) -> None:
    """See that a certificate may be in a trust store: an authority, or one that signed itself.

    A store with somebody's leaf in it trusts that leaf for no rule's sake (trust-store-trust-policy.md, "Trust
    Store"). Raises NotationInvalid.
    """
    _check_strength(certificate)
    basic = find_value(certificate, x509.BasicConstraints)
    if not (basic is not None and basic.ca) and not is_self_signed(certificate):
        raise NotationInvalid(
            f"{_named(certificate)} is neither an authority nor self-signed: store the root that it comes from"
        )


def _check_strength(certificate: Certificate) -> None:
    weakness = weakness_of_signature(certificate) or weakness_of_key(certificate.public_key())
    if weakness:
        raise NotationInvalid(f"{_named(certificate)} has {weakness}")


def _check_order(chain: Sequence[Certificate]) -> None:
    """Each is signed by the next, the last by itself, and no other by itself: then none is superfluous."""
    *others, root = chain
    for certificate, issuer in zip(others, chain[1:], strict=True):
        if is_self_signed(certificate):
            raise NotationInvalid(f"{_named(certificate)} is self-signed and not the end of the chain")
        if not has_path(certificate, (), (issuer,)):
            raise NotationInvalid(f"{_named(certificate)} is not issued by the next, {_named(issuer)}")
    if not is_self_signed(root):
        raise NotationInvalid(f"the chain ends in {_named(root)}, which is not self-signed: it is incomplete")


def _check_authority(certificate: Certificate, below: int) -> None:
    """`below` counts the authorities between it and the leaf."""
    basic = find_extension(certificate, x509.BasicConstraints)
    if basic is None or not basic.critical or not basic.value.ca:
        raise NotationInvalid(f"{_named(certificate)} is not an authority by critical basic constraints")
    length = basic.value.path_length
    if length is not None and below > length:
        raise NotationInvalid(
            f"{_named(certificate)} allows {length} authorities below it, there are {below}"
        )
    if not _usage(certificate).key_cert_sign:
        raise NotationInvalid(f"{_named(certificate)} may not sign certificates")


def _check_leaf(certificate: Certificate) -> None:
    algorithm_of(certificate.public_key())
    basic = find_value(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        raise NotationInvalid(f"{_named(certificate)} is an authority and signs nothing else")
    usage = _usage(certificate)
    if not usage.digital_signature:
        raise NotationInvalid(f"{_named(certificate)} may not make signatures")
    for attribute, name in _NOT_FOR_LEAVES:
        if getattr(usage, attribute):
            raise NotationInvalid(f"{_named(certificate)} is for {name} too")
    for use in find_value(certificate, x509.ExtendedKeyUsage) or ():
        if use in _OTHER_USES:
            raise NotationInvalid(f"{_named(certificate)} is for {_OTHER_USES[use]} too")


def _usage(certificate: Certificate) -> x509.KeyUsage:
    usage = find_extension(certificate, x509.KeyUsage)
    if usage is None or not usage.critical:
        raise NotationInvalid(f"{_named(certificate)} has no critical key usage")
    return usage.value


def _named(certificate: Certificate) -> str:
    return f"the certificate {certificate.subject.rfc4514_string()[:100]!r}"

"""What each certificate of a path must be (RFC 5280, sections 6.1.3 to 6.1.5), at a given moment.

Not taken: certificate policies (6.1.2 (d) to (f)), which nothing here asks for - where they are critical the path is
refused, as for any critical extension that is not processed; unique identifiers; revocation, which Sigstore does not
have, and which notation's rules ask for separately.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.x509 import Certificate, ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from pratique.clock import Moment, rfc3339
from pratique.trust.certificates import name_constraints
from pratique.trust.certificates.dates import valid_from, valid_until
from pratique.trust.certificates.extensions import find_value
from pratique.trust.certificates.invalid import ChainInvalid
from pratique.trust.certificates.strength import weakness_of_key, weakness_of_signature

_OF_LEAVES: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
_OF_AUTHORITIES: Final = _OF_LEAVES | {ExtensionOID.NAME_CONSTRAINTS}


def check_path(path: Sequence[Certificate], at: Moment, eku: ObjectIdentifier | None) -> None:
    """Judge a path leaf … anchor whose signatures have been verified. Raises ChainInvalid."""
    leaf, *authorities = path
    for certificate in path:
        _check_itself(certificate, at)
    for certificate in path[:-1]:
        # The anchor's own signature proves nothing and is not looked at (section 6.1.1 (d)).
        if weakness := weakness_of_signature(certificate):
            raise ChainInvalid(f"{_called(certificate)} has {weakness}")
    below = 0
    for authority in authorities:
        _check_authority(authority, below, eku)
        below += authority.subject != authority.issuer
    _check_leaf(leaf, eku)
    name_constraints.check(path)


def _check_itself(certificate: Certificate, at: Moment) -> None:
    if not valid_from(certificate) <= at <= valid_until(certificate):
        raise ChainInvalid(
            f"{_called(certificate)} was not valid at {rfc3339(at)}: only from"
            f" {rfc3339(valid_from(certificate))} to {rfc3339(valid_until(certificate))}"
        )
    if weakness := weakness_of_key(certificate.public_key()):
        raise ChainInvalid(f"{_called(certificate)} has {weakness}")


def _check_authority(certificate: Certificate, below: int, eku: ObjectIdentifier | None) -> None:
    """Sections 6.1.4 (k) to (o); `below` counts the intermediate certificates between it and the leaf."""
    _check_critical(certificate, _OF_AUTHORITIES)
    basic = find_value(certificate, x509.BasicConstraints)
    if basic is None or not basic.ca:
        raise ChainInvalid(f"{_called(certificate)} is not a certificate authority")
    if basic.path_length is not None and below > basic.path_length:
        raise ChainInvalid(
            f"{_called(certificate)} allows {basic.path_length} authorities below it, there are {below}"
        )
    usage = find_value(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise ChainInvalid(f"{_called(certificate)} may not sign certificates")
    extended = find_value(certificate, x509.ExtendedKeyUsage)
    if eku is None or extended is None:
        return
    # Nested: an authority that is limited to some uses hands down no other (as for codeSigning in Sigstore).
    if eku not in extended and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in extended:
        raise ChainInvalid(f"{_called(certificate)} is limited to other uses than {_use(eku)}")


def _check_leaf(certificate: Certificate, eku: ObjectIdentifier | None) -> None:
    _check_critical(certificate, _OF_LEAVES)
    basic = find_value(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        raise ChainInvalid(f"{_called(certificate)} is a certificate authority and signs nothing else")
    usage = find_value(certificate, x509.KeyUsage)
    # Section 4.2.1.12: either bit is consistent with timeStamping.
    stamps = eku == ExtendedKeyUsageOID.TIME_STAMPING and usage is not None and usage.content_commitment
    if usage is not None and not usage.digital_signature and not stamps:
        raise ChainInvalid(f"{_called(certificate)} may not make signatures")
    extended = find_value(certificate, x509.ExtendedKeyUsage)
    if eku is not None and (extended is None or eku not in extended):
        raise ChainInvalid(f"{_called(certificate)} is not for {_use(eku)}")


def _check_critical(certificate: Certificate, processed: frozenset[ObjectIdentifier]) -> None:
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in processed:
            raise ChainInvalid(
                f"{_called(certificate)} has the critical extension {extension.oid.dotted_string},"
                " which is not processed"
            )


def _use(eku: ObjectIdentifier) -> str:
    names = {
        ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
        ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    }
    return names.get(eku, eku.dotted_string)


def _called(certificate: Certificate) -> str:
    subject = certificate.subject.rfc4514_string()[:100]
    return f"the certificate {subject!r}" if subject else f"the certificate {certificate.serial_number:x}"

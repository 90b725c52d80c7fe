"""Reading CRLs (RFC 5280, section 5) and OCSP responses (RFC 6960, section 4.2) from strangers' bytes.

Steps of RFC 5280 that are not taken: lists with entries of other issuers (indirect CRLs), for some reasons only or for
attribute certificates are refused, for nobody who signs artifacts uses them.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from pratique.trust.certificates.dates import moment_of
from pratique.trust.certificates.reading import read_certificate
from pratique.trust.notation.revocations.values import OcspAnswer, RevocationList, RevocationStore
from pratique.trust.strict import Unreadable

SIZE_LIMIT: Final = 2**20
"""Bytes of a list or a response."""

RESPONDERS_LIMIT: Final = 4
"""Certificates that a response brings along."""

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_LAZY: Final = ("hash_algorithm", "signature_hash_algorithm", "certificate_status", "extensions")
_PEM: Final = b"-----BEGIN X509 CRL-----"
_UNDERSTOOD: Final = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator, x509.AuthorityKeyIdentifier)
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


def read_crl(content: bytes) -> RevocationList:
    """A CRL in DER or PEM, every part of it readable. Raises Unreadable with what is wrong with it."""
    _check_size(content, "a CRL")
    try:
        is_pem = content.lstrip().startswith(_PEM)
        crl = x509.load_pem_x509_crl(content) if is_pem else x509.load_der_x509_crl(content)
        _check_extensions(crl.extensions)
        _touch_entries(crl)
        return _described(crl)
    except _UNREADABLE as error:
        raise Unreadable(f"it is no CRL that can be read ({type(error).__name__})") from error


def _described(crl: x509.CertificateRevocationList) -> RevocationList:
    delta, number = find(crl.extensions, x509.DeltaCRLIndicator), find(crl.extensions, x509.CRLNumber)
    until = crl.next_update_utc
    return RevocationList(
        crl=crl,
        issuer=crl.issuer.public_bytes(),
        digest=hashlib.sha256(crl.public_bytes(Encoding.DER)).hexdigest(),
        this_update=moment_of(crl.last_update_utc),
        next_update=None if until is None else moment_of(until),
        number=None if number is None else number.crl_number,
        delta_of=None if delta is None else delta.crl_number,
    )


def _touch_entries(crl: x509.CertificateRevocationList) -> None:
    """Have every lazily parsed part of the entries parsed, so that no later step meets what nobody can read."""
    for entry in crl:
        moment_of(entry.revocation_date_utc)
        date = find(entry.extensions, x509.InvalidityDate)
        if date is not None:
            moment_of(date.invalidity_date_utc)


def read_ocsp(content: bytes) -> OcspAnswer:
    """A successful OCSP response in DER about one certificate, every part of it readable. Raises Unreadable."""
    _check_size(content, "an OCSP response")
    try:
        response = ocsp.load_der_ocsp_response(content)
        status = response.response_status
        answers = len(list(response.responses)) if status is ocsp.OCSPResponseStatus.SUCCESSFUL else 0
        if answers == 1:
            _touch(response)
    except _UNREADABLE as error:
        raise Unreadable(f"it is no OCSP response that can be read ({type(error).__name__})") from error
    if status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Unreadable(f"the responder gave no answer ({status.name})")
    if answers != 1:
        raise Unreadable(f"it speaks of {answers} certificates; one is read")
    return OcspAnswer(response, hashlib.sha256(content).hexdigest())


def _touch(response: ocsp.OCSPResponse) -> None:
    """As `_touch_entries`. Certificates of responders are read as strictly as all others."""
    for part in _LAZY:
        getattr(response, part)
    for moment in (response.this_update_utc, response.next_update_utc, response.revocation_time_utc):
        if moment is not None:
            moment_of(moment)
    date = find(response.single_extensions, x509.InvalidityDate)
    if date is not None:
        moment_of(date.invalidity_date_utc)
    if len(response.certificates) > RESPONDERS_LIMIT:
        raise Unreadable(f"it brings {len(response.certificates)} certificates; {RESPONDERS_LIMIT} are read")
    for certificate in response.certificates:
        read_certificate(certificate.public_bytes(Encoding.DER))


def store_of(lists: Iterable[RevocationList], answers: Iterable[OcspAnswer] = ()) -> RevocationStore:
    """The store that these make, whatever their order."""
    ordered = tuple(sorted(lists, key=lambda one: one.digest))
    answered = tuple(sorted(answers, key=lambda one: one.digest))
    named = "\n".join([one.digest for one in ordered] + [one.digest for one in answered])
    return RevocationStore(ordered, answered, hashlib.sha256(named.encode()).hexdigest() if named else "")


def find(extensions: Iterable[x509.Extension[x509.ExtensionType]], kind: type[_Kind]) -> _Kind | None:
    """What the extension of this kind says, None where there is none."""
    return next((one.value for one in extensions if isinstance(one.value, kind)), None)


def _check_size(content: bytes, what: str) -> None:
    if len(content) > SIZE_LIMIT:
        raise Unreadable(f"{what} of {len(content)} bytes; {SIZE_LIMIT} are read")


def _check_extensions(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> None:
    for extension in extensions:
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise Unreadable(
                f"the CRL has the critical extension {extension.oid.dotted_string}, not known here"
            )
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _check_scope(extension.value)


def _check_scope(point: x509.IssuingDistributionPoint) -> None:
    if point.indirect_crl:
        raise Unreadable("the CRL has entries of other issuers")
    if point.only_some_reasons is not None:
        raise Unreadable("the CRL is for some reasons only")
    if point.only_contains_attribute_certs:
        raise Unreadable("the CRL is for attribute certificates")

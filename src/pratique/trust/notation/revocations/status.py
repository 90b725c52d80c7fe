"""How a certificate stands, by what is kept (the Notary Project's "Certificate Revocation Evaluation").

OCSP first, CRLs where it says nothing. Stricter than the specification in one point: what is listed as revoked by
either is revoked, also where the other, or an older response, says that it is good.
"""

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from pratique.clock import Moment
from pratique.trust.certificates.extensions import find_value
from pratique.trust.notation.revocations.crl import status_by_lists
from pratique.trust.notation.revocations.ocsp import status_by_answers
from pratique.trust.notation.revocations.values import RevocationStore, Status


def status_of(
    store: RevocationStore,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: Moment,
    trusted: Moment | None = None,
) -> Status:
    """How `certificate`, which `issuer` signed, stands at `at`.

    `trusted` is when its signature was certainly there, by a time that somebody trusted vouches for: what was revoked
    for reasons that began later does not touch it. A certificate that names neither an OCSP responder nor a CRL is
    good unless something here lists it: its issuer revokes nothing.
    """
    said = [
        one
        for one in (
            status_by_answers(store.answers, certificate, issuer, at, trusted),
            status_by_lists(store.lists, certificate, issuer, at, trusted),
        )
        if one is not None
    ]
    for one in said:
        if one.state == "revoked":
            return one
    if not names_a_place(certificate):
        return Status("good")
    for state in ("good", "unavailable"):
        for one in said:
            if one.state == state:
                return one
    subject = certificate.subject.rfc4514_string()[:120]
    return Status("unavailable", f"revocation unavailable: nothing here says whether {subject} was revoked")


def names_a_place(certificate: x509.Certificate) -> bool:
    """Whether a certificate says where its revocation can be asked about."""
    return bool(places_of(certificate))


def places_of(certificate: x509.Certificate) -> tuple[tuple[str, str], ...]:
    """The places of OCSP responders and CRLs that a certificate names: ("ocsp" | "crl", URL)."""
    access = find_value(certificate, x509.AuthorityInformationAccess)
    responders = [
        ("ocsp", description.access_location)
        for description in access or ()
        if description.access_method == AuthorityInformationAccessOID.OCSP
    ]
    points = find_value(certificate, x509.CRLDistributionPoints)
    lists = [("crl", name) for point in points or () for name in point.full_name or ()]
    found = [
        (kind, name.value)
        for kind, name in (*responders, *lists)
        if isinstance(name, x509.UniformResourceIdentifier)
    ]
    return tuple(dict.fromkeys(found))

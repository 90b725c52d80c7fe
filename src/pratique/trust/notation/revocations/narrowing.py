"""Which certificates may count less by a change of what is known about revoked ones: shown by their marks."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509 import ocsp

from pratique.trust import marks
from pratique.trust.notation.revocations.reading import find
from pratique.trust.notation.revocations.values import OcspAnswer, RevocationList

_Entry = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Certificates by serial number and issuer. None: every serial number; an issuer who is not told by name.

    `revoked` counts entries that were not there before.
    """

    serials: frozenset[int] | None = frozenset()
    issuer: str | None = None
    revoked: int = 0

    def touches(self, mark: str) -> bool:
        """Whether a mark is that of one of these certificates."""
        return marks.is_of_certificates(mark, self.serials, self.issuer)

    @property
    def is_nothing(self) -> bool:
        """Whether no certificate counts less."""
        return self.serials is not None and not self.serials


def by_list(after: RevocationList | None, before: RevocationList | None) -> Narrowed:
    """What a CRL takes back that the one before it did not; everything of its issuer where less is known than before.

    `after` None: it was removed. What rests on a list holds until that list's date, which a newer one may cut short.
    """
    known = after or before
    if known is None:
        return Narrowed()
    issuer = known.crl.issuer.rfc4514_string()
    if after is None:
        return Narrowed(None, issuer)
    fresh = _entries(after) - (_entries(before) if before else frozenset())
    if before is not None and _ends(after) < _ends(before):
        return Narrowed(None, issuer, len(fresh))
    return Narrowed(frozenset(serial for serial, _from in fresh), issuer, len(fresh))


def by_answer(after: OcspAnswer | None, before: OcspAnswer | None) -> Narrowed:
    """The certificate that an OCSP response speaks of, unless it goes on to be good for at least as long."""
    known = after or before
    if known is None:
        return Narrowed()
    serials = frozenset({known.response.serial_number})
    if after is None:
        return Narrowed(serials)
    is_good = after.response.certificate_status is ocsp.OCSPCertStatus.GOOD
    if is_good and (before is None or _lasts(after) >= _lasts(before)):
        return Narrowed()
    is_revoked = after.response.certificate_status is ocsp.OCSPCertStatus.REVOKED
    return Narrowed(serials, revoked=int(is_revoked))


def _entries(one: RevocationList) -> frozenset[_Entry]:
    """The entries that revoke, each with the date from which on it does."""
    return frozenset(_entry(each) for each in one.crl if not _is_taken_back(each))


def _entry(each: x509.RevokedCertificate) -> _Entry:
    date = find(each.extensions, x509.InvalidityDate)
    return each.serial_number, None if date is None else int(date.invalidity_date_utc.timestamp())


def _is_taken_back(each: x509.RevokedCertificate) -> bool:
    reason = find(each.extensions, x509.CRLReason)
    return reason is not None and reason.reason is x509.ReasonFlags.remove_from_crl


def _ends(one: RevocationList) -> int:
    return one.next_update or 0


def _lasts(answer: OcspAnswer) -> float:
    until = answer.response.next_update_utc
    return until.timestamp() if until is not None else 0

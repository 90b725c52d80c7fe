"""Who signed: a trusted key, or an identity that a certificate proves. To the rest of an examination it is the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pratique.errors import ManifestInvalid
from pratique.trust.findings import Findings, Made
from pratique.trust.keyless import examine_certificate, examine_log
from pratique.trust.material import Material
from pratique.trust.signed import Signed
from pratique.trust.strict import Unreadable


@dataclass(frozen=True, slots=True)
class Claim:
    """Signatures over one content, any of which may be a trusted key's, and what is said of who made them.

    `bring` gives what came along; it may raise Unreadable, and is called only where that matters. `document` is an
    envelope that stands alone, as it was found.
    """

    section: str
    signatures: Sequence[Signed]
    bring: Callable[[], Material]
    hint: str = ""
    document: bytes | None = None


def examine_annotated(found: Findings, claim: Claim, certificate: str | None) -> None:
    """Who signed a classic layer: a trusted key whatever the annotations say, else whom the certificate proves.

    Raises Stopped.
    """
    made = found.find_key(claim.signatures)
    if certificate and made is None:
        examine_certified(found, claim)
    else:
        _examine_made(found, claim, made)


def examine_keyed(found: Findings, claim: Claim) -> None:
    """Find the trusted key that made one of the signatures, and who vouches with it. Raises Stopped."""
    _examine_made(found, claim, found.find_key(claim.signatures, claim.hint))


def _examine_made(found: Findings, claim: Claim, made: Made | None) -> None:
    """Ask those who hold the key that made it, if there is one.

    A key needs nothing beside it unless one of its parties asks for log entries. What stands beside it all the same, of
    a service that the party's root names, must verify: one failure fails it. Annotations that say nothing readable say
    nothing of any service.
    """
    parties = found.check_key(claim.section, made, claim.hint)
    material = _beside(found, claim, is_needed=any(party.tlog > 0 for party in parties)) if parties else None
    if made is not None and material is not None:
        parties = examine_log(found, parties, material, made.signed, document=claim.document)
    found.vouched(party.id for party in parties)


def _beside(found: Findings, claim: Claim, *, is_needed: bool) -> Material | None:
    """What attests a signature by key; None where nothing does and nobody asks. Raises Stopped."""
    if is_needed:
        with found.needed("what attests it can be read", claim.section):
            return claim.bring()
    try:
        material = claim.bring()
    except (Unreadable, ManifestInvalid):
        return None
    return material if material.entries or material.timestamps else None


def examine_certified(found: Findings, claim: Claim) -> None:
    """Find out whom the certificate proves to have signed. Raises Stopped."""
    with found.needed("what attests it can be read", claim.section):
        material = claim.bring()
        if len(claim.signatures) != 1:
            raise Unreadable(
                f"a certificate stands beside {len(claim.signatures)} signatures; one is allowed"
            )
    examine_certificate(found, material, claim.signatures[0], document=claim.document)

"""Who signed: a trusted key, or an identity that a certificate proves. To the rest of an examination it is the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pratique.errors import ManifestInvalid
from pratique.trust.findings import Findings
from pratique.trust.keyless import examine_certificate, examine_log
from pratique.trust.keys import PublicKey
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

    def is_by(self, key: PublicKey) -> bool:
        """Whether this key made one of the signatures."""
        return any(signed.verifies(key) for signed in self.signatures)


def examine_annotated(found: Findings, claim: Claim, certificate: str | None) -> None:
    """Who signed a classic layer: a trusted key whatever the annotations say, else whom the certificate proves.

    Raises Stopped.
    """
    if certificate and not any(claim.is_by(party.key) for party in found.trust.keys):
        examine_certified(found, claim)
    else:
        examine_keyed(found, claim)


def examine_keyed(found: Findings, claim: Claim) -> None:
    """Find the trusted key that made one of the signatures, and who vouches with it. Raises Stopped.

    A key needs nothing beside it unless one of its parties asks for log entries. What stands beside it all the same, of
    a service that the party's root names, must verify: one failure fails it. Annotations that say nothing readable say
    nothing of any service.
    """
    parties = found.check_key(claim.section, claim.is_by, claim.hint)
    material = _beside(found, claim, is_needed=any(party.tlog > 0 for party in parties)) if parties else None
    if material is not None:
        signed = next(one for one in claim.signatures if one.verifies(parties[0].key))
        parties = examine_log(found, parties, material, signed, document=claim.document)
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

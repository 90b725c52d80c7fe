"""Who signed: a trusted key, or an identity that a certificate proves. To the rest of an examination it is the same."""

from collections.abc import Callable, Sequence
from typing import Final

from pratique.policy import Code
from pratique.trust.findings import Findings
from pratique.trust.keys import PublicKey
from pratique.trust.material import Material
from pratique.trust.signed import Signed
from pratique.trust.strict import Unreadable

_MATERIAL: Final = "sigstore_bundle.proto, VerificationMaterial"

Bring = Callable[[], Material]


def is_by_key(found: Findings, signatures: Sequence[Signed]) -> bool:
    """Whether a trusted key made one of the signatures, whatever else is said of who did."""
    return any(signed.verifies(party.key) for signed in signatures for party in found.trust.keys)


def examine_key(
    found: Findings, section: str, signatures: Sequence[Signed], bring: Bring, hint: str = ""
) -> None:
    """Find the trusted key that made one of the signatures, and who vouches with it.

    A key needs nothing beside it unless one of its parties asks for log entries; only then `bring` is called. Raises
    Stopped.
    """

    def verifies(key: PublicKey) -> bool:
        return any(signed.verifies(key) for signed in signatures)

    parties = found.check_key(section, verifies, hint)
    found.vouched(party.id for party in parties if party.tlog == 0)
    if any(party.tlog > 0 for party in parties):
        with found.needed("what attests it can be read", section):
            bring()
        found.check(
            "its log entries suffice",
            _MATERIAL,
            Code.LOG_ENTRY_INVALID,
            passed=bool(found.parties),
            otherwise="its key counts with log entries only, and those are not verified here",
        )


def examine_certificate(found: Findings, section: str, signatures: Sequence[Signed], bring: Bring) -> None:
    """Find out whom the certificate proves to have signed. Raises Stopped."""
    configured = found.check(
        "identities are configured",
        _MATERIAL,
        Code.IDENTITY_NOT_CONFIGURED,
        passed=bool(found.trust.identities),
        otherwise="it is signed with a certificate, and identity signatures are not configured",
    )
    if not configured:
        return
    with found.needed("one signature is attested", section):
        if len(signatures) != 1:
            raise Unreadable(f"a certificate stands beside {len(signatures)} signatures; one is allowed")
        bring()
    found.check(
        "the certificate is verified",
        section,
        Code.CHAIN_INVALID,
        passed=False,
        otherwise="certificates are not verified here",
    )

"""The examination of a signature with a certificate, in the order of Sigstore's client-spec, section 4.

Each root that an identity names is asked, and an identity counts only with the one that it names. What a root needs is
its own affair: authorities, logs, timestamps, and how many of each.
"""

from collections.abc import Sequence
from typing import Final

from pratique.clock import Moment
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.certificates import matches
from pratique.trust.findings import Findings
from pratique.trust.keyless.holder import Holder, read_holder
from pratique.trust.keyless.paths import check_path, end_of, is_of_root
from pratique.trust.keyless.trial import Trial
from pratique.trust.keyless.witnesses import check_thresholds, hear_witnesses
from pratique.trust.logs.binding import Claimed
from pratique.trust.logs.verifiers import Verifier
from pratique.trust.material import Material
from pratique.trust.parties import PUBLIC_GOOD, IdentityParty
from pratique.trust.records import Signer
from pratique.trust.roots import TrustedRoot
from pratique.trust.signed import Signed

ROOTS_LIMIT: Final = 50
"""Roots that are asked about one signature of somebody who is trusted."""
STRANGERS_LIMIT: Final = 4
"""Roots that are asked about one of anybody else, which can't be trusted whatever they say: for the reason only."""

_MATERIAL: Final = "sigstore_bundle.proto, VerificationMaterial"
_SIGNATURE: Final = "client-spec, 4.5"
_IDENTITY: Final = "client-spec, 4.3"


def examine_certificate(
    found: Findings, material: Material, signed: Signed, *, document: bytes | None = None
) -> None:
    """Find out whom the certificate proves to have signed, and whether that is somebody who is trusted.

    `document` are the bytes of the envelope where it was found alone: some log entries bind nothing else. Raises
    Stopped.
    """
    parties = found.trust.identities
    configured = found.check(
        "identities are configured",
        _MATERIAL,
        Code.IDENTITY_NOT_CONFIGURED,
        passed=bool(parties),
        otherwise="it is signed with a certificate, and no identity is trusted here",
    )
    if not configured:
        return
    with found.needed("certificate and identity can be read", _MATERIAL):
        holder = read_holder(material)
    _mark(found, holder)
    genuine = found.check(
        "the certificate's key verifies the signature",
        _SIGNATURE,
        Code.SIGNATURE_INVALID,
        passed=signed.verifies(holder.key),
        otherwise="the certificate's key does not verify the signature",
    )
    reasons = [matches(party, holder.identity) for party in parties]
    ours = [party for party, reason in zip(parties, reasons, strict=True) if reason is None]
    claimed = Claimed(signed, Verifier("certificate", holder.der), document)
    roots = _roots(found, ours, ROOTS_LIMIT) if ours else _roots(found, parties, STRANGERS_LIMIT)
    found.work += len(roots) * material.work
    trials = [_ask(root, holder, material, claimed, found.at) for root in roots]
    if _settle(found, trials, ours) and genuine:
        found.signer = _signer(holder, trials)
    found.check(
        "the identity is one that is trusted",
        _IDENTITY,
        Code.IDENTITY_MISMATCH,
        passed=bool(ours),
        otherwise=_mismatch(holder, [reason for reason in reasons if reason]),
    )


def _settle(found: Findings, trials: Sequence[Trial], ours: Sequence[IdentityParty]) -> bool:
    """Take the word of the roots that hold; of none, say what is wrong with the nearest. Whether there is one."""
    holding = [trial for trial in trials if trial.holds]
    if trials:
        max(trials, key=lambda trial: trial.rank).tell(found)
    for trial in holding:
        found.marks.update(trial.marks)
        found.times.extend(time for time in trial.times if time not in found.times)
        if trial.ends is not None:
            found.ends(trial.ends)
    names = {trial.root.name for trial in holding}
    found.vouched(party.id for party in ours if party.trusted_root in names)
    return bool(holding)


def _signer(holder: Holder, trials: Sequence[Trial]) -> Signer:
    """Who it is, by the first root that holds."""
    who = holder.identity
    return Signer(
        "identity",
        fingerprint=holder.key.fingerprint,
        issuer=who.issuer,
        name=who.name,
        san_type=who.san_type,
        root=next(trial.root.name for trial in trials if trial.holds),
        extensions=who.extensions,
    )


def _ask(root: TrustedRoot, holder: Holder, material: Material, ours: Claimed, at: Moment) -> Trial:
    """All that one root has to say."""
    trial = Trial(root)
    if root.name == PUBLIC_GOOD:
        trial.check(
            "the bundle has the one certificate and no chain",
            _MATERIAL,
            Code.CHAIN_INVALID,
            passed=material.version != "0.3" or not material.chain_form,
            otherwise="a bundle v0.3 with a chain is for private instances only",
        )
    heard = hear_witnesses(trial, material, ours, at)
    if not heard.times and not is_of_root(trial, holder):
        return trial
    check_thresholds(trial, heard, root.thresholds)
    trial.times = heard.times
    if heard.times:
        check_path(trial, holder, heard.times, at)
    elif not root.thresholds.timestamp:
        check_path(trial, holder, [at], at)
        trial.ends = end_of(trial, holder, at) if trial.holds else None
    return trial


def _roots(found: Findings, parties: Sequence[IdentityParty], limit: int) -> list[TrustedRoot]:
    """The roots that the parties name, each once."""
    names = list(dict.fromkeys(party.trusted_root for party in parties))[:limit]
    known = [found.trust.roots[name] for name in names if name in found.trust.roots]
    found.check(
        "the roots of the identities are known",
        _IDENTITY,
        Code.CHAIN_INVALID,
        passed=bool(known),
        otherwise=f"there is no trusted root {names[0]!r}",
    )
    return known


def _mark(found: Findings, holder: Holder) -> None:
    """What a deny list may name, whether it verifies or not."""
    leaf, who = holder.leaf, holder.identity
    found.marks.add(marks.of_key(holder.key.fingerprint))
    found.marks.add(marks.of_certificate(leaf.serial_number, leaf.issuer.rfc4514_string()))
    found.marks.add(marks.of_identity(who.issuer, who.name))


def _mismatch(holder: Holder, reasons: Sequence[str]) -> str:
    if len(reasons) == 1:
        return f"it is signed by somebody else: {reasons[0]}"
    who = holder.identity
    said = f"{who.name!r} by the word of {who.issuer!r}"
    return f"it is signed by {said}, which is none of the {len(reasons)} identities trusted here"

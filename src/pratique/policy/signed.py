"""The rule `signed`: somebody whom the project trusts signed this artifact, or a parent that passes it on.

A *basis* is a verified signature together with a party that may vouch for this repository now. One basis
suffices.
"""

from collections import Counter
from dataclasses import dataclass

from pratique.clock import Moment, rfc3339
from pratique.policy.codes import NEAREST_FIRST, Code
from pratique.policy.patterns import matches
from pratique.policy.values import Evidence, Outcome, Party, Reason, Signature


@dataclass(frozen=True, slots=True)
class _Basis:
    signature: Signature
    party: Party

    @property
    def until(self) -> Moment | None:
        """When the key expires or, if that is sooner, the parent stops passing its signature on."""
        ends = [end for end in (self.party.valid_until, self.signature.inherited_until) if end is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class _Miss:
    """A signature that does not count."""

    code: str
    message: str
    valid_from: Moment | None = None


class Signed:
    """At least one signature, own or inherited, of a party that is trusted here and now."""

    name = "signed"

    def weigh(self, evidence: Evidence, at: Moment) -> Reason:
        """Whether a basis stands at `at`.

        The rule holds as long as *any* basis does, so its `valid_until` is the latest end among them, and
        none where one has none. It rests on all of them: taking one party away means judging again, not
        refusing.
        """
        bases: list[_Basis] = []
        misses: list[_Miss] = []
        for signature in evidence.signatures:
            for found in _look_at(signature, evidence, at):
                if isinstance(found, _Basis):
                    bases.append(found)
                else:
                    misses.append(found)
        return self._holds(bases, misses) if bases else self._fails(evidence, misses)

    def _holds(self, bases: list[_Basis], misses: list[_Miss]) -> Reason:
        ends = [basis.until for basis in bases]
        latest = None if None in ends else max(end for end in ends if end is not None)
        names = sorted({basis.party.name for basis in bases})
        inherited = " through an index that contains it" if all(b.signature.inherited for b in bases) else ""
        return Reason(
            rule=self.name,
            code=Code.SIGNED,
            outcome=Outcome.PASS,
            message=f"signed{inherited} with {_listed(names)}",
            valid_until=latest,
            rests_on=frozenset(basis.party.id for basis in bases),
            reconsider_at=_soonest(misses),
        )

    def _fails(self, evidence: Evidence, misses: list[_Miss]) -> Reason:
        code: str
        if not evidence.parties:
            code, message = (
                Code.NO_TRUSTED_KEYS,
                f"the project {evidence.project} trusts no key yet, and asks for signatures",
            )
        elif not misses:
            code, message = Code.SIGNATURE_MISSING, "no signature was found for this digest"
        else:
            code, message = _nearest(misses)
        return Reason(
            rule=self.name,
            code=code,
            outcome=Outcome.FAIL,
            message=message,
            remedy=_remedy(code, evidence),
            reconsider_at=_soonest(misses),
        )


def _look_at(signature: Signature, evidence: Evidence, at: Moment) -> list[_Basis | _Miss]:
    """What one signature amounts to: one entry, or one per party that holds its key under a name."""
    if signature.code != Code.VERIFIED:
        return [_Miss(signature.code, signature.message)]
    if not signature.is_signature:
        return [_Miss(Code.NOT_A_SIGNATURE, "it is an attestation, not a signature of the image")]
    if signature.subject != evidence.digest and not signature.inherited:
        return [
            _Miss(
                Code.SIGNATURE_WRONG_SUBJECT, f"the signature is for {signature.subject}, not for this digest"
            )
        ]
    holders = [party for party in evidence.parties if party.fingerprint == signature.fingerprint]
    if not holders:
        return [_Miss(Code.SIGNATURE_NOT_TRUSTED, "it is signed with a key that the project does not trust")]
    return [_may_vouch(signature, party, evidence.path, at) for party in holders]


def _may_vouch(signature: Signature, party: Party, path: str, at: Moment) -> _Basis | _Miss:
    if not any(matches(pattern, path) for pattern in party.repositories):
        reach = _listed(list(party.repositories))
        return _Miss(
            Code.KEY_OUT_OF_REACH, f"the key {party.name} counts for {reach} in the project, not for {path}"
        )
    if party.valid_until is not None and party.valid_until <= at:
        return _Miss(Code.KEY_EXPIRED, f"the key {party.name} counted until {rfc3339(party.valid_until)}")
    ended = signature.inherited_until
    if ended is not None and ended <= at:
        return _Miss(
            Code.ADMISSION_LAPSED, f"the index that passed a signature on was admitted until {rfc3339(ended)}"
        )
    if party.valid_from is not None and at < party.valid_from:
        message = f"the key {party.name} counts from {rfc3339(party.valid_from)} on"
        return _Miss(Code.KEY_NOT_YET_VALID, message, party.valid_from)
    return _Basis(signature, party)


def _nearest(misses: list[_Miss]) -> tuple[str, str]:
    """The code and message of what came nearest to counting, and how many others there are of which kind."""
    rank: dict[str, int] = {code: place for place, code in enumerate(NEAREST_FIRST)}
    ordered = sorted(misses, key=lambda miss: (rank.get(miss.code, len(rank)), miss.message))
    others = Counter(miss.code for miss in ordered[1:])
    also = ", ".join(f"{count} x {code}" for code, count in sorted(others.items()))
    return ordered[0].code, ordered[0].message + (f" (others do not count either: {also})" if also else "")


def _soonest(misses: list[_Miss]) -> Moment | None:
    return min((miss.valid_from for miss in misses if miss.valid_from is not None), default=None)


def _remedy(code: str, evidence: Evidence) -> str:
    sign = f"cosign sign --key cosign.key {evidence.locator}"
    match code:
        case Code.NO_TRUSTED_KEYS:
            return f"a project admin adds a trusted key to {evidence.project}, then: {sign}"
        case Code.KEY_NOT_YET_VALID:
            return f"wait for that date, or sign with a key that counts now: {sign}"
        case Code.KEY_OUT_OF_REACH:
            return f"sign with a key whose repositories include {evidence.path}: {sign}"
        case _:
            return f"sign with a key that the project trusts: {sign}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown

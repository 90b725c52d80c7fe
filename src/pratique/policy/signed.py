"""The rule `signed`: somebody whom the project trusts signed this artifact, or a parent that passes it on.

One basis suffices; where the policy names kinds of signature, one of each.
"""

from collections import Counter
from collections.abc import Collection
from typing import Final

from pratique.clock import Moment
from pratique.policy.codes import NEAREST_FIRST, Code
from pratique.policy.values import SIGNATURE, Evidence, Outcome, PartyKind, Policy, Reason, SignatureKind
from pratique.policy.vouching import Basis, Miss, listed, vouching

_PARTIES: Final = {"cosign": ("key", "identity"), "notation": ("store",)}


class Signed:
    """At least one signature, own or inherited, of a party that is trusted here and now."""

    name = "signed"

    def weigh(self, policy: Policy, evidence: Evidence, at: Moment) -> tuple[Reason]:
        """Whether a basis stands at `at`, of each kind that the policy names.

        The rule holds as long as *any* basis of a kind does, so its `valid_until` is the latest end among them, and
        none where one has none; of several kinds the first to end. It rests on all of them: taking one party away
        means judging again, not refusing.
        """
        if denied := sorted(evidence.marks & evidence.denied):
            return (self._denied(denied[0]),)
        bases, misses = _weighed(evidence, at)
        kinds: list[SignatureKind | None] = [*sorted(policy.requires)] if policy.requires else [None]
        for kind in kinds:
            if not _of_kind(bases, kind):
                return (self._fails(evidence, kind, bases, misses),)
        return (self._holds(evidence, [_of_kind(bases, kind) for kind in kinds]),)

    def _holds(self, evidence: Evidence, asked: list[list[Basis]]) -> Reason:
        bases = [basis for of_kind in asked for basis in of_kind]
        ends = [end for end in (_latest(of_kind) for of_kind in asked) if end is not None]
        names = sorted({basis.party.name for basis in bases})
        inherited = " through an index that contains it" if all(b.signature.inherited for b in bases) else ""
        return Reason(
            rule=self.name,
            code=Code.SIGNED,
            outcome=Outcome.PASS,
            message=f"signed{inherited} with {listed(names)}",
            valid_until=min(ends, default=None),
            rests_on=evidence.marks.union(*(basis.rests_on for basis in bases)),
        )

    def _fails(
        self, evidence: Evidence, kind: SignatureKind | None, bases: list[Basis], misses: list[Miss]
    ) -> Reason:
        code: str
        what = f"{kind} signature" if kind else "signature"
        able = [one for one in evidence.parties if kind is None or one.kind in _PARTIES[kind]]
        if not able:
            code = Code.NO_TRUSTED_KEYS
            whom = "notation store" if kind == "notation" else "key"
            message = f"the project {evidence.project} trusts no {whom} yet, and asks for {what}s"
        elif not misses:
            code, message = Code.SIGNATURE_MISSING, f"no {what} was found for this digest"
        else:
            code, message = _nearest(misses)
        if kind is not None and bases:
            message += f" (it is signed, and the project asks for a {what} too)"
        return Reason(self.name, code, Outcome.FAIL, message, _remedy(code, kind, evidence))

    def _denied(self, mark: str) -> Reason:
        remedy = "if this is a mistake, a project or system admin takes it off the deny list"
        text = f"a deny list names it: {mark}"
        return Reason(self.name, Code.DENIED, Outcome.FAIL, text, remedy)


def _weighed(evidence: Evidence, at: Moment) -> tuple[list[Basis], list[Miss]]:
    bases: list[Basis] = []
    misses: list[Miss] = []
    for signature in evidence.signatures:
        for found in vouching(signature, evidence, SIGNATURE, at):
            if isinstance(found, Miss):
                misses.append(found)
            elif found.signature.is_signature:
                bases.append(found)
            else:
                kind = signature.predicate_type or "of no type"
                text = f"it is an attestation ({kind}), not a signature of the image"
                misses.append(Miss(Code.NOT_A_SIGNATURE, text))
    return bases, misses


def _of_kind(bases: list[Basis], kind: SignatureKind | None) -> list[Basis]:
    return [basis for basis in bases if kind is None or basis.signature.kind == kind]


def _latest(bases: list[Basis]) -> Moment | None:
    ends = [basis.until for basis in bases]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def _nearest(misses: list[Miss]) -> tuple[str, str]:
    """The code and message of what came nearest to counting, and how many others there are of which kind."""
    rank: dict[str, int] = {code: place for place, code in enumerate(NEAREST_FIRST)}
    ordered = sorted(misses, key=lambda miss: (rank.get(miss.code, len(rank)), miss.message))
    others = Counter(miss.code for miss in ordered[1:])
    also = ", ".join(f"{count} x {code}" for code, count in sorted(others.items()))
    return ordered[0].code, ordered[0].message + (f" (others do not count either: {also})" if also else "")


def _remedy(code: str, kind: SignatureKind | None, evidence: Evidence) -> str:
    trusted = {one.kind for one in evidence.parties if SIGNATURE in one.purposes}
    who, sign = _signing(kind, trusted, evidence.locator)
    match code:
        case Code.NO_TRUSTED_KEYS:
            whom = "notation store and policy" if kind == "notation" else "trusted key"
            return f"a project admin adds a {whom} to {evidence.project}, then: {sign}"
        case Code.KEY_NOT_YET_VALID:
            return f"push that signature again from that date on, or sign {who} that counts now: {sign}"
        case Code.KEY_OUT_OF_REACH:
            return f"sign {who} whose repositories include {evidence.path}: {sign}"
        case _:
            return f"sign {who} that the project trusts: {sign}"


def _signing(kind: SignatureKind | None, trusted: Collection[PartyKind], locator: str) -> tuple[str, str]:
    """As whom one signs here, and by which command: with a key unless the project trusts no key."""
    able = {one for one in trusted if kind is None or one in _PARTIES[kind]}
    if kind == "notation" or able == {"store"}:
        return "with a certificate", f"notation sign {locator}"
    if able and "key" not in able:
        return "as an identity", f"cosign sign {locator}"
    return "with a key", f"cosign sign --key cosign.key {locator}"

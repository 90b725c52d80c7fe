"""Whether somebody's word counts for one purpose, in one repository, at one moment: what rules about evidence ask.

A *basis* is verified evidence together with a party that may vouch by it, here and now; all else is a *miss*.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pratique.clock import Moment, rfc3339
from pratique.policy.codes import Code
from pratique.policy.patterns import matches
from pratique.policy.values import Evidence, Party, Signature


@dataclass(frozen=True, slots=True)
class Basis:
    """Evidence that counts, by the word of `party`."""

    signature: Signature
    party: Party

    @property
    def until(self) -> Moment | None:
        """The first moment at which a date that it rests on passes: the party's, its own, or that of a parent."""
        dates = (self.party.valid_until, self.signature.valid_until, self.signature.inherited_until)
        return min((end for end in dates if end is not None), default=None)

    @property
    def rests_on(self) -> frozenset[str]:
        """Whose removal or denial takes it away."""
        return self.signature.marks | {self.party.id}


@dataclass(frozen=True, slots=True)
class Miss:
    """Evidence that does not count, or not by the word of this party."""

    code: str
    message: str


def vouching(signature: Signature, evidence: Evidence, purpose: str, at: Moment) -> Iterator[Basis | Miss]:
    """What one piece of evidence amounts to: one entry, or one per party that vouches for it."""
    problem = _problem(signature, evidence, at)
    if problem is not None:
        yield problem
        return
    known = {party.id: party for party in evidence.parties}
    holders = [known[name] for name in sorted(signature.parties) if name in known]
    if not holders:
        yield Miss(Code.SIGNATURE_NOT_TRUSTED, "it is signed by somebody whom the project does not trust")
    for party in holders:
        yield _counted(signature, party, evidence.path, purpose, at) or Basis(signature, party)


def _problem(signature: Signature, evidence: Evidence, at: Moment) -> Miss | None:
    """Why it counts by nobody's word."""
    if signature.code != Code.VERIFIED:
        return Miss(signature.code, signature.message)
    if signature.subject != evidence.digest and not signature.inherited:
        text = f"the signature is for {signature.subject}, not for this digest"
        return Miss(Code.SIGNATURE_WRONG_SUBJECT, text)
    if denied := sorted(signature.marks & evidence.denied):
        return Miss(Code.DENIED, f"a deny list names what it carries: {denied[0]}")
    if signature.valid_until is not None and signature.valid_until <= at:
        return Miss(Code.SIGNATURE_EXPIRED, f"it counted until {rfc3339(signature.valid_until)}")
    ended = signature.inherited_until
    if ended is not None and ended <= at:
        text = f"the index that passed a signature on was admitted until {rfc3339(ended)}"
        return Miss(Code.ADMISSION_LAPSED, text)
    return None


def _counted(signature: Signature, party: Party, path: str, purpose: str, at: Moment) -> Miss | None:
    """Why it does not count by the word of this party; None: it does."""
    who = f"the {party.kind} {party.name}"
    if not any(matches(pattern, path) for pattern in party.repositories):
        text = f"{who} counts for {listed(list(party.repositories))} in the project, not for {path}"
        return Miss(Code.KEY_OUT_OF_REACH, text)
    if purpose not in party.purposes:
        text = f"{who} is trusted for {listed(sorted(party.purposes))}, not for {purpose}"
        return Miss(Code.PURPOSE_MISMATCH, text)
    if signature.epoch < party.since:
        return Miss(Code.NOT_EXAMINED, f"what {who} rests on was narrowed: it is verified again in a moment")
    return _dated(signature, party, who, at)


def _dated(signature: Signature, party: Party, who: str, at: Moment) -> Miss | None:
    """Dates of parties are compared with when this registry received the evidence: nobody else says when that was."""
    if party.valid_until is not None and party.valid_until <= max(at, signature.received_at):
        return Miss(Code.KEY_EXPIRED, f"{who} counted until {rfc3339(party.valid_until)}")
    if party.valid_from is not None and signature.received_at < party.valid_from:
        text = f"{who} counts for what is received from {rfc3339(party.valid_from)} on"
        return Miss(Code.KEY_NOT_YET_VALID, text)
    return None


def listed(names: list[str]) -> str:
    """Some names for a sentence."""
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown

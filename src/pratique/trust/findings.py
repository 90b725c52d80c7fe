"""An examination as it goes on: the checks made so far, the faults found, and the record that comes of them.

Every scheme is examined the same way: a function takes `Findings`, makes numbered checks, and says who vouches. Several
things may be wrong at once. The code of the record tells the one that matters most: what is denied, then what no other
party or registry could mend (bytes that can't be read, a signature of something else, one that does not verify), then
what stands behind it (log, chain, time, dates), and last that nobody who is trusted here said it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pratique.clock import Moment
from pratique.errors import ManifestInvalid
from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.items import Item
from pratique.trust.keys import PublicKey
from pratique.trust.parties import KeyParty, Subject, TrustSet
from pratique.trust.records import Check, EvidenceRecord, SchemeName, Signer
from pratique.trust.signed import Signed
from pratique.trust.strict import Unreadable

MESSAGE_LIMIT: Final = 400
"""Characters of a message: it may quote a stranger's bytes."""
WARNINGS_LIMIT: Final = 50
"""Warnings of one record."""

_TELLING: Final = (
    Code.DENIED,
    Code.SIGNATURE_MALFORMED,
    Code.UNSIGNED,
    Code.NOT_A_SIGNATURE,
    Code.SIGNATURE_WRONG_SUBJECT,
    Code.IDENTITY_NOT_CONFIGURED,
    Code.SIGNATURE_INVALID,
    Code.LOG_ENTRY_INVALID,
    Code.CHAIN_INVALID,
    Code.TIMESTAMP_INVALID,
    Code.REVOKED,
    Code.SIGNATURE_EXPIRED,
    Code.REVOCATION_UNAVAILABLE,
    Code.IDENTITY_MISMATCH,
    Code.SIGNATURE_NOT_TRUSTED,
)
_UNREADABLE: Final = (Unreadable, ManifestInvalid)


class Stopped(Exception):
    """A check without which the following ones make no sense has failed; it is among the faults."""


@dataclass(frozen=True, slots=True)
class Made:
    """The trusted key that verifies a signature, and that signature."""

    key: PublicKey
    signed: Signed


class Findings:
    """What is known so far of one piece of evidence, examined for `subject` at `at` with the word of `trust`.

    Examinations set `is_signature`, `predicate_type` and `signer`, add to `parties`, `marks`, `times` and `facts`, and
    call the methods below. `awaits_content` is set where only the bytes of the subject could tell more. `work` grows
    with every signature that is verified, or tried with a key.
    """

    def __init__(self, scheme: SchemeName, subject: Subject, trust: TrustSet, at: Moment) -> None:
        self.scheme: SchemeName = scheme
        self.subject = subject
        self.trust = trust
        self.at = at
        self.signer: Signer | None = None
        self.is_signature = False
        self.predicate_type = ""
        self.parties: set[str] = set()
        self.marks: set[str] = {marks.of_digest(subject.digest)}
        self.times: list[Moment] = []
        self.facts: dict[str, Any] = {}
        self.awaits_content = False
        self.work = 0
        self._ends: list[Moment] = []
        self._warnings: list[str] = []
        self._checks: list[Check] = []
        self._faults: dict[Code, str] = {}

    def check(
        self, name: str, section: str, code: Code, *, passed: bool, otherwise: str, enforce: bool = True
    ) -> bool:
        """Make a check; where it fails, `otherwise` says what is wrong, and the examination goes on.

        Without `enforce` a failure is a warning and no fault (notation's action `log`). Returns `passed`.
        """
        message = "" if passed else otherwise[:MESSAGE_LIMIT]
        self._checks.append(Check(len(self._checks) + 1, name, passed, message, section))
        if not passed and enforce:
            self._faults.setdefault(code, message)
        elif not passed and len(self._warnings) < WARNINGS_LIMIT:
            self._warnings.append(message)
        return passed

    @contextmanager
    def needed(
        self,
        name: str,
        section: str,
        code: Code = Code.SIGNATURE_MALFORMED,
        errors: tuple[type[Exception], ...] = _UNREADABLE,
    ) -> Iterator[None]:
        """A check that what is within does not raise any of `errors`; where it does, nothing can follow.

        Raises Stopped.
        """
        problem: Exception | None = None
        try:
            yield
        except errors as error:
            problem = error
        if not self.check(name, section, code, passed=problem is None, otherwise=str(problem)):
            raise Stopped from problem

    @contextmanager
    def tried(
        self,
        name: str,
        section: str,
        code: Code,
        errors: tuple[type[Exception], ...] = _UNREADABLE,
        *,
        enforce: bool = True,
    ) -> Iterator[None]:
        """As `needed`, except that the examination goes on after a failure."""
        problem: Exception | None = None
        try:
            yield
        except errors as error:
            problem = error
        self.check(name, section, code, passed=problem is None, otherwise=str(problem), enforce=enforce)

    def check_subject(self, section: str, *, passed: bool, otherwise: str) -> bool:
        """Whether it speaks of the digest in question."""
        text = f"it is not for this digest: {otherwise}"
        return self.check(
            "the subject is this digest", section, Code.SIGNATURE_WRONG_SUBJECT, passed=passed, otherwise=text
        )

    def find_key(self, signatures: Sequence[Signed], hint: str = "") -> Made | None:
        """Find the trusted key that made one of the signatures, and which one.

        The hint, which is nobody's word, only says which key to try first.
        """
        held = {party.key.fingerprint: party.key for party in self.trust.keys}
        for key in sorted(held.values(), key=lambda key: key.hint != hint):
            for signed in signatures:
                if signed.fits(key):
                    self.work += 1
                    if signed.verifies(key):
                        return Made(key, signed)
        return None

    def check_key(self, section: str, made: Made | None, hint: str = "") -> Sequence[KeyParty]:
        """Check that a trusted key made it (`find_key`): every party that holds this key, none where there is none.

        Without its key one can't tell a good signature from a bad one, unless the hint names a key that is known here.
        Whether the parties vouch is for the caller to say (`vouched`), who may ask them for log entries first.
        """
        held = {party.key.fingerprint: party.key for party in self.trust.keys}
        code, text = Code.SIGNATURE_NOT_TRUSTED, f"none of the {len(held)} keys trusted here verifies it"
        if any(known.hint == hint for known in held.values()):
            code = Code.SIGNATURE_INVALID
            text = "it names a key that is trusted here, which does not verify it"
        self.check("a trusted key verifies it", section, code, passed=made is not None, otherwise=text)
        if made is None:
            return ()
        fingerprint = made.key.fingerprint
        self.signer = Signer("key", fingerprint=fingerprint)
        self.marks.add(marks.of_key(fingerprint))
        return tuple(party for party in self.trust.keys if party.key.fingerprint == fingerprint)

    def vouched(self, parties: Iterable[str]) -> None:
        """Say who vouches: ids of parties. Where it all holds, and nobody does, it is not trusted."""
        self.parties.update(parties)

    def ends(self, at: Moment) -> None:
        """Say that by a date alone it counts no more from `at` on; the first of them tells."""
        self._ends.append(at)

    def record(self) -> EvidenceRecord:
        """What it amounts to, when no more checks are to come."""
        self._check_denied()
        if not self._faults and not self.parties:
            text = "nobody who is trusted here vouches for it"
            self.check(
                "somebody who is trusted vouches",
                "",
                Code.SIGNATURE_NOT_TRUSTED,
                passed=False,
                otherwise=text,
            )
        code = self._telling()
        return EvidenceRecord(
            scheme=self.scheme,
            subject=self.subject.digest,
            signer=self.signer,
            is_signature=self.is_signature,
            predicate_type=self.predicate_type[:MESSAGE_LIMIT],
            code=code,
            message=self._faults.get(code, f"verified with {_named(self.signer)}"),
            checks=tuple(self._checks),
            # Whoever vouches, vouches for all of it: nobody may take the parties of what does not hold.
            parties=frozenset(self.parties if code is Code.VERIFIED else ()),
            marks=frozenset(self.marks),
            times=tuple(self.times),
            valid_until=min(self._ends, default=None),
            facts=self.facts,
            warnings=tuple(self._warnings),
            awaits_content=self.awaits_content,
            work=self.work,
        )

    def _telling(self) -> Code:
        """The code that tells most. A fault of any other code is a fault too."""
        return next((code for code in (*_TELLING, *self._faults) if code in self._faults), Code.VERIFIED)

    def _check_denied(self) -> None:
        """A deny list goes before everything else, whoever signed."""
        if self.trust.denied:
            denied = sorted(self.marks & self.trust.denied)
            listed = ", ".join(denied[:3])
            self.check(
                "nothing that it carries is on a deny list",
                "",
                Code.DENIED,
                passed=not denied,
                otherwise=f"a deny list names what it carries: {listed}",
            )


def examined(
    scheme: SchemeName,
    subject: Subject,
    trust: TrustSet,
    at: Moment,
    item: Item,
    examine: Callable[[Findings], None],
) -> EvidenceRecord:
    """The record that `examine` finds out of `item`. Never raises: what can't be examined is malformed."""
    found = Findings(scheme, subject, trust, at)
    # The bytes too: the same signature may come back in another manifest.
    found.marks |= {marks.of_digest(item.digest), marks.of_digest(digest_of(item.content))}
    try:
        examine(found)
    except Stopped:
        pass
    except Exception as error:  # noqa: BLE001 - hostile bytes: whatever a parser raises is an answer, and never a yes
        text = f"it could not be examined ({type(error).__name__})"
        found.check("it can be examined", "", Code.SIGNATURE_MALFORMED, passed=False, otherwise=text)
    return found.record()


def _named(signer: Signer | None) -> str:
    match signer:
        case Signer(kind="key"):
            return f"the key {signer.fingerprint}"
        case Signer():
            return f"a certificate of {signer.name}"[:MESSAGE_LIMIT]
        case None:
            return "a trust policy"

"""An examination as it goes on: the checks made so far, the faults found, and the fact that comes of them.

Several things may be wrong at once. The code of the fact tells the one that no other key or registry could mend first:
bytes that can't be read, then what is no signature at all, then a signature of something else, then one by a
certificate, then one that does not verify.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pratique.errors import ManifestInvalid
from pratique.oci.digest import Digest
from pratique.policy import Code
from pratique.trust.facts import Check, Scheme, SignatureFact
from pratique.trust.keys import PublicKey
from pratique.trust.strict import Unreadable

MESSAGE_LIMIT: Final = 400
"""Characters of a message: it may quote a stranger's bytes."""

_TELLING: Final = (
    Code.SIGNATURE_MALFORMED,
    Code.NOT_A_SIGNATURE,
    Code.SIGNATURE_WRONG_SUBJECT,
    Code.IDENTITY_NOT_CONFIGURED,
    Code.SIGNATURE_INVALID,
    Code.SIGNATURE_NOT_TRUSTED,
)


class Stopped(Exception):
    """A check without which the following ones make no sense has failed; it is among the faults."""


class Findings:
    """What is known so far of one piece of evidence, examined for `subject`."""

    def __init__(self, scheme: Scheme, subject: Digest) -> None:
        self.scheme: Scheme = scheme
        self.subject = subject
        self.signer: PublicKey | None = None
        self.is_signature = False
        self.predicate_type = ""
        self._checks: list[Check] = []
        self._faults: dict[Code, str] = {}

    def check(self, name: str, section: str, code: Code, *, passed: bool, otherwise: str) -> None:
        """Make a check; where it fails, `otherwise` says what is wrong, and the examination goes on."""
        message = "" if passed else otherwise[:MESSAGE_LIMIT]
        self._checks.append(Check(len(self._checks) + 1, name, passed, message, section))
        if not passed:
            self._faults.setdefault(code, message)

    @contextmanager
    def needed(self, name: str, section: str) -> Iterator[None]:
        """A check that something can be read; where it can't, nothing can follow. Raises Stopped."""
        problem: Exception | None = None
        try:
            yield
        except (Unreadable, ManifestInvalid) as error:
            problem = error
        self.check(name, section, Code.SIGNATURE_MALFORMED, passed=problem is None, otherwise=str(problem))
        if problem is not None:
            raise Stopped from problem

    def check_subject(self, section: str, *, passed: bool, otherwise: str) -> None:
        """Whether it speaks of the digest in question."""
        text = f"it is not for this digest: {otherwise}"
        self.check(
            "the subject is this digest", section, Code.SIGNATURE_WRONG_SUBJECT, passed=passed, otherwise=text
        )

    def check_material(self, section: str, *, passed: bool) -> None:
        """Whether a key is what it is to be verified with."""
        text = "it is signed with a certificate, and identity signatures are not configured"
        self.check(
            "it is signed with a key", section, Code.IDENTITY_NOT_CONFIGURED, passed=passed, otherwise=text
        )

    def check_signer(
        self, section: str, keys: Sequence[PublicKey], verifies: Callable[[PublicKey], bool], hint: str = ""
    ) -> None:
        """Find the key that verifies it; the hint, which is nobody's word, only says which to try first.

        Without its key one can't tell a good signature from a bad one, unless the hint names a key that is known here.
        """
        self.signer = next(filter(verifies, sorted(keys, key=lambda key: key.hint != hint)), None)
        code, text = Code.SIGNATURE_NOT_TRUSTED, f"none of the {len(keys)} keys trusted here verifies it"
        if any(key.hint == hint for key in keys):
            code, text = (
                Code.SIGNATURE_INVALID,
                "it names a key that is trusted here, which does not verify it",
            )
        self.check("a trusted key verifies it", section, code, passed=self.signer is not None, otherwise=text)

    def fact(self) -> SignatureFact:
        """What it amounts to, when no more checks are to come."""
        code = next((code for code in _TELLING if code in self._faults), Code.VERIFIED)
        if self.signer is None and code is Code.VERIFIED:
            raise AssertionError("nothing is verified without a signer")
        verified = f"verified with the key {self.signer.fingerprint}" if self.signer else ""
        return SignatureFact(
            scheme=self.scheme,
            subject=self.subject,
            fingerprint=self.signer.fingerprint if self.signer else None,
            is_signature=self.is_signature,
            predicate_type=self.predicate_type[:MESSAGE_LIMIT],
            code=code,
            message=self._faults.get(code, verified),
            checks=tuple(self._checks),
        )


def examined(scheme: Scheme, subject: Digest, examine: Callable[[Findings], None]) -> SignatureFact:
    """The fact that `examine` finds out. Never raises: what can't be examined is malformed."""
    found = Findings(scheme, subject)
    try:
        examine(found)
        return found.fact()
    except Stopped:
        return found.fact()
    except Exception as error:  # noqa: BLE001 - hostile bytes: whatever a parser raises is an answer, and never a yes
        text = f"it could not be examined ({type(error).__name__})"
        found.check("it can be examined", "", Code.SIGNATURE_MALFORMED, passed=False, otherwise=text)
        return found.fact()

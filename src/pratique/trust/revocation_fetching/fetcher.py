"""Fetches what answers questions (RFC 5280, section 4.2.1.13; RFC 6960, appendix A.1; RFC 5019).

A responder first, then a CRL, as the Notary Project's "Certificate Revocation Evaluation" has it. What comes is kept
only if it verifies with the issuer's key and says something of the certificate: whoever stands in between can leave us
without an answer, and no more than that.

Not taken: POST (a question is small enough for GET, which caches answer too), nonces, delta CRLs, LDAP.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, ocsp

from pratique.clock import SECOND, Clock, Moment
from pratique.errors import PratiqueError, Unavailable
from pratique.net import Outbound, OutboundLimits
from pratique.trust.notation.revocations import (
    NO_REVOCATIONS,
    SIZE_LIMIT,
    RevocationStore,
    Status,
    places_of,
    read_crl,
    read_ocsp,
    status_of,
    store_of,
)
from pratique.trust.revocation_fetching.questions import Question
from pratique.trust.strict import Unreadable

LIMITS: Final = OutboundLimits(connect=5, read=5, whole=5)
"""Seconds for one of them."""
PLACES_LIMIT: Final = 500
"""Requests of one round."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list that says something new. `content` is as it came, `signer` the fingerprint of the issuer's key."""

    url: str
    signer: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A place that gave no answer, and why."""

    url: str
    problem: str


class RevocationFetcher:
    """Asks. `outbound` opens a way out for one round; `ahead` seconds an answer should last to need no other."""

    def __init__(self, outbound: Callable[[], Outbound], clock: Clock, ahead: int) -> None:
        self._outbound = outbound
        self._clock = clock
        self._ahead = ahead

    def fetch(self, questions: Iterable[Question], known: RevocationStore) -> Iterator[Fetched | NotFetched]:
        """What one round of asking brings: each place is asked once, a host that does not answer no further."""
        with closing(self._outbound()) as outbound:
            asking = _Asking(outbound)
            for question in questions:
                yield from self._answer(asking, question, known)

    def _answer(
        self, asking: "_Asking", question: Question, known: RevocationStore
    ) -> Iterator[Fetched | NotFetched]:
        """Go through the places of a certificate until one has answered."""
        for kind, place in places_of(question.certificate):
            url = _ocsp_url(place, question) if kind == "ocsp" else place
            content = asking.get(url)
            status = (
                content if isinstance(content, str) else _said(kind, content, question, self._clock.now())
            )
            if isinstance(content, str) or isinstance(status, str):
                if asking.is_first(url, "told"):
                    yield NotFetched(url, str(status))
                continue
            is_news = (
                _is_other(content, known) if kind == "crl" else self._tells_more(status, question, known)
            )
            if is_news and asking.is_first(url, "kept"):
                yield Fetched(url, fingerprint_of(question.issuer), content)
            return

    def _tells_more(self, status: Status, question: Question, known: RevocationStore) -> bool:
        """Responders date every answer anew: one that says the same is kept when the last one soon ends."""
        now = self._clock.now()
        before = status_of(known, question.certificate, question.issuer, now)
        lasts = before.until is None or before.until > now + self._ahead * SECOND
        return before.state != status.state or (before.state == "good" and not lasts)


@dataclass(slots=True)
class _Asking:
    """One round. `answers` are bytes, or what the problem was, by URL."""

    outbound: Outbound
    answers: dict[str, bytes | str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    done: set[tuple[str, str]] = field(default_factory=set)

    def get(self, url: str) -> bytes | str:
        if url not in self.answers:
            self.answers[url] = self._get(url)
        return self.answers[url]

    def is_first(self, url: str, deed: str) -> bool:
        """Whether this was not done with the URL before in this round."""
        is_first = (url, deed) not in self.done
        self.done.add((url, deed))
        return is_first

    def _get(self, url: str) -> bytes | str:
        host = urlsplit(url).netloc
        if len(self.answers) >= PLACES_LIMIT:
            return f"at most {PLACES_LIMIT} places are asked in one round"
        if host in self.silent:
            return "its host did not answer before"
        try:
            answer = self.outbound.get(url, {}, SIZE_LIMIT)
        except Unavailable as error:
            self.silent.add(host)
            return error.message
        except PratiqueError as error:
            return error.message
        return answer.content if answer.status == 200 else f"it answers {answer.status}"


def _is_other(crl: bytes, known: RevocationStore) -> bool:
    digest = read_crl(crl).digest
    return all(one.digest != digest for one in known.lists)


def _said(kind: str, content: bytes, question: Question, at: Moment) -> Status | str:
    """What an answer says of the certificate, or why it says nothing."""
    try:
        store = store_of((), (read_ocsp(content),)) if kind == "ocsp" else store_of((read_crl(content),))
    except Unreadable as problem:
        return str(problem)
    status = status_of(store, question.certificate, question.issuer, at)
    nothing = status_of(NO_REVOCATIONS, question.certificate, question.issuer, at)
    if status == nothing:
        return "it does not verify with the issuer's key, or says nothing of the certificate"
    return status.reason if status.state == "unavailable" else status


def fingerprint_of(certificate: Certificate) -> str:
    """SHA-256 of its key, hexadecimal."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _ocsp_url(place: str, question: Question) -> str:
    # SHA-1 names the issuer to responders, most of which know nothing else (RFC 5019, 2.1.1); it proves nothing.
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        question.certificate,
        question.issuer,
        hashes.SHA1(),  # noqa: S303 - see above
    )
    asked = base64.b64encode(builder.build().public_bytes(Encoding.DER)).decode()
    return f"{place.rstrip('/')}/{quote(asked, safe='')}"

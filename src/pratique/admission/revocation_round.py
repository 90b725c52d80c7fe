"""The round in which revocation lists are fetched that the certificates of stored signatures name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pratique.access.principal import SYSTEM
from pratique.admission.revocation_desk import RevocationDesk
from pratique.db import Database
from pratique.errors import BadRequest, Conflict
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.registry.claims import ClaimReader
from pratique.registry.ports import EvidenceClaim
from pratique.registry.store import manifests
from pratique.registry.values import Artifact
from pratique.telemetry import Log
from pratique.telemetry.lines import REVOCATION_NOT_FETCHED
from pratique.trust import RevocationLists
from pratique.trust.certificates import read_pem_certificates
from pratique.trust.notation import Envelope, read_cose, read_jws
from pratique.trust.revocation_fetching import Fetched, NotFetched, Question, RevocationFetcher, questions_of
from pratique.trust.store import NotationStore, notation
from pratique.trust.strict import Unreadable

JOB: Final = "trust.fetch_revocations"
PAGE: Final = 100
"""Pieces of evidence that are looked up at once."""

_READERS: Final = {Scheme.NOTATION_JWS: read_jws, Scheme.NOTATION_COSE: read_cose}


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to: how many lists are new, and which places gave none."""

    kept: int
    failed: tuple[NotFetched, ...]


class RevocationRound:
    """Collects what to ask, has it asked, and imports what was answered, each list in a transaction of its own."""

    def __init__(
        self,
        database: Database,
        claims: ClaimReader,
        lists: RevocationLists,
        desk: RevocationDesk,
        fetcher: RevocationFetcher,
        log: Log,
    ) -> None:
        self._database = database
        self._claims = claims
        self._lists = lists
        self._desk = desk
        self._fetcher = fetcher
        self._log = log

    def __call__(self, _payload: Mapping[str, Any], /) -> None:
        """The handler of the job. A place that gives no answer is told in the log, and asked again next time."""
        for each in self.run().failed:
            self._log.write(REVOCATION_NOT_FETCHED, url=each.url, problem=each.problem)

    def run(self) -> Round:
        """Ask about everything once."""
        with self._database.read() as tx:
            known = self._lists.held(tx)
        kept, failed = 0, []
        for found in self._fetcher.fetch(self._questions(), known):
            problem = found if isinstance(found, NotFetched) else self._keep(found)
            if isinstance(problem, NotFetched):
                failed.append(problem)
            else:
                kept += problem
        return Round(kept, tuple(failed))

    def _keep(self, found: Fetched) -> NotFetched | bool:
        """Whether it is new; or why it can't be kept."""
        try:
            return self._database.write(
                lambda tx: self._desk.put(tx, SYSTEM, found.content, found.signer)
            ).is_new
        except Conflict:
            return False  # an administrator has imported a newer one
        except BadRequest as error:
            return NotFetched(found.url, error.message)

    def _questions(self) -> Iterator[Question]:
        """One for each certificate."""
        with self._database.read() as tx:
            projects = notation.projects(tx)
        seen: set[Question] = set()
        for project_id in projects:
            for question in self._questions_in(project_id):
                if question not in seen:
                    seen.add(question)
                    yield question

    def _questions_in(self, project_id: int) -> Iterator[Question]:
        with self._database.read() as tx:
            stores = notation.of_project(tx, project_id)
        held = {
            is_tsa: [
                certificate
                for store in stores
                if (store.type == "tsa") is is_tsa
                for certificate in _certificates(store)
            ]
            for is_tsa in (False, True)
        }
        for claim in self._claims_in(project_id):
            for envelope in _envelopes(claim):
                yield from questions_of(envelope, held[False], held[True])

    def _claims_in(self, project_id: int) -> Iterator[EvidenceClaim]:
        after = 0
        while True:
            with self._database.read() as tx:
                page = manifests.evidence_in_project(tx, project_id, after, PAGE)
            if not page:
                return
            for evidence in page:
                claim = self._claim(evidence)
                if claim is not None:
                    yield claim
            after = page[-1].id

    def _claim(self, evidence: Artifact) -> EvidenceClaim | None:
        with self._database.read() as tx:
            there = manifests.by_id(tx, evidence.id)
            # Deleted since the page was read, or another under its number by now.
            if there is None or there.digest != evidence.digest or there.subject is None:
                return None
            return self._claims.again(tx, manifests.home_of(tx, there), there, there.subject)


def _envelopes(claim: EvidenceClaim) -> Iterator[Envelope]:
    for layer in claim.layers:
        scheme = scheme_of(layer.media_type)
        read = None if scheme is None else _READERS.get(scheme)
        if read is not None:
            try:
                yield read(layer.read())
            except Unreadable:
                continue


def _certificates(store: NotationStore) -> Iterator[Any]:
    for text in store.certificates:
        yield from read_pem_certificates(text, 1)

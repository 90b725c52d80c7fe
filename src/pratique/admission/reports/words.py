"""What people say of findings, shown beside them: who waives one, which allowlist accepts it, whose word a package is.

It is shown whether or not the project refuses anything for its contents; whether an artifact passes, its verdict says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pratique.admission.attested import Attested
from pratique.admission.bench import Benches
from pratique.admission.report import Finding, Waived
from pratique.admission.reports.hub import Hit
from pratique.clock import Clock
from pratique.db import Tx
from pratique.inventory.store.values import ComponentRow
from pratique.policy import Finding as PolicyFinding
from pratique.policy.accepting import Acceptance, Accepting
from pratique.policy.waiving import Waiver
from pratique.projects import Tolerances
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact, Repository


@dataclass(frozen=True, slots=True)
class Word:
    """What counts of what is said about one artifact now. `packages` it has by the word of others."""

    accepting: Accepting | None = None
    packages: tuple[ComponentRow, ...] = ()

    def on(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each with what is said of it."""
        by = {(row.purl, row.path): row.path.removeprefix("said by ") for row in self.packages}
        return tuple(
            replace(one, waived=self._waived(one), said_by=by.get((one.purl, one.path), one.said_by))
            for one in findings
        )

    def _waived(self, finding: Finding) -> Waived | None:
        if self.accepting is None or finding.is_harmless:
            return None
        match self.accepting.of(policy_finding(finding)):
            case Acceptance() as found:
                return Waived("allowlist", found.said, found.until)
            case Waiver() as found:
                return Waived("vex", found.said, found.until)
        return None


SILENCE = Word()


class Words:
    """Hears what is said. Nothing is written."""

    def __init__(self, benches: Benches, attested: Attested, tolerances: Tolerances, clock: Clock) -> None:
        self._benches = benches
        self._attested = attested
        self._tolerances = tolerances
        self._clock = clock

    def about(self, tx: Tx, repository: Repository, artifacts: Sequence[Artifact]) -> Mapping[Artifact, Word]:
        """What is said about each of a repository's artifacts."""
        bench = self._benches.of(tx, repository, self._clock.now())
        tolerance = self._tolerances.anyhow(tx, bench.project)
        found: dict[Artifact, Word] = {}
        for artifact in artifacts:
            said = self._attested.about(tx, bench, artifact)
            evidence = bench.evidence_for(artifact, (), None, said.statements)
            is_silent = not tolerance.allowed and not said.statements
            accepting = None if is_silent else Accepting(evidence, tolerance, bench.at)
            found[artifact] = Word(accepting, said.packages)
        return found

    def on_hits(self, tx: Tx, hits: Sequence[Hit]) -> list[Hit]:
        """Hits of the security hub, each with what is said of it where it stands."""
        words: dict[int, Word] = {}
        for name in dict.fromkeys(hit.place.repository for hit in hits):
            repository = repositories.by_name(tx, name)
            numbers = {hit.place.manifest_id for hit in hits if hit.place.repository == name}
            artifacts = [manifests.by_id(tx, number) for number in sorted(numbers)]
            there = [one for one in artifacts if one is not None]
            if repository is not None:
                words |= {one.id: word for one, word in self.about(tx, repository, there).items()}
        return [
            replace(hit, finding=words.get(hit.place.manifest_id, SILENCE).on([hit.finding])[0])
            for hit in hits
        ]


def policy_finding(one: Finding) -> PolicyFinding:
    """A finding of a report as policies know it."""
    return PolicyFinding(
        id=one.id,
        aliases=one.aliases,
        package=f"{one.package} {one.version}",
        severity=one.severity,
        state=one.state,
        fixed=one.fixed,
        path=one.path,
        is_informational=one.is_informational,
        purl=one.purl,
    )

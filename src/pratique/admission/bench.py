"""All that judging in one repository needs, gathered once per transaction."""

from dataclasses import dataclass, replace

from pratique.admission import store
from pratique.admission.store import ProjectGate
from pratique.clock import Moment
from pratique.db import Tx
from pratique.policy import Contents, Evidence, Policy, Signature, State, Tolerance, VexDocument
from pratique.projects import Admission, Project, Projects, Tolerances
from pratique.registry.values import Artifact, Repository
from pratique.trust import Trusted, TrustSets, marks


@dataclass(frozen=True, slots=True)
class Bench:
    """The project as it stands, whom it trusts, the time, and the repository that is judged in."""

    repository: Repository
    project: Project
    gate: ProjectGate
    trusted: Trusted
    tolerance: Tolerance | None
    at: Moment
    host: str

    @property
    def policy(self) -> Policy:
        """What the project asks for."""
        asked = self.project.requires
        return Policy(self.project.admission.value, self.gate.generation, asked, self.tolerance)

    @property
    def trust(self) -> str:
        """The digest of all that the project trusts: evidence verified with another is verified again."""
        return self.trusted.digest

    @property
    def is_open(self) -> bool:
        """Whether the project's rules ask for nothing."""
        return self.project.admission is Admission.OPEN and self.tolerance is None

    def evidence_for(
        self,
        artifact: Artifact,
        signatures: tuple[Signature, ...],
        contents: Contents | None,
        vex: tuple[VexDocument, ...] = (),
    ) -> Evidence:
        """What the judge is told about an artifact."""
        return Evidence(
            registry=self.host,
            project=self.project.name,
            repository=self.repository.name,
            digest=artifact.digest,
            signatures=signatures,
            parties=self.trusted.parties,
            denied=self.trusted.denied,
            marks=frozenset({marks.of_digest(artifact.digest)}),
            trust_digest=self.trusted.digest,
            contents=contents,
            vex=vex,
        )

    def admits(self, artifact: Artifact) -> bool:
        """Whether an artifact stands admitted now: its state, its date and its generation all count."""
        standing = artifact.standing
        return (
            standing.state is State.ADMITTED
            and standing.generation >= self.gate.floor
            and (standing.valid_until is None or self.at < standing.valid_until)
        )


class Benches:
    """Sets a bench up. `host` is what clients call this registry, for the commands that refusals recommend."""

    def __init__(self, projects: Projects, trust: TrustSets, tolerances: Tolerances, host: str) -> None:
        self._projects = projects
        self._trust = trust
        self._tolerances = tolerances
        self._host = host

    def tolerance(self, tx: Tx, repository: Repository) -> Tolerance | None:
        """What a repository's project accepts of contents; None: it does not ask for them."""
        project = self._projects.by_id(tx, repository.project_id)
        return None if project is None else self._tolerances.of(tx, project)

    def session(self, tx: Tx, at: Moment) -> "Session":
        """Benches for all that is judged in one transaction."""
        return Session(self, tx, at)

    def of(self, tx: Tx, repository: Repository, at: Moment, *, hold: bool = False) -> Bench:
        """The bench for a repository. `hold`: keep every narrowing waiting until this transaction ends."""
        gate = (
            store.hold_gate(tx, repository.project_id) if hold else store.gate_of(tx, repository.project_id)
        )
        project = self._projects.by_id(tx, repository.project_id)
        if project is None:
            raise LookupError(f"repository {repository.name} has no project")
        trusted, tolerance = self._trust.of(tx, project.id), self._tolerances.of(tx, project)
        return Bench(repository, project, gate, trusted, tolerance, at, self._host)


class Session:
    """Benches in one transaction. What a project asks is read once: its gate is held, so that it stays as it is."""

    def __init__(self, benches: Benches, tx: Tx, at: Moment) -> None:
        self._benches = benches
        self._tx = tx
        self._at = at
        self._by_project: dict[int, Bench] = {}

    def bench(self, repository: Repository) -> Bench:
        """The bench for a repository."""
        found = self._by_project.get(repository.project_id)
        if found is None:
            found = self._benches.of(self._tx, repository, self._at, hold=True)
            self._by_project[repository.project_id] = found
        return replace(found, repository=repository)

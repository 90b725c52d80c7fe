"""All that judging in one repository needs, gathered once per transaction."""

from dataclasses import dataclass

from pratique.admission import store
from pratique.admission.store import ProjectGate
from pratique.clock import Moment
from pratique.db import Tx
from pratique.policy import Evidence, Party, Policy, Signature, State
from pratique.projects import Admission, Project, Projects
from pratique.registry.values import Artifact, Repository
from pratique.trust import TrustedKey, TrustedKeys


@dataclass(frozen=True, slots=True)
class Bench:
    """The project as it stands, its parties, the time, and the repository that is judged in.

    `trust` is the version of the project's keys: evidence verified with another is verified again.
    """

    repository: Repository
    project: Project
    gate: ProjectGate
    parties: tuple[Party, ...]
    trust: str
    at: Moment
    host: str

    @property
    def policy(self) -> Policy:
        """What the project asks for."""
        return Policy("open" if self.is_open else "signed", self.gate.generation)

    @property
    def is_open(self) -> bool:
        """Whether the project's rules ask for nothing."""
        return self.project.admission is Admission.OPEN

    def evidence_for(self, artifact: Artifact, signatures: tuple[Signature, ...]) -> Evidence:
        """What the judge is told about an artifact."""
        return Evidence(
            registry=self.host,
            project=self.project.name,
            repository=self.repository.name,
            digest=artifact.digest,
            signatures=signatures,
            parties=self.parties,
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

    def __init__(self, projects: Projects, keys: TrustedKeys, host: str) -> None:
        self._projects = projects
        self._keys = keys
        self._host = host

    def of(self, tx: Tx, repository: Repository, at: Moment, *, hold: bool = False) -> Bench:
        """The bench for a repository. `hold`: keep every narrowing waiting until this transaction ends."""
        gate = (
            store.hold_gate(tx, repository.project_id) if hold else store.gate_of(tx, repository.project_id)
        )
        project = self._projects.by_id(tx, repository.project_id)
        if project is None:
            raise LookupError(f"repository {repository.name} has no project")
        parties = tuple(_party(key) for key in self._keys.list(tx, project.id))
        return Bench(repository, project, gate, parties, self._keys.version(tx, project.id), at, self._host)


def _party(key: TrustedKey) -> Party:
    return Party(key.id, key.name, key.fingerprint, key.repositories, key.valid_from, key.valid_until)

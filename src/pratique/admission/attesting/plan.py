"""What should be said of an artifact, and what is; read twice, and compared."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pratique.admission.attesting.forms import BILLS, Form, asked_by
from pratique.admission.store import attestations
from pratique.admission.store.attestations import Attestation
from pratique.db import Tx
from pratique.inventory.recording import Noted, Recording
from pratique.oci.digest import Digest
from pratique.oci.manifest import parse_manifest
from pratique.projects import Projects
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact, Repository
from pratique.trust.signing import KeyKind, KeyState, Named, SigningKey, SigningKeys


@dataclass(frozen=True, slots=True)
class Plan:
    """How things stand, and how they should. `named` None: nothing is to be said of it.

    `has` are the rows, `lost` the forms whose referrer somebody has deleted. `key` None: the project has none yet.
    """

    # It counts pulls too: what is compared is what lies in it.
    repository: Repository = field(compare=False)
    digest: Digest
    named: Named | None
    image: Noted | None
    wanted: frozenset[Form]
    key: SigningKey | None
    has: tuple[Attestation, ...]
    lost: frozenset[str]

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to say and nothing to take away."""
        return not self.wanted and not self.has

    @property
    def waits(self) -> bool:
        """Whether it must be examined first: until then what is said stays."""
        return self.named is not None and self.image is None

    def row(self, form: Form) -> Attestation | None:
        """What is said in a form already."""
        found = (row for row in self.has if row.form == form and form not in self.lost)
        return next(found, None)

    def stands(self, form: Form, basis: str) -> bool:
        """Whether what rests on this is said already, with the key of today; or can't be said, and that is told."""
        row = self.row(form)
        if row is None or row.basis != basis:
            return False
        return bool(row.problem) or (
            bool(row.manifest) and self.key is not None and row.key_id == self.key.id
        )


class Planner:
    """Reads plans. `host` is what clients call the registry."""

    def __init__(self, projects: Projects, recording: Recording, keys: SigningKeys, host: str) -> None:
        self._projects = projects
        self._recording = recording
        self._keys = keys
        self._host = host

    def of(self, tx: Tx, name: str, digest: Digest) -> Plan | None:
        """The plan for an artifact; None: the repository is gone."""
        repository = repositories.by_name(tx, name)
        if repository is None:
            return None
        has = tuple(attestations.about(tx, repository.id, digest))
        lost = _lost(tx, repository, has)
        image = self._recording.noted(tx, digest)
        named = self._named(tx, repository, digest, image)
        return Plan(
            repository=repository,
            digest=digest,
            named=named,
            image=image,
            wanted=self._wanted(tx, repository, has, lost) if named else frozenset(),
            key=self._key(tx, repository),
            has=has,
            lost=lost,
        )

    def _named(self, tx: Tx, repository: Repository, digest: Digest, image: Noted | None) -> Named | None:
        """None: it is gone, or nothing that has layers of its own that make an image."""
        artifact = manifests.by_digest(tx, repository.id, digest)
        if artifact is None or artifact.is_evidence or artifact.is_index:
            return None
        if (image is not None and not image.is_image) or not _has_layers(tx, artifact):
            return None
        return Named(self._host, repository.name, digest, artifact.media_type, artifact.size)

    def _wanted(
        self, tx: Tx, repository: Repository, has: Iterable[Attestation], lost: frozenset[str]
    ) -> frozenset[Form]:
        project = self._projects.by_id(tx, repository.project_id)
        kept = frozenset(Form(row.form) for row in has if row.form not in lost).intersection(BILLS)
        return kept | (asked_by(project) if project is not None else frozenset())

    def _key(self, tx: Tx, repository: Repository) -> SigningKey | None:
        keys = self._keys.of(tx, repository.project_id)
        active = (key for key in keys if key.kind is KeyKind.SCAN and key.state is KeyState.ACTIVE)
        return next(active, None)


def _has_layers(tx: Tx, artifact: Artifact) -> bool:
    return bool(parse_manifest(manifests.body_of(tx, artifact.id)).layers)


def _lost(tx: Tx, repository: Repository, rows: Iterable[Attestation]) -> frozenset[str]:
    named = {row.form: Digest(row.manifest) for row in rows if row.manifest}
    there = manifests.present(tx, repository.id, list(named.values()))
    return frozenset(form for form, digest in named.items() if digest not in there)

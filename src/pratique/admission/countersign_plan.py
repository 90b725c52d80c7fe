"""What the registry should have signed about an artifact, and what it has; read twice, and compared.

Everything is wanted of what is admitted in a project whose rules ask for something, and nothing of all else: of what is
refused or gone, of what lies in an `open` project, and of the attestation manifests in an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Bench, Benches
from pratique.admission.families import DEPTH_LIMIT
from pratique.admission.weighing import LINEAGE_LIMIT, Weighing
from pratique.clock import Clock
from pratique.db import Tx
from pratique.oci.digest import Digest, algorithm_of, digest_of
from pratique.oci.names import fallback_tag_of
from pratique.policy import Code
from pratique.registry.store import manifests, repositories, tags
from pratique.registry.values import Artifact, Repository
from pratique.trust.signing import OF_ADMISSION, KeyKind, KeyState, Named, SigningKey, SigningKeys
from pratique.trust.signing.classic import references
from pratique.trust.signing.summary import Admitted
from pratique.trust.store import signing
from pratique.trust.store.signing import Countersignature

CLASSIC_LAYERS: Final = 900
"""Layers of others at a classic tag, above which none of ours is put beside them: the gate takes 1,000 in all."""


class Form(StrEnum):
    """The forms in which it is signed."""

    BUNDLE = "bundle"
    CLASSIC = "classic"
    NOTATION = "notation"
    SUMMARY = "summary"


KINDS: Final = {
    Form.BUNDLE: KeyKind.COUNTERSIGNATURE,
    Form.CLASSIC: KeyKind.COUNTERSIGNATURE,
    Form.NOTATION: KeyKind.NOTATION,
    Form.SUMMARY: KeyKind.VERDICT,
}


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the classic tag names now. `manifest`: its bytes, None where nothing is there."""

    name: str
    digest: Digest | None
    manifest: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """How things stand, and how they should. `named` None: nothing is to be signed.

    `keys` are the project's, `has` what was written, `classic` None where a classic signature can't be.
    """

    # It counts pulls too: what is compared is what lies in it.
    repository: Repository = field(compare=False)
    digest: Digest
    artifact: Artifact | None
    named: Named | None
    admitted: Admitted | None
    references: tuple[str, ...]
    keys: tuple[SigningKey, ...]
    has: tuple[Countersignature, ...]
    classic: Tagged | None

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to write and nothing to take away."""
        return self.named is None and not self.has

    @property
    def lacks_keys(self) -> bool:
        """Whether the project's first admission has yet to make its keys."""
        return (
            self.named is not None
            and not {key.kind for key in self.keys if key.state is KeyState.ACTIVE} >= OF_ADMISSION
        )

    def key(self, form: Form) -> SigningKey:
        """Which key signs a form. Raises LookupError while there is none."""
        for key in self.keys:
            if key.kind is KINDS[form] and key.state is KeyState.ACTIVE:
                return key
        raise LookupError(f"no key signs a {form}")

    def is_published(self, signed: Countersignature) -> bool:
        """Whether the key of a signature is one that consumers are told of."""
        return any(key.id == signed.key_id for key in self.keys)


class Planner:
    """Reads plans. `host` and `url` are how clients reach the registry."""

    def __init__(
        self, benches: Benches, weighing: Weighing, keys: SigningKeys, clock: Clock, host: str, url: str
    ) -> None:
        self._benches = benches
        self._weighing = weighing
        self._keys = keys
        self._clock = clock
        self._host = host
        self._url = url

    def of(self, tx: Tx, name: str, digest: Digest, *, hold: bool = False) -> Plan | None:
        """The plan for an artifact; None: the repository is gone."""
        repository = repositories.by_name(tx, name)
        if repository is None:
            return None
        bench = self._benches.of(tx, repository, self._clock.now(), hold=hold)
        artifact = manifests.by_digest(tx, repository.id, digest)
        names = self._names(tx, bench, artifact) if artifact is not None else None
        named = None
        if artifact is not None and names is not None:
            named = Named(self._host, repository.name, digest, artifact.media_type, artifact.size)
        return Plan(
            repository=repository,
            digest=digest,
            artifact=artifact,
            named=named,
            admitted=self._admitted(tx, bench, artifact) if named and artifact else None,
            references=references(named, names) if named and names is not None else (),
            keys=tuple(self._keys.of(tx, repository.project_id)),
            has=_present(tx, repository, signing.about(tx, repository.id, digest)),
            classic=_classic(tx, repository, digest),
        )

    def _names(self, tx: Tx, bench: Bench, artifact: Artifact) -> frozenset[str] | None:
        """The tags that the artifact is admitted under, its indexes' too. None: it is not to be signed."""
        if bench.is_open or artifact.is_evidence or not bench.admits(artifact):
            return None
        above, is_attestation = _lineage(tx, bench, artifact)
        if is_attestation:
            return None
        found = {
            sides.name
            for digest in (artifact.digest, *above)
            for sides in tags.of_digest(tx, bench.repository.id, digest)
            if sides.admitted == digest
        }
        return frozenset(found)

    def _admitted(self, tx: Tx, bench: Bench, artifact: Artifact) -> Admitted | None:
        record = store.record_of(tx, artifact.id)
        if record is None:
            return None
        own = store.records_about(tx, bench.repository.id, artifact.digest)
        used = {
            one.evidence
            for one in (*own, *self._weighing.inherited(tx, bench, artifact))
            if one.code == Code.VERIFIED and one.is_signature
        }
        return Admitted(self._url, record.policy_digest, tuple(sorted(used)), record.judged_at)


def _lineage(tx: Tx, bench: Bench, artifact: Artifact) -> tuple[set[Digest], bool]:
    """The admitted indexes above an artifact that hold it as a platform's image; whether it lies in others only."""
    above: set[Digest] = set()
    level, is_attestation = [artifact.digest], False
    for depth in range(DEPTH_LIMIT):
        parents = [
            (parent, digest)
            for digest in level
            for parent in manifests.admitted_parents(
                tx,
                bench.repository.id,
                digest,
                at=bench.at,
                floor=bench.gate.floor,
                most=LINEAGE_LIMIT,
            )
        ]
        holding = [parent.digest for parent, digest in parents if _is_platform(tx, parent, digest)]
        if depth == 0:
            is_attestation = bool(parents) and not holding
        level = [digest for digest in dict.fromkeys(holding) if digest not in above]
        above.update(level)
        if not level or len(above) >= LINEAGE_LIMIT:
            break
    return above, is_attestation


def _is_platform(tx: Tx, parent: Artifact, digest: Digest) -> bool:
    return any(child.digest == digest and runs for child, runs in manifests.children_of(tx, parent.id))


def _present(
    tx: Tx, repository: Repository, rows: Sequence[Countersignature]
) -> tuple[Countersignature, ...]:
    """What is still there: somebody may have deleted a referrer. Classic layers are looked for in their manifest."""
    named = [row.manifest for row in rows if row.manifest]
    there = manifests.present(tx, repository.id, [Digest(digest) for digest in named])
    return tuple(row for row in rows if not row.manifest or row.manifest in there)


def _classic(tx: Tx, repository: Repository, digest: Digest) -> Tagged | None:
    """The classic tag. None: sha512 makes no such tag, or somebody's artifact lies there."""
    if algorithm_of(digest) != "sha256":
        return None
    name = f"{fallback_tag_of(digest)}.sig"
    sides = tags.by_name(tx, repository.id, name)
    if sides is None:
        return Tagged(name, None, None)
    there = manifests.by_digest(tx, repository.id, sides.candidate)
    if there is None or not there.is_evidence or there.subject != digest or there.is_index:
        return None
    return Tagged(name, there.digest, manifests.body_of(tx, there.id))


def basis_of(*parts: str | bytes) -> str:
    """A digest that tells one statement from the next."""
    return digest_of(b"\x00".join(part if isinstance(part, bytes) else part.encode() for part in parts))

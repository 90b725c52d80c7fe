"""Countersigning: what is admitted is signed by the registry, in every form that clients read, and never what is not.

A job for one artifact. It reads how things stand, signs what is missing, and writes in a transaction in which things
must stand as they did; run again, it finds nothing to do. What a vendor has signed is never touched: his layers at the
classic tag are kept as they are, and his manifests stay.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pratique.admission.countersign_forms import Made, layer_of, make
from pratique.admission.countersign_plan import Form, Plan, Planner
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import Unavailable
from pratique.jobs import enqueue
from pratique.oci.digest import Digest
from pratique.registry.inscribing import Inscriber, is_inscribed
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact
from pratique.trust.signing import OF_ADMISSION, Owner, SigningKeys, classic
from pratique.trust.store import signing

COUNTERSIGN: Final = "admission.countersign"
"""The job that brings what the registry has signed about an artifact in step: payload {"repository", "digest"}."""

PRIORITY: Final = 40
ROUNDS: Final = 5
"""How often it is begun anew because things moved meanwhile, before the job runs again later."""


def countersign_later(tx: Tx, repository: str, digest: Digest) -> None:
    """Have an artifact's signatures brought in step."""
    payload = {"repository": repository, "digest": digest}
    enqueue(tx, COUNTERSIGN, payload, dedupe_key=f"{repository}@{digest}", priority=PRIORITY)


class Countersigner:
    """The handler of that job."""

    def __init__(
        self, database: Database, planner: Planner, keys: SigningKeys, inscriber: Inscriber, clock: Clock
    ) -> None:
        self._database = database
        self._planner = planner
        self._keys = keys
        self._inscriber = inscriber
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Bring it in step. Raises Unavailable when a key or a store can't be used, or things keep moving."""
        self.settle(str(payload["repository"]), Digest(payload["digest"]))

    def settle(self, repository: str, digest: Digest) -> None:
        """As the job."""
        for _ in range(ROUNDS):
            with self._database.read() as tx:
                plan = self._planner.of(tx, repository, digest)
            if plan is None:
                return
            if plan.lacks_keys:
                self._keys.ensure(Owner(plan.repository.project_id, plan.repository.project), OF_ADMISSION)
                continue
            made = make(plan, self._keys, self._clock.now())
            if not _changes(plan, made) and not _is_index(plan):
                return
            self._inscriber.lay_down(made.blobs)
            if self._database.write(partial(self._commit, plan, made)):
                return
        raise Unavailable(f"{repository}@{digest} changes faster than it can be signed")

    def _commit(self, plan: Plan, made: Made, tx: Tx) -> bool:
        """Write it. False: things stand otherwise by now."""
        name = plan.repository.name
        self._inscriber.hold(tx, plan.repository)
        if self._planner.of(tx, name, plan.digest, hold=True) != plan:
            return False
        if plan.artifact is not None and plan.artifact.is_index:
            for child, _ in manifests.children_of(tx, plan.artifact.id):
                countersign_later(tx, name, child.digest)
        if _changes(plan, made):
            self._write(tx, plan, made)
        return True

    def _write(self, tx: Tx, plan: Plan, made: Made) -> None:
        digest, kept = plan.digest, {row.id for row in made.kept}
        for row in signing.about(tx, plan.repository.id, digest):
            if row.id not in kept:
                signing.remove(tx, row.id)
                self._take_away(tx, plan, row.manifest)
        for row in made.layers:
            signing.put(tx, row)
        for row, written in made.referrers:
            manifest = self._inscriber.write(tx, plan.repository, digest, written.manifest, written.blobs)
            signing.put(tx, replace(row, manifest=manifest.digest))
        if plan.classic is not None:
            self._settle_tag(tx, plan, made)

    def _take_away(self, tx: Tx, plan: Plan, digest: str) -> None:
        artifact = manifests.by_digest(tx, plan.repository.id, digest) if digest else None
        if artifact is not None and is_inscribed(artifact):
            self._inscriber.take_away(tx, plan.repository, artifact)

    def _settle_tag(self, tx: Tx, plan: Plan, made: Made) -> None:
        """The classic tag gets its manifest; of those that the registry wrote before, none stays."""
        if plan.named is None:
            self._withdraw(tx, plan)
            return
        there = plan.classic.digest if plan.classic else None
        wanted = made.tag_manifest
        if wanted is not None and wanted.digest != there and plan.classic is not None:
            tag, repository = plan.classic.name, plan.repository
            self._inscriber.write(tx, repository, plan.digest, wanted.manifest, wanted.blobs, tag)
        for artifact in _classic_manifests(tx, plan):
            if is_inscribed(artifact) and (wanted is None or artifact.digest != wanted.digest):
                self._inscriber.take_away(tx, plan.repository, artifact)

    def _withdraw(self, tx: Tx, plan: Plan) -> None:
        """Of what is refused now, our layers go with every manifest from which nothing else would be lost.

        The tag falls back to the newest that stays. What a vendor wrote over ours stays, for INSPECT only: it carries
        the verification of his signatures.
        """
        ours = [layer_of(row) for row in plan.has if row.form == Form.CLASSIC]
        stay: list[Artifact] = []
        held: list[set[tuple[str, str]]] = []
        # Without ours first, so that of two that hold the same of others the one with ours goes.
        found = [(one, manifests.body_of(tx, one.id)) for one in _classic_manifests(tx, plan)]
        for artifact, body in sorted(found, key=lambda each: classic.holds(each[1], ours)):
            others = classic.others(body, ours)
            if is_inscribed(artifact) or (classic.holds(body, ours) and (not others or others in held)):
                self._inscriber.take_away(tx, plan.repository, artifact)
            else:
                stay.append(artifact)
                held.append(others)
        tag = plan.classic.name if plan.classic else ""
        if stay and tags.by_name(tx, plan.repository.id, tag) is None:
            self._inscriber.point(tx, plan.repository, max(stay, key=lambda one: one.id), tag)


def _changes(plan: Plan, made: Made) -> bool:
    if plan.is_idle:
        return False
    if len(made.kept) != len(plan.has) or made.referrers or made.layers:
        return True
    there = plan.classic.digest if plan.classic else None
    wanted = made.tag_manifest.digest if made.tag_manifest else None
    return plan.classic is not None and wanted != there


def _is_index(plan: Plan) -> bool:
    return plan.artifact is not None and plan.artifact.is_index


def _classic_manifests(tx: Tx, plan: Plan) -> list[Artifact]:
    """The classic manifests of an artifact: evidence that names no subject itself."""
    return [
        evidence
        for evidence in manifests.evidence_of(tx, plan.repository.id, plan.digest)
        if not evidence.is_index and classic.is_classic(manifests.body_of(tx, evidence.id))
    ]

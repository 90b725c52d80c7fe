"""Attesting: what is inside an artifact and what is known of it, signed with the project's scan key.

A job for one artifact. It reads how things stand, signs what is missing, and writes in a transaction in which things
must stand as they did; run again, it finds nothing to do. Of each form one statement lives at most: the old one is
deleted when the new one is there, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from pratique.access.principal import SYSTEM
from pratique.admission.attesting.forms import PREDICATES, SWITCHES
from pratique.admission.attesting.later import attest_later
from pratique.admission.attesting.plan import Plan, Planner
from pratique.admission.attesting.saying import Said, Speaker
from pratique.admission.store import attestations
from pratique.admission.store.attestations import Attestation
from pratique.clock import Clock, rfc3339
from pratique.db import Database, Tx
from pratique.errors import Unavailable
from pratique.events import AttestationTooLarge
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.registry.inscribing import Inscriber, is_inscribed
from pratique.registry.store import manifests
from pratique.trust.signing import KeyKind, Named, Owner, SigningKey, SigningKeys, Written, envelopes

ROUNDS: Final = 5
"""How often it is begun anew because things moved meanwhile, before the job runs again later."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row to write, with the referrer that carries it, if any; `size`: bytes for which it was too large."""

    row: Attestation
    written: Written | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What to write, and the rows that go with what carries them."""

    changes: tuple[Change, ...]
    going: tuple[Attestation, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether everything is as it should be."""
        return not self.changes and not self.going

    @property
    def blobs(self) -> dict[Digest, bytes]:
        """Everything that must be laid down first."""
        written = [one.written for one in self.changes if one.written is not None]
        return {digest: content for one in written for digest, content in one.blobs.items()}


class Attester:
    """The handler of that job. `limit`: bytes of one bundle; what is larger is not made, and that is told."""

    def __init__(
        self,
        database: Database,
        planner: Planner,
        speaker: Speaker,
        keys: SigningKeys,
        inscriber: Inscriber,
        clock: Clock,
        *,
        limit: int,
    ) -> None:
        self._database = database
        self._planner = planner
        self._speaker = speaker
        self._keys = keys
        self._inscriber = inscriber
        self._clock = clock
        self._limit = limit

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Bring it in step. Raises Unavailable when a key or a store can't be used, or things keep moving."""
        self.settle(str(payload["repository"]), Digest(payload["digest"]))

    def fan_out(self, payload: Mapping[str, Any], /) -> None:
        """Have every artifact with one of these digests brought in step."""
        digests = [str(digest) for digest in payload["digests"]]
        self._database.write(partial(_fan_out, digests))

    def settle(self, repository: str, digest: Digest) -> None:
        """As the job."""
        for _ in range(ROUNDS):
            with self._database.read() as tx:
                plan = self._planner.of(tx, repository, digest)
                if plan is None or plan.is_idle or plan.waits:
                    return
                said = self._speaker.of(tx, plan, self._clock.now())
            if plan.key is None and any(one.predicate is not None for one in said):
                owner = Owner(plan.repository.project_id, plan.repository.project)
                self._keys.ensure(owner, (KeyKind.SCAN,))
                continue
            made = self._made(plan, said)
            if made.is_nothing:
                return
            self._inscriber.lay_down(made.blobs)
            if self._database.write(partial(self._commit, plan, made)):
                return
        raise Unavailable(f"{repository}@{digest} changes faster than it can be attested")

    def _made(self, plan: Plan, said: Sequence[Said]) -> Made:
        forms = {one.form.value for one in said}
        going = tuple(row for row in plan.has if row.form not in forms)
        changes = (self._change(plan, one) for one in said)
        return Made(tuple(one for one in changes if one is not None), going)

    def _change(self, plan: Plan, said: Said) -> Change | None:
        """What is to be written in a form; None: nothing."""
        row = Attestation(
            repository_id=plan.repository.id,
            subject=plan.digest,
            form=said.form.value,
            basis=said.basis,
            moment=said.moment,
            problem=said.problem,
        )
        if said.problem:
            return None if plan.stands(said.form, said.basis) else Change(row)
        if said.predicate is None or plan.named is None or plan.key is None:
            return None
        written = self._written(plan.named, plan.key, said)
        size = max(len(content) for content in written.blobs.values())
        if size > self._limit:
            # With another limit it is another matter.
            basis = f"{said.basis}@{self._limit}"
            problem = f"it would have {size} bytes; evidence may have {self._limit} (limits.evidence_size)"
            is_told = plan.stands(said.form, basis)
            return None if is_told else Change(replace(row, basis=basis, problem=problem), size=size)
        return Change(replace(row, key_id=plan.key.id, manifest=written.digest), written)

    def _written(self, named: Named, key: SigningKey, said: Said) -> Written:
        statement = envelopes.statement(named, PREDICATES[said.form], said.predicate)
        bundle = envelopes.bundle(self._keys.signer(key), statement)
        return envelopes.bundle_referrer(named, bundle, f"{rfc3339(said.moment)[:19]}Z")

    def _commit(self, plan: Plan, made: Made, tx: Tx) -> bool:
        """Write it. False: things stand otherwise by now."""
        self._inscriber.hold(tx, plan.repository)
        if self._planner.of(tx, plan.repository.name, plan.digest) != plan:
            return False
        for one in made.changes:
            self._write(tx, plan, one)
        # Keys in software sign the same bytes the same way: what was deleted may be here again, under its old name.
        now = {one.row.form: one.row.manifest for one in made.changes}
        for row in plan.has:
            if row in made.going or now.get(row.form, row.manifest) != row.manifest:
                self._take_away(tx, plan, row)
        for row in made.going:
            attestations.remove(tx, row)
        return True

    def _write(self, tx: Tx, plan: Plan, change: Change) -> None:
        written = change.written
        if written is not None:
            self._inscriber.write(tx, plan.repository, plan.digest, written.manifest, written.blobs)
        elif change.size:
            publish(tx, self._told(plan, change))
        attestations.put(tx, change.row)

    def _take_away(self, tx: Tx, plan: Plan, row: Attestation) -> None:
        artifact = manifests.by_digest(tx, plan.repository.id, row.manifest) if row.manifest else None
        if artifact is not None and is_inscribed(artifact):
            self._inscriber.take_away(tx, plan.repository, artifact)

    def _told(self, plan: Plan, change: Change) -> AttestationTooLarge:
        place = plan.repository.place
        return AttestationTooLarge(
            actor=SYSTEM.name,
            **place,
            digest=plan.digest,
            form=change.row.form,
            size=change.size,
            limit=self._limit,
        )


def _fan_out(digests: Iterable[str], tx: Tx) -> None:
    for repository, digest in attestations.places(tx, digests, SWITCHES):
        attest_later(tx, repository, digest)

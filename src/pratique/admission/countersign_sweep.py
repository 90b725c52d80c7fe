"""Signing everything again: after a rotation, a renewed certificate, a project that turned to or from `open`.

One job for each page of artifacts; each notes the next with its last act, so that a worker that dies goes on where it
was. Keys retire only when the last page is done, and then a further sweep takes their signatures away.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from pratique.admission.countersign import PRIORITY
from pratique.admission.store.countersigned import artifacts_after, forget_orphans
from pratique.db import Database, Tx
from pratique.jobs import Handler, enqueue
from pratique.oci.digest import Digest
from pratique.projects import Projects
from pratique.registry.store import manifests
from pratique.registry.values import Artifact
from pratique.trust.signing import Owner, SigningKeys

SWEEP: Final = "admission.countersign_project"
"""The job for one page: payload {"project_id", "after", "then"}, `then` what follows the last page."""

RENEW: Final = "admission.renew_certificates"
"""The daily job that renews certificates, and forgets what was signed in repositories that are gone."""

PAGE: Final = 50

NOTHING: Final = "nothing"
RETIRE: Final = "retire"
DESTROY: Final = "destroy"


def destroy_later(tx: Tx, project_id: int) -> None:
    """Have the private halves of a project's retired keys destroyed, where nothing is to be signed or taken away."""
    _enqueue(tx, project_id, 0, DESTROY)


def sweep_later(tx: Tx, project_id: int, then: str = NOTHING) -> None:
    """Have everything in a project signed again, or what is no longer to be signed taken away."""
    _enqueue(tx, project_id, 0, then)


class Settles(Protocol):
    """Who brings one kind of what the registry says of an artifact in step."""

    def settle(self, repository: str, digest: Digest) -> None:
        """Sign what is missing, take away what is too much. Raises Unavailable."""
        ...


class Sweeping:
    """The handlers of these jobs. `signers`: everybody who signs with a project's keys."""

    def __init__(
        self, database: Database, signers: Sequence[Settles], keys: SigningKeys, projects: Projects
    ) -> None:
        self._database = database
        self._signers = signers
        self._keys = keys
        self._projects = projects

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {SWEEP: self.page, RENEW: self.renew}

    def page(self, payload: Mapping[str, Any]) -> None:
        """Sign one page, then note the next."""
        project_id, after, then = int(payload["project_id"]), int(payload["after"]), str(payload["then"])
        with self._database.read() as tx:
            owner = self._owner(tx, project_id)
            found = artifacts_after(tx, project_id, after, PAGE)
            places = [(manifests.home_of(tx, artifact).name, artifact) for artifact in found]
        if owner is None:
            # The project is gone, and its keys were retired with it.
            if then == DESTROY:
                self._keys.destroy(project_id)
            return
        for repository, artifact in places:
            for signer in self._signers:
                signer.settle(repository, artifact.digest)
        self._go_on(owner, found, then)

    def renew(self, _payload: Mapping[str, Any]) -> None:
        """Of all projects: renew what draws to its end, and have everything under it signed again."""
        with self._database.read() as tx:
            owners = [self._owner(tx, project_id) for project_id in self._keys.due(tx)]
        for owner in owners:
            if owner is not None and self._keys.renew(owner):
                self._sweep(owner.id)
        self._database.write(forget_orphans)

    def _go_on(self, owner: Owner, done: list[Artifact], then: str) -> None:
        if done:
            last = done[-1].id
            self._database.write(lambda tx: _enqueue(tx, owner.id, last, then))
        elif then == RETIRE:
            self._database.write(lambda tx: self._retire(tx, owner))
        elif then == DESTROY:
            self._keys.destroy(owner.id)

    def _retire(self, tx: Tx, owner: Owner) -> None:
        if self._keys.retire(tx, owner):
            sweep_later(tx, owner.id, DESTROY)

    def _sweep(self, project_id: int) -> None:
        self._database.write(lambda tx: sweep_later(tx, project_id))

    def _owner(self, tx: Tx, project_id: int) -> Owner | None:
        project = self._projects.by_id(tx, project_id)
        return None if project is None else Owner(project.id, project.name)


def _enqueue(tx: Tx, project_id: int, after: int, then: str) -> None:
    payload = {"project_id": project_id, "after": after, "then": then}
    enqueue(tx, SWEEP, payload, dedupe_key=f"{project_id}:{after}:{then}", priority=PRIORITY - 1)

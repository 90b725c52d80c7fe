"""Where something is denied, whoever signed it: by project admins in a project, by administrators everywhere.

Each call runs in its caller's transaction, which commits the change, its events, and what the change takes away.
"""

from pratique.access.principal import Principal
from pratique.admission import store
from pratique.admission.narrowing import Narrowing
from pratique.admission.switch import rejudge, reverify
from pratique.db import Tx
from pratique.events import DenialAdded, DenialRemoved
from pratique.jobs import publish
from pratique.projects import Project
from pratique.trust import DenyLists
from pratique.trust.denied import Subject
from pratique.trust.store import Denial
from pratique.trust.store.tables import SYSTEM


class DenyDesk:
    """Deny lists. `project` None is the system's list everywhere below."""

    def __init__(self, lists: DenyLists, narrowing: Narrowing) -> None:
        self._lists = lists
        self._narrowing = narrowing

    def list(self, tx: Tx, project: Project | None) -> list[Denial]:
        """A list, the oldest entry first."""
        return self._lists.list(tx, _scope(project))

    def deny(
        self, tx: Tx, actor: Principal, project: Project | None, kind: str, subject: Subject, reason: str
    ) -> Denial:
        """Deny something: what rests on it is not admitted from this commit on. Raises BadRequest, Conflict.

        On a project's list it counts in the project: what other projects admit by it stays admitted there.
        """
        _lock(tx, project)
        denial = self._lists.add(tx, _scope(project), kind, subject, reason, creator=actor.name)
        within = project.id if project else None
        taken = self._narrowing.take_away(tx, [denial.mark], upwards=kind == "digest", within=within)
        publish(
            tx,
            DenialAdded(
                actor=actor.name,
                denial_id=denial.id,
                subject_kind=denial.kind,
                subject=denial.subject,
                reason=denial.reason,
                taken_away=taken,
                project_id=_scope(project),
                project=project.name if project else "",
            ),
        )
        return denial

    def allow_again(self, tx: Tx, actor: Principal, project: Project | None, denial_id: int) -> None:
        """Take an entry off its list; what it kept out is verified and judged again by jobs. Raises NotFound."""
        _lock(tx, project)
        denial = self._lists.remove(tx, _scope(project), denial_id)
        for project_id in [project.id] if project else store.projects_with_repositories(tx):
            # All of its verdicts are behind then, so that the job judges what no evidence leads to.
            store.step_gate(tx, project_id, narrows=False)
            reverify(tx, project_id)
            rejudge(tx, project_id)
        publish(
            tx,
            DenialRemoved(
                actor=actor.name,
                denial_id=denial.id,
                subject_kind=denial.kind,
                subject=denial.subject,
                reason=denial.reason,
                project_id=_scope(project),
                project=project.name if project else "",
            ),
        )


def _scope(project: Project | None) -> int:
    return project.id if project else SYSTEM


def _lock(tx: Tx, project: Project | None) -> None:
    if project is None:
        store.lock_system(tx)
    else:
        store.lock_gate(tx, project.id)

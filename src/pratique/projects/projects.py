"""Projects: made, found, changed, deleted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pratique.access import Principal, Role
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from pratique.events import ProjectCreated, ProjectDeleted, ProjectUpdated
from pratique.jobs import publish
from pratique.projects.allowlists import Allowlists
from pratique.projects.asking import SIGNATURE_NAMES, WITHOUT, Asked, demands_of, differs
from pratique.projects.members import Members
from pratique.projects.metadata import read_metadata
from pratique.projects.ports import AdmissionSwitch, Holdings, Leaver
from pratique.projects.quotas import Quotas
from pratique.projects.store import labels, projects
from pratique.projects.values import Allowlist, Person, Project, ProjectFilter, Summary, Updated

NAME_LIMIT: Final = 255
# Harbor's rule, narrower than the distribution specification's: no `__` and no `--`.
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


class Projects:
    """Every project of the registry."""

    def __init__(
        self,
        clock: Clock,
        members: Members,
        quotas: Quotas,
        holdings: Holdings,
        admission: AdmissionSwitch,
        allowlists: Allowlists,
        leavers: Sequence[Leaver] = (),
    ) -> None:
        self._clock = clock
        self._members = members
        self._quotas = quotas
        self._holdings = holdings
        self._admission = admission
        self._allowlists = allowlists
        self._leavers = leavers

    def create(
        self,
        tx: Tx,
        actor: Principal,
        name: str,
        metadata: Mapping[str, str],
        *,
        owner: Person,
        storage: int | None = None,
        listed: Allowlist | None = None,
    ) -> Project:
        """Make a project; its owner becomes a project admin.

        `storage` is its quota in bytes (-1: without limit), None for the default; `listed` its own CVE allowlist.
        Raises BadRequest for a name, metadata or a list that won't do, Conflict for a name that is taken.
        """
        asked = read_metadata(metadata)
        demands = asked.asked(Asked())
        now = self._clock.now()
        number = projects.insert(
            tx, _checked(name), asked.public or False, demands.admission, (owner.id, owner.username), now
        )
        if number is None:
            raise Conflict(f"the project named {name} already exists")
        projects.put_metadata(tx, number, {**asked.texts, **demands.texts})
        self._quotas.open(tx, number, storage)
        project = self.get(tx, number)
        publish(
            tx,
            ProjectCreated(
                actor=actor.name, project_id=number, project=name, public=project.public, owner=owner.username
            ),
        )
        if listed is not None:
            self._allowlists.write(tx, actor, project, listed)
        asking = self._allowlists.demands(tx, project)
        self._admission.turn(tx, number, narrows=asking.narrows(Asked()))
        self._members.admit(tx, actor, project, owner, Role.PROJECT_ADMIN)
        return project

    def get(self, tx: Tx, project_id: int) -> Project:
        """The project with this number. Raises NotFound."""
        project = projects.by_id(tx, project_id)
        if project is None:
            raise NotFound(f"project {project_id} not found")
        return project

    def by_id(self, tx: Tx, project_id: int) -> Project | None:
        """The project with this number, or None."""
        return projects.by_id(tx, project_id)

    def by_name(self, tx: Tx, name: str) -> Project | None:
        """The project with this name, or None."""
        return projects.by_name(tx, name)

    def hold(self, tx: Tx, project_id: int) -> bool:
        """Keep a project from being deleted until the commit; False when it is gone. Others may hold it too."""
        return projects.hold(tx, project_id)

    def list(
        self,
        tx: Tx,
        wanted: ProjectFilter,
        *,
        sort: Sequence[str] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[list[Project], int]:
        """A page of projects, and how many there are in all.

        `sort` has Harbor's names, with `-` for descending; unknown ones are passed over, as Harbor does.
        """
        order = [
            (name.removeprefix("-"), name.startswith("-"))
            for name in sort
            if name.removeprefix("-") in projects.SORTABLE
        ]
        return projects.page(tx, wanted, order or [("name", False)], offset, limit), projects.count(
            tx, wanted
        )

    def update(
        self,
        tx: Tx,
        actor: Principal,
        project: Project,
        metadata: Mapping[str, str],
        listed: Allowlist | None = None,
    ) -> Updated:
        """Change metadata, and the project's own CVE allowlist; what is not spoken of stays. Raises BadRequest.

        What makes the project ask for more of artifacts narrows in this transaction (gate.md, section 1).
        """
        asked = read_metadata(metadata)
        project = self._locked(tx, project)
        before = self._allowlists.demands(tx, project)
        public = project.public if asked.public is None else asked.public
        signed = asked.asked(before)
        projects.change(tx, project.id, public, signed.admission, self._clock.now())
        projects.put_metadata(tx, project.id, {**asked.texts, **signed.texts})
        if listed is not None:
            self._allowlists.write(tx, actor, project, listed)
        return self._updated(tx, actor, project, before)

    def remove_metadata(self, tx: Tx, actor: Principal, project: Project, name: str) -> Updated:
        """Set metadata back to what holds without it. Raises NotFound when it is not set."""
        if name not in project.metadata:
            raise NotFound(f"project {project.name} has no metadata {name[:80]!r}")
        if name == "public":
            return self.update(tx, actor, project, {"public": "false"})
        if name in SIGNATURE_NAMES:
            return self.update(tx, actor, project, {name: WITHOUT[name]})
        project = self._locked(tx, project)
        before = self._allowlists.demands(tx, project)
        projects.drop_metadata(tx, project.id, name)
        return self._updated(tx, actor, project, before)

    def is_asked_otherwise(
        self, tx: Tx, project: Project, metadata: Mapping[str, str], listed: Allowlist | None = None
    ) -> bool:
        """Whether a change says something else of what the project asks of artifacts, in force at present or not.

        Raises BadRequest.
        """
        asked = read_metadata(metadata)
        before = demands_of(project, Allowlist(project.id))
        if asked.asked(before) != before or differs(project.metadata, {**project.metadata, **asked.texts}):
            return True
        if listed is None:
            return False
        former = self._allowlists.of(tx, project.id)
        return (former.ids, former.expires_at) != (listed.ids, listed.expires_at)

    def why_not_deletable(self, tx: Tx, project: Project) -> str:
        """Why the project can't be deleted; empty when it can."""
        held = self._holdings.repositories(tx, project.id)
        if not held:
            return ""
        return (
            f"the project contains {held} {'repository' if held == 1 else 'repositories'}; delete them first"
        )

    def delete(self, tx: Tx, actor: Principal, project: Project) -> None:
        """Delete a project without repositories, with all that belongs to it. Raises PreconditionFailed."""
        if not projects.lock(tx, project.id):
            raise NotFound(f"project {project.name} not found")
        if reason := self.why_not_deletable(tx, project):
            raise PreconditionFailed(reason)
        for leaver in self._leavers:
            leaver.forget_project(tx, project)
        self._members.end_tokens(tx, project.id)
        labels.remove_of_project(tx, project.id)
        self._allowlists.forget(tx, project.id)
        projects.remove(tx, project.id)
        tx.touch(_scope(project.id))
        publish(tx, ProjectDeleted(actor=actor.name, project_id=project.id, project=project.name))

    def summary(self, tx: Tx, project: Project) -> Summary:
        """The project in numbers."""
        quota = self._quotas.of_project(tx, project.id)
        return Summary(
            self._holdings.repositories(tx, project.id),
            self._members.per_role(tx, project.id),
            quota.hard,
            quota.used,
        )

    def _locked(self, tx: Tx, project: Project) -> Project:
        """The project as it stands, held until the commit. Raises NotFound.

        What the caller has read may be old by now: a change of something else must not turn `signed` back to `open`.
        """
        if not projects.lock(tx, project.id):
            raise NotFound(f"project {project.id} not found")
        return self.get(tx, project.id)

    def _updated(self, tx: Tx, actor: Principal, former: Project, before: Asked) -> Updated:
        """The project as it is now, judged by what it asks now, and told where it differs."""
        now = self.get(tx, former.id)
        after, pending = self._allowlists.demands(tx, now), 0
        if after != before:
            pending = self._admission.turn(
                tx,
                now.id,
                narrows=after.narrows(before),
                taken_back=after.takes_back(before, self._clock.now()),
            )
        tx.touch(_scope(former.id))
        differing = dict(_differing(former.metadata, now.metadata))
        if differing:
            publish(
                tx,
                ProjectUpdated(
                    actor=actor.name,
                    project_id=now.id,
                    project=now.name,
                    before={name: before for name, (before, _) in differing.items()},
                    after={name: after for name, (_, after) in differing.items()},
                ),
            )
        return Updated(now, pending)


def _checked(name: str) -> str:
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name[:80]!r} is not a project name: lower-case letters and digits, separated by single '.', "
            f"'_' or '-', {NAME_LIMIT} characters at most"
        )
    return name


def _scope(project_id: int) -> str:
    return f"project:{project_id}"


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield name, (before.get(name), after.get(name))

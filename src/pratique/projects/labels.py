"""Labels: words that people put on artifacts. They decide nothing at the gate."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pratique.access import Principal
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.events import LabelAttached, LabelChanged, LabelDetached
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.projects.store import labels, projects
from pratique.projects.values import Label, Project

NAME_LIMIT: Final = 128
DESCRIPTION_LIMIT: Final = 4_096
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")


class Labels:
    """The labels of all projects and of each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(
        self,
        tx: Tx,
        actor: Principal,
        name: str,
        *,
        description: str = "",
        color: str = "",
        project_id: int = 0,
    ) -> Label:
        """Make a label of a project, or (0) of all projects. Raises BadRequest, NotFound and Conflict."""
        _check(name, description, color)
        if project_id and projects.by_id(tx, project_id) is None:
            raise NotFound(f"project {project_id} not found")
        number = labels.insert(tx, project_id, name, description, color, self._clock.now())
        if number is None:
            raise Conflict(f"there is a label {name!r} already")
        label = self.get(tx, number)
        self._changed(tx, actor, label, "created")
        return label

    def get(self, tx: Tx, label_id: int) -> Label:
        """The label with this number. Raises NotFound."""
        label = labels.by_id(tx, label_id)
        if label is None:
            raise NotFound(f"label {label_id} not found")
        return label

    def list(
        self,
        tx: Tx,
        *,
        project_id: int | None = None,
        name: str = "",
        name_like: str = "",
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[list[Label], int]:
        """A page of labels by name, and how many there are in all. `project_id` 0: those of all projects."""
        page = labels.page(tx, project_id, name, name_like, offset, limit)
        return page, labels.count(tx, project_id, name, name_like)

    def update(
        self, tx: Tx, actor: Principal, label_id: int, *, name: str, description: str = "", color: str = ""
    ) -> Label:
        """Change what a label says; its scope stays. Raises BadRequest, NotFound and Conflict."""
        _check(name, description, color)
        former = self.get(tx, label_id)
        taken = labels.by_name(tx, former.project_id, name)
        if taken is not None and taken.id != label_id:
            raise Conflict(f"there is a label {name!r} already")
        labels.change(tx, label_id, name, description, color, self._clock.now())
        label = self.get(tx, label_id)
        self._changed(tx, actor, label, "updated")
        return label

    def delete(self, tx: Tx, actor: Principal, label_id: int) -> None:
        """Delete a label; it comes off every artifact. Raises NotFound."""
        label = self.get(tx, label_id)
        labels.remove(tx, label_id)
        self._changed(tx, actor, label, "deleted")

    def attach(
        self, tx: Tx, actor: Principal, project: Project, repository: str, digest: Digest, label_id: int
    ) -> None:
        """Put a label on an artifact, which the caller has found to exist.

        Raises NotFound for a label of another project, Conflict when the artifact has it already.
        """
        label = self._usable(tx, project, label_id)
        if not labels.attach(tx, label_id, repository, digest):
            raise Conflict(f"the artifact has the label {label.name!r} already")
        publish(
            tx,
            LabelAttached(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                repository=repository,
                digest=digest,
                label=label.name,
            ),
        )

    def detach(
        self, tx: Tx, actor: Principal, project: Project, repository: str, digest: Digest, label_id: int
    ) -> None:
        """Take a label off an artifact. Raises NotFound when it does not have it."""
        label = self._usable(tx, project, label_id)
        if not labels.detach(tx, label_id, repository, digest):
            raise NotFound(f"the artifact does not have the label {label.name!r}")
        publish(
            tx,
            LabelDetached(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                repository=repository,
                digest=digest,
                label=label.name,
            ),
        )

    def of_artifacts(
        self, tx: Tx, repository: str, digests: Sequence[Digest]
    ) -> Mapping[Digest, tuple[Label, ...]]:
        """The labels of each artifact that has any, by name."""
        return labels.of_artifacts(tx, repository, digests)

    def artifacts_with(self, tx: Tx, repository: str, label_ids: frozenset[int]) -> frozenset[Digest]:
        """The artifacts of a repository that have all of these labels."""
        return labels.artifacts_with(tx, repository, label_ids)

    def forget(self, tx: Tx, repository: str, digests: Sequence[Digest] | None = None) -> None:
        """Take all labels off artifacts that are deleted; None: the whole repository is."""
        labels.forget(tx, repository, digests)

    def _usable(self, tx: Tx, project: Project, label_id: int) -> Label:
        label = self.get(tx, label_id)
        if label.project_id not in {0, project.id}:
            raise NotFound(f"label {label_id} not found in project {project.name}")
        return label

    def _changed(
        self, tx: Tx, actor: Principal, label: Label, change: Literal["created", "updated", "deleted"]
    ) -> None:
        project = projects.by_id(tx, label.project_id) if label.project_id else None
        publish(
            tx,
            LabelChanged(
                actor=actor.name,
                label=label.name,
                change=change,
                project_id=label.project_id,
                project=project.name if project else "",
            ),
        )


def _check(name: str, description: str, color: str) -> None:
    if not name.strip() or len(name) > NAME_LIMIT:
        raise BadRequest(f"a label needs a name of at most {NAME_LIMIT} characters")
    if len(description) > DESCRIPTION_LIMIT:
        raise BadRequest(f"a label's description has at most {DESCRIPTION_LIMIT} characters")
    if color and not _COLOR.fullmatch(color):
        raise BadRequest(f"{color[:40]!r} is not a color; write it as #00ab9a")

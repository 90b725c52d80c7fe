"""Quotas: how much a project may store.

What is used is counted by the registry from what is linked (unique blobs per project), in the transaction
that asks. There is no running counter: Harbor's drifts after failed uploads (harbor#23655).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pratique.access import Principal
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound, QuotaExceeded
from pratique.events import QuotaChanged
from pratique.jobs import publish
from pratique.projects.ports import Holdings
from pratique.projects.store import quotas
from pratique.projects.store.quotas import QuotaRow
from pratique.projects.values import Quota

UNLIMITED: Final = -1
LARGEST: Final = 2**50
"""Bytes; Harbor's limit of a limit (1024 TiB)."""

_SORTS: Final[Mapping[str, Callable[[Quota], int]]] = {
    "hard.storage": lambda quota: quota.hard,
    "used.storage": lambda quota: quota.used,
}


class Quotas:
    """The storage limits of projects. `default` is in bytes."""

    def __init__(self, clock: Clock, holdings: Holdings, default: int = UNLIMITED) -> None:
        self._clock = clock
        self._holdings = holdings
        self._default = default

    def open(self, tx: Tx, project_id: int, hard: int | None) -> None:
        """Give a new project its limit; None: the default. Raises BadRequest."""
        quotas.add(tx, project_id, self._default if hard is None else _checked(hard), self._clock.now())

    def hard(self, tx: Tx, project_id: int) -> int | None:
        """The limit of a project in bytes, None without one."""
        limit = quotas.hard(tx, project_id)
        return None if limit is None or limit == UNLIMITED else limit

    def require(self, tx: Tx, project_id: int, adding: int) -> None:
        """Raise QuotaExceeded when `adding` bytes more are too much for the project."""
        limit = self.hard(tx, project_id)
        if limit is None:
            return
        used = self._holdings.used(tx, (project_id,)).get(project_id, 0)
        if used + adding > limit:
            raise QuotaExceeded(
                f"adding {_readable(adding)} of storage resource, which when updated to current usage of "
                f"{_readable(used)} will exceed the configured upper limit of {_readable(limit)}."
            )

    def get(self, tx: Tx, quota_id: int) -> Quota:
        """The quota with this number. Raises NotFound."""
        row = quotas.by_id(tx, quota_id)
        if row is None:
            raise NotFound(f"quota {quota_id} not found")
        return self._with_use(tx, (row,))[0]

    def of_project(self, tx: Tx, project_id: int) -> Quota:
        """The quota of a project. Raises NotFound."""
        row = quotas.by_project(tx, project_id)
        if row is None:
            raise NotFound(f"project {project_id} has no quota")
        return self._with_use(tx, (row,))[0]

    def list(
        self,
        tx: Tx,
        *,
        project_id: int = 0,
        sort: Sequence[str] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[tuple[Quota, ...], int]:
        """A page of quotas, and how many there are in all.

        Sorted by `hard.storage` or `used.storage`, with `-` for descending, else oldest first.
        """
        found = (self.of_project(tx, project_id),) if project_id else self._with_use(tx, quotas.every(tx))
        for name in reversed(sort):
            if key := _SORTS.get(name.removeprefix("-")):
                found = tuple(sorted(found, key=key, reverse=name.startswith("-")))
        return found[offset : None if limit is None else offset + limit], len(found)

    def update(self, tx: Tx, actor: Principal, quota_id: int, hard: int) -> Quota:
        """Set a limit, which may be below what is used already. Raises BadRequest and NotFound."""
        former = self.get(tx, quota_id)
        quotas.change(tx, quota_id, _checked(hard), self._clock.now())
        tx.touch(f"project:{former.project_id}")
        publish(
            tx,
            QuotaChanged(
                actor=actor.name,
                project_id=former.project_id,
                project=former.project,
                limit=hard,
                previous=former.hard,
            ),
        )
        return self.get(tx, quota_id)

    def _with_use(self, tx: Tx, rows: Sequence[QuotaRow]) -> tuple[Quota, ...]:
        used = self._holdings.used(tx, [row.project_id for row in rows])
        return tuple(
            Quota(
                row.id,
                row.project_id,
                row.project,
                row.owner,
                row.hard,
                used.get(row.project_id, 0),
                row.created_at,
                row.updated_at,
            )
            for row in rows
        )


def _checked(hard: int) -> int:
    if hard != UNLIMITED and not 0 < hard <= LARGEST:
        raise BadRequest(f"{hard} is not a storage limit; use bytes up to {LARGEST}, or -1 for no limit")
    return hard


def _readable(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1_024:
            break
        amount, unit = amount / 1_024, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{size} B"

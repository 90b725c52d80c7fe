"""CVE allowlists: vulnerabilities that a project, or (the system's list) every project that uses it, accepts.

A list is written whole. What it accepted before and does not now loses its admission in the same transaction.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pratique.access import Principal
from pratique.clock import SECOND, Clock, Moment, rfc3339
from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.events import AllowlistChanged
from pratique.jobs import publish
from pratique.projects.asking import Asked, demands_of, list_of, taken_back
from pratique.projects.ports import AdmissionSwitch
from pratique.projects.store import allowlists, projects
from pratique.projects.values import SYSTEM_LIST, Allowlist, Project

ENTRIES_LIMIT: Final = 10_000
"""Ids on one list."""

ID_LIMIT: Final = 128
"""Characters of one id."""

# CVE-2021-44228, GHSA-jfh8-c2jp-5v3q, ALSA-2022:1234, openSUSE-SU-2020:1234-1: what databases of advisories use.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*")
_LAST: Final = 253_402_300_799
"""The last second of the year 9999, since the epoch."""


class Allowlists:
    """The lists of projects and of the system."""

    def __init__(self, clock: Clock, admission: AdmissionSwitch) -> None:
        self._clock = clock
        self._admission = admission

    def of(self, tx: Tx, project_id: int = SYSTEM_LIST) -> Allowlist:
        """A project's own list, or the system's; an empty one where nobody has written any."""
        return allowlists.of(tx, project_id)

    def of_projects(self, tx: Tx, project_ids: Sequence[int]) -> Mapping[int, Allowlist]:
        """The projects' own lists, by their numbers."""
        found = allowlists.of_projects(tx, project_ids)
        return {number: found.get(number, Allowlist(number)) for number in project_ids}

    def demands(self, tx: Tx, project: Project) -> Asked:
        """What a project asks of artifacts. The system's list, where it counts, stays as it is until the commit."""
        if not project.prevents_vulnerabilities:
            return demands_of(project, Allowlist(project.id))
        number = list_of(project)
        if number == SYSTEM_LIST:
            allowlists.hold_system(tx, self._clock.now())
        return demands_of(project, allowlists.of(tx, number))

    def write(self, tx: Tx, actor: Principal, project: Project, listed: Allowlist) -> None:
        """Write a project's own list; what that narrows is the caller's to carry out."""
        own = replace(listed, project_id=project.id)
        self._write(tx, actor, allowlists.of(tx, project.id), own, project.name)

    def write_system(self, tx: Tx, actor: Principal, listed: Allowlist) -> int:
        """Write the system's list, and judge by it in every project that uses it and prevents vulnerabilities.

        Returns how many artifacts wait because of it.
        """
        now = self._clock.now()
        allowlists.lock_system(tx, now)
        before = allowlists.of(tx, SYSTEM_LIST)
        self._write(tx, actor, before, replace(listed, project_id=SYSTEM_LIST), "")
        if set(before.entries) == set(listed.entries):
            return 0
        marks = taken_back(before.entries, listed.entries, now)
        using = projects.using_system_list(tx)
        return sum(self._admission.turn(tx, number, narrows=False, taken_back=marks) for number in using)

    def forget(self, tx: Tx, project_id: int) -> None:
        """Delete the list of a project that goes."""
        allowlists.remove(tx, project_id)

    def _write(self, tx: Tx, actor: Principal, before: Allowlist, after: Allowlist, project: str) -> None:
        if (before.ids, before.expires_at) == (after.ids, after.expires_at):
            return
        allowlists.put(tx, after, self._clock.now())
        was, now = set(before.ids), set(after.ids)
        publish(
            tx,
            AllowlistChanged(
                actor=actor.name,
                project_id=after.project_id,
                project=project,
                added=tuple(name for name in after.ids if name not in was),
                removed=tuple(name for name in before.ids if name not in now),
                expires_at=_shown(after.expires_at),
                previous_expires_at=_shown(before.expires_at),
            ),
        )


def read_allowlist(ids: Sequence[str], expires_at: int | None) -> Allowlist:
    """A list as somebody asks for it, nobody's yet. `expires_at`: seconds since the epoch, None for no end.

    Raises BadRequest for ids that no database of advisories could use, that stand there twice, or that are more than
    ENTRIES_LIMIT, and for an expiry that is no moment of our era.
    """
    if len(ids) > ENTRIES_LIMIT:
        raise BadRequest(f"a CVE allowlist has at most {ENTRIES_LIMIT} entries, not {len(ids)}")
    seen: set[str] = set()
    for name in ids:
        if len(name) > ID_LIMIT or not _ID.fullmatch(name):
            raise BadRequest(f"{name[:80]!r} is not the id of a vulnerability, as CVE-2021-44228 is")
        if name.upper() in seen:
            raise BadRequest(f"{name} stands twice on the CVE allowlist")
        seen.add(name.upper())
    return Allowlist(ids=tuple(ids), expires_at=_expiry(expires_at))


def _shown(moment: Moment | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _expiry(seconds: int | None) -> Moment | None:
    if seconds is None:
        return None
    if not 0 < seconds <= _LAST:
        raise BadRequest(
            f"expires_at is {seconds}: it is in seconds since 1970, and null or left out for a list without end"
        )
    return Moment(seconds * SECOND)

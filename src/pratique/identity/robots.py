"""Robots: accounts of machines, by Harbor's rules.

A robot is called `robot$name` at system level and `robot$project+name` in a project; the prefix is a setting
and is not stored. Its secret is shown once, when it is minted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pratique import events
from pratique.access import Kind, Permission, Principal
from pratique.clock import DAY, Clock, Moment
from pratique.db import Row, Tx, UniqueViolation
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.identity import machine
from pratique.identity.accounts import bump
from pratique.identity.listing import Listing
from pratique.identity.passwords import PasswordHash
from pratique.identity.robot_grants import (
    EVERY_PROJECT,
    Grant,
    Level,
    check_grants,
    check_subset,
    effective,
    stored,
)
from pratique.identity.rules import check_line, check_robot_name
from pratique.identity.settings import RobotSettings
from pratique.identity.store import robots as store
from pratique.identity.store.paging import page_of
from pratique.jobs import publish

FOR_EVER: Final = -1
LONGEST_DAYS: Final = 36_500
DESCRIPTION_LIMIT: Final = 1_024

ProjectNumber = Callable[[Tx, str], int | None]
"""The port to projects: the number of the project of a name, None when there is none."""


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot's account. `name` is what it logs in with; `expires_at` None: never."""

    id: int
    name: str
    short_name: str
    level: Level
    project_id: int
    project: str
    description: str
    disabled: bool
    duration: int
    expires_at: Moment | None
    created_by: str
    created_at: Moment
    updated_at: Moment
    grants: tuple[Grant, ...]

    @property
    def key(self) -> str:
        """`robot:7`."""
        return f"{Kind.ROBOT}:{self.id}"


@dataclass(frozen=True, slots=True)
class RobotRequest:
    """A robot as it shall be. `duration` is in days: -1 for ever, None the default (or as it was)."""

    name: str
    level: Level
    grants: tuple[Grant, ...]
    project: str = ""
    description: str = ""
    duration: int | None = None
    disabled: bool = False


class Robots:
    """The accounts of machines. Methods that change something take the transaction and who does it."""

    def __init__(self, clock: Clock, settings: RobotSettings, project_number: ProjectNumber) -> None:
        self._clock = clock
        self._settings = settings
        self._project_number = project_number

    # --- looking up -----------------------------------------------------------------------------------------

    def by_id(self, tx: Tx, number: int) -> Robot | None:
        """The robot of this number."""
        row = tx.row(store.ROBOT, number=number)
        return None if row is None else self._robot(tx, row)

    def get(self, tx: Tx, number: int) -> Robot:
        """As `by_id`. Raises NotFound."""
        robot = self.by_id(tx, number)
        if robot is None:
            raise NotFound(f"there is no robot {number}")
        return robot

    def list(self, tx: Tx, listing: Listing) -> tuple[list[Robot], int]:
        """A page of robots, and how many there are on all pages. Fields: `store.ROBOT_FIELDS`."""
        rows, total = page_of(tx, store.ALL_ROBOTS, store.ROBOT_COUNT, listing, store.ROBOT_FIELDS)
        return [self._robot(tx, row) for row in rows], total

    def granted_in(self, tx: Tx, number: int, project_id: int) -> frozenset[Permission]:
        """What the robot may do in a project, with what that implies: `access.Standing.granted`."""
        rows = tx.rows(store.GRANTED_IN, number=number, project_id=project_id)
        level = Level(rows[0][2]) if rows else Level.SYSTEM
        return effective(((resource, action) for resource, action, _ in rows), Level.PROJECT, level)

    def reach(self, tx: Tx, number: int) -> frozenset[int] | None:
        """The projects in which the robot may do anything; None: all of them."""
        rows = tx.rows(store.REACH_OF, number=number)
        if any(namespace == EVERY_PROJECT for namespace, _ in rows):
            return None
        return frozenset(project_id for _, project_id in rows)

    def granted_at_system(self, tx: Tx, number: int) -> frozenset[Permission]:
        """What the robot may do at system level."""
        rows = tx.rows(store.GRANTED_AT_SYSTEM, number=number)
        return effective(((resource, action) for resource, action in rows), Level.SYSTEM, Level.SYSTEM)

    # --- changing -------------------------------------------------------------------------------------------

    def create(self, tx: Tx, asked: RobotRequest, *, by: Principal) -> tuple[Robot, str]:
        """A new robot and its secret, which can't be shown again.

        Raises BadRequest, NotFound for a project that is not there, Forbidden when a robot gives what it has
        not, and Conflict when the name is taken.
        """
        self._check(tx, asked, by)
        secret = machine.mint(machine.ROBOT_SECRET)
        number = self._add(tx, asked, secret, by)
        self._add_grants(tx, number, asked.grants)
        robot = self.get(tx, number)
        publish(
            tx,
            events.RobotCreated(actor=by.name, expires_at=robot.expires_at, **_named(robot)),
        )
        return robot, secret

    def update(self, tx: Tx, number: int, asked: RobotRequest, *, by: Principal) -> Robot:
        """Change description, permissions, duration (counted from its creation) or disabling.

        Disabling ends its refresh tokens too. Raises NotFound, and BadRequest when name or level differ.
        """
        before = self.get(tx, number)
        if asked.name not in {before.name, before.short_name} or asked.level is not before.level:
            raise BadRequest("the name and the level of a robot can't be changed")
        if before.level is Level.PROJECT and asked.project != before.project:
            raise BadRequest("the project of a robot can't be changed")
        self._check(tx, asked, by, known=True)
        duration = before.duration if asked.duration is None else asked.duration
        tx.change(
            store.EDIT_ROBOT,
            number=number,
            description=asked.description,
            disabled=asked.disabled,
            duration=duration,
            expires_at=_end(before.created_at, duration),
            updated_at=self._clock.now(),
        )
        tx.change(store.REMOVE_GRANTS_OF, number=number)
        self._add_grants(tx, number, asked.grants)
        bump(tx, before.key, ends_credentials=asked.disabled != before.disabled)
        after = self.get(tx, number)
        was, is_now = _difference(before, after)
        publish(tx, events.RobotUpdated(actor=by.name, before=was, after=is_now, **_named(after)))
        return after

    def refresh_secret(
        self, tx: Tx, number: int, chosen: PasswordHash | None, *, by: Principal
    ) -> str | None:
        """Give a robot a new secret; its tokens end. The minted one is returned, None when one was `chosen`.

        `chosen` comes from `accounts.seal_secret`. Raises NotFound.
        """
        robot = self.get(tx, number)
        minted = None if chosen is not None else machine.mint(machine.ROBOT_SECRET)
        kept = chosen if minted is None else machine.fingerprint(minted)
        tx.change(store.SET_ROBOT_SECRET, number=number, secret=kept, updated_at=self._clock.now())
        bump(tx, robot.key, ends_credentials=True)
        publish(tx, events.RobotSecretRefreshed(actor=by.name, **_named(robot)))
        return minted

    def delete(self, tx: Tx, number: int, *, by: Principal) -> None:
        """Delete a robot; its tokens end. Raises NotFound."""
        robot = self.get(tx, number)
        bump(tx, robot.key, ends_credentials=True)
        tx.change(store.REMOVE_GRANTS_OF, number=number)
        tx.change(store.DELETE_ROBOT, number=number)
        publish(tx, events.RobotDeleted(actor=by.name, **_named(robot)))

    def project_deleted(self, tx: Tx, project_id: int, *, by: Principal) -> None:
        """Delete the robots of a project that is being deleted, and what other robots were given in it."""
        for (number,) in tx.rows(store.ROBOTS_OF_PROJECT, project_id=project_id):
            self.delete(tx, number, by=by)
        for (number,) in tx.rows(store.ROBOTS_REACHING, project_id=project_id):
            bump(tx, f"{Kind.ROBOT}:{number}")
        tx.change(store.REMOVE_GRANTS_IN, project_id=project_id)

    # --- inside ---------------------------------------------------------------------------------------------

    def _check(self, tx: Tx, asked: RobotRequest, by: Principal, *, known: bool = False) -> None:
        if not known:
            check_robot_name(asked.name)
        check_line("the description", asked.description, limit=DESCRIPTION_LIMIT)
        if asked.duration is not None and not _is_duration(asked.duration):
            raise BadRequest(f"the duration is -1 (for ever) or 1 to {LONGEST_DAYS} days")
        check_grants(asked.level, asked.project, asked.grants)
        if by.kind is Kind.ROBOT:
            maker = self.get(tx, by.id)
            check_subset(maker.grants, maker.level, asked.grants)

    def _add(self, tx: Tx, asked: RobotRequest, secret: str, by: Principal) -> int:
        now = self._clock.now()
        duration = self._settings.default_days if asked.duration is None else asked.duration
        in_project = asked.level is Level.PROJECT
        columns = {
            "login": f"{asked.project}+{asked.name}" if in_project else asked.name,
            "name": asked.name,
            "level": asked.level.value,
            "project_id": self._number_of(tx, asked.project) if in_project else 0,
            "description": asked.description,
            "secret": machine.fingerprint(secret),
            "disabled": asked.disabled,
            "duration": duration,
            "expires_at": _end(now, duration),
            "created_by": by.key,
            "generation": 1,
            "credential": 1,
            "created_at": now,
            "updated_at": now,
        }
        try:
            row = tx.row(store.ADD_ROBOT, **columns)
        except UniqueViolation as error:
            raise Conflict(f"a robot {columns['login']} exists already") from error
        if row is None:
            raise RuntimeError("an INSERT with RETURNING gave no row")
        return int(row[0])

    def _add_grants(self, tx: Tx, number: int, grants: Sequence[Grant]) -> None:
        rows: list[dict[str, Any]] = []
        for each in grants:
            has_number = each.kind is Level.PROJECT and each.namespace != EVERY_PROJECT
            reach = {
                "robot_id": number,
                "kind": each.kind.value,
                "namespace": each.namespace,
                "project_id": self._number_of(tx, each.namespace) if has_number else 0,
            }
            rows += [
                {**reach, "resource": permission.resource, "action": permission.action}
                for permission in sorted(each.permissions)
            ]
        tx.change_many(store.ADD_GRANT, rows)

    def _number_of(self, tx: Tx, project: str) -> int:
        number = self._project_number(tx, project)
        if number is None:
            raise NotFound(f"there is no project {project[:255]!r}")
        return number

    def _robot(self, tx: Tx, row: Row) -> Robot:
        number, login, name, level, project_id, description, disabled, duration, *rest = row
        expires_at, created_by, created_at, updated_at = rest
        return Robot(
            id=number,
            name=self._settings.prefix + login,
            short_name=name,
            level=Level(level),
            project_id=project_id,
            project=login.rpartition("+")[0],
            description=description,
            disabled=bool(disabled),
            duration=duration,
            expires_at=expires_at,
            created_by=created_by,
            created_at=created_at,
            updated_at=updated_at,
            grants=stored(tx.rows(store.GRANTS_OF, number=number)),
        )


def _is_duration(days: int) -> bool:
    return days == FOR_EVER or 0 < days <= LONGEST_DAYS


def _end(start: Moment, days: int) -> Moment | None:
    return None if days == FOR_EVER else Moment(start + days * DAY)


def _named(robot: Robot) -> dict[str, Any]:
    return {
        "robot_id": robot.id,
        "robot": robot.name,
        "project_id": robot.project_id,
        "project": robot.project,
    }


def _difference(before: Robot, after: Robot) -> tuple[dict[str, Any], dict[str, Any]]:
    was, is_now = _described(before), _described(after)
    changed = [name for name in was if was[name] != is_now[name]]
    return {name: was[name] for name in changed}, {name: is_now[name] for name in changed}


def _described(robot: Robot) -> dict[str, Any]:
    return {
        "description": robot.description,
        "disabled": robot.disabled,
        "duration": robot.duration,
        "permissions": sorted(
            f"{each.namespace} {permission}" for each in robot.grants for permission in each.permissions
        ),
    }

"""Robots, and what they were given."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, bindparam, delete, func, insert, or_, select, update

from pratique.db import Statement
from pratique.identity.store.tables import account_robot, robot_permission

_robot: Final = account_robot.c
_grant: Final = robot_permission.c
_number: Final = bindparam("number", type_=BigInteger)

ROBOT_COLUMNS: Final = tuple(
    c for c in account_robot.c if c.name not in {"secret", "generation", "credential"}
)
ROBOT: Final = Statement(select(*ROBOT_COLUMNS).where(_robot.id == _number))
ROBOT_FIELDS: Final[Mapping[str, Column[Any]]] = {c.name: c for c in ROBOT_COLUMNS}
ROBOTS_OF_PROJECT: Final = Statement(select(_robot.id).where(_robot.project_id == bindparam("project_id")))
ALL_ROBOTS: Final = select(*ROBOT_COLUMNS)
ROBOT_COUNT: Final = select(func.count()).select_from(account_robot)
ADD_ROBOT: Final = Statement(
    insert(account_robot)
    .values({c.name: bindparam(c.name) for c in account_robot.c if c.name != "id"})
    .returning(_robot.id)
)
EDIT_ROBOT: Final = Statement(
    update(account_robot)
    .where(_robot.id == _number)
    .values(
        {
            name: bindparam(name)
            for name in ("description", "disabled", "duration", "expires_at", "updated_at")
        }
    )
)
SET_ROBOT_SECRET: Final = Statement(
    update(account_robot)
    .where(_robot.id == _number)
    .values(secret=bindparam("secret"), updated_at=bindparam("updated_at"))
)
DELETE_ROBOT: Final = Statement(delete(account_robot).where(_robot.id == _number))
GRANTS_OF: Final = Statement(
    select(_grant.kind, _grant.namespace, _grant.resource, _grant.action)
    .where(_grant.robot_id == _number)
    .order_by(_grant.id)
)
GRANTED_IN: Final = Statement(
    select(_grant.resource, _grant.action, _robot.level)
    .join_from(robot_permission, account_robot, _grant.robot_id == _robot.id)
    .where(
        _grant.robot_id == _number,
        _grant.kind == "project",
        or_(_grant.project_id == bindparam("project_id"), _grant.namespace == "*"),
    )
)
REACH_OF: Final = Statement(
    select(_grant.namespace, _grant.project_id)
    .where(_grant.robot_id == _number, _grant.kind == "project")
    .distinct()
)
GRANTED_AT_SYSTEM: Final = Statement(
    select(_grant.resource, _grant.action).where(_grant.robot_id == _number, _grant.kind == "system")
)
ROBOTS_REACHING: Final = Statement(
    select(_grant.robot_id).where(_grant.project_id == bindparam("project_id")).distinct()
)
ADD_GRANT: Final = Statement(
    insert(robot_permission).values({c.name: bindparam(c.name) for c in robot_permission.c if c.name != "id"})
)
REMOVE_GRANTS_OF: Final = Statement(delete(robot_permission).where(_grant.robot_id == _number))
REMOVE_GRANTS_IN: Final = Statement(
    delete(robot_permission).where(_grant.project_id == bindparam("project_id"))
)

"""Rows of members."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from pratique import db
from pratique.access.roles import Role
from pratique.clock import Moment
from pratique.db import Row, Tx
from pratique.projects.store.tables import project_member as member
from pratique.projects.values import Member, Person

_COLUMNS: Final = (
    member.c.id,
    member.c.project_id,
    member.c.user_id,
    member.c.username,
    member.c.role,
    member.c.created_at,
    member.c.updated_at,
)
_HERE: Final = member.c.project_id == bindparam("project")

_INSERT: Final = db.Statement(db.insert_ignore(member, "project_id", "user_id", returning=("id",)))
_BY_ID: Final = db.Statement(select(*_COLUMNS).where(_HERE, member.c.id == bindparam("number")))
_ROLE: Final = db.Statement(select(member.c.role).where(_HERE, member.c.user_id == bindparam("user")))
_ROLES_IN: Final = db.Statement(
    select(member.c.project_id, member.c.role).where(
        member.c.user_id == bindparam("user"), db.one_of(member.c.project_id, "projects")
    )
)
_PROJECTS_OF: Final = db.Statement(
    select(member.c.project_id, member.c.role).where(member.c.user_id == bindparam("user"))
)
_USERS_OF: Final = db.Statement(select(member.c.user_id).where(_HERE))
_PER_ROLE: Final = db.Statement(select(member.c.role, func.count()).where(_HERE).group_by(member.c.role))
_CHANGE: Final = db.Statement(
    update(member)
    .where(member.c.id == bindparam("number"))
    .values(role=bindparam("new_role"), updated_at=bindparam("new_updated_at"))
)
_DELETE: Final = db.Statement(delete(member).where(member.c.id == bindparam("number")))
_FORGET_USER: Final = db.Statement(delete(member).where(member.c.user_id == bindparam("user")))


def insert(tx: Tx, project_id: int, person: Person, role: Role, at: Moment) -> int | None:
    """The number of the new member, or None when he is one already."""
    row = tx.row(
        _INSERT,
        project_id=project_id,
        user_id=person.id,
        username=person.username,
        role=int(role),
        created_at=at,
        updated_at=at,
    )
    return row[0] if row else None


def by_id(tx: Tx, project_id: int, member_id: int) -> Member | None:
    """A member of this project."""
    row = tx.row(_BY_ID, project=project_id, number=member_id)
    return _member(row) if row else None


def role_of(tx: Tx, project_id: int, user_id: int) -> Role | None:
    """The role that a user has here."""
    row = tx.row(_ROLE, project=project_id, user=user_id)
    return Role(row[0]) if row else None


def roles_in(tx: Tx, user_id: int, project_ids: Iterable[int]) -> Mapping[int, Role]:
    """The roles of a user, by project."""
    return {each: Role(role) for each, role in tx.rows(_ROLES_IN, user=user_id, projects=list(project_ids))}


def projects_of(tx: Tx, user_id: int) -> Mapping[int, Role]:
    """Every project that a user is a member of, with his role."""
    return {each: Role(role) for each, role in tx.rows(_PROJECTS_OF, user=user_id)}


def users_of(tx: Tx, project_id: int) -> list[int]:
    """The users who are members here."""
    return [user_id for (user_id,) in tx.rows(_USERS_OF, project=project_id)]


def per_role(tx: Tx, project_id: int) -> Mapping[Role, int]:
    """How many members have each role; roles that nobody has are missing."""
    return {Role(role): number for role, number in tx.rows(_PER_ROLE, project=project_id)}


def change(tx: Tx, member_id: int, role: Role, at: Moment) -> None:
    """Give a member another role."""
    tx.change(_CHANGE, number=member_id, new_role=int(role), new_updated_at=at)


def remove(tx: Tx, member_id: int) -> None:
    """Delete a member."""
    tx.change(_DELETE, number=member_id)


def forget_user(tx: Tx, user_id: int) -> None:
    """Delete a user's memberships everywhere."""
    tx.change(_FORGET_USER, user=user_id)


def count(tx: Tx, project_id: int, name_like: str) -> int:
    """How many members there are."""
    query = select(func.count()).select_from(member).where(*_conditions(project_id, name_like))
    return int(tx.execute(query).scalar_one())


def page(tx: Tx, project_id: int, name_like: str, offset: int, limit: int | None) -> list[Member]:
    """Members by name."""
    query = select(*_COLUMNS).where(*_conditions(project_id, name_like))
    query = query.order_by(member.c.username, member.c.id).offset(offset)
    return [_member(tuple(row)) for row in tx.execute(query if limit is None else query.limit(limit))]


def _conditions(project_id: int, name_like: str) -> Iterable[ColumnElement[bool]]:
    yield member.c.project_id == project_id
    if name_like:
        yield func.lower(member.c.username).contains(name_like.lower(), autoescape=True)


def _member(row: Row) -> Member:
    number, project_id, user_id, username, role, created_at, updated_at = row
    return Member(number, project_id, user_id, username, Role(role), created_at, updated_at)

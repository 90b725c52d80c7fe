"""Members of projects: users and their roles (groups come with the directories that have them).

A change of a role ends the member's tokens with the same commit: they carry what he was allowed before.
"""

from collections.abc import Iterable, Mapping

from pratique.access import Kind, Principal, Role
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.events import MemberAdded, MemberChanged, MemberRemoved
from pratique.jobs import publish
from pratique.projects.ports import AccountBumper, People
from pratique.projects.store import members
from pratique.projects.values import Member, Person, Project


class Members:
    """Who belongs to which project, as what."""

    def __init__(self, clock: Clock, people: People, accounts: AccountBumper) -> None:
        self._clock = clock
        self._people = people
        self._accounts = accounts

    def add(
        self,
        tx: Tx,
        actor: Principal,
        project: Project,
        role_id: int,
        *,
        username: str = "",
        user_id: int = 0,
    ) -> Member:
        """Give a user, named by number or by name, a role.

        Raises BadRequest for a role that does not exist or when nobody is named, NotFound for a user who does
        not exist, Conflict for a member.
        """
        role = _role(role_id)
        if not username and not user_id:
            raise BadRequest("name the user: member_user.user_id or member_user.username")
        person = self._people.by_id(tx, user_id) if user_id else self._people.named(tx, username)
        if person is None:
            raise NotFound(f"user {username[:80] or user_id} not found")
        return self.admit(tx, actor, project, person, role)

    def admit(self, tx: Tx, actor: Principal, project: Project, person: Person, role: Role) -> Member:
        """Give a user who is known to exist a role. Raises Conflict for a member."""
        number = members.insert(tx, project.id, person, role, self._clock.now())
        if number is None:
            raise Conflict(f"{person.username} is a member of project {project.name} already")
        self._tell(tx, project, person.id)
        publish(
            tx,
            MemberAdded(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                member=person.username,
                role=role.harbor_name,
            ),
        )
        return self.get(tx, project, number)

    def get(self, tx: Tx, project: Project, member_id: int) -> Member:
        """A member of this project. Raises NotFound."""
        member = members.by_id(tx, project.id, member_id)
        if member is None:
            raise NotFound(f"member {member_id} not found in project {project.name}")
        return member

    def list(
        self, tx: Tx, project: Project, *, name_like: str = "", offset: int = 0, limit: int | None = None
    ) -> tuple[list[Member], int]:
        """A page of members by name, and how many there are in all."""
        page = members.page(tx, project.id, name_like, offset, limit)
        return page, members.count(tx, project.id, name_like)

    def update(self, tx: Tx, actor: Principal, project: Project, member_id: int, role_id: int) -> Member:
        """Give a member another role. Raises BadRequest and NotFound."""
        role = _role(role_id)
        former = self.get(tx, project, member_id)
        if former.role is role:
            return former
        members.change(tx, member_id, role, self._clock.now())
        self._tell(tx, project, former.user_id)
        publish(
            tx,
            MemberChanged(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                member=former.username,
                role=role.harbor_name,
                previous=former.role.harbor_name,
            ),
        )
        return self.get(tx, project, member_id)

    def remove(self, tx: Tx, actor: Principal, project: Project, member_id: int) -> None:
        """Take a member's role away. Raises NotFound."""
        member = self.get(tx, project, member_id)
        members.remove(tx, member_id)
        self._tell(tx, project, member.user_id)
        publish(
            tx,
            MemberRemoved(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                member=member.username,
                role=member.role.harbor_name,
            ),
        )

    def roles_of(self, tx: Tx, project_id: int, principal: Principal) -> frozenset[Role]:
        """The roles of a principal in a project; only users have any."""
        if principal.kind is not Kind.USER:
            return frozenset()
        role = members.role_of(tx, project_id, principal.id)
        return frozenset() if role is None else frozenset({role})

    def roles_in(self, tx: Tx, principal: Principal, project_ids: Iterable[int]) -> Mapping[int, Role]:
        """The roles of a principal in several projects at once, by project."""
        return members.roles_in(tx, principal.id, project_ids) if principal.kind is Kind.USER else {}

    def projects_of(self, tx: Tx, principal: Principal) -> Mapping[int, Role]:
        """Every project that a principal is a member of, with his role."""
        return members.projects_of(tx, principal.id) if principal.kind is Kind.USER else {}

    def per_role(self, tx: Tx, project_id: int) -> Mapping[Role, int]:
        """How many members have each role."""
        return members.per_role(tx, project_id)

    def end_tokens(self, tx: Tx, project_id: int) -> None:
        """End the tokens of all members, because the project goes."""
        for user_id in members.users_of(tx, project_id):
            self._accounts.bump(tx, f"user:{user_id}")

    def forget_user(self, tx: Tx, user_id: int) -> None:
        """Take away every role of an account that goes."""
        tx.touch(*(f"project:{project_id}" for project_id in members.projects_of(tx, user_id)))
        members.forget_user(tx, user_id)

    def _tell(self, tx: Tx, project: Project, user_id: int) -> None:
        tx.touch(f"project:{project.id}")
        self._accounts.bump(tx, f"user:{user_id}")


def _role(role_id: int) -> Role:
    try:
        return Role(role_id)
    except ValueError:
        known = ", ".join(f"{role.value} {role.harbor_name}" for role in Role)
        raise BadRequest(f"there is no role {role_id}; the roles are {known}") from None

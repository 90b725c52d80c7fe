"""Members of projects: users and their roles."""

from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, PAGE, PAGE_SIZE, Parameter
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import projects as schemas
from pratique.projects import Member

_SEGMENT: Final = "project_name_or_id"


def _list(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    page = call.page
    found, total = call.rooms.members.list(
        tx, project, name_like=call.option("entityname") or "", offset=page.offset, limit=page.limit
    )
    return page_of(call, [_shape(member) for member in found], total)


def _add(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.MemberRequest)
    if asked.member_group:
        raise BadRequest("groups can't be members: this registry has no directory of groups yet")
    who = asked.member_user or schemas.MemberUser()
    member = call.rooms.members.add(
        tx,
        call.principal,
        project,
        asked.role_id,
        username=who.username or "",
        user_id=who.user_id or 0,
    )
    return Reply(headers=call.location("projects", project.id, "members", member.id))


def _get(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    return Reply(_shape(call.rooms.members.get(tx, project, call.number("member_id"))))


def _update(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.RoleRequest)
    call.rooms.members.update(tx, call.principal, project, call.number("member_id"), asked.role_id)
    return Reply()


def _remove(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.members.remove(tx, call.principal, project, call.number("member_id"))
    return Reply()


def _shape(member: Member) -> schemas.Member:
    return schemas.Member(
        id=member.id,
        project_id=member.project_id,
        entity_name=member.username,
        role_name=member.role.harbor_name,
        role_id=int(member.role),
        entity_id=member.user_id,
        entity_type="u",
    )


def _rule(action: str) -> InProject:
    return InProject(Permission("member", action), segment=_SEGMENT)


_ALL: Final = "/projects/{project_name_or_id}/members"
_ONE: Final = "/projects/{project_name_or_id}/members/{member_id}"
_TAG: Final = "member"
_ENTITY: Final = Parameter("entityname", "text", "A part of the member's name.")

OPERATIONS: Final = (
    Operation(
        "GET",
        _ALL,
        "listProjectMembers",
        "List the members of a project",
        _TAG,
        _rule("list"),
        Reads(_list),
        list[schemas.Member],
        parameters=(IS_NAME, _ENTITY, PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _ALL,
        "createProjectMember",
        "Give a user a role in a project",
        _TAG,
        _rule("create"),
        Changes(_add),
        request=schemas.MemberRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict, NotFound),
        headers=("Location",),
    ),
    Operation(
        "GET",
        _ONE,
        "getProjectMember",
        "A member of a project",
        _TAG,
        _rule("read"),
        Reads(_get),
        schemas.Member,
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateProjectMember",
        "Give a member another role",
        _TAG,
        _rule("update"),
        Changes(_update),
        request=schemas.RoleRequest,
        parameters=(IS_NAME,),
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteProjectMember",
        "Take a member's role away",
        _TAG,
        _rule("delete"),
        Changes(_remove),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
)

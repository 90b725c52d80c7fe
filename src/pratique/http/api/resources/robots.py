"""Robots of the system and of projects."""

from dataclasses import replace
from typing import Final

from pratique.access import Kind, Permission
from pratique.clock import SECOND, Moment
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import account_listing, as_text, moment_of, number_of
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING
from pratique.http.api.rules import Ruled, may_at_system, require_in_project
from pratique.http.api.schemas import accounts as schemas
from pratique.http.api.schemas.fields import shown
from pratique.identity import Level, Robot, RobotRequest, seal_secret
from pratique.identity.robot_grants import grant
from pratique.projects import Project

_FIELDS: Final = {
    "name": ("name", as_text),
    "id": ("id", number_of),
    "description": ("description", as_text),
    "creation_time": ("created_at", moment_of),
    "update_time": ("updated_at", moment_of),
    "expires_at": ("expires_at", moment_of),
}
_LARGEST: Final = 2**63 - 1


# --- who may ----------------------------------------------------------------------------------------------------------


def _admit(call: Call, tx: Tx, action: str, level: Level, project: Project | None) -> Call:
    """At system level by `robot:<action>` there, in a project by that in the project."""
    permission = Permission("robot", action)
    if level is Level.PROJECT:
        standing = require_in_project(call, tx, project, (permission,))
        return replace(call, project=project, standing=standing)
    # Robots are never given robot:update at system level (Harbor's catalogue), so that is for administrators.
    is_for_people = action == "update"
    if call.principal.is_admin or (not is_for_people and may_at_system(call, tx, permission)):
        return call
    raise Forbidden(f"this needs {permission} at system level")


def _on_stored(action: str) -> Ruled:
    """Decided on the robot that the path names; what it may not know of is not found out by numbers."""

    def check(call: Call, tx: Tx) -> Call:
        robot = call.rooms.robots.by_id(tx, call.number("robot_id"))
        if robot is None:
            if call.principal.is_admin:
                raise NotFound(f"there is no robot {call.number('robot_id')}")
            raise Forbidden(f"this needs robot:{action} where the robot belongs")
        project = call.rooms.projects.by_id(tx, robot.project_id) if robot.project_id else None
        return _admit(call, tx, action, robot.level, project)

    return Ruled(f"`robot:{action}` where the robot belongs.", check)


def _check_create(call: Call, tx: Tx) -> Call:
    asked = call.body(schemas.RobotRequest)
    project = call.rooms.projects.by_name(tx, _project_of(asked))
    return _admit(call, tx, "create", _level(asked.level), project)


def _check_list(call: Call, tx: Tx) -> Call:
    level, project_id = _asked_level(call)
    project = call.rooms.projects.by_id(tx, project_id) if project_id else None
    return _admit(call, tx, "list", level, project)


# --- what happens -----------------------------------------------------------------------------------------------------


def _list(call: Call, tx: Tx) -> Reply:
    level, project_id = _asked_level(call)
    listing = account_listing(call, _FIELDS, {"level": level.value, "project_id": project_id})
    found, total = call.rooms.robots.list(tx, listing)
    return page_of(call, [_shape(robot) for robot in found], total)


def _create(call: Call, tx: Tx) -> Reply:
    robot, secret = call.rooms.robots.create(tx, _request(call.body(schemas.RobotRequest)), by=call.principal)
    created = schemas.RobotCreated(
        robot.id, robot.name, secret, shown(robot.created_at), _ends(robot.expires_at)
    )
    return Reply(created, call.location("robots", robot.id))


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(_shape(call.rooms.robots.get(tx, call.number("robot_id"))))


def _update(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.RobotRequest)
    call.rooms.robots.update(tx, call.number("robot_id"), _request(asked), by=call.principal)
    return Reply()


def _refresh(call: Call) -> Reply:
    """A secret that the caller has chosen is hashed before the transaction, and not repeated."""
    chosen = call.body(schemas.SecretRequest).secret
    rooms, number = call.rooms, call.number("robot_id")
    sealed = seal_secret(rooms.passwords, chosen) if chosen else None
    minted = rooms.database.write(
        lambda tx: rooms.robots.refresh_secret(tx, number, sealed, by=call.principal)
    )
    return Reply(schemas.Secret(minted or ""))


def _delete(call: Call, tx: Tx) -> Reply:
    call.rooms.robots.delete(tx, call.number("robot_id"), by=call.principal)
    return Reply()


# --- shapes -----------------------------------------------------------------------------------------------------------


def _asked_level(call: Call) -> tuple[Level, int]:
    """Harbor lists robots of the system unless `q` says `Level=project,ProjectID=<id>`."""
    query = call.query
    level = _level(query.exactly("Level", "level") or "system")
    number = query.exactly("ProjectID", "project_id") or "0"
    if level is Level.SYSTEM:
        return level, 0
    if not (number.isascii() and number.isdigit() and 0 < int(number[:20]) <= _LARGEST):
        raise BadRequest("robots of a project are listed by q=Level=project,ProjectID=<id>")
    return level, int(number)


def _level(text: str) -> Level:
    try:
        return Level(text.lower())
    except ValueError:
        raise BadRequest(f"the level of a robot is system or project, not {text[:40]!r}") from None


def _project_of(asked: schemas.RobotRequest) -> str:
    if _level(asked.level) is Level.SYSTEM or not asked.permissions:
        return ""
    return asked.permissions[0].namespace


def _request(asked: schemas.RobotRequest) -> RobotRequest:
    grants = tuple(
        grant(each.kind, each.namespace, [(one.resource, one.action) for one in each.access])
        for each in asked.permissions
    )
    if any(one.effect not in {None, "", "allow"} for each in asked.permissions for one in each.access):
        raise BadRequest("the effect of an access is allow: what is not given is denied")
    return RobotRequest(
        name=asked.name,
        level=_level(asked.level),
        grants=grants,
        project=_project_of(asked),
        description=asked.description or "",
        duration=asked.duration,
        disabled=bool(asked.disable),
    )


def _shape(robot: Robot) -> schemas.Robot:
    kind, _, number = robot.created_by.partition(":")
    return schemas.Robot(
        id=robot.id,
        name=robot.name,
        description=robot.description,
        level=robot.level.value,
        duration=robot.duration,
        editable=True,
        disable=robot.disabled,
        expires_at=_ends(robot.expires_at),
        permissions=[
            schemas.RobotPermission(
                each.kind.value,
                each.namespace,
                [schemas.Access(one.resource, one.action) for one in sorted(each.permissions)],
            )
            for each in robot.grants
        ],
        creator_type="robot" if kind == Kind.ROBOT else "local",
        creator_ref=int(number or 0),
        creation_time=shown(robot.created_at),
        update_time=shown(robot.updated_at),
    )


def _ends(moment: Moment | None) -> int:
    return -1 if moment is None else moment // SECOND


_ONE: Final = "/robots/{robot_id}"
_TAG: Final = "robot"
_LIST_RULE: Final = Ruled("`robot:list` at system level, or in the project that `q` names.", _check_list)
_CREATE_RULE: Final = Ruled(
    "`robot:create` at system level, or in the project that the robot shall belong to.", _check_create
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/robots",
        "ListRobot",
        "List robots of the system, or of a project",
        _TAG,
        _LIST_RULE,
        Reads(_list),
        list[schemas.Robot],
        parameters=LISTING,
        errors=(BadRequest, Forbidden, NotFound),
    ),
    Operation(
        "POST",
        "/robots",
        "CreateRobot",
        "Create a robot; its secret is shown this once",
        _TAG,
        _CREATE_RULE,
        Changes(_create),
        schemas.RobotCreated,
        request=schemas.RobotRequest,
        success=201,
        errors=(BadRequest, Conflict, Forbidden, NotFound),
        headers=("Location",),
    ),
    Operation(
        "GET",
        _ONE,
        "GetRobotByID",
        "A robot",
        _TAG,
        _on_stored("read"),
        Reads(_get),
        schemas.Robot,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "UpdateRobot",
        "Change a robot; its name and level must be sent as they are",
        _TAG,
        _on_stored("update"),
        Changes(_update),
        request=schemas.RobotRequest,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "PATCH",
        _ONE,
        "RefreshSec",
        "Give a robot a new secret; its tokens end",
        _TAG,
        _on_stored("update"),
        Acts(_refresh),
        schemas.Secret,
        request=schemas.SecretRequest,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "DeleteRobot",
        "Delete a robot; its tokens end",
        _TAG,
        _on_stored("delete"),
        Changes(_delete),
        errors=(NotFound,),
    ),
)

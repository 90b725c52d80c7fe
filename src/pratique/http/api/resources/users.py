"""People: accounts, profiles, passwords, who is asking, and what he may."""

from typing import Final

from pratique.access import Permission, decide
from pratique.access.permissions import PROJECT, SYSTEM, permissions_of
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import account_listing, as_text, moment_of, number_of
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING, PAGE, PAGE_SIZE, Parameter
from pratique.http.api.rules import (
    ADMINISTRATORS,
    AUTHENTICATED,
    AtSystem,
    Rule,
    Ruled,
    find_project,
    may_at_system,
    require_in_project,
)
from pratique.http.api.schemas import accounts as schemas
from pratique.http.api.schemas.fields import shown
from pratique.http.api.schemas.system import PermissionRow
from pratique.identity import Listing, Profile, User, agree_on_password

_FIELDS: Final = {
    "username": ("username", as_text),
    "email": ("email", as_text),
    "realname": ("realname", as_text),
    "comment": ("comment", as_text),
    "user_id": ("id", number_of),
    "creation_time": ("created_at", moment_of),
}


def shape(user: User) -> schemas.User:
    """A user as clients read him."""
    return schemas.User(
        user_id=user.id,
        username=user.username,
        email=user.email,
        realname=user.realname,
        comment=user.comment,
        sysadmin_flag=user.is_admin,
        admin_role_in_auth=False,
        creation_time=shown(user.created_at),
        update_time=shown(user.updated_at),
    )


def oneself_or(permission: Permission | None) -> Rule:
    """Oneself; or whoever has a permission at system level (None: only an administrator)."""

    def check(call: Call, tx: Tx) -> Call:
        is_self = call.is_person and call.principal.id == call.number("user_id")
        may = call.principal.is_admin if permission is None else may_at_system(call, tx, permission)
        if not is_self and not may:
            raise Forbidden("this is somebody else's account")
        return call

    others = "system administrators" if permission is None else f"`{permission}` at system level"
    return Ruled(f"Oneself, or {others}.", check)


def _list(call: Call, tx: Tx) -> Reply:
    found, total = call.rooms.users.list(tx, account_listing(call, _FIELDS))
    return page_of(call, [shape(user) for user in found], total)


def _search(call: Call, tx: Tx) -> Reply:
    page = call.page
    name = call.option("username")
    listing = Listing({}, {"username": name}, (("username", False),), page.offset, page.limit)
    found, total = call.rooms.users.list(tx, listing)
    return page_of(call, [schemas.UserName(user.id, user.username) for user in found], total)


def _create(call: Call) -> Reply:
    """Hashes first: nothing is hashed inside a transaction."""
    asked = call.body(schemas.UserRequest)
    rooms = call.rooms
    sealed = rooms.passwords.seal(asked.password)
    profile = Profile(asked.email or "", asked.realname or "", asked.comment or "")
    user = rooms.database.write(
        lambda tx: rooms.users.create(tx, asked.username, sealed, profile, by=call.principal)
    )
    return Reply(headers=call.location("users", user.id))


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(shape(call.rooms.users.get(tx, call.number("user_id"))))


def _edit(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.ProfileRequest)
    user = call.rooms.users.get(tx, call.number("user_id"))
    profile = Profile(
        user.email if asked.email is None else asked.email,
        user.realname if asked.realname is None else asked.realname,
        user.comment if asked.comment is None else asked.comment,
    )
    call.rooms.users.edit(tx, user.id, profile, by=call.principal)
    return Reply()


def _delete(call: Call, tx: Tx) -> Reply:
    number = call.number("user_id")
    user = call.rooms.users.get(tx, number)
    if user.is_admin and not call.principal.is_admin:
        raise Forbidden("only a system administrator may delete another one")
    call.rooms.users.delete(tx, number, by=call.principal)
    call.rooms.members.forget_user(tx, number)
    return Reply()


def _set_admin(call: Call, tx: Tx) -> Reply:
    flag = call.body(schemas.AdminRequest).sysadmin_flag
    call.rooms.users.set_admin(tx, call.number("user_id"), flag, by=call.principal)
    return Reply()


def _set_password(call: Call) -> Reply:
    """Whoever changes his own password says the old one, administrators too."""
    asked = call.body(schemas.PasswordRequest)
    rooms, number = call.rooms, call.number("user_id")
    is_self = call.is_person and call.principal.id == number
    with rooms.database.read() as tx:
        former = rooms.users.password_of(tx, number)
    old = (asked.old_password or "") if is_self else None
    sealed = agree_on_password(rooms.passwords, former, asked.new_password, old=old)
    rooms.database.write(
        lambda tx: rooms.users.change_password(tx, number, sealed, former=former, by=call.principal)
    )
    return Reply()


# --- who is asking ----------------------------------------------------------------------------------------------------


def _current(call: Call, tx: Tx) -> Reply:
    if not call.is_person:
        raise PreconditionFailed("robots have no profile")
    return Reply(shape(call.rooms.users.get(tx, call.principal.id)))


def _permissions(call: Call, tx: Tx) -> Reply:
    """What the caller may do: at system level, or in the project of `scope` (`/project/<id>`)."""
    scope = (call.option("scope") or "").strip("/")
    if not scope:
        held = (each for each in permissions_of(SYSTEM) if may_at_system(call, tx, each))
        return Reply([PermissionRow(each.resource, each.action) for each in sorted(held)])
    kind, _, name = scope.partition("/")
    if kind != "project" or not name:
        raise BadRequest("scope is /project/ and the number or name of a project")
    project = find_project(call, tx, name, by_name=False)
    standing = require_in_project(call, tx, project, (Permission("project", "read"),))
    front = "" if call.option("relative") else f"/project/{standing.project_id}/"
    held = (each for each in permissions_of(PROJECT) if decide(call.principal, each, standing))
    return Reply([PermissionRow(f"{front}{each.resource}", each.action) for each in sorted(held)])


def _user(action: str) -> Permission:
    return Permission("user", action)


_ONE: Final = "/users/{user_id}"
_TAG: Final = "user"
_NAME: Final = Parameter("username", "text", "A part of the user name.", required=True)
_SCOPE: Final = (
    Parameter("scope", "text", "`/project/<id>`; empty: at system level."),
    Parameter("relative", "boolean", "Without the scope before each resource.", default=False),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/users",
        "listUsers",
        "List users",
        _TAG,
        AtSystem(_user("list")),
        Reads(_list),
        list[schemas.User],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "POST",
        "/users",
        "createUser",
        "Create a user",
        _TAG,
        AtSystem(_user("create")),
        Acts(_create),
        request=schemas.UserRequest,
        success=201,
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "GET",
        "/users/search",
        "searchUsers",
        "Find users by a part of their names",
        _TAG,
        AUTHENTICATED,
        Reads(_search),
        list[schemas.UserName],
        parameters=(_NAME, PAGE, PAGE_SIZE),
    ),
    Operation(
        "GET",
        "/users/current",
        "getCurrentUserInfo",
        "Who is asking",
        _TAG,
        AUTHENTICATED,
        Reads(_current),
        schemas.User,
        errors=(PreconditionFailed,),
    ),
    Operation(
        "GET",
        "/users/current/permissions",
        "getCurrentUserPermissions",
        "What the caller may do",
        _TAG,
        AUTHENTICATED,
        Reads(_permissions),
        list[PermissionRow],
        parameters=_SCOPE,
        errors=(BadRequest, Forbidden, NotFound),
    ),
    Operation(
        "GET",
        _ONE,
        "getUser",
        "A user",
        _TAG,
        oneself_or(_user("read")),
        Reads(_get),
        schemas.User,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateUserProfile",
        "Change a user's profile; what is left out stays",
        _TAG,
        oneself_or(_user("update")),
        Changes(_edit),
        request=schemas.ProfileRequest,
        errors=(BadRequest, Conflict, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteUser",
        "Delete a user",
        _TAG,
        AtSystem(_user("delete")),
        Changes(_delete),
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        f"{_ONE}/sysadmin",
        "setUserSysAdmin",
        "Make a user a system administrator, or no longer",
        _TAG,
        ADMINISTRATORS,
        Changes(_set_admin),
        request=schemas.AdminRequest,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        f"{_ONE}/password",
        "updateUserPassword",
        "Set a user's password; all his tokens end",
        _TAG,
        oneself_or(None),
        Acts(_set_password),
        request=schemas.PasswordRequest,
        errors=(BadRequest, Conflict, NotFound),
    ),
)

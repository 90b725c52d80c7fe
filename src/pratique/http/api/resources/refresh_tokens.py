"""Refresh tokens of people and robots: ours; Harbor has none."""

from typing import Final

from pratique.access import Kind
from pratique.db import Tx
from pratique.errors import Forbidden, NotFound
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.resources.users import oneself_or
from pratique.http.api.rules import ADMINISTRATORS
from pratique.http.api.schemas import accounts as schemas
from pratique.http.api.schemas.fields import shown


def _list_of_user(call: Call, tx: Tx) -> Reply:
    call.rooms.users.get(tx, call.number("user_id"))
    return _listed(call, tx, f"{Kind.USER}:{call.number('user_id')}")


def _list_of_robot(call: Call, tx: Tx) -> Reply:
    call.rooms.robots.get(tx, call.number("robot_id"))
    return _listed(call, tx, f"{Kind.ROBOT}:{call.number('robot_id')}")


def _listed(call: Call, tx: Tx, key: str) -> Reply:
    """All of them: an account has at most a hundred."""
    return Reply(
        [
            schemas.RefreshToken(each.id, each.client, shown(each.created_at), shown(each.expires_at))
            for each in call.rooms.refresh_tokens.list(tx, key)
        ]
    )


def _revoke_of_user(call: Call, tx: Tx) -> Reply:
    return _revoked(call, tx, f"{Kind.USER}:{call.number('user_id')}")


def _revoke_of_robot(call: Call, tx: Tx) -> Reply:
    return _revoked(call, tx, f"{Kind.ROBOT}:{call.number('robot_id')}")


def _revoked(call: Call, tx: Tx, key: str) -> Reply:
    call.rooms.refresh_tokens.revoke(tx, key, call.number("token_id"), by=call.principal)
    return Reply()


_OF_USER: Final = "/users/{user_id}/refresh-tokens"
_OF_ROBOT: Final = "/robots/{robot_id}/refresh-tokens"
_TAG: Final = "refreshToken"
_SELF: Final = oneself_or(None)
_ERRORS: Final = (NotFound, Forbidden)

OPERATIONS: Final = (
    Operation(
        "GET",
        _OF_USER,
        "listRefreshTokensOfUser",
        "List a user's refresh tokens, the oldest first",
        _TAG,
        _SELF,
        Reads(_list_of_user),
        list[schemas.RefreshToken],
        errors=_ERRORS,
    ),
    Operation(
        "DELETE",
        _OF_USER + "/{token_id}",
        "revokeRefreshTokenOfUser",
        "End one of a user's refresh tokens",
        _TAG,
        _SELF,
        Changes(_revoke_of_user),
        errors=_ERRORS,
    ),
    Operation(
        "GET",
        _OF_ROBOT,
        "listRefreshTokensOfRobot",
        "List a robot's refresh tokens, the oldest first",
        _TAG,
        ADMINISTRATORS,
        Reads(_list_of_robot),
        list[schemas.RefreshToken],
        errors=_ERRORS,
    ),
    Operation(
        "DELETE",
        _OF_ROBOT + "/{token_id}",
        "revokeRefreshTokenOfRobot",
        "End one of a robot's refresh tokens",
        _TAG,
        ADMINISTRATORS,
        Changes(_revoke_of_robot),
        errors=_ERRORS,
    ),
)

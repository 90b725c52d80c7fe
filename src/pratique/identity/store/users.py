"""People."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Text, bindparam, false, func, insert, select, true, update

from pratique.db import Statement
from pratique.identity.store.tables import account_user

_user: Final = account_user.c
_number: Final = bindparam("number", type_=BigInteger)
_login: Final = bindparam("login", type_=Text)
_living = _user.deleted == false()

USER_COLUMNS: Final = (
    _user.id,
    _user.username,
    _user.email,
    _user.realname,
    _user.comment,
    _user.is_admin,
    _user.disabled,
    _user.created_at,
    _user.updated_at,
)
USER: Final = Statement(select(*USER_COLUMNS).where(_user.id == _number, _living))
USER_NAMED: Final = Statement(select(*USER_COLUMNS).where(_user.username == _login, _living))
USER_PASSWORD: Final = Statement(select(_user.password).where(_user.id == _number, _living))
ANY_USER: Final = Statement(select(func.count()).select_from(select(_user.id).limit(1).subquery()))
FIRST_ADMIN: Final = Statement(
    select(func.min(_user.id)).where(_user.is_admin == true(), _user.disabled == false(), _living)
)
USER_FIELDS: Final[Mapping[str, Column[Any]]] = {
    c.name: c
    for c in account_user.c
    if c.name in {"id", "username", "email", "realname", "comment", "created_at"}
}
LIVING_USERS: Final = select(*USER_COLUMNS).where(_living)
LIVING_USER_COUNT: Final = select(func.count()).select_from(account_user).where(_living)
ADD_USER: Final = Statement(
    insert(account_user)
    .values({c.name: bindparam(c.name) for c in account_user.c if c.name != "id"})
    .returning(_user.id)
)
EDIT_USER: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values({name: bindparam(name) for name in ("email", "realname", "comment", "updated_at")})
)
SET_USER_ADMIN: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(is_admin=bindparam("is_admin"), updated_at=bindparam("updated_at"))
)
SET_USER_DISABLED: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(disabled=bindparam("disabled"), updated_at=bindparam("updated_at"))
)
SET_USER_PASSWORD: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(password=bindparam("password"), updated_at=bindparam("updated_at"))
)
REHASH_USER_PASSWORD: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _user.password == bindparam("former"))
    .values(password=bindparam("password"))
)
DELETE_USER: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(
        deleted=True,
        is_admin=False,
        password="",
        email=None,
        username=bindparam("username"),
        updated_at=bindparam("updated_at"),
    )
)

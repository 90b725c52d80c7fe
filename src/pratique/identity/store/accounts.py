"""What every request asks of an account, and what ends its tokens."""

from typing import Final

from sqlalchemy import BigInteger, Text, bindparam, delete, false, select, update

from pratique.db import Statement
from pratique.identity.store.tables import account_robot, account_user, refresh_token

_user: Final = account_user.c
_robot: Final = account_robot.c
_number: Final = bindparam("number", type_=BigInteger)
_login: Final = bindparam("login", type_=Text)
_living = _user.deleted == false()

USER_BY_NAME: Final = Statement(
    select(_user.id, _user.password, _user.generation, _user.is_admin).where(
        _user.username == _login, _living, _user.disabled == false()
    )
)
USER_STATE: Final = Statement(
    select(_user.username, _user.generation, _user.credential, _user.is_admin, _user.disabled).where(
        _user.id == _number, _living
    )
)
ROBOT_BY_LOGIN: Final = Statement(
    select(_robot.id, _robot.secret, _robot.generation, _robot.expires_at).where(
        _robot.login == _login, _robot.disabled == false()
    )
)
ROBOT_STATE: Final = Statement(
    select(_robot.login, _robot.generation, _robot.credential, _robot.disabled, _robot.expires_at).where(
        _robot.id == _number
    )
)
BUMP_USER: Final = Statement(
    update(account_user).where(_user.id == _number).values(generation=_user.generation + 1)
)
BUMP_ROBOT: Final = Statement(
    update(account_robot).where(_robot.id == _number).values(generation=_robot.generation + 1)
)
END_CREDENTIALS_OF_USER: Final = Statement(
    update(account_user).where(_user.id == _number).values(credential=_user.credential + 1)
)
END_CREDENTIALS_OF_ROBOT: Final = Statement(
    update(account_robot).where(_robot.id == _number).values(credential=_robot.credential + 1)
)
REVOKE_REFRESH_TOKENS_OF: Final = Statement(
    delete(refresh_token).where(refresh_token.c.account == bindparam("account"))
)

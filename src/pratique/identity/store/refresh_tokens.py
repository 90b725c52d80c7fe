"""Refresh tokens."""

from typing import Final

from sqlalchemy import BigInteger, Integer, Text, bindparam, delete, insert, select

from pratique.db import Statement
from pratique.identity.store.tables import refresh_token

_refresh: Final = refresh_token.c
_account: Final = bindparam("account", type_=Text)
_number: Final = bindparam("number", type_=BigInteger)

ADD_REFRESH_TOKEN: Final = Statement(
    insert(refresh_token)
    .values({c.name: bindparam(c.name) for c in refresh_token.c if c.name != "id"})
    .returning(_refresh.id)
)
REFRESH_TOKEN: Final = Statement(
    select(_refresh.account, _refresh.credential, _refresh.expires_at).where(
        _refresh.fingerprint == bindparam("fingerprint")
    )
)
REFRESH_TOKENS_OF: Final = Statement(
    select(_refresh.id, _refresh.client, _refresh.created_at, _refresh.expires_at)
    .where(
        _refresh.account == _account,
        _refresh.credential == bindparam("credential"),
        _refresh.expires_at > bindparam("now"),
    )
    .order_by(_refresh.id)
)
REVOKE_REFRESH_TOKEN: Final = Statement(
    delete(refresh_token).where(_refresh.account == _account, _refresh.id == _number)
)
REMOVE_EXPIRED_REFRESH_TOKENS: Final = Statement(
    delete(refresh_token).where(_refresh.expires_at <= bindparam("now"))
)
OLDEST_REFRESH_TOKENS_BUT: Final = Statement(
    delete(refresh_token).where(
        _refresh.account == _account,
        _refresh.id.not_in(
            select(_refresh.id)
            .where(_refresh.account == _account)
            .order_by(_refresh.id.desc())
            .limit(bindparam("keep", type_=Integer))
        ),
    )
)

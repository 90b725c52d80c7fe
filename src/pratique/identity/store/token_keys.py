"""The keys of access tokens."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from pratique.db import Statement
from pratique.identity.store.tables import token_key

_key = token_key.c
TOKEN_KEYS: Final = Statement(
    select(_key.kid, _key.private, _key.created_at, _key.verifies_until).order_by(_key.created_at, _key.kid)
)
ADD_TOKEN_KEY: Final = Statement(insert(token_key).values({c.name: bindparam(c.name) for c in token_key.c}))
RETIRE_TOKEN_KEYS: Final = Statement(
    update(token_key).where(_key.verifies_until.is_(None)).values(verifies_until=bindparam("until"))
)
REMOVE_TOKEN_KEYS: Final = Statement(delete(token_key).where(_key.verifies_until <= bindparam("now")))
REMOVE_ALL_TOKEN_KEYS: Final = Statement(delete(token_key))

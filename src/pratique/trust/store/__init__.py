"""The tables of whom projects trust and what is denied, and all of their SQL.

Whatever is written here raises the version of its project (`versions`), in the same transaction.
"""

from pratique.trust.store.values import (
    STORE_TYPES,
    Denial,
    NotationPolicy,
    NotationStore,
    StoredList,
    StoredRoot,
    StoreType,
    TrustedIdentity,
    TrustedKey,
)

__all__ = [
    "STORE_TYPES",
    "Denial",
    "NotationPolicy",
    "NotationStore",
    "StoreType",
    "StoredList",
    "StoredRoot",
    "TrustedIdentity",
    "TrustedKey",
]

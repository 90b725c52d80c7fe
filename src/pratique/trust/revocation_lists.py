"""The CRLs and OCSP responses of the registry: what is known about revoked certificates, in every project.

Whose a list really is shows with its issuer's key, which a chain brings along: signatures are verified whenever a list
is asked about a certificate, so that a forged one says nothing. A newer list takes the place of the one before it.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pratique.clock import MINUTE, Clock, Moment, rfc3339
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.oci.digest import digest_of
from pratique.trust.certificates.dates import moment_of
from pratique.trust.notation.revocations import (
    NO_REVOCATIONS,
    OcspAnswer,
    RevocationList,
    RevocationStore,
    read_crl,
    read_ocsp,
    store_of,
)
from pratique.trust.notation.revocations.narrowing import Narrowed, by_answer, by_list
from pratique.trust.notation.revocations.scope import scope_of_crl, scope_of_ocsp
from pratique.trust.store import StoredList, revocations, versions
from pratique.trust.store.tables import SYSTEM
from pratique.trust.strict import Unreadable

LISTS_LIMIT: Final = 2_000
"""Lists of one registry."""
TOTAL_LIMIT: Final = 64 * 2**20
"""Bytes of all of them: they are held in memory."""
SKEW: Final = 5 * MINUTE
"""How far ahead of ours the clock of an authority may be."""

Read = RevocationList | OcspAnswer

_BLOCK: Final = re.compile(
    rb"\s*-----BEGIN (X509 CRL|OCSP RESPONSE)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A list as it is kept. `is_new` False: it was here already. `narrowed`: whom it touches."""

    stored: StoredList
    is_new: bool
    narrowed: Narrowed


class RevocationLists:
    """The lists. What counts of them is read once and kept in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: tuple[tuple[str, ...], RevocationStore] = ((), NO_REVOCATIONS)

    def held(self, tx: Tx) -> RevocationStore:
        """All that is known, as verification asks it."""
        digests = tuple(one.digest for one in revocations.described(tx))
        known, store = self._held
        if digests != known:
            store = _store([_read(one) for one in revocations.every(tx)])
            self._held = (digests, store)
        return store

    def list(self, tx: Tx) -> list[StoredList]:
        """The lists without their contents."""
        return revocations.described(tx)

    def get(self, tx: Tx, list_id: int) -> StoredList:
        """One list. Raises NotFound."""
        found = revocations.by_id(tx, list_id)
        if found is None:
            raise NotFound(f"there is no revocation list {list_id}")
        return found

    def put(self, tx: Tx, content: bytes, creator: str = "", signer: str = "") -> Taken:
        """Keep a CRL or an OCSP response, in DER or PEM, in the place of the one before it.

        Authorities of one name, even with one key identifier, may be many, and a project may trust any. So what was
        fetched and verifies with the key `signer` takes the place of what verified with that key, and of nothing else.
        Raises BadRequest for what is neither or is of a time to come, Conflict for an older one than is here.
        """
        try:
            der, read = read_either(content)
        except Unreadable as problem:
            raise BadRequest(f"this is no revocation list: {problem}") from None
        fresh = _described(der, read, self._clock.now(), creator, signer)
        if fresh.this_update > self._clock.now() + SKEW:
            raise BadRequest(f"it is of a time to come, {rfc3339(fresh.this_update)}")
        before = revocations.of_scope(tx, fresh.kind, fresh.scope)
        if before is not None and before.digest == fresh.digest:
            return Taken(before, is_new=False, narrowed=Narrowed())
        self._check_room(tx, fresh, before)
        narrowed = _narrowed(read, _read(before))
        revocations.put(tx, fresh)
        versions.raise_version(tx, SYSTEM)
        stored = revocations.of_scope(tx, fresh.kind, fresh.scope)
        return Taken(stored or fresh, is_new=True, narrowed=narrowed)

    def remove(self, tx: Tx, list_id: int) -> tuple[StoredList, Narrowed]:
        """Forget a list: what it said of certificates is unknown from then on. Raises NotFound."""
        found = self.get(tx, list_id)
        revocations.remove(tx, list_id)
        versions.raise_version(tx, SYSTEM)
        return found, _narrowed(None, _read(found))

    def _check_room(self, tx: Tx, fresh: StoredList, before: StoredList | None) -> None:
        if before is not None and fresh.this_update < before.this_update:
            raise Conflict(f"there is a newer one of {fresh.scope}, of {rfc3339(before.this_update)}")
        count, size = revocations.sizes(tx)
        if before is None and count >= LISTS_LIMIT:
            raise BadRequest(f"there are at most {LISTS_LIMIT} revocation lists: remove one first")
        if size + len(fresh.content) - (len(before.content) if before else 0) > TOTAL_LIMIT:
            raise BadRequest(f"all revocation lists together have at most {TOTAL_LIMIT} bytes")


def read_either(content: bytes) -> tuple[bytes, Read]:
    """The DER of a CRL or an OCSP response, and what it says. PEM must be one block. Raises Unreadable."""
    der, kind = _unarmored(content)
    if kind == "crl":
        return der, read_crl(der)
    return der, read_ocsp(der)


def _unarmored(content: bytes) -> tuple[bytes, Literal["crl", "ocsp"]]:
    block = _BLOCK.fullmatch(content)
    if block is not None:
        try:
            der = base64.b64decode(b"".join(block[2].split()), validate=True)
        except binascii.Error as error:
            raise Unreadable("the PEM block does not hold base64") from error
        return der, "crl" if block[1] == b"X509 CRL" else "ocsp"
    if content.lstrip().startswith(b"-----BEGIN"):
        raise Unreadable("it is not one PEM block of a CRL or an OCSP response")
    return content, "ocsp" if _begins_with_status(content) else "crl"


def _begins_with_status(der: bytes) -> bool:
    """Whether the first thing in the outer SEQUENCE is an ENUMERATED: so does an OCSP response begin, and no CRL."""
    if len(der) < 2:
        return False
    length_of_length = der[1] & 0x7F if der[1] & 0x80 else 0
    return der[2 + length_of_length : 3 + length_of_length] == b"\x0a"


def _described(der: bytes, read: Read, now: Moment, creator: str, signer: str) -> StoredList:
    if isinstance(read, RevocationList):
        scope, dates = scope_of_crl(read.crl, signer), (read.this_update, read.next_update)
        return StoredList(0, "crl", scope, der, digest_of(der), *dates, now, creator)
    response = read.response
    until = response.next_update_utc
    since = moment_of(response.this_update_utc)
    dates = since, None if until is None else moment_of(until)
    return StoredList(0, "ocsp", scope_of_ocsp(response), der, digest_of(der), *dates, now, creator)


def _read(stored: StoredList | None) -> Read | None:
    """None also for what an older release took and this one refuses: it says nothing, so nothing rests on it."""
    if stored is None:
        return None
    try:
        return read_crl(stored.content) if stored.kind == "crl" else read_ocsp(stored.content)
    except Unreadable:
        return None


def _narrowed(after: Read | None, before: Read | None) -> Narrowed:
    if isinstance(after or before, RevocationList):
        return by_list(*(one if isinstance(one, RevocationList) else None for one in (after, before)))
    return by_answer(*(one if isinstance(one, OcspAnswer) else None for one in (after, before)))


def _store(read: Sequence[Read | None]) -> RevocationStore:
    lists = [one for one in read if isinstance(one, RevocationList)]
    return store_of(lists, [one for one in read if isinstance(one, OcspAnswer)])

"""Verification that remembers: the second look at the same evidence, for the same subject and trust, is a look-up.

What verification rests on is the key, all of it: the bytes and everything that came with them, the *subject* (an
admitted image's signature under another digest's tag is another question), and the version of the whole trust set.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

from pratique.clock import MINUTE, Moment
from pratique.trust.items import Item
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.verify import verify

REMEMBERED_LIMIT: Final = 2_048
"""Records that are remembered; a record has some 3 KiB, at most some 60."""
DOUBTED_FOR: Final = MINUTE
"""How long it is remembered that something does not count: a date may let it."""

Verify: TypeAlias = Callable[[Item, Subject, TrustSet, Moment], EvidenceRecord | None]


class RememberingVerifier:
    """`verify`, remembering its last answers. Safe to use from several threads."""

    def __init__(self, ask: Verify = verify, limit: int = REMEMBERED_LIMIT) -> None:
        self._ask = ask
        self._limit = limit
        self._held: OrderedDict[bytes, tuple[Moment, Moment | None, EvidenceRecord]] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord | None:
        """As `trust.verify.verify`.

        An answer is given again from the moment it was found out until the first date that it rests on; what does not
        count is looked at again after `DOUBTED_FOR`.
        """
        key = _key(item, subject, trust)
        held = self._held_at(key, at)
        if held is not None:
            return held
        record = self._ask(item, subject, trust, at)
        if record is not None:
            self._hold(key, at, record)
        return record

    def _held_at(self, key: bytes, at: Moment) -> EvidenceRecord | None:
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            since, not_after, record = held
            if at < since or (not_after is not None and at >= not_after):
                del self._held[key]
                return None
            self._held.move_to_end(key)
            return record

    def _hold(self, key: bytes, at: Moment, record: EvidenceRecord) -> None:
        not_after = record.valid_until if record.verified else Moment(at + DOUBTED_FOR)
        with self._lock:
            self._held[key] = (at, not_after, record)
            self._held.move_to_end(key)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)


def _key(item: Item, subject: Subject, trust: TrustSet) -> bytes:
    """A digest of everything but the moment. Strings and digests in JSON: no two questions are written alike."""
    content = None if subject.content is None else hashlib.sha256(subject.content).hexdigest()
    question = [
        item.media_type,
        hashlib.sha256(item.content).hexdigest(),
        item.digest,
        sorted(item.annotations.items()),
        [subject.digest, subject.media_type, subject.size, subject.reference, content],
        trust.version,
    ]
    return hashlib.sha256(json.dumps(question).encode()).digest()

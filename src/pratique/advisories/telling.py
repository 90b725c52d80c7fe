"""What one source says in one import, beside what it said before: new, changed, the same, gone."""

from collections import Counter
from typing import Final, Protocol

from pratique.advisories.contents import Mark, Member
from pratique.advisories.draft import Draft
from pratique.advisories.record import Record, RecordInvalid, content_hash, read_record
from pratique.advisories.shrinking import Losses
from pratique.advisories.speakers import objection
from pratique.advisories.supplies import Form, Supply
from pratique.clock import Moment, rfc3339

_NO_DATE: Final = "0002"
"""Below it are dates that mean none (Go: 0001-01-01)."""


class Counts(Protocol):
    """Where it is counted what became of the records."""

    added: int
    changed: int
    removed: int
    withdrawn: int
    unchanged: int
    refused: Counter[str]


class Telling:
    """Takes a source's records one by one. `losses` are those that were live before and are gone or withdrawn now."""

    def __init__(self, draft: Draft, source_id: int, supply: Supply, now: Moment) -> None:
        self._draft = draft
        self._source_id = source_id
        self._supply = supply
        self._now = rfc3339(now)
        self._known = draft.known(source_id)
        self._by_number = {known.id: known for known in self._known.values()}
        self._marks = draft.marks(source_id) if supply.sealed else {}
        self._fresh_marks: list[tuple[int, Mark]] = []
        self._same: set[int] = set()
        self._replaced: set[int] = set()
        self._written: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self.losses = Losses()
        self.newest = ""
        self.live_before = sum(known.is_live for known in self._known.values())

    def take(self, member: Member) -> None:
        """One record. Raises RecordInvalid."""
        number = self._marks.get(member.mark) if member.mark else None
        if number is None:
            content = member.read()
            digest = content_hash(content)
            known = self._known.get(digest)
            if known is None:
                self._new(member, content, digest)
                return
            number = known.id
        self._unchanged(member, number)

    def finish(self, counts: Counts) -> None:
        """Drop what a whole state no longer has, and say what became of all."""
        if self._supply.form is not Form.RECORD:
            gone = sorted(self._by_number.keys() - self._same - self._replaced)
            live = [number for number in gone if self._by_number[number].is_live]
            for number in live:
                self._lose(number)
            self._draft.drop(gone)
            self._counts["removed"] = len(live)
        if self._supply.sealed:
            self._draft.put_marks(self._source_id, self._fresh_marks)
        elif self._supply.form is not Form.RECORD:
            self._draft.forget_marks(self._source_id)
        counts.added, counts.changed = self._counts["added"], self._counts["changed"]
        counts.removed, counts.withdrawn = self._counts["removed"], self._counts["withdrawn"]
        counts.unchanged, counts.refused = len(self._same), self._refused

    def _unchanged(self, member: Member, number: int) -> None:
        known = self._by_number[number]
        if number in self._replaced:
            raise _twice(member.name)
        self._same.add(number)
        self._date(known.modified)
        if member.mark and member.mark not in self._marks:
            self._fresh_marks.append((number, member.mark))

    def _new(self, member: Member, content: bytes, digest: bytes) -> None:
        record = _read(member.name, content)
        reason = objection(self._supply.source, record)
        if reason is not None:
            self._refused[reason] += 1
            return
        if record.id in self._written:
            raise _twice(member.name)
        self._replace(member, record)
        self._written.add(record.id)
        self._date(record.modified)
        number = self._draft.write(self._source_id, record, digest, content)
        if member.mark:
            self._fresh_marks.append((number, member.mark))

    def _replace(self, member: Member, record: Record) -> None:
        before = self._draft.named(self._source_id, record.id)
        self._counts["added" if before is None else "changed"] += 1
        if before is None:
            return
        number, was_live = before
        if number in self._same:
            raise _twice(member.name)
        if was_live and record.withdrawn is not None:
            self._counts["withdrawn"] += 1
            self._lose(number)
        self._replaced.add(number)
        self._draft.drop([number])

    def _lose(self, number: int) -> None:
        self.losses.records.append(self._draft.name_of(number))
        self.losses.packages.update(self._draft.packages_of(number))

    def _date(self, modified: str) -> None:
        if _NO_DATE <= modified <= self._now:
            self.newest = max(self.newest, modified)


def _read(name: str, content: bytes) -> Record:
    try:
        return read_record(content)
    except RecordInvalid as error:
        raise RecordInvalid(f"{name[:200]}: {error}") from error


def _twice(name: str) -> RecordInvalid:
    return RecordInvalid(f"{name[:200]}: another record of this source has the same id")

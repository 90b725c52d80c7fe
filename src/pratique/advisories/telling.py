"""What one source says in one import, beside what it said before: new, changed, the same, gone."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from pratique.advisories.archives import Archive, Mark
from pratique.advisories.contents import Member, members_of
from pratique.advisories.draft import Draft
from pratique.advisories.record import Record, RecordInvalid, content_hash, read_record
from pratique.advisories.shrinking import Losses
from pratique.advisories.speakers import objection
from pratique.advisories.supplies import Form, Supply


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

    def __init__(self, draft: Draft, source_id: int, supply: Supply) -> None:
        self._draft = draft
        self._source_id = source_id
        self._supply = supply
        self._marks = draft.marks(source_id) if supply.sealed else {}
        # By marks only what changed is read, and each of those is looked up by its id.
        self._known = {} if self._marks else draft.known(source_id)
        self._before = draft.numbers(source_id)
        self._fresh_marks: list[tuple[int, Mark]] = []
        self._same: set[int] = set()
        self._replaced: set[int] = set()
        self._written: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self.losses = Losses()
        self.live_before = draft.live(source_id)

    def unknown(self, archive: Archive) -> Iterator[Member]:
        """The members of an archive that must be read: those that no verified bundle vouched for before."""
        self._same.update(number for mark, number in self._marks.items() if mark in archive.members)
        return members_of(archive, without=self._marks)

    def take(self, member: Member) -> None:
        """One record. Raises RecordInvalid."""
        content = member.read()
        digest = content_hash(content)
        number = self._known.get(digest)
        if number is None:
            self._new(member, content, digest)
        else:
            self._unchanged(member, number)

    def finish(self, counts: Counts) -> None:
        """Drop what a whole state no longer has, and say what became of all."""
        if self._supply.form is not Form.RECORD:
            gone = sorted(self._before - self._same - self._replaced)
            live = [number for number in gone if self._draft.is_live(number)]
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
        if number in self._replaced:
            raise _twice(member.name)
        self._same.add(number)
        if member.mark:
            self._fresh_marks.append((number, member.mark))

    def _new(self, member: Member, content: bytes, digest: bytes) -> None:
        record = _read(member.name, content)
        reason = objection(self._supply.source, record)
        if reason is not None:
            self._refused[reason] += 1
            return
        if record.id in self._written:
            raise _twice(member.name)
        before = self._draft.named(self._source_id, record.id)
        if before is not None and before.digest == digest:
            self._unchanged(member, before.number)
            return
        self._counts["added" if before is None else "changed"] += 1
        if before is not None:
            self._replace(member, record, before.number, was_live=before.is_live)
        self._written.add(record.id)
        number = self._draft.write(self._source_id, record, digest, content)
        if member.mark:
            self._fresh_marks.append((number, member.mark))

    def _replace(self, member: Member, record: Record, number: int, *, was_live: bool) -> None:
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


def _read(name: str, content: bytes) -> Record:
    try:
        return read_record(content)
    except RecordInvalid as error:
        raise RecordInvalid(f"{name[:200]}: {error}") from error


def _twice(name: str) -> RecordInvalid:
    return RecordInvalid(f"{name[:200]}: another record of this source has the same id")

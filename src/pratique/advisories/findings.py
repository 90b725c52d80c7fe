"""Findings by component, kept beside what images contain: matched once, and again only when advisories changed.

A component of a thousand images is matched once, and who reports on one of them only reads. What is kept stands at one
revision or a later one; an import is followed by `refresh`, in a transaction, which says for whom something is
different. So findings may be older than the newest import until that has been followed, and never a mixture that
`refresh` would not mend.
"""

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pratique.advisories import store
from pratique.advisories.answers import Answer, Answers, Touch, touched_by
from pratique.advisories.revisions import KEPT, Revisions
from pratique.advisories.store import Kept
from pratique.db import Tx
from pratique.errors import Conflict
from pratique.packages import Component, Severity

PAGE: Final = 1_000
"""Components that are matched again in one step where all of them are."""
PACKAGES: Final = 25
"""Packages whose components are matched again in one step: half of all images may have them."""

Found = Mapping[Component, tuple[Answer, ...]]

Edition = tuple[int, ...]
"""What answers were given by: as long as it is the same, so is every answer that was kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers, and what they were given by; None: some of them were not kept, and may be others the next time."""

    answers: Found
    edition: Edition | None


@dataclass(frozen=True, slots=True)
class Change:
    """What was found of a component before, and what is found of it now."""

    before: tuple[Answer, ...]
    after: tuple[Answer, ...]

    @property
    def matters(self) -> bool:
        """Whether a judge may decide otherwise: another advisory, or another weight or state of one."""
        return _weighed(self.before) != _weighed(self.after)


@dataclass(frozen=True, slots=True)
class Place:
    """How far an import was followed: the packages (family, name) that come yet, then the keys behind a number."""

    packages: tuple[tuple[str, str], ...]
    after: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a revision says of the components that a step is about to match, worked out before its transaction."""

    revision: int
    answers: Found


NOTHING_AHEAD: Final = Ahead(0, {})


class Findings:
    """What is known to be wrong with components. Threads may share it."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._lock = threading.Lock()
        self._open: Answers | None = None
        self._stamp: tuple[int, int] | None = None

    def of(self, tx: Tx, keys: Iterable[Component]) -> Found:
        """The answers about each of `keys`. What was never matched is matched now and kept: `tx` writes."""
        wanted = set(keys)
        found = store.answers(tx, wanted)
        missing = wanted - found.keys() if len(found) < len(wanted) else None
        return found | self._keep(tx, missing) if missing else found

    def seen(self, tx: Tx, keys: Iterable[Component]) -> Found:
        """The same, where `tx` only reads: what was never matched is matched now, and not kept.

        So is everything while an import is not followed yet: else what is judged would look as current as the import,
        and be as old as what was kept.
        """
        return self.look(tx, keys).answers

    def look(self, tx: Tx, keys: Iterable[Component]) -> Seen:
        """The same, for who wants to remember it."""
        wanted, answers = set(keys), self.answers()
        (followed, changes), revision = store.standing(tx), answers.revision
        found = store.answers(tx, wanted) if followed >= revision else {}
        missing = wanted - found.keys() if len(found) < len(wanted) else set()
        found |= {key: tuple(answers.about(key)) for key in missing}
        if followed >= revision:
            return Seen(found, None if missing else (followed, changes))
        return Seen(found, (revision,))

    def edition(self, tx: Tx) -> Edition:
        """What answers are given by now, as this transaction sees it."""
        (followed, changes), revision = store.standing(tx), self.answers().revision
        return (followed, changes) if followed >= revision else (revision,)

    def missing(self, tx: Tx, keys: Iterable[Component]) -> list[Component]:
        """Those of `keys` that were never matched, in one order."""
        return sorted(set(keys) - store.known(tx, keys), key=repr)

    def refresh(
        self, tx: Tx, changed: Collection[tuple[str, str]] | None, revision: int
    ) -> Mapping[Component, Change]:
        """Follow an import that made `revision`; the components of which it says something else than before.

        `changed` are the packages that it touched (`Taken.touched`), as (family, name). None: all are matched again, as
        they are where a revision in between was not followed. A new probability by EPSS touches no package: it is kept
        where a component is matched for another reason, and is no change.

        Raises Conflict where this machine does not have that revision yet.
        """
        different: dict[Component, Change] = {}
        place = self.begin(tx, changed, revision, since=revision - 1)
        while place is not None:
            some, place = self.step(tx, place, revision)
            different |= some
        return different

    def touched_between(self, since: int, revision: int) -> Touch:
        """What the imports after `since` up to `revision` made different, all together."""
        if revision - since > KEPT:
            return Touch(None, frozenset())
        packages: set[tuple[str, str]] = set()
        families: set[str] = set()
        for number in range(since + 1, revision + 1):
            touch = touched_by(self._revisions, number)
            if touch.packages is None:
                return touch
            packages |= touch.packages
            families |= touch.families
        return Touch(frozenset(packages), frozenset(families))

    def begin(
        self, tx: Tx, changed: Collection[tuple[str, str]] | None, revision: int, *, since: int
    ) -> Place | None:
        """Where `step` begins to follow imports; None: they have been followed. As `refresh`, a step a transaction.

        `changed` is what is different since the revision `since`.
        """
        answers = self.answers()
        if answers.revision < revision:
            raise Conflict(f"revision {revision} of the advisories is not here yet; try again later")
        last = store.hold(tx, revision)
        if last >= revision:
            return None
        if changed is None or last < since:
            return Place((), 0)
        return Place(tuple(sorted(changed)), store.last_number(tx))

    def ahead(self, tx: Tx, place: Place) -> Ahead:
        """What the step at a place will ask of the current revision. `tx` only reads."""
        answers = self.answers()
        page = _page(tx, place)
        return Ahead(answers.revision, {kept.key: tuple(answers.about(kept.key)) for kept in page})

    def step(
        self, tx: Tx, place: Place, revision: int, ahead: Ahead = NOTHING_AHEAD
    ) -> tuple[Mapping[Component, Change], Place | None]:
        """Follow an import for some components; those that are different, and where the next step begins.

        What is not known `ahead`, or of another revision, is matched here. Each step is true by itself: what was
        matched again says what it will say. Who is stopped between two steps begins anew, and is told nothing twice.
        None: it was the last step, and the import has been followed.
        """
        if store.hold(tx, revision) >= revision:
            return {}, None
        page = _page(tx, place)
        different = self._match_again(tx, page, self.answers(), ahead)
        if place.packages:
            return different, Place(place.packages[PACKAGES:], place.after)
        if len(page) == PAGE:
            return different, Place((), page[-1].number)
        store.move(tx, revision)
        return different, None

    def followed(self, tx: Tx) -> int:
        """The revision up to which imports were followed; 0: none was yet."""
        return store.followed(tx)

    def matching(self, tx: Tx, severity: Severity, after: str, most: int) -> list[str]:
        """Up to `most` advisories behind an id that match something with this severity, by id."""
        return store.matching(tx, severity, after, most)

    def touched(self, tx: Tx, advisories: Collection[str], source: str = "") -> set[Component]:
        """The components that these advisories match, by their ids as published; as one source says, or any."""
        return store.touched(tx, advisories, source)

    def forget(self, tx: Tx, keys: Iterable[Component]) -> None:
        """Forget components that nobody has any more."""
        store.forget(tx, keys)

    def answers(self) -> Answers:
        """The current revision, opened when it is another than the last time."""
        # Whoever judges asks for each artifact several times: a look at the file is cheaper than reading it.
        stamp = self._revisions.stamp
        with self._lock:
            if self._open is None or (stamp != self._stamp and self._open.revision < self._revisions.number):
                # Somebody may still ask the old one: it closes when nobody has it any more.
                self._open = Answers(self._revisions)
            self._stamp = stamp
            return self._open

    def _keep(self, tx: Tx, missing: Iterable[Component]) -> dict[Component, tuple[Answer, ...]]:
        answers = self.answers()
        followed = store.hold(tx, answers.revision)
        # Somebody else may have matched them before we had our turn.
        found = store.answers(tx, missing)
        new = {key: tuple(answers.about(key)) for key in missing if key not in found}
        # What this machine reads may be older than what was followed: it would never be mended.
        if new and answers.revision >= followed:
            store.add(tx, new, answers.revision)
        return found | new

    def _match_again(
        self, tx: Tx, page: Iterable[Kept], answers: Answers, ahead: Ahead
    ) -> dict[Component, Change]:
        known = ahead.answers if ahead.revision == answers.revision else {}
        now = {
            kept.number: known[kept.key] if kept.key in known else tuple(answers.about(kept.key))
            for kept in page
        }
        other = {kept.number: now[kept.number] for kept in page if now[kept.number] != kept.answers}
        if other:
            store.replace(tx, other, answers.revision)
        return {
            kept.key: Change(kept.answers, other[kept.number])
            for kept in page
            if kept.number in other and _unscored(kept.answers) != _unscored(other[kept.number])
        }


def _page(tx: Tx, place: Place) -> list[Kept]:
    """The components of one step."""
    if place.packages:
        return store.of_packages(tx, place.packages[:PACKAGES])
    # Also what machines with an older revision have matched since the first step.
    return store.page(tx, place.after, PAGE)


def _weighed(answers: Iterable[Answer]) -> set[tuple[object, ...]]:
    """What a verdict depends on."""
    return {
        (
            answer.id,
            answer.source,
            answer.kind,
            answer.severity,
            answer.state,
            answer.names,
            bool(answer.match.fixed),
        )
        for answer in answers
    }


def _unscored(answers: Iterable[Answer]) -> list[Answer]:
    """Without the probability that it is exploited."""
    return [replace(answer, exploitation=None) for answer in answers]

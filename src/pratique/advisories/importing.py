"""Takes in what sources publish: what is new, what changed, what is gone; all of one call becomes one revision.

A record is known by the hash of its bytes. Only where a verified bundle vouches for an archive, both now and when the
record came, is it known by name, CRC and size alone, which anybody could forge.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from pratique.advisories.archives import Archive
from pratique.advisories.contents import exploited_in, records_in, scores_in
from pratique.advisories.draft import Draft, Touched
from pratique.advisories.editions import Edition, check_dates, check_order
from pratique.advisories.revisions import Revisions
from pratique.advisories.shrinking import Losses, Releases, check_age, check_losses
from pratique.advisories.supplies import Form, Supply
from pratique.advisories.telling import Telling
from pratique.clock import Clock
from pratique.errors import Forbidden

Progress = Callable[[str, int], None]
"""Told the source and how many of its records were read."""
TOLD_EVERY = 1_000


@dataclass(slots=True)
class Outcome:
    """What became of one supply. `refused` counts records that the source may not publish, by why."""

    source: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An import that is done. `touched`: packages (family, name) of which something else may be true; None: all."""

    revision: int
    outcomes: tuple[Outcome, ...]
    touched: frozenset[Touched] | None


class Importer:
    """Imports into `revisions`. `tell` is called now and then; `releases` knows what an import would let out."""

    def __init__(
        self,
        revisions: Revisions,
        clock: Clock,
        tell: Progress = lambda _source, _count: None,
        *,
        releases: Releases | None = None,
        allow_unsigned: bool = True,
    ) -> None:
        self._revisions = revisions
        self._clock = clock
        self._tell = tell
        self._releases = releases
        self._allow_unsigned = allow_unsigned

    def take(
        self, supplies: Sequence[Supply], editions: Sequence[Edition] = (), *, allow_shrink: bool = False
    ) -> Taken:
        """Import all of it, or nothing. `editions` are those of the bundles that sealed supplies came in.

        Raises RecordInvalid, Shrinks, Forbidden for plain files where only bundles count, and Conflict for a bundle
        that is expired or older than the last one, or while another import is going on.
        """
        if not self._allow_unsigned:
            _check_sealed(supplies)
        with self._revisions.next() as connection:
            draft = Draft(connection)
            for edition in editions:
                check_dates(edition, self._clock.now())
                check_order(edition, draft.edition(edition.name))
                draft.put_edition(edition)
            outcomes = tuple(self._one(draft, supply, allow_shrink=allow_shrink) for supply in supplies)
            draft.keep_touched()
        return Taken(self._revisions.number, outcomes, draft.touched)

    def _one(self, draft: Draft, supply: Supply, *, allow_shrink: bool) -> Outcome:
        outcome = Outcome(supply.source, signed=supply.sealed)
        match supply.form:
            case Form.KEV:
                self._exploited(draft, supply, outcome, allow_shrink=allow_shrink)
            case Form.EPSS:
                scores = scores_in(supply)
                draft.replace_scores(scores)
                outcome.added = len(scores)
                self._put_source(draft, supply, "", "")
            case _:
                self._records(draft, supply, outcome, allow_shrink=allow_shrink)
        return outcome

    def _exploited(self, draft: Draft, supply: Supply, outcome: Outcome, *, allow_shrink: bool) -> None:
        """KEV is held to the same rules: what leaves it is no longer critical."""
        before, row = draft.exploited(), draft.source(supply.source)
        exploited = exploited_in(supply)
        after = {cve for cve, *_ in exploited}
        newest = max((added for _cve, added, _ransomware in exploited), default="")
        gone = Losses(sorted(before - after))
        for cve in gone.records:
            gone.packages.update(draft.packages_of_cve(cve))
        if not allow_shrink:
            # What is refused by its severity alone is not known.
            check_losses(supply.source, gone, len(before), None)
            check_age(supply.source, row.newest if row else "", newest)
        draft.replace_exploited(exploited)
        outcome.added, outcome.removed = len(after - before), len(gone.records)
        outcome.unchanged = len(after & before)
        self._put_source(draft, supply, "", newest)

    def _records(self, draft: Draft, supply: Supply, outcome: Outcome, *, allow_shrink: bool) -> None:
        sha256 = supply.sha256 or (_file_hash(supply) if supply.form is Form.ARCHIVE else "")
        row, now = draft.source(supply.source), self._clock.now()
        if row and sha256 and row.sha256 == sha256 and row.is_signed == supply.sealed:
            outcome.unchanged = draft.seen_again(row.id, now, is_signed=supply.sealed)
            return
        before = row.newest if row else ""
        source_id = row.id if row else self._put_source(draft, supply, sha256, before)
        telling = Telling(draft, source_id, supply)
        self._listen(telling, supply)
        telling.finish(outcome)
        newest = draft.newest(source_id, now)
        if not allow_shrink:
            check_losses(supply.source, telling.losses, telling.live_before, self._releases)
            check_age(supply.source, before, newest)
        self._put_source(draft, supply, sha256, newest or before)
        draft.put_refused(source_id, outcome.refused)
        draft.count_holdings(source_id, now)

    def _listen(self, telling: Telling, supply: Supply) -> None:
        with ExitStack() as stack:
            if supply.form is Form.ARCHIVE:
                members = telling.unknown(stack.enter_context(closing(Archive(supply.path))))
            else:
                members = records_in(supply)
            for count, member in enumerate(members, 1):
                telling.take(member)
                if count % TOLD_EVERY == 0:
                    self._tell(supply.source, count)

    def _put_source(self, draft: Draft, supply: Supply, sha256: str, newest: str) -> int:
        return draft.put_source(
            supply.source,
            sha256,
            self._clock.now(),
            is_signed=supply.sealed,
            is_whole=supply.form is not Form.RECORD,
            newest=newest,
        )


def _check_sealed(supplies: Sequence[Supply]) -> None:
    plain = [supply for supply in supplies if not supply.sealed]
    if plain:
        raise Forbidden(
            f"{plain[0].path} is a plain file, and nobody has proved where it comes from: import a packed bundle "
            "that a key of advisories.bundle_keys signed, or say advisories.allow_unsigned = true"
        )


def _file_hash(supply: Supply) -> str:
    with supply.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

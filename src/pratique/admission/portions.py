"""What is found in an image by the layers that it has in common with others, worked out once for all of them.

A share never changes, and what is known of its packages is the same for as long as the answers are
(`Findings.edition`, which is asked anew in each transaction). So what is remembered here is never older than what would
be read: who judges may rely on it inside of the transaction that writes the verdict.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from pratique.admission.covering import OWNED, Kinds, kinds_of
from pratique.admission.known import Memory, Vulnerability
from pratique.admission.remembering import ByShare
from pratique.admission.report import FINDINGS_LIMIT, installed
from pratique.advisories import Answer, Answers
from pratique.advisories.findings import Edition, Seen
from pratique.db import Tx
from pratique.inventory.package import full_name
from pratique.inventory.recording import Recording
from pratique.inventory.store.values import ComponentRow
from pratique.packages import Component
from pratique.policy import Finding, Portion, portion_of

REMEMBERED: Final = 400_000
"""Findings that are remembered, some 150 bytes each; a share without any counts as one."""

PLACES_TOLD: Final = 10
"""Places of one package of which a verdict is told; its report has all."""


class FindingsSource(Protocol):
    """What is known of components (`advisories.findings`)."""

    def look(self, tx: Tx, keys: Iterable[Component]) -> Seen:
        """The answers about each of `keys`."""
        ...

    def edition(self, tx: Tx) -> Edition:
        """What answers are given by now."""
        ...

    def answers(self) -> Answers:
        """The current revision."""
        ...


@dataclass(frozen=True, slots=True)
class Inside:
    """What some packages come to: what is found of them, and of which kinds they are.

    `is_whole`: that is all; what has more findings than anybody looks at is cut off.
    """

    portion: Portion
    kinds: Kinds
    is_whole: bool = True


class Portions:
    """Looks into shares. Threads may share it."""

    def __init__(self, recording: Recording, findings: FindingsSource, memory: Memory) -> None:
        self._recording = recording
        self._findings = findings
        self._memory = memory
        self._kept: ByShare[Inside] = ByShare(REMEMBERED, _weight)

    def of_shares(self, tx: Tx, shares: Mapping[str, int]) -> list[Inside]:
        """What is in each share; they are numbers by marks. Those behind one that is not whole are left out."""
        edition = self._findings.edition(tx)
        found: list[Inside] = []
        count = 0
        for mark, number in shares.items():
            inside = self._of(tx, mark, number, edition)
            count += len(inside.portion.findings)
            if count > FINDINGS_LIMIT:
                inside = replace(inside, is_whole=False)
            found.append(inside)
            if not inside.is_whole:
                break
        return found

    def of_rows(self, tx: Tx, rows: Sequence[ComponentRow]) -> Inside:
        """What packages come to that are not remembered."""
        return self._look(tx, rows)[0]

    def _of(self, tx: Tx, mark: str, number: int, edition: Edition) -> Inside:
        held = self._kept.get(mark, edition)
        if held is not None:
            return held
        inside, given_by = self._look(tx, self._recording.share(tx, number))
        if given_by is not None:
            self._kept.put(mark, given_by, inside)
        return inside

    def _look(self, tx: Tx, rows: Sequence[ComponentRow]) -> tuple[Inside, Edition | None]:
        seen = self._findings.look(tx, {row.key for row in rows if row.key is not None})
        found = list(islice(_found(rows, seen.answers, self._memory), FINDINGS_LIMIT + 1))
        is_whole = len(found) <= FINDINGS_LIMIT
        return Inside(portion_of(found[:FINDINGS_LIMIT]), kinds_of(rows), is_whole), seen.edition


def _weight(inside: Inside) -> int:
    return max(1, len(inside.portion.findings))


def _found(
    rows: Iterable[ComponentRow], answers: Mapping[Component, Sequence[Answer]], memory: Memory
) -> Iterator[Finding]:
    places: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.key is not None and answers[row.key]:
            places[row.purl, row.state] += 1
            if places[row.purl, row.state] > PLACES_TOLD:
                continue
            package = f"{full_name(row.located.package)} {installed(row.located.package)}"
            for known in memory.of(row.key, answers[row.key]):
                yield _finding(row, package, known)


def _finding(row: ComponentRow, package: str, known: Vulnerability) -> Finding:
    return Finding(
        id=known.id,
        aliases=known.aliases,
        package=package,
        severity=known.severity,
        state=OWNED if row.state == OWNED else known.state,
        fixed=known.fixed,
        path=row.path,
        is_informational=known.is_informational,
        purl=row.purl,
    )

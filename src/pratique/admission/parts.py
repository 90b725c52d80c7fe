"""Parts of reports by the layers that images have in common, as `portions` has them for the judge."""

from collections.abc import Mapping
from typing import Final

from pratique.admission.covering import Expectations
from pratique.admission.known import Known, Memory
from pratique.admission.portions import FindingsSource
from pratique.admission.remembering import ByShare
from pratique.admission.report import Part, part_of
from pratique.advisories.findings import Edition
from pratique.db import Tx
from pratique.inventory.recording import Recording

REMEMBERED: Final = 250_000
"""Packages and findings that are remembered, some 400 bytes each: those of bases, above all."""


class Parts:
    """Reports on shares. Threads may share it."""

    def __init__(
        self, recording: Recording, findings: FindingsSource, expected: Expectations, memory: Memory
    ) -> None:
        self._recording = recording
        self._findings = findings
        self._expected = expected
        self._memory = memory
        self._kept: ByShare[Part] = ByShare(REMEMBERED, _weight)

    def of_shares(self, tx: Tx, shares: Mapping[str, int]) -> list[Part]:
        """What is to be told of each share; they are numbers by marks."""
        edition = self._findings.edition(tx)
        return [self._of(tx, mark, number, edition) for mark, number in shares.items()]

    def _of(self, tx: Tx, mark: str, number: int, edition: Edition) -> Part:
        held = self._kept.get(mark, edition)
        if held is not None:
            return held
        rows = self._recording.share(tx, number)
        seen = self._findings.look(tx, {row.key for row in rows if row.key is not None})
        made = part_of(rows, Known(seen.answers), self._expected, self._memory)
        if seen.edition is not None:
            self._kept.put(mark, seen.edition, made)
        return made


def _weight(part: Part) -> int:
    return max(1, len(part.packages) + len(part.findings))

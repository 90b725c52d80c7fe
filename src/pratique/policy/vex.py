"""What people say of a vulnerability in one artifact: VEX ("vulnerability exploitability exchange"), as a frozen value.

The four statuses are those of CISA's Minimum Requirements for VEX (April 2023). Formats are read in `trust`.
"""

from dataclasses import dataclass
from typing import Final, Literal

from pratique.clock import Moment
from pratique.packages import names_package

VexStatus = Literal["not_affected", "affected", "fixed", "under_investigation"]

WAIVING: Final = frozenset({"not_affected", "fixed"})
"""Statuses by which a vulnerability harms nobody; by the others it stands."""


@dataclass(frozen=True, slots=True)
class VexStatement:
    """A vulnerability and where this artifact stands with it, as of `timestamp`.

    `names` are those of the vulnerability. `components` are package URLs: it speaks of these packages in the artifact,
    and of all of the artifact where there are none. `author` and `document` are what the document calls its author and
    itself, `number` is the statement's place in it, from 1 on. Nobody proves these: who vouches is known of the
    signature alone.
    """

    status: VexStatus
    names: tuple[str, ...]
    timestamp: Moment
    components: tuple[str, ...] = ()
    justification: str = ""
    impact: str = ""
    author: str = ""
    document: str = ""
    number: int = 1

    @property
    def waives(self) -> bool:
        """Whether it says that the vulnerability harms nobody here."""
        return self.status in WAIVING

    def speaks_of_package(self, purl: str) -> bool:
        """Whether it speaks of a package in the artifact."""
        return not self.components or any(names_package(named, purl) for named in self.components)

    @property
    def said(self) -> str:
        """Status, why, and where that is written."""
        why = self.justification or self.impact
        where = f"statement {self.number} of {self.document}" if self.document else f"statement {self.number}"
        return f"{self.status}{f' ({why})' if why else ''} by {where}"

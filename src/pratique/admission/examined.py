"""What examination found of an artifact, joined with what is known of packages: for the judge, and for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pratique.admission.covering import Expectations, covered, together
from pratique.admission.known import Known, Memory
from pratique.admission.named import added, row_of
from pratique.admission.parts import Parts
from pratique.admission.portions import FindingsSource, Inside, Portions
from pratique.admission.report import TOO_MANY, Report, joined, report_on
from pratique.admission.report import Finding as Told
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.recording import Image, Outline, Problem, Recording
from pratique.inventory.store.values import ComponentRow
from pratique.policy import NOTHING, Contents, Finding
from pratique.registry.values import Artifact
from pratique.scanners import ForeignFindings, ForeignWord, beside

PROBLEMS_TOLD: Final = 3
"""Ecosystems without current advisories that a verdict names; the report has all."""


@dataclass(frozen=True, slots=True)
class Others:
    """Packages that another scanner names beside `ours`.

    `found` is what is known of `theirs`, `added` that of it which they have and ours have not.
    """

    ours: Sequence[ComponentRow]
    theirs: Sequence[ComponentRow]
    found: Sequence[Told]
    added: Sequence[Told]


class Examined:
    """Reads what was recorded. Nothing is examined here, and nothing is matched that was matched before."""

    def __init__(
        self,
        recording: Recording,
        findings: FindingsSource,
        foreign: ForeignFindings,
        expected: Expectations | None = None,
    ) -> None:
        self._recording = recording
        self._findings = findings
        self._foreign = foreign
        self._expected = expected or Expectations()
        self._memory = Memory()
        self._portions = Portions(recording, findings, self._memory)
        self._parts = Parts(recording, findings, self._expected, self._memory)

    def contents(
        self, tx: Tx, project_id: int, artifact: Artifact, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Contents | None:
        """What the judge is told; None: it was not examined yet. Of an index nothing: its children are examined.

        `also` are packages that it has by the word of others: they are added to what layers show, and take nothing
        away. Of what could not be examined they are all that is known. What the project's scanner has found beside
        ours counts as well, and so do the packages that it names.
        """
        if artifact.is_index:
            return NOTHING
        outline = self._recording.outline_of(tx, artifact.digest)
        if outline is None:
            return None
        word = self._foreign.word(tx, project_id, artifact.digest)
        theirs = word.findings
        also = [*also, *_rows(word)]
        if isinstance(outline, Problem):
            said = self._contents([self._portions.of_rows(tx, also)], None, at, theirs)
            return replace(said, problem=outline.reason)
        inside = self._portions.of_shares(tx, outline.shares)
        if also:
            shown = self._recording.components_of(tx, artifact.digest)
            inside.append(self._portions.of_rows(tx, added(shown, also)))
        return self._contents(inside, outline.distribution, at, theirs)

    def prepare(self, tx: Tx, digests: Iterable[str]) -> None:
        """Work out what takes long about images that are judged next, which may be done outside of a transaction."""
        for digest in digests:
            outline = self._recording.outline_of(tx, digest)
            if isinstance(outline, Outline):
                self._portions.of_shares(tx, outline.shares)

    def others(self, tx: Tx, project_id: int, digest: str, at: Moment) -> Others | None:
        """The packages that the project's scanner names, and what is known of them; None: it names none."""
        theirs = _rows(self._foreign.word(tx, project_id, digest))
        image = self._recording.image_of(tx, digest) if theirs else None
        if not isinstance(image, Image):
            return None
        return Others(
            ours=image.rows,
            theirs=theirs,
            found=self._report(tx, theirs, image.distribution, at).findings,
            added=self._report(tx, added(image.rows, theirs), image.distribution, at).findings,
        )

    def report(
        self, tx: Tx, digest: str, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Report | Problem | None:
        """The report on an image at a moment, `also` as above; None: it was not examined yet."""
        if not also:
            return self._report_by_shares(tx, digest, at)
        image = self._recording.image_of(tx, digest)
        if not isinstance(image, Image):
            return image
        rows = [*image.rows, *added(image.rows, also)]
        return self._report(tx, rows, image.distribution, at)

    def _report_by_shares(self, tx: Tx, digest: str, at: Moment) -> Report | Problem | None:
        outline = self._recording.outline_of(tx, digest)
        if not isinstance(outline, Outline):
            return outline
        parts = self._parts.of_shares(tx, outline.shares)
        holdings = self._findings.answers().holdings()
        return joined(parts, outline.distribution, holdings, at, self._expected)

    def _report(
        self, tx: Tx, rows: Sequence[ComponentRow], distribution: Distribution | None, at: Moment
    ) -> Report:
        found = self._findings.look(tx, {row.key for row in rows if row.key is not None}).answers
        known = Known(found, self._findings.answers().holdings())
        return report_on(rows, distribution, known, at, self._expected, self._memory)

    def _contents(
        self, inside: Sequence[Inside], of: Distribution | None, at: Moment, theirs: Sequence[Finding]
    ) -> Contents:
        answers = self._findings.answers()
        kinds = together([one.kinds for one in inside])
        coverage = covered(kinds, of, answers.holdings(), at, self._expected)
        problems = [one.problem for one in coverage if one.problem]
        if not all(one.is_whole for one in inside):
            problems.append(TOO_MANY)
        contents = Contents(
            problem=_problem(problems),
            valid_until=min((one.until for one in coverage if one.until is not None), default=None),
            judged_by=f"advisories:{answers.revision}",
            portions=tuple(one.portion for one in inside),
        )
        return replace(contents, findings=beside(contents.all_findings, theirs)) if theirs else contents


def _rows(word: ForeignWord) -> list[ComponentRow]:
    """The packages that a scanner names; their paths say whose word it is."""
    return [row_of(one.purl, f"{one.path} (said by {word.scanner})", word.scanner) for one in word.packages]


def _problem(errors: Sequence[str]) -> str:
    """Without what every message begins with: the rule says it once."""
    told = [error.removeprefix("could not be examined: ") for error in errors[:PROBLEMS_TOLD]]
    more = f"; and {len(errors) - PROBLEMS_TOLD} more" if len(errors) > PROBLEMS_TOLD else ""
    return "; ".join(told) + more

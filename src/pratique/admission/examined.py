"""What examination found of an artifact, joined with what is known of packages: for the judge, and for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pratique.admission.covering import Expectations, covered, together
from pratique.admission.known import Memory
from pratique.admission.portions import FindingsSource, Inside, Portions
from pratique.admission.report import TOO_MANY, Report, report_on
from pratique.advisories import Answer, Holding
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.recording import Image, Outline, Problem, Recording
from pratique.inventory.store.values import ComponentRow
from pratique.packages import Component
from pratique.policy import NOTHING, Contents, Finding
from pratique.registry.values import Artifact
from pratique.scanners import ForeignFindings, beside

PROBLEMS_TOLD: Final = 3
"""Ecosystems without current advisories that a verdict names; the report has all."""


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

    def contents(
        self, tx: Tx, project_id: int, artifact: Artifact, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Contents | None:
        """What the judge is told; None: it was not examined yet. Of an index nothing: its children are examined.

        `also` are packages that it has by the word of others: they are added to what layers show, and take nothing
        away. Of what could not be examined they are all that is known. What the project's scanner has found beside
        ours counts as well.
        """
        if artifact.is_index:
            return NOTHING
        outline = self._recording.outline_of(tx, artifact.digest)
        if outline is None:
            return None
        theirs = self._foreign.of(tx, project_id, artifact.digest)
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

    def report(
        self, tx: Tx, digest: str, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Report | Problem | None:
        """The report on an image at a moment, `also` as above; None: it was not examined yet."""
        image = self._recording.image_of(tx, digest)
        if not isinstance(image, Image):
            return image
        rows = [*image.rows, *added(image.rows, also)]
        found = self._findings.look(tx, {row.key for row in rows if row.key is not None}).answers
        known = Known(found, self._findings.answers().holdings())
        return report_on(rows, image.distribution, known, at, self._expected, self._memory)

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


class Known:
    """`report.Advisories` of what was looked up already."""

    def __init__(self, found: Mapping[Component, Sequence[Answer]], held: Sequence[Holding] = ()) -> None:
        self._found = found
        self._held = held

    def about(self, component: Component) -> Sequence[Answer]:
        """The advisories that a component is affected by."""
        return self._found[component]

    def holdings(self) -> Sequence[Holding]:
        """What the sources have."""
        return self._held


def added(rows: Iterable[ComponentRow], also: Iterable[ComponentRow]) -> list[ComponentRow]:
    """What others say is inside, without what layers show already."""
    shown = {row.key for row in rows} | {row.purl for row in rows}
    return [row for row in also if row.key not in shown and row.purl not in shown]


def _problem(errors: Sequence[str]) -> str:
    """Without what every message begins with: the rule says it once."""
    told = [error.removeprefix("could not be examined: ") for error in errors[:PROBLEMS_TOLD]]
    more = f"; and {len(errors) - PROBLEMS_TOLD} more" if len(errors) > PROBLEMS_TOLD else ""
    return "; ".join(told) + more

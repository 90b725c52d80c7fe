"""What examination found of an artifact, joined with what is known of packages: for the judge, and for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from pratique.admission.known import Memory
from pratique.admission.report import Expectations, Report, report_on
from pratique.admission.report import Finding as Told
from pratique.advisories import Answer, Answers, Holding
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.recording import Image, Problem, Recording
from pratique.inventory.store.values import ComponentRow
from pratique.packages import Component
from pratique.policy import NOTHING, Contents, Finding
from pratique.registry.values import Artifact
from pratique.scanners import ForeignFindings, united

PROBLEMS_TOLD: Final = 3
"""Ecosystems without current advisories that a verdict names; the report has all."""


class FindingsSource(Protocol):
    """What is known of components (`advisories.findings`)."""

    def seen(self, tx: Tx, keys: Iterable[Component]) -> Mapping[Component, tuple[Answer, ...]]:
        """The answers about each of `keys`."""
        ...

    def answers(self) -> Answers:
        """The current revision."""
        ...


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
        image = self._recording.image_of(tx, artifact.digest)
        if image is None:
            return None
        theirs = self._foreign.of(tx, project_id, artifact.digest)
        if isinstance(image, Problem):
            said = self._contents(self._report(tx, also, None, at), theirs)
            return replace(said, problem=image.reason)
        rows = [*image.rows, *added(image.rows, also)]
        return self._contents(self._report(tx, rows, image.distribution, at), theirs)

    def report(self, tx: Tx, digest: str, at: Moment) -> Report | Problem | None:
        """The report on an image at a moment; None: it was not examined yet."""
        image = self._recording.image_of(tx, digest)
        if not isinstance(image, Image):
            return image
        return self._report(tx, image.rows, image.distribution, at)

    def _report(
        self, tx: Tx, rows: Sequence[ComponentRow], distribution: Distribution | None, at: Moment
    ) -> Report:
        found = self._findings.seen(tx, {row.key for row in rows if row.key is not None})
        known = Known(found, self._findings.answers().holdings())
        return report_on(rows, distribution, known, at, self._expected, self._memory)

    def _contents(self, report: Report, theirs: Sequence[Finding]) -> Contents:
        return Contents(
            findings=united(tuple(map(_finding, report.findings)), theirs),
            problem=_problem(report.errors),
            valid_until=min((one.until for one in report.coverage if one.until is not None), default=None),
            judged_by=f"advisories:{self._findings.answers().revision}",
        )


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


def _finding(told: Told) -> Finding:
    return Finding(
        id=told.id,
        aliases=told.aliases,
        package=f"{told.package} {told.version}",
        severity=told.severity,
        state=told.state,
        fixed=told.fixed,
        path=told.path,
        is_informational=told.is_informational,
        purl=told.purl,
    )


def _problem(errors: Sequence[str]) -> str:
    """Without what every message begins with: the rule says it once."""
    told = [error.removeprefix("could not be examined: ") for error in errors[:PROBLEMS_TOLD]]
    more = f"; and {len(errors) - PROBLEMS_TOLD} more" if len(errors) > PROBLEMS_TOLD else ""
    return "; ".join(told) + more

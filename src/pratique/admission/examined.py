"""What examination found of an artifact, joined with what is known of packages: for the judge, and for people."""

from collections.abc import Mapping, Sequence
from typing import Final

from pratique.admission.report import Expectations, Report, report_on
from pratique.admission.report import Finding as Told
from pratique.advisories import Answer, Holding
from pratique.advisories.findings import Findings
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.recording import Image, Problem, Recording
from pratique.packages import Component
from pratique.policy import NOTHING, Contents, Finding
from pratique.registry.values import Artifact

PROBLEMS_TOLD: Final = 3
"""Ecosystems without current advisories that a verdict names; the report has all."""


class Examined:
    """Reads what was recorded. Nothing is examined here, and nothing is matched that was matched before."""

    def __init__(
        self, recording: Recording, findings: Findings, expected: Expectations | None = None
    ) -> None:
        self._recording = recording
        self._findings = findings
        self._expected = expected or Expectations()

    def contents(self, tx: Tx, artifact: Artifact, at: Moment) -> Contents | None:
        """What the judge is told; None: it was not examined yet. Of an index nothing: its children are examined."""
        if artifact.is_index:
            return NOTHING
        found = self.report(tx, artifact.digest, at)
        match found:
            case None:
                return None
            case Problem():
                return Contents(problem=found.reason)
        return self._contents(found)

    def report(self, tx: Tx, digest: str, at: Moment) -> Report | Problem | None:
        """The report on an image at a moment; None: it was not examined yet."""
        image = self._recording.image_of(tx, digest)
        if not isinstance(image, Image):
            return image
        found = self._findings.seen(tx, {row.key for row in image.rows if row.key is not None})
        known = Known(found, self._findings.answers().holdings())
        return report_on(image.rows, image.distribution, known, at, self._expected)

    def _contents(self, report: Report) -> Contents:
        return Contents(
            findings=tuple(map(_finding, report.findings)),
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

"""What is to be said of an artifact: the predicate of each form, out of what was recorded and what is known.

The same contents and the same advisories give the same predicate. The moment that a report speaks of is that of the
examination, or that of the newest import if it came later: from then on nothing else is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pratique import __version__
from pratique.admission.attesting.forms import BILLS, Form
from pratique.admission.attesting.plan import Plan
from pratique.admission.attesting.predicates import Scanner, not_affected, openvex, result_of, vulnerabilities
from pratique.admission.examined import Examined
from pratique.admission.report import Report
from pratique.advisories import Answers, Clearance
from pratique.advisories.findings import Findings
from pratique.clock import DAY, Moment
from pratique.db import Tx
from pratique.inventory import Contents
from pratique.inventory.recording import Problem, Recording
from pratique.inventory.sbom import Subject, write_cyclonedx, write_spdx
from pratique.oci.digest import digest_of
from pratique.trust.signing import Named

RENEWED_AFTER: Final = 7 * DAY
"""How old a report that still holds gets before it is said again: consumers ask for recent ones."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said in a form, resting on `basis`, and of which moment.

    `predicate` None: it is said already, or it can't be, and `problem` says why.
    """

    form: Form
    basis: str
    moment: Moment
    predicate: Any | None = None
    problem: str = ""


class Speaker:
    """Reads what is known. `url` is how clients reach the registry."""

    def __init__(self, recording: Recording, examined: Examined, findings: Findings, url: str) -> None:
        self._recording = recording
        self._examined = examined
        self._findings = findings
        self._url = url

    def of(self, tx: Tx, plan: Plan, at: Moment) -> list[Said]:
        """What is to be said at a moment; what a plan has in other forms is to go."""
        if plan.named is None or plan.image is None:
            return []
        if plan.image.problem:
            return [_problem(form, plan.image.problem, plan.image.at) for form in sorted(plan.wanted)]
        bills = list(self._bills(tx, plan, plan.named))
        asks = Form.VULNERABILITIES in plan.wanted
        return [*bills, *(self._reports(tx, plan, plan.named, at) if asks else ())]

    def _bills(self, tx: Tx, plan: Plan, named: Named) -> Iterator[Said]:
        if plan.image is None:
            return
        contents: Contents | None = None
        for form in (form for form in BILLS if form in plan.wanted):
            basis = _basis(form, named.resource, plan.image.readers, __version__)
            if plan.stands(form, basis):
                yield Said(form, basis, plan.image.at)
                continue
            contents = contents or self._contents(tx, plan)
            subject = Subject(named.resource, named.digest, named.resource)
            write = write_cyclonedx if form is Form.CYCLONEDX else write_spdx
            yield Said(form, basis, plan.image.at, msgspec.json.decode(write(contents, subject)))

    def _contents(self, tx: Tx, plan: Plan) -> Contents:
        found = self._recording.contents_of(tx, plan.digest)
        if found is None or isinstance(found, Problem):
            raise LookupError(f"{plan.digest} was examined a moment ago")
        return found

    def _reports(self, tx: Tx, plan: Plan, named: Named, at: Moment) -> Iterator[Said]:
        report = self._examined.report(tx, plan.digest, at)
        if not isinstance(report, Report) or plan.image is None:
            return
        answers = self._findings.answers()
        known = max([plan.image.at, *(one.imported_at for one in answers.holdings())])
        if report.errors:
            # A report that says less than all would be read as clean by whoever looks at its findings only.
            yield _problem(Form.VULNERABILITIES, "; ".join(report.errors), known)
        else:
            scanner = Scanner(self._url, answers.revision)
            basis = _basis(Form.VULNERABILITIES, named.resource, _substance(report))
            moment = _moment(plan, Form.VULNERABILITIES, basis, known, at)
            yield _unless_said(
                plan, Form.VULNERABILITIES, basis, moment, vulnerabilities(report, scanner, moment)
            )
        statements = not_affected(self._cleared(tx, plan, answers), named)
        if statements:
            basis = _basis(Form.OPENVEX, named.resource, statements)
            moment = _moment(plan, Form.OPENVEX, basis, known, at)
            yield _unless_said(
                plan, Form.OPENVEX, basis, moment, openvex(statements, named.digest, self._url, moment)
            )

    def _cleared(self, tx: Tx, plan: Plan, answers: Answers) -> Iterator[tuple[str, Clearance]]:
        """What a distribution says of its own packages. What else is no finding is not stated, but simply not found."""
        for row in self._recording.components_of(tx, plan.digest):
            if row.key is not None and row.key.ecosystem.is_distribution:
                yield from ((row.purl, one) for one in answers.cleared(row.key))


def _moment(plan: Plan, form: Form, basis: str, known: Moment, at: Moment) -> Moment:
    """A report that still holds keeps its moment for a while; another never has the moment of the one before."""
    row = plan.row(form)
    if row is None or row.problem or known > row.moment + RENEWED_AFTER:
        return known
    if row.basis == basis:
        return row.moment
    return known if known > row.moment else at


def _unless_said(plan: Plan, form: Form, basis: str, moment: Moment, predicate: Any) -> Said:
    row = plan.row(form)
    is_said = plan.stands(form, basis) and row is not None and row.moment == moment
    return Said(form, basis, moment, None if is_said else predicate)


def _problem(form: Form, text: str, at: Moment) -> Said:
    return Said(form, _basis(form, text), at, problem=text)


def _substance(report: Report) -> Any:
    """All of a report but the dates of imports: a new state of a source that changes no finding is no other report."""
    document = result_of(report)
    covered = [
        [one["ecosystem"], [each["source"] for each in one["sources"]]] for one in document["coverage"]
    ]
    return [document["findings"], covered]


def _basis(*parts: Any) -> str:
    """A digest that tells one statement from the next."""
    return digest_of(msgspec.json.encode(parts))

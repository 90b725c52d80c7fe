"""The security hub: how all artifacts are, and which of them a vulnerability touches.

Who holds `security-hub` at system level asks about everything, as in Harbor. Everybody else asks within one project
that he names, and sees there what he sees of its artifacts: to READ what is refused is not there (gate.md 6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.access import Permission, Tier
from pratique.admission import store as verdicts
from pratique.admission.report import Waived
from pratique.admission.reports.harbor import details_of, word
from pratique.admission.reports.hub import MANY, Hit, Search, Summary
from pratique.admission.store.hub import Seen, Where
from pratique.advisories.details import Details
from pratique.db import Tx
from pratique.errors import BadRequest, Forbidden, NotFound, Unavailable
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import number_of, unanswerable
from pratique.http.api.operations import Operation, Reads
from pratique.http.api.parameters import PAGE, PAGE_SIZE, QUERY, Parameter
from pratique.http.api.query import Term
from pratique.http.api.resources.reaching import optional
from pratique.http.api.rules import AtSystem, Authenticated, find_project, may_at_system, require_in_project
from pratique.http.api.schemas import scanning as schemas
from pratique.http.api.schemas.fields import shown
from pratique.oci.names import project_of
from pratique.packages import Severity
from pratique.policy.refusal import clean

_READ: Final = Permission("security-hub", "read")
_LIST: Final = Permission("security-hub", "list")
_ADDITIONS: Final = Permission("artifact-addition", "read")
_FIELDS: Final = frozenset(
    {"cve_id", "severity", "cvss_score_v3", "project_id", "repository_name", "package", "tag", "digest"}
)
_BY_WORD: Final = {word(severity).lower(): severity for severity in Severity}


def _summary(call: Call, tx: Tx) -> Reply:
    with_places, with_vulnerabilities = (
        bool(call.option("with_dangerous_artifact")),
        bool(call.option("with_dangerous_cve")),
    )
    found = _counted(call, tx)
    counts = {severity: found.counts.get(severity, 0) for severity in Severity}
    return Reply(
        schemas.SecuritySummary(
            critical_cnt=counts[Severity.CRITICAL],
            high_cnt=counts[Severity.HIGH],
            medium_cnt=counts[Severity.MEDIUM],
            low_cnt=counts[Severity.LOW],
            none_cnt=counts[Severity.NEGLIGIBLE] + counts[Severity.NONE],
            unknown_cnt=counts[Severity.UNKNOWN],
            total_vuls=sum(counts.values()),
            scanned_cnt=found.examined,
            total_artifact=found.artifacts,
            fixable_cnt=found.fixable,
            dangerous_cves=_vulnerabilities(call, found) if with_vulnerabilities else None,
            dangerous_artifacts=_artifacts(found) if with_places else None,
            update_time=shown(found.at),
        )
    )


def _counted(call: Call, tx: Tx) -> Summary:
    found = call.rooms.hub.summary(tx)
    if found is not None:
        return found
    if not call.rooms.hub.is_empty(tx):
        raise Unavailable("findings have not been counted yet: the worker does that; try again in a moment")
    return Summary(call.rooms.clock.now(), 0, 0, {}, 0, (), ())


def _vulnerabilities(call: Call, found: Summary) -> list[schemas.DangerousCVE]:
    details = call.rooms.hub.details(found.vulnerabilities)
    said = [(each, details_of(each, details)) for each in found.vulnerabilities]
    return [
        schemas.DangerousCVE(
            cve_id=each.id,
            severity=word(each.severity),
            package=each.package,
            version=each.version,
            desc=its.text,
            cvss_score_v3=its.cvss_v3.value if its.cvss_v3 else None,
        )
        for each, its in said
    ]


def _artifacts(found: Summary) -> list[schemas.DangerousArtifact]:
    return [
        schemas.DangerousArtifact(
            project_id=each.place.project_id,
            repository_name=each.place.repository,
            digest=each.place.digest,
            critical_cnt=each.counts.get(Severity.CRITICAL, 0),
            high_cnt=each.counts.get(Severity.HIGH, 0),
            medium_cnt=each.counts.get(Severity.MEDIUM, 0),
        )
        for each in found.places
    ]


def _list(call: Call, tx: Tx) -> Reply:
    asked = _asked(call)
    wanted = Search(
        vulnerability=asked.text("cve_id"),
        severity=asked.severity(),
        package=asked.text("package"),
        where=Where(
            _seen(call, tx, asked),
            repository=asked.text("repository_name"),
            digest=asked.text("digest"),
            tag=asked.text("tag"),
        ),
    )
    page = call.page
    hits, total = call.rooms.hub.search(
        tx, wanted, page.offset, page.limit, exactly=not call.option("tune_count")
    )
    hits = call.rooms.words.on_hits(tx, hits)
    tags = call.rooms.hub.tags_of(tx, hits, wanted.where) if call.option("with_tag") else None
    details = call.rooms.hub.details(hit.finding for hit in hits)
    items = [_item(hit, tags, details_of(hit.finding, details)) for hit in hits]
    if total != MANY:
        return page_of(call, items, total)
    # There is a next page as long as this one is full.
    reply = page_of(call, items, page.offset + len(items) + (len(items) == page.limit))
    return Reply(reply.body, {**reply.headers, "X-Total-Count": str(MANY)})


def _item(hit: Hit, tags: Mapping[int, Sequence[str]] | None, said: Details) -> schemas.VulnerabilityItem:
    finding, place = hit.finding, hit.place
    return schemas.VulnerabilityItem(
        project_id=place.project_id,
        repository_name=place.repository,
        digest=place.digest,
        tags=None if tags is None else list(tags.get(place.manifest_id, ())),
        cve_id=hit.id,
        severity=word(finding.severity),
        status=finding.state,
        package=finding.package,
        version=finding.version,
        fixed_version=", ".join(finding.fixed),
        aliases=[name for name in (finding.id, *finding.aliases) if name != hit.id],
        links=list(said.links),
        desc=said.text,
        cvss_v3_score=said.cvss_v3.value if said.cvss_v3 else None,
        waived=_waived(finding.waived),
    )


def _waived(waived: Waived | None) -> schemas.Waived | None:
    if waived is None:
        return None
    return schemas.Waived(waived.by, clean(waived.said), optional(waived.until))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The conditions of `q`, each field once."""

    terms: Mapping[str, Term]

    def text(self, field: str) -> str | None:
        return self.terms[field].value if field in self.terms else None

    def severity(self) -> Severity | None:
        said = self.text("severity")
        if said is None:
            return None
        if said.lower() not in _BY_WORD:
            raise BadRequest(f"q: severity is one of {', '.join(_BY_WORD)}, not {said[:40]!r}")
        return _BY_WORD[said.lower()]


def _asked(call: Call) -> _Asked:
    """As Harbor: an unknown field, or one asked in another way than by its value, is refused."""
    terms: dict[str, Term] = {}
    for term in call.query.terms:
        if term.field not in _FIELDS:
            raise BadRequest(f"q: {term.field[:40]} is not known here; {', '.join(sorted(_FIELDS))} are")
        if term.field == "cvss_score_v3":
            raise BadRequest("q: scores by CVSS are not kept; ask by severity")
        if term.how != "is" or term.field in terms:
            raise unanswerable(term)
        terms[term.field] = term
    return _Asked(terms)


def _seen(call: Call, tx: Tx, asked: _Asked) -> Seen:
    """What the caller sees of what he asks about. Raises Forbidden where he may ask about no such thing."""
    number = None
    if "project_id" in asked.terms:
        number = number_of(asked.terms["project_id"], asked.terms["project_id"].value)
    if may_at_system(call, tx, _LIST):
        return Seen(None if number is None else frozenset({number}))
    name = asked.text("repository_name")
    if number is None and name is None:
        raise Forbidden(
            f"this needs {_LIST} at system level; name a project by project_id or repository_name"
        )
    by_name = number is None
    project = find_project(call, tx, project_of(name or "") if by_name else str(number), by_name=by_name)
    standing = require_in_project(call, tx, project, (_ADDITIONS,))
    ids = frozenset({standing.project_id})
    if number is not None and standing.project_id != number:
        raise NotFound("there is no such project")
    if reach.reader(call, standing).tier >= Tier.INSPECT:
        return Seen(ids)
    return Seen(ids, (verdicts.gate_of(tx, standing.project_id).floor, call.rooms.clock.now()))


_TAG: Final = "securityhub"

OPERATIONS: Final = (
    Operation(
        "GET",
        "/security/summary",
        "getSecuritySummary",
        "How many findings there are in all artifacts, and which are the worst",
        _TAG,
        AtSystem(_READ),
        Reads(_summary),
        schemas.SecuritySummary,
        parameters=(
            Parameter("with_dangerous_cve", "boolean", "Name the worst vulnerabilities.", default=False),
            Parameter("with_dangerous_artifact", "boolean", "Name the worst artifacts.", default=False),
        ),
    ),
    Operation(
        "GET",
        "/security/vul",
        "ListVulnerabilities",
        "Which artifacts a vulnerability touches, or what is known to be wrong with them, the worst first",
        _TAG,
        Authenticated(),
        Reads(_list),
        list[schemas.VulnerabilityItem],
        parameters=(
            QUERY,
            PAGE,
            PAGE_SIZE,
            Parameter(
                "tune_count",
                "boolean",
                "Count no further than 1000, and not to 200000; the total is -1 then.",
                default=False,
            ),
            Parameter("with_tag", "boolean", "Show the tags of the artifacts.", default=False),
        ),
        errors=(BadRequest, Forbidden, NotFound),
    ),
)

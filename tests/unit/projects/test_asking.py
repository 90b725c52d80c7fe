"""What narrows: exactly what may end the admission of something that passed before, now or sooner than it would have.

The rule `vulnerabilities` itself is asked what passes, so that both can't drift apart.
"""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.policy.evidence import NOW, evidence

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy import Allowed, Contents, Finding, Outcome, Policy, Reason, Tolerance
from pratique.policy.vulnerabilities import Vulnerabilities
from pratique.projects.asking import Asked, demands_of, differs, list_of, tolerance_of
from pratique.projects.values import COSIGN, NOTATION, Admission, Allowlist, Project

OPEN, ANY = Asked(), Asked(Admission.SIGNED)
COSIGN_ONLY = Asked(Admission.SIGNED, frozenset({COSIGN}))
BOTH = Asked(Admission.SIGNED, frozenset({COSIGN, NOTATION}))

THRESHOLDS = (Severity.NONE, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
NAMES = ("CVE-2026-1", "CVE-2026-2", "ghsa-a")
TIMES = [Moment(NOW + hours * 3_600_000_000) for hours in (-1, 0, 1, 2, 3)]

entries = st.builds(
    Allowed, st.sampled_from((*NAMES, "cve-2026-1", "GHSA-A")), st.none() | st.sampled_from(TIMES)
)
tolerances = st.none() | st.builds(
    Tolerance,
    st.sampled_from(THRESHOLDS),
    st.just(Severity.HIGH),
    st.lists(entries, max_size=4).map(tuple),
    st.booleans(),
)


def some_contents() -> Iterator[Contents]:
    """One finding of each name (and one that no list names) and weight, bundles of two, and what can't be examined."""
    yield Contents()
    yield Contents(problem="no current advisories")
    for severity in THRESHOLDS:
        for name in (*NAMES, "CVE-2026-9"):
            yield Contents((Finding(name, (), "openssl 1", severity, "affected"),))
        yield Contents((Finding("DSA-1", NAMES[:2], "openssl 1", severity, "affected"),))


def weighed(tolerance: Tolerance | None, contents: Contents, at: Moment) -> tuple[Reason, ...]:
    return Vulnerabilities().weigh(Policy("open", 1, frozenset(), tolerance), evidence(contents=contents), at)


def passes(tolerance: Tolerance | None, contents: Contents, at: Moment) -> bool:
    return all(reason.outcome is Outcome.PASS for reason in weighed(tolerance, contents, at))


@given(tolerances, tolerances)
def test_it_narrows_exactly_when_something_that_passed_may_not_pass_any_more(
    before: Tolerance | None, after: Tolerance | None
) -> None:
    lost = any(
        passes(before, contents, at) and not passes(after, contents, at)
        for contents in some_contents()
        for at in TIMES
        if at >= NOW
    )
    asked, former = Asked(tolerance=after), Asked(tolerance=before)
    assert (asked.narrows(former) or bool(asked.takes_back(former, NOW))) is lost


@given(tolerances, tolerances)
def test_a_verdict_that_rests_on_nothing_taken_back_holds_until_its_end(
    before: Tolerance | None, after: Tolerance | None
) -> None:
    asked, former = Asked(tolerance=after), Asked(tolerance=before)
    assume(not asked.narrows(former))
    marks = asked.takes_back(former, NOW)
    for contents in some_contents():
        reasons = weighed(before, contents, NOW)
        if not passes(before, contents, NOW) or any(reason.rests_on & marks for reason in reasons):
            continue
        end = min((reason.valid_until for reason in reasons if reason.valid_until), default=TIMES[-1] + 1)
        assert all(passes(after, contents, at) for at in TIMES if NOW <= at < end)


def test_asking_for_more_signatures_narrows_and_asking_for_fewer_does_not() -> None:
    for less, more in ((OPEN, ANY), (ANY, COSIGN_ONLY), (COSIGN_ONLY, BOTH), (OPEN, BOTH)):
        assert more.narrows(less)
        assert not less.narrows(more)


def test_fewer_signatures_do_not_make_up_for_contents() -> None:
    assert Asked(tolerance=Tolerance(Severity.HIGH)).narrows(BOTH)
    assert BOTH.narrows(Asked(tolerance=Tolerance(Severity.HIGH)))


@pytest.mark.parametrize(
    ("texts", "prevented", "counts"),
    [
        ({}, False, 0),
        ({"prevent_vul": "false"}, False, 0),
        ({"prevent_vul": "true"}, True, 0),
        ({"prevent_vul": "true", "reuse_sys_cve_allowlist": "true"}, True, 0),
        ({"prevent_vul": "true", "reuse_sys_cve_allowlist": "false"}, True, 5),
    ],
)
def test_whose_list_counts(texts: dict[str, str], prevented: bool, counts: int) -> None:
    project = Project(5, "shop", False, Admission.OPEN, "alice", 2, NOW, NOW, texts)
    assert list_of(project) == counts
    asked = demands_of(project, Allowlist(counts))
    assert asked.tolerance == (Tolerance(Severity.NONE) if prevented else None)


def test_a_tolerance_is_what_metadata_and_the_list_say() -> None:
    assert tolerance_of({}, Allowlist()) == Tolerance(Severity.NONE)
    listed = Allowlist(5, ("CVE-2026-1",), TIMES[-1])
    texts = {"severity": "critical", "allow_unexamined": "true"}
    wanted = Tolerance(Severity.CRITICAL, Severity.LOW, (Allowed("CVE-2026-1", TIMES[-1]),), True)
    assert tolerance_of(texts, listed, Severity.LOW) == wanted


def test_to_say_what_holds_anyway_says_nothing_else() -> None:
    assert not differs({}, {"prevent_vul": "false", "severity": "none", "reuse_sys_cve_allowlist": "true"})
    assert not differs({}, {"auto_scan": "true", "public": "true"})
    # Also where nothing is prevented at present: whoever turns that on later would get what somebody else has prepared.
    assert differs({}, {"severity": "critical"})
    assert differs({"severity": "low"}, {})

"""Which versions an advisory speaks of: OSV's evaluation, with what real sources write."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.advisories.matching import Match, affected_by
from pratique.advisories.record import Affected, Kind, RecordInvalid, read_record
from pratique.advisories.speakers import objection
from pratique.packages import Ecosystem, InvalidVersion, UnknownEcosystem, compare, read_ecosystem


def affected(
    ecosystem: str, *ranges: list[tuple[str, str]], versions: tuple[str, ...] = (), state: str = ""
) -> Affected:
    return Affected(
        read_ecosystem(ecosystem), "x", tuple(tuple(events) for events in ranges), versions, state
    )


def record(**fields: Any) -> Any:
    return read_record(msgspec.json.encode({"id": "X-1", "modified": "2026-01-01T00:00:00Z", **fields}))


FROM_THE_START = [("introduced", "0"), ("fixed", "1.2")]


@pytest.mark.parametrize(
    ("ranges", "version", "is_affected"),
    [
        ([FROM_THE_START], "0.0.1", True),
        ([FROM_THE_START], "1.1.9", True),
        ([FROM_THE_START], "1.2.0", False),
        ([[("introduced", "1.0"), ("last_affected", "1.5")]], "1.5", True),
        ([[("introduced", "1.0"), ("last_affected", "1.5")]], "1.5.1", False),
        ([[("introduced", "1.0")]], "9", True),
        ([[("introduced", "1.0")]], "0.9", False),
        ([[("fixed", "2.0"), ("introduced", "1.0")]], "1.5", True),
        ([[("introduced", "1.0"), ("fixed", "1.1"), ("introduced", "2.0"), ("fixed", "2.1")]], "1.5", False),
        ([[("introduced", "1.0"), ("fixed", "1.1"), ("introduced", "2.0"), ("fixed", "2.1")]], "2.0.9", True),
        ([[("introduced", "1.0"), ("fixed", "1.1")], [("introduced", "3.0")]], "3.1", True),
        ([[("introduced", "0"), ("limit", "2.0")]], "2.0", False),
        ([[("introduced", "0"), ("limit", "*")]], "2.0", True),
        ([[("introduced", "0"), ("fixed", "0")]], "2.0", False),
        ([], "2.0", False),
    ],
)
def test_ranges(ranges: list[list[tuple[str, str]]], version: str, is_affected: bool) -> None:
    assert (affected_by(affected("npm", *ranges), version) is not None) is is_affected


def test_the_proof_says_between_what_it_lies_and_what_mends_it() -> None:
    match = affected_by(
        affected("Debian:11", [("introduced", "0"), ("fixed", "7.74.0-1.3+deb11u2")]), "7.74.0-1.3"
    )
    assert match is not None
    assert (match.range, match.fixed) == ("introduced 0, fixed 7.74.0-1.3+deb11u2", ("7.74.0-1.3+deb11u2",))
    assert not match.low_confidence


def test_listed_versions_count_beside_ranges() -> None:
    listed = affected("PyPI", [("introduced", "2.0"), ("fixed", "2.1")], versions=("1.0b3",))
    assert affected_by(listed, "1.0b3") is not None
    assert affected_by(listed, "1.0") is None


def test_a_version_that_can_not_be_read_is_affected_with_low_confidence() -> None:
    match = affected_by(affected("npm", FROM_THE_START), "latest")
    assert match is not None
    assert match.low_confidence


def test_so_is_one_that_is_compared_with_what_can_not_be_read() -> None:
    match = affected_by(affected("npm", [("introduced", "0"), ("fixed", "soon")]), "1.0.0")
    assert match is not None
    assert match.low_confidence


@pytest.mark.parametrize(
    ("ecosystem", "version"),
    [
        ("PyPI", "1.9-custom"),
        ("Debian:12", "master"),
        ("Alpaquita:23", "v1.9"),
        ("Alpaquita:23", "1u9_p1-r0"),
        ("AlmaLinux:8", "one:1.9-1"),
        ("Packagist", "dev-main"),
    ],
)
def test_what_its_ecosystem_calls_no_version_is_affected_wherever_it_would_be_sorted(
    ecosystem: str, version: str
) -> None:
    match = affected_by(affected(ecosystem, [("introduced", "1.5"), ("fixed", "1.6")]), version)
    assert match is not None
    assert match.low_confidence
    assert affected_by(affected(ecosystem, [("introduced", "0"), ("fixed", version)]), version) is None


@pytest.mark.parametrize(
    ("ecosystem", "last", "older", "newer"),
    [("PyPI", "2.6.0-NA", "2.5.1", "2.7.0"), ("Alpaquita:23", "8u372_p7-r0", "7.352-r0", "11.0.20-r0")],
)
def test_what_a_source_calls_a_version_is_held_against_those_that_are(
    ecosystem: str, last: str, older: str, newer: str
) -> None:
    """PYSEC-2025-195 says so of torch: by PEP 440 alone no version of it would be affected."""
    said = affected(ecosystem, [("introduced", "0"), ("last_affected", last)])
    match = affected_by(said, older)
    assert match is not None
    assert match.low_confidence
    assert affected_by(said, newer) is None


def test_where_versions_are_only_listed_they_are_read() -> None:
    listed = affected("PyPI", versions=("1.0.0-rc1", "2.0", "some-legacy-thing"))
    assert affected_by(listed, "1.0rc1") == Match("listed as 1.0rc1")
    assert affected_by(listed, "2.0.0") is not None
    assert affected_by(listed, "2.0.0.post1") is None


def test_what_the_source_found_free_is_free() -> None:
    assert affected_by(affected("Ubuntu:22.04", [("introduced", "0")], state="not-affected"), "1") is None


def test_unfixed_is_affected_whatever_the_version() -> None:
    match = affected_by(affected("Ubuntu:22.04", [("introduced", "0")], state="needs-triage"), "99")
    assert match is not None
    assert match.fixed == ()


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("1:10.1-1.module_el8.3.0+1", True), ("1:12.9-1.module_el8.3.0+1", False), ("1:10.1-1.el8", False)],
)
def test_a_module_is_compared_with_modules(version: str, is_affected: bool) -> None:
    fix = [("introduced", "0"), ("fixed", "1:12.0-2.module_el8.5.0+2")]
    assert (affected_by(affected("AlmaLinux:8", fix), version) is not None) is is_affected


def test_what_is_no_module_is_not_compared_with_one() -> None:
    plain = affected("AlmaLinux:8", [("introduced", "0"), ("fixed", "2.0-1.el8")])
    assert affected_by(plain, "1.0-1.el8") is not None
    assert affected_by(plain, "1.0-1.module_el8.5.0+2") is None


def test_git_ranges_and_packages_without_name_are_left_out() -> None:
    read = record(
        affected=[
            {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]},
            {
                "package": {"ecosystem": "PyPI", "name": "A_b"},
                "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
                "versions": ["1.0"],
            },
        ]
    )
    assert read.affected == (Affected(Ecosystem("PyPI"), "a-b", (), ("1.0",)),)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"id": "ALBA-2019:0973"}, Kind.INFORMATIONAL),
        ({"id": "ALEA-2019:0973"}, Kind.INFORMATIONAL),
        ({"id": "ALSA-2019:0973"}, Kind.SECURITY),
        ({"affected": [{"database_specific": {"informational": "unmaintained"}}]}, Kind.INFORMATIONAL),
        ({"affected": [{"database_specific": {"informational": None}}]}, Kind.SECURITY),
        ({"affected": [{"database_specific": {"informational": "unsound"}}, {}]}, Kind.SECURITY),
    ],
)
def test_what_is_no_vulnerability_is_a_class_of_its_own(fields: dict[str, Any], kind: Kind) -> None:
    assert record(**fields).kind is kind


def test_names_keep_how_they_are_called() -> None:
    read = record(aliases=["CVE-1"], upstream=["CVE-2"], related=["CVE-3"])
    assert read.names == (("alias", "CVE-1"), ("upstream", "CVE-2"), ("related", "CVE-3"))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"id": ""}', b'{"id": 1}', b"\xff", b'{"id":' + b"[" * 10_000]
)
def test_what_is_no_record(content: bytes) -> None:
    with pytest.raises(RecordInvalid):
        read_record(content)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_record_or_not(content: bytes) -> None:
    try:
        read_record(content)
    except RecordInvalid:
        return
    assert content.lstrip().startswith(b"{")


VERSIONS = st.sampled_from(["0", "1.0", "2.0.0", "", "1:2-3.el8", "v1", "latest", "1.0-r0", "9" * 2_000, "é"])
EVENTS = st.lists(
    st.dictionaries(
        st.sampled_from(["introduced", "fixed", "last_affected", "limit", "other"]), VERSIONS, max_size=3
    ),
    max_size=5,
)
RANGES = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["ECOSYSTEM", "SEMVER", "GIT", "?"]), "events": EVENTS},
    ),
    max_size=3,
)
ECOSYSTEMS = st.sampled_from(
    [
        "PyPI",
        "npm",
        "Go",
        "Debian:12",
        "Debian",
        "Ubuntu:Pro:22.04:LTS",
        "Alpine:v3.18",
        "AlmaLinux:8",
        "",
        "?:",
    ]
)
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)
PACKAGES = st.fixed_dictionaries(
    {"package": st.fixed_dictionaries({"ecosystem": ECOSYSTEMS, "name": st.text(max_size=9)})},
    optional={
        "ranges": RANGES,
        "versions": st.lists(VERSIONS, max_size=3),
        "ecosystem_specific": st.dictionaries(
            st.sampled_from(["status", "urgency", "severity"]), ANYTHING, max_size=3
        ),
        "database_specific": st.dictionaries(
            st.sampled_from(["severity", "informational"]), ANYTHING, max_size=2
        ),
        "severity": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["CVSS_V3", "CVSS_V4", "Ubuntu"]), "score": st.text(max_size=9)}
            )
        ),
    },
)


def is_the_same(ecosystem: Ecosystem, version: str, named: str) -> bool:
    """As it is written, or as the ecosystem reads it: PyPI's v1 is 1.0."""
    if named in {version, f"v{version}"}:
        return True
    with suppress(InvalidVersion, UnknownEcosystem):
        return compare(ecosystem.family, version, named) == 0
    return False


@given(packages=st.lists(PACKAGES, max_size=3), version=VERSIONS, fields=st.dictionaries(st.text(), ANYTHING))
def test_whatever_a_record_says_it_is_read_and_matched(
    packages: list[dict[str, Any]], version: str, fields: dict[str, Any]
) -> None:
    """Records of strangers stop no import and no scan; a range that is empty or all GIT affects nothing."""
    try:
        read = record(**{"affected": packages, **fields})
    except RecordInvalid:
        assert fields
        return
    objection("anybody", read)
    for one in read.affected:
        match = affected_by(one, version)
        if match is not None:
            assert one.ranges or any(is_the_same(one.ecosystem, version, named) for named in one.versions)
            assert set(match.fixed) <= {of for events in one.ranges for name, of in events if name == "fixed"}


@given(
    versions=st.lists(st.integers(0, 9), min_size=2, max_size=8, unique=True).map(sorted),
    at=st.integers(0, 9),
    order=st.randoms(use_true_random=False),
)
def test_pairs_of_introduced_and_fixed_in_any_order_are_intervals(
    versions: list[int], at: int, order: Any
) -> None:
    pairs = list(zip(versions[::2], versions[1::2], strict=False))
    events = [
        event for begin, end in pairs for event in (("introduced", f"{begin}.0.0"), ("fixed", f"{end}.0.0"))
    ]
    order.shuffle(events)
    match = affected_by(affected("npm", events), f"{at}.0.0")
    assert (match is not None) == any(begin <= at < end for begin, end in pairs)


@pytest.mark.parametrize(
    ("source", "identifier", "ecosystem", "why"),
    [
        ("Debian", "DSA-1-1", "Debian:11", None),
        ("debian", "DSA-1-1", "Debian:11", None),
        ("Debian", "GHSA-1", "Debian:11", "id of another source"),
        ("Debian", "DSA-1-1", "Ubuntu:22.04", "ecosystem 'Ubuntu' of another source"),
        ("CleanStart", "CLEANSTART-1", "Alpine", "Alpine without release"),
        ("CleanStart", "CLEANSTART-1", "Alpine:v3.18", None),
        ("ours", "OURS-1", "npm", None),
        ("ours", "OURS-1", "GHC", "unknown ecosystem 'GHC'"),
    ],
)
def test_a_source_speaks_for_its_own(source: str, identifier: str, ecosystem: str, why: str | None) -> None:
    read = record(id=identifier, affected=[{"package": {"ecosystem": ecosystem, "name": "x"}}])
    assert objection(source, read) == why

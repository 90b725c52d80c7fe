"""How bad an advisory is: whose word counts first, and what stays unknown."""

import msgspec
import pytest

from pratique.advisories.record import read_record
from pratique.advisories.severity import severity_of
from pratique.packages import Severity

V2 = ("CVSS_V2", "AV:N/AC:L/Au:N/C:N/I:N/A:P")
V3 = ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
V4 = ("CVSS_V4", "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N")


@pytest.mark.parametrize(
    ("scores", "specific", "summary", "expected"),
    [
        ([], [], "", Severity.UNKNOWN),
        ([], [], "Important: kernel security update", Severity.HIGH),
        ([], [], "curl: Important things", Severity.UNKNOWN),
        ([V2], [], "", Severity.MEDIUM),
        ([V2, V3], [], "", Severity.CRITICAL),
        ([V4, V3], [], "", Severity.LOW),
        ([V3], [], "Moderate: nodejs:12 security update", Severity.MEDIUM),
        ([V3], [{"severity": "LOW"}], "Critical: x", Severity.LOW),
        ([("Ubuntu", "negligible"), V3], [], "", Severity.NEGLIGIBLE),
        ([("Ubuntu", "untriaged"), V3], [], "", Severity.CRITICAL),
        ([], [{"urgency": "unimportant"}], "", Severity.NEGLIGIBLE),
        ([("CVSS_V3", "no vector")], [], "low: but no prefix of theirs", Severity.LOW),
        ([("CVSS_V3", "no vector")], [], "", Severity.UNKNOWN),
        ([("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N")], [], "", Severity.NONE),
    ],
)
def test_whose_word_counts_first(
    scores: list[tuple[str, str]], specific: list[dict[str, str]], summary: str, expected: Severity
) -> None:
    assert severity_of(scores, specific, summary) is expected


def test_a_score_beside_the_package_counts_too() -> None:
    affected = {
        "package": {"ecosystem": "Bitnami", "name": "x"},
        "severity": [{"type": V3[0], "score": V3[1]}],
    }
    read = read_record(msgspec.json.encode({"id": "BIT-1", "affected": [affected]}))
    assert str(read.severity) == "critical"

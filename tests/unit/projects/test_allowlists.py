"""What may stand on a CVE allowlist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.clock import SECOND
from pratique.errors import BadRequest
from pratique.projects import read_allowlist
from pratique.projects.allowlists import ENTRIES_LIMIT, ID_LIMIT

PUBLISHED = ["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q", "ALSA-2022:1234", "openSUSE-SU-2020:1234-1", "DLA-1-1"]


def test_ids_keep_their_order_and_their_case() -> None:
    listed = read_allowlist(PUBLISHED, 1_900_000_000)
    assert listed.ids == tuple(PUBLISHED)
    assert listed.expires_at == 1_900_000_000 * SECOND
    assert {entry.valid_until for entry in listed.entries} == {listed.expires_at}
    assert read_allowlist([], None).entries == ()


@pytest.mark.parametrize(
    "name", ["", " ", "CVE-2021-44228 ", "-CVE", "CVE 1", "CVE-1\n", "CVE-1,CVE-2", "é", "x" * (ID_LIMIT + 1)]
)
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="is not the id of a vulnerability"):
        read_allowlist(["CVE-2021-1", name], None)


def test_nothing_stands_twice_in_whatever_case() -> None:
    with pytest.raises(BadRequest, match="cve-2021-1 stands twice"):
        read_allowlist(["CVE-2021-1", "cve-2021-1"], None)


def test_a_list_has_an_end() -> None:
    ids = [f"CVE-2021-{number}" for number in range(ENTRIES_LIMIT + 1)]
    assert len(read_allowlist(ids[:-1], None).ids) == ENTRIES_LIMIT
    with pytest.raises(BadRequest, match="at most 10000 entries, not 10001"):
        read_allowlist(ids, None)


@pytest.mark.parametrize("seconds", [0, -1, 253_402_300_800, 2**63 - 1])
def test_an_expiry_is_a_moment_of_our_era(seconds: int) -> None:
    with pytest.raises(BadRequest, match="in seconds since 1970"):
        read_allowlist([], seconds)


@given(st.lists(st.text(max_size=20), max_size=5), st.none() | st.integers())
def test_anything_is_read_or_refused(ids: list[str], expires_at: int | None) -> None:
    try:
        listed = read_allowlist(ids, expires_at)
    except BadRequest:
        return
    assert listed.ids == tuple(ids)

"""Findings by component: matched once, kept, and followed up when advisories change."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from tests.clocks import ManualClock
from tests.osv import RECORDS, SUMMER, import_records, record

from pratique.advisories import Answers, Importer, Revisions, supplies
from pratique.advisories.findings import Findings, Found, Place, Seen
from pratique.db import Database, Tx, metadata
from pratique.errors import Conflict
from pratique.packages import Component, Ecosystem, Severity

OPENSSL: Final = Component(Ecosystem("Debian", "11"), "openssl", "1.1.1n-0+deb11u3")
BASH: Final = Component(Ecosystem("Debian", "11"), "bash", "5.1-2")
DJANGO: Final = Component(Ecosystem("PyPI"), "django", "2.2.1")
SIX: Final = Component(Ecosystem("PyPI"), "six", "1.16")
ALL: Final = (OPENSSL, BASH, DJANGO, SIX)


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    """Four sources, imported one after the other: revision 4."""
    return Revisions(import_records(tmp_path / "data") / "advisories")


def take(revisions: Revisions, folder: Path, *records: dict[str, Any], source: str = "PyPI") -> None:
    """Import single records: each one is another revision."""
    importer = Importer(revisions, ManualClock(SUMMER))
    for one in records:
        path = folder / f"{one['id']}.json"
        path.write_text(json.dumps(one))
        importer.take(supplies(path, source), allow_shrink=True)


def asked(revisions: Revisions, keys: Iterable[Component] = ALL) -> Found:
    """What the advisories themselves say."""
    answers = Answers(revisions)
    try:
        return {key: tuple(answers.about(key)) for key in keys}
    finally:
        answers.close()


def kept(database: Database, findings: Findings, keys: Iterable[Component] = ALL) -> Found:
    return database.write(lambda tx: findings.of(tx, keys))


def rows(database: Database, name: str) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one())


def refreshed(
    database: Database, findings: Findings, changed: set[tuple[str, str]] | None, revision: int
) -> dict[Component, tuple[list[str], list[str]]]:
    found = database.write(lambda tx: findings.refresh(tx, changed, revision))
    return {
        key: ([one.id for one in change.before], [one.id for one in change.after])
        for key, change in found.items()
    }


def test_what_is_kept_is_what_the_advisories_say(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    first, again = kept(database, findings), kept(database, findings)
    assert first == again == asked(revisions)
    assert [one.id for one in first[DJANGO]] == ["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1", "PYSEC-2026-3"]
    assert first[DJANGO][1].names
    assert first[DJANGO][1].severity is Severity.CRITICAL
    assert first[BASH] == ()
    assert rows(database, "matched_key") == 4


def test_a_component_without_findings_is_not_asked_again(database: Database, revisions: Revisions) -> None:
    kept(database, Findings(revisions), [BASH])
    elsewhere = Findings(Revisions(Path("/nonexistent")))
    assert kept(database, elsewhere, [BASH]) == {BASH: ()}
    with database.read() as tx:
        assert elsewhere.seen(tx, [BASH]) == {BASH: ()}


def test_who_only_reads_gets_the_same_and_nothing_is_kept(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    kept(database, findings, [DJANGO])
    with database.read() as tx:
        assert findings.seen(tx, ALL) == asked(revisions)
    assert rows(database, "matched_key") == 1


def test_before_the_first_import_nothing_is_found_until_it_is_followed(
    database: Database, tmp_path: Path
) -> None:
    revisions = Revisions(tmp_path / "data" / "advisories")
    findings = Findings(revisions)
    assert kept(database, findings) == dict.fromkeys(ALL, ())
    import_records(tmp_path / "data")
    assert kept(database, findings, [DJANGO]) == {DJANGO: ()}
    assert set(refreshed(database, findings, None, 4)) == {OPENSSL, DJANGO, SIX}
    assert kept(database, findings) == asked(revisions)


def test_an_import_is_followed_for_the_packages_that_changed(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    take(revisions, tmp_path, record("PYSEC-2026-9", "PyPI", "six"))
    assert kept(database, findings, [SIX])[SIX][0].id == "PYSEC-2026-2"
    with database.read() as tx:
        assert findings.seen(tx, ALL) == asked(revisions), "who judges is told what the newest import says"
    different = refreshed(database, findings, {("PyPI", "six"), ("PyPI", "django"), ("npm", "six")}, 5)
    assert different == {SIX: (["PYSEC-2026-2"], ["PYSEC-2026-2", "PYSEC-2026-9"])}
    assert kept(database, findings) == asked(revisions)
    assert refreshed(database, findings, {("PyPI", "six")}, 5) == {}


def test_what_is_withdrawn_goes_and_another_severity_is_a_change(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    withdrawn = {**RECORDS["PyPI"][2], "withdrawn": "2026-07-02T00:00:00Z"}
    take(revisions, tmp_path, {**RECORDS["PyPI"][3], "database_specific": {"severity": "HIGH"}}, withdrawn)
    assert refreshed(database, findings, {("PyPI", "django")}, 5) == {
        DJANGO: (["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1", "PYSEC-2026-3"],) * 2
    }
    assert refreshed(database, findings, {("PyPI", "six")}, 6) == {SIX: (["PYSEC-2026-2"], [])}
    assert kept(database, findings) == asked(revisions)


def test_where_a_revision_was_not_followed_everything_is_matched_again(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    take(revisions, tmp_path, record("PYSEC-2026-9", "PyPI", "six"), record("PYSEC-2026-8", "PyPI", "flask"))
    assert set(refreshed(database, findings, {("PyPI", "flask")}, 6)) == {SIX}
    assert kept(database, findings) == asked(revisions)


def test_what_is_matched_between_an_import_and_its_following_is_followed_too(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings, [DJANGO])
    take(revisions, tmp_path, record("PYSEC-2026-9", "PyPI", "six"))
    assert kept(database, findings, [SIX]) == asked(revisions, [SIX])
    assert refreshed(database, findings, {("PyPI", "six")}, 5) == {}
    assert kept(database, findings) == asked(revisions)


def test_a_machine_whose_advisories_are_older_keeps_nothing(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    behind = Findings(
        Revisions(import_records(tmp_path / "old", records={"PyPI": RECORDS["PyPI"][:1]}) / "advisories")
    )
    ahead = Findings(revisions)
    kept(database, ahead, [BASH])
    assert [one.id for one in kept(database, behind, [DJANGO])[DJANGO]] == ["PYSEC-2026-1"]
    assert rows(database, "matched_key") == 1
    with pytest.raises(Conflict, match="revision 4 of the advisories is not here yet"):
        database.write(lambda tx: behind.refresh(tx, None, 4))


def test_a_new_probability_is_kept_and_is_no_change(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    scores = tmp_path / "epss_scores-2026-08-01.csv"
    scores.write_text(
        "#model_version:v2026,score_date:2026-08-01\ncve,epss,percentile\nCVE-2026-1000,0.25,0.5\n"
    )
    Importer(revisions, ManualClock(SUMMER)).take(supplies(scores, "epss"))
    assert refreshed(database, findings, None, 5) == {}
    assert [one.exploitation for one in kept(database, findings)[DJANGO]] == [0.25, 0.25, None]


def test_what_kev_lists_becomes_critical(database: Database, revisions: Revisions, tmp_path: Path) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    listed = tmp_path / "known_exploited_vulnerabilities.json"
    entry = {"cveID": "CVE-2026-0001", "dateAdded": "2026-07-01", "knownRansomwareCampaignUse": "Unknown"}
    listed.write_text(json.dumps({"catalogVersion": "1", "vulnerabilities": [entry]}))
    Importer(revisions, ManualClock(SUMMER)).take(supplies(listed, "kev"))
    assert set(refreshed(database, findings, {("Debian", "openssl")}, 5)) == {OPENSSL}
    (answer,) = kept(database, findings)[OPENSSL]
    assert (answer.is_exploited, answer.severity) == (True, Severity.CRITICAL)


def test_whom_advisories_touch_is_asked_by_their_ids(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    with database.read() as tx:
        assert findings.touched(tx, ["DSA-9001-1", "PYSEC-2026-2", "DSA-9002-1"]) == {OPENSSL, SIX}
        assert findings.touched(tx, ["DSA-9001-1", "PYSEC-2026-2"], "PyPI") == {SIX}
        assert findings.touched(tx, []) == set()


def test_what_nobody_has_any_more_is_forgotten(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    database.write(lambda tx: findings.forget(tx, [DJANGO, SIX, replace(SIX, version="0")]))
    assert (rows(database, "matched_key"), rows(database, "component_match")) == (2, 1)
    assert kept(database, findings) == asked(revisions)


def test_names_that_strangers_make_up_are_kept(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    keys = [replace(SIX, name=name, version=name) for name in ("a\0b", "x" * 5_000)]
    assert kept(database, findings, keys) == kept(database, findings, keys) == dict.fromkeys(keys, ())
    assert len(kept(database, findings, [replace(SIX, version="1\0")])) == 1


def looked(database: Database, findings: Findings, keys: Iterable[Component] = ALL) -> Seen:
    with database.read() as tx:
        return findings.look(tx, keys)


def test_what_is_remembered_counts_until_something_is_replaced(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    first = looked(database, findings).edition
    assert first is not None
    assert looked(database, findings).edition == first
    take(revisions, tmp_path, record("PYSEC-2026-90", "PyPI", "six"))
    unfollowed = looked(database, findings)
    assert unfollowed.edition not in {first, None}
    assert unfollowed.answers[SIX][-1].id == "PYSEC-2026-90"
    refreshed(database, findings, {("PyPI", "six")}, 5)
    assert looked(database, findings).edition not in {first, unfollowed.edition, None}


def test_what_was_not_kept_is_not_remembered(database: Database, revisions: Revisions) -> None:
    findings = Findings(revisions)
    kept(database, findings, [BASH])
    assert looked(database, findings).edition is None
    assert looked(database, findings, [BASH]).edition is not None


def test_a_machine_whose_advisories_are_older_sees_that_something_was_replaced(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    """It sees what the others have written so far, though the import is not followed to its end."""
    shutil.copytree(tmp_path / "data" / "advisories", tmp_path / "older")
    older = Findings(Revisions(tmp_path / "older"))
    kept(database, older)
    before = looked(database, older).edition
    take(revisions, tmp_path, record("PYSEC-2026-91", "PyPI", "six"))
    newer = Findings(revisions)

    def first_step(tx: Tx) -> None:
        place = newer.begin(tx, {("PyPI", "six")}, 5, since=4)
        assert place is not None
        newer.step(tx, place, 5)

    database.write(first_step)
    after = looked(database, older)
    assert after.answers[SIX][-1].id == "PYSEC-2026-91"
    assert after.edition not in {before, None}


def test_what_was_matched_ahead_by_another_revision_is_matched_again(
    database: Database, revisions: Revisions, tmp_path: Path
) -> None:
    findings = Findings(revisions)
    kept(database, findings)
    take(revisions, tmp_path, record("PYSEC-2026-92", "PyPI", "six"))

    def begin(tx: Tx) -> Place | None:
        return findings.begin(tx, {("PyPI", "six")}, 5, since=4)

    place = database.write(begin)
    assert place is not None
    with database.read() as tx:
        ahead = findings.ahead(tx, place)
    assert ahead.answers[SIX][-1].id == "PYSEC-2026-92"
    take(revisions, tmp_path, record("PYSEC-2026-93", "PyPI", "six"))
    different, _ = database.write(lambda tx: findings.step(tx, place, 5, ahead))
    assert [one.id for one in different[SIX].after][-2:] == ["PYSEC-2026-92", "PYSEC-2026-93"]

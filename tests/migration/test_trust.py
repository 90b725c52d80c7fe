"""Revision 0009: verdicts stand as they did, and what they rest on is found by who narrows afterwards."""

import json
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import text
from tests.clocks import ManualClock
from tests.databases import Place

from pratique.admission import store
from pratique.db import Database, Tx, open_database
from pratique.migrations import Revisions
from pratique.oci.digest import digest_of
from pratique.trust import TrustedKeys

IMAGE, EVIDENCE = digest_of(b"image"), digest_of(b"evidence")
FINGERPRINT: Final = "ab" * 32
KEYS: Final = """
    INSERT INTO trusted_key (project_id, name, public_key, fingerprint, repositories, created_at, creator)
    VALUES (1, :name, 'PEM', :fingerprint, '["**"]', 7, 'ann')"""
MANIFEST: Final = """
    INSERT INTO manifest (repository_id, digest, media_type, size, body, is_index, is_evidence, pushed_by, pushed_at,
        state, generation, annotations)
    VALUES (1, :digest, 'x', 1, :body, false, :is_evidence, 'ann', 1, 'ADMITTED', 1, '{}')"""
FACT: Final = """
    INSERT INTO signature_fact (manifest_id, ordinal, repository_id, evidence, subject, scheme, fingerprint, code,
        message, received_at)
    VALUES (2, :ordinal, 1, :evidence, :subject, 'cosign-bundle', :fingerprint, :code, 'said', 5)"""


@pytest.fixture
def upgraded(place: Place) -> Iterator[Database]:
    """A database of the version before, with an image that a key has signed, brought up to date."""
    database = open_database(place.url, place.directory)
    Revisions().upgrade(database, "0008")
    database.write(_fill)
    Revisions().upgrade(database)
    yield database
    database.close()


def _fill(tx: Tx) -> None:
    def run(statement: str, **values: object) -> None:
        tx.execute(text(statement), values)

    run(
        "INSERT INTO repository (project_id, name, description, created_at, updated_at, pull_count) "
        "VALUES (1, 'shop/app', '', 1, 1, 0)"
    )
    run(MANIFEST, digest=IMAGE, body=b"{}", is_evidence=False)
    run(MANIFEST, digest=EVIDENCE, body=b"{}", is_evidence=True)
    for name in ("one", "two", "three"):
        run(KEYS, name=name, fingerprint=FINGERPRINT if name != "three" else "cd" * 32)
    run("DELETE FROM trusted_key WHERE name = 'three'")
    run("INSERT INTO verdict_basis (manifest_id, party_id) VALUES (1, 1), (1, 2)")
    for ordinal, code in enumerate(("VERIFIED", "SIGNATURE_INVALID")):
        run(
            FACT,
            ordinal=ordinal,
            evidence=EVIDENCE,
            subject=IMAGE,
            fingerprint=FINGERPRINT if code == "VERIFIED" else None,
            code=code,
        )


def test_what_a_verdict_rests_on_is_found_by_party_key_and_digest(upgraded: Database) -> None:
    with upgraded.read() as tx:
        for basis in ("key:1", "key:2", f"fingerprint:{FINGERPRINT}", f"digest:{IMAGE}"):
            assert store.resting_on(tx, [basis]) == [1], basis
        assert store.resting_on(tx, ["key:3"]) == []


def test_what_was_verified_counts_by_the_parties_that_hold_the_key(upgraded: Database) -> None:
    with upgraded.read() as tx:
        good, bad = store.records_about(tx, 1, IMAGE)
    assert (good.code, good.is_signature, good.parties) == ("VERIFIED", True, frozenset({"key:1", "key:2"}))
    assert {f"fingerprint:{FINGERPRINT}", f"digest:{IMAGE}", f"digest:{EVIDENCE}"} == good.marks
    assert (good.received_at, good.evidence) == (5, EVIDENCE)
    assert (bad.code, bad.is_signature, bad.parties) == ("SIGNATURE_INVALID", False, frozenset())


def test_keys_keep_their_numbers_and_one_that_was_given_is_not_given_again(upgraded: Database) -> None:
    def add(tx: Tx) -> None:
        tx.execute(
            text(
                "INSERT INTO trusted_key (project_id, name, public_key, fingerprint, repositories, created_at, "
                "creator, purposes, tlog, trusted_root) "
                "VALUES (1, 'new', 'PEM', 'ef', '[\"**\"]', 7, 'ann', 'signature', 0, 'public-good')"
            )
        )

    upgraded.write(add)
    with upgraded.read() as tx:
        found = TrustedKeys(ManualClock()).list(tx, 1)
    assert [(key.name, key.id) for key in found] == [("new", 4), ("one", 1), ("two", 2)]
    assert [purpose.value for purpose in found[1].reach.purposes] == ["signature"]


def test_all_evidence_is_verified_again_by_jobs(upgraded: Database) -> None:
    with upgraded.read() as tx:
        rows = tx.execute(text("SELECT payload FROM job WHERE kind = 'admission.reverify'")).all()
    assert [json.loads(row[0]) for row in rows] == [{"project_id": 1}]

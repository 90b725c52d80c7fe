"""Evidence from before revision 0015, which keeps what it says of contents: it is found, to be heard."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import text
from tests.databases import Place

from pratique.admission.late_hearing import _PREFIXES
from pratique.admission.store.records import unheard
from pratique.db import Tx, open_database
from pratique.migrations import Revisions
from pratique.oci.digest import digest_of

MANIFEST = """
    INSERT INTO manifest (id, repository_id, digest, media_type, size, body, is_index, is_evidence, pushed_by,
        pushed_at, state, generation, annotations)
    VALUES (:number, 1, :digest, 'x', 1, :body, false, true, 'ann', 1, 'ADMITTED', 1, '{}')"""
RECORD = """
    INSERT INTO evidence_record (manifest_id, ordinal, repository_id, evidence, subject, scheme, code, message,
        received_at, is_signature, predicate_type, parties, marks, signer, epoch, awaits_subject, findings)
    VALUES (:number, 0, 1, :digest, 'sha256:ab', 'dsse', :code, '', 1, false, :type, '[]', '[]', '', 1, false, '{}')"""
OPENVEX = "https://openvex.dev/ns/v0.2.0"


def put(statement: str, named: Mapping[str, Any], tx: Tx) -> None:
    tx.execute(text(statement), named)


def test_what_was_verified_and_not_heard_is_found(place: Place) -> None:
    database = open_database(place.url, place.directory)
    Revisions().upgrade(database, "0014")
    database.write(partial(put, "INSERT INTO repository VALUES (1, 1, 'shop/app', '', 1, 1, 0)", {}))
    kept = (
        ("VERIFIED", OPENVEX),
        ("VERIFIED", "https://slsa.dev/provenance/v1"),
        ("UNTRUSTED", OPENVEX),
        ("VERIFIED", "https://spdx.dev/Document"),
        ("VERIFIED", "https://cyclonedx.org/bom/v1.6"),
    )
    for number, (code, predicate_type) in enumerate(kept, start=1):
        named = {"number": number, "digest": digest_of(bytes([number]))}
        manifest, record = {**named, "body": b"{}"}, {**named, "code": code, "type": predicate_type}
        database.write(partial(put, MANIFEST, manifest))
        database.write(partial(put, RECORD, record))
    Revisions().upgrade(database)
    with database.read() as tx:
        assert unheard(tx, _PREFIXES, 0, 10) == [1, 4, 5]
        assert unheard(tx, _PREFIXES, 1, 1) == [4]
    database.close()

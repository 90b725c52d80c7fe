"""What verified attestations say of the contents of their subjects: a row for each of them, and one for each package.

Whose word it is stands in `evidence_record`, of which these rows are a part: with it they count, and go.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from pratique.admission.store.records import COLUMNS, signature_of
from pratique.admission.store.tables import attested, attested_package, evidence_record
from pratique.batches import batched
from pratique.db import Statement, Tx
from pratique.inventory.store import shares
from pratique.oci.digest import Digest
from pratique.packages import Component, mark_of
from pratique.policy import Code, Signature, VexStatement

DOCUMENTS_LIMIT: Final = 500
"""Attestations about the contents of one artifact that are looked at."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What one verified attestation says, or an SBOM whose manifest is signed: then `signature.subject` is that.

    Its packages are read by `packages_in`.
    """

    signature: Signature
    manifest_id: int
    ordinal: int
    statements: tuple[VexStatement, ...]
    package_count: int


@dataclass(frozen=True, slots=True)
class AttestedPackage:
    """A package by its URL, and what advisories look it up by."""

    purl: str
    component: Component


_e, _a, _p = evidence_record.c, attested.c, attested_package.c
_CHUNK: Final = 500
_DROP: Final = tuple(
    Statement(delete(table).where(table.c.manifest_id == bindparam("manifest_id")))
    for table in (attested_package, attested)
)
_PUT: Final = Statement(insert(attested))
_PUT_PACKAGE: Final = Statement(insert(attested_package))
_ABOUT: Final = Statement(
    select(*COLUMNS, _a.manifest_id, _a.ordinal, _a.statements, _a.package_count)
    .join(evidence_record, (_e.manifest_id == _a.manifest_id) & (_e.ordinal == _a.ordinal))
    .where(
        _e.repository_id == bindparam("repository_id"),
        _a.subject == bindparam("subject"),
        _e.code == Code.VERIFIED.value,
    )
    .order_by(_e.id)
    .limit(DOCUMENTS_LIMIT + 1)
)
_PACKAGES: Final = Statement(
    select(_p.purl)
    .where(_p.manifest_id == bindparam("manifest_id"), _p.ordinal == bindparam("ordinal"))
    .order_by(_p.number)
)
_OF_SUBJECT: Final = Statement(
    select(_p.purl)
    .join(attested, (_a.manifest_id == _p.manifest_id) & (_a.ordinal == _p.ordinal))
    .where(_a.subject == bindparam("subject"))
    .distinct()
    .order_by(_p.purl)
)
_SUBJECTS: Final = select(_a.subject).join(
    attested_package, (_a.manifest_id == _p.manifest_id) & (_a.ordinal == _p.ordinal)
)


def put(
    tx: Tx,
    manifest_id: int,
    ordinal: int,
    subject: Digest,
    statements: tuple[VexStatement, ...],
    packages: Collection[AttestedPackage],
) -> None:
    """Keep what the evidence with this place in its manifest says. What was kept of the manifest was dropped before."""
    tx.change(
        _PUT,
        manifest_id=manifest_id,
        ordinal=ordinal,
        subject=subject,
        statements=msgspec.json.encode(statements).decode(),
        package_count=len(packages),
    )
    if packages:
        # Who forgets what no image has any more looks first whether anybody names it: one after the other.
        shares.hold(tx)
    rows = [
        {
            "manifest_id": manifest_id,
            "ordinal": ordinal,
            "number": number,
            "purl": one.purl,
            "component": mark_of(one.component),
        }
        for number, one in enumerate(packages)
    ]
    for some in batched(rows, _CHUNK):
        tx.change_many(_PUT_PACKAGE, list(some))


def drop(tx: Tx, manifest_id: int) -> None:
    """Forget what a manifest of evidence said."""
    for statement in _DROP:
        tx.change(statement, manifest_id=manifest_id)


def about(tx: Tx, repository_id: int, subject: Digest) -> list[Attestation]:
    """What verified evidence in the repository says of the contents of a digest; one more than the limit at most."""
    rows = tx.rows(_ABOUT, repository_id=repository_id, subject=subject)
    return [
        Attestation(
            signature_of(row[:-4]),
            int(row[-4]),
            int(row[-3]),
            msgspec.json.decode(row[-2], type=tuple[VexStatement, ...]),
            int(row[-1]),
        )
        for row in rows
    ]


def packages_in(tx: Tx, manifest_id: int, ordinal: int) -> list[str]:
    """The package URLs that one attestation names, in its order."""
    return [row[0] for row in tx.rows(_PACKAGES, manifest_id=manifest_id, ordinal=ordinal)]


def packages_of(tx: Tx, subject: str) -> list[str]:
    """The package URLs that attestations name of a digest, wherever it is."""
    return [row[0] for row in tx.rows(_OF_SUBJECT, subject=subject)]


def subjects_with(tx: Tx, keys: Iterable[Component]) -> list[Digest]:
    """The digests of which attestations name any of the components, in order."""
    found: set[Digest] = set()
    for some in batched(sorted(map(mark_of, keys)), _CHUNK):
        found.update(row[0] for row in tx.execute(_SUBJECTS.where(_p.component.in_(some)).distinct()))
    return sorted(found)


def held(tx: Tx, keys: Iterable[Component]) -> set[Component]:
    """Those of the components that any attestation names."""
    by_mark = {mark_of(key): key for key in keys}
    found: set[Component] = set()
    for some in batched(sorted(by_mark), _CHUNK):
        asked = select(_p.component).where(_p.component.in_(some)).distinct()
        found.update(by_mark[row[0]] for row in tx.execute(asked))
    return found

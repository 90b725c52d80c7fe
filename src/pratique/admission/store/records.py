"""What verification found in evidence, one row for each layer."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, false, or_, select, update

from pratique import db
from pratique.admission.store.tables import attested, evidence_record
from pratique.db import Row, Statement, Tx
from pratique.oci.digest import Digest
from pratique.policy import Code, Signature
from pratique.registry.store.tables import manifest

RECORDS_LIMIT: Final = 1_000
"""Records about one artifact that are looked at: a pusher may attach any number of worthless signatures."""

_LISTENED: Final = ("vex_statements", "vex_problem", "evidence_of")
"""What `hearing` notes of every predicate that may speak of contents, and of signatures of evidence."""

_e = evidence_record.c
_FOUND: Final = (
    # With the subject: a code that was found for one digest must never stand beside another.
    "subject",
    "scheme",
    "code",
    "message",
    "is_signature",
    "predicate_type",
    "parties",
    "marks",
    "signer",
    "valid_until",
    "epoch",
    "awaits_subject",
    "findings",
)
_PUT: Final = Statement(db.upsert(evidence_record, ("manifest_id", "ordinal"), _FOUND))
_RENEW: Final = Statement(db.upsert(evidence_record, ("manifest_id", "ordinal"), (*_FOUND, "received_at")))
COLUMNS: Final = (
    _e.evidence,
    _e.subject,
    _e.scheme,
    _e.code,
    _e.message,
    _e.received_at,
    _e.is_signature,
    _e.predicate_type,
    _e.parties,
    _e.marks,
    _e.signer,
    _e.valid_until,
    _e.epoch,
)
"""What `signature_of` wants."""
_about = (_e.repository_id == bindparam("repository_id")) & (_e.subject == bindparam("subject"))
# What counts comes first, so that no flood of what does not can push it over the limit.
_order = ((_e.code == Code.VERIFIED.value).desc(), _e.is_signature.desc(), _e.id)
_ABOUT: Final = Statement(select(*COLUMNS).where(_about).order_by(*_order).limit(RECORDS_LIMIT))
_TOLD: Final = Statement(select(*COLUMNS, _e.findings).where(_about).order_by(*_order).limit(RECORDS_LIMIT))
_COUNTS: Final = Statement(
    select(_e.id)
    .where(
        _e.manifest_id == bindparam("manifest_id"),
        _e.code == Code.VERIFIED.value,
        _e.is_signature.is_(True),
    )
    .limit(1)
)
_AWAITING: Final = {
    signatures: Statement(
        select(_e.manifest_id)
        .where(_about, or_(_e.awaits_subject.is_(True), _e.is_signature.is_(True) if signatures else false()))
        .distinct()
        .order_by(_e.manifest_id)
    )
    for signatures in (False, True)
}
_MARKED: Final = Statement(
    select(_e.id, _e.marks).where(_e.code == Code.VERIFIED.value, _e.scheme.like(bindparam("pattern")))
)
_VOID: Final = Statement(
    update(evidence_record)
    .where(_e.id == bindparam("record_id"))
    .values(code=bindparam("new_code"), message=bindparam("new_message"))
)


def put_records(
    tx: Tx, manifest_id: int, repository_id: int, found: list[dict[str, Any]], *, renew: bool = False
) -> None:
    """Keep what verification found in evidence; `received_at` of what is known already stays, unless it is renewed."""
    if found:
        rows = [{**one, "manifest_id": manifest_id, "repository_id": repository_id} for one in found]
        tx.change_many(_RENEW if renew else _PUT, rows)


def records_about(tx: Tx, repository_id: int, subject: Digest) -> tuple[Signature, ...]:
    """What evidence in the repository says of a digest, as the judge is told it."""
    rows = tx.rows(_ABOUT, repository_id=repository_id, subject=subject)
    return tuple(signature_of(row) for row in rows)


def told_about(tx: Tx, repository_id: int, subject: Digest) -> list[tuple[Signature, dict[str, Any]]]:
    """The same, with all else that verification said, for people."""
    rows = tx.rows(_TOLD, repository_id=repository_id, subject=subject)
    return [(signature_of(row[:-1]), json.loads(row[-1])) for row in rows]


def is_counted(tx: Tx, manifest_id: int) -> bool:
    """Whether a manifest of evidence carries a signature that verified."""
    return tx.row(_COUNTS, manifest_id=manifest_id) is not None


def awaiting(tx: Tx, repository_id: int, subject: Digest, *, signatures: bool = False) -> list[int]:
    """Manifests of evidence that came before their subject and could not be verified whole without it.

    With `signatures` all that sign it.
    """
    rows = tx.rows(_AWAITING[signatures], repository_id=repository_id, subject=subject)
    return [int(row[0]) for row in rows]


def void(tx: Tx, scheme: str, touches: Callable[[str], bool]) -> int:
    """Let records count no more until they are verified again that carry a mark which is touched; how many.

    `scheme` is how their schemes begin, letters and '-' only.
    """
    rows = tx.rows(_MARKED, pattern=f"{scheme}%")
    hit = [row[0] for row in rows if any(map(touches, json.loads(row[1])))]
    message = "what it rests on was narrowed: it is verified again in a moment"
    for record_id in hit:
        tx.change(_VOID, record_id=record_id, new_code=Code.NOT_EXAMINED.value, new_message=message)
    return len(hit)


def signature_of(row: Row) -> Signature:
    """A row of `COLUMNS` as the judge is told it."""
    evidence, subject, scheme, code, message, received_at, is_signature, *rest = row
    predicate_type, parties, marks, signer, valid_until, epoch = rest
    return Signature(
        evidence=evidence,
        subject=subject,
        scheme=scheme,
        code=code,
        message=message,
        received_at=received_at,
        is_signature=bool(is_signature),
        predicate_type=predicate_type,
        parties=frozenset(json.loads(parties)),
        marks=frozenset(json.loads(marks)),
        signer=signer,
        valid_until=valid_until,
        epoch=epoch,
    )


def unheard(tx: Tx, prefixes: Iterable[str], after: int, most: int) -> list[int]:
    """Up to `most` manifests of verified evidence behind a number whose predicates nobody has listened to, in order.

    `prefixes` are how the types of such predicates begin; signatures of evidence may speak for an SBOM. Whoever listens
    leaves a word in what was found.
    """
    signed = exists().where(
        manifest.c.repository_id == _e.repository_id,
        manifest.c.digest == _e.subject,
        manifest.c.is_evidence.is_(True),
        manifest.c.is_index.is_(False),
    )
    speaks = or_(*(_e.predicate_type.startswith(prefix, autoescape=True) for prefix in prefixes))
    listened = (f'%"{word}":%' for word in _LISTENED)
    found = tx.execute(
        select(_e.manifest_id)
        .distinct()
        .where(
            _e.manifest_id > after,
            _e.code == Code.VERIFIED.value,
            or_(speaks, and_(_e.is_signature.is_(True), signed)),
            ~or_(*(_e.findings.like(word) for word in listened)),
            ~exists().where(attested.c.manifest_id == _e.manifest_id, attested.c.ordinal == _e.ordinal),
        )
        .order_by(_e.manifest_id)
        .limit(most)
    )
    return [int(row[0]) for row in found]

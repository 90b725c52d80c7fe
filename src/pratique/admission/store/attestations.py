"""What the registry says of artifacts by attestations of its own: one row for each form of each of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, exists, or_, select

from pratique.admission.store.tables import attestation
from pratique.clock import Moment
from pratique.db import Statement, Tx, one_of, upsert
from pratique.oci.digest import Digest
from pratique.projects.store.tables import project_metadata
from pratique.registry.store.tables import manifest, repository

NEVER: Final = Moment(0)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A row of `attestation`. `manifest` is the referrer that carries it; "": there is none, and `problem` says why.

    Neither: somebody asked for it by hand, and it is being made.
    """

    repository_id: int
    subject: Digest
    form: str
    key_id: int = 0
    basis: str = ""
    moment: Moment = NEVER
    manifest: str = ""
    problem: str = ""


class Aged(NamedTuple):
    """A row by its number, and the artifact that it is about."""

    id: int
    repository: str
    subject: Digest


_a = attestation.c
_COLUMNS: Final = (
    _a.repository_id,
    _a.subject,
    _a.form,
    _a.key_id,
    _a.basis,
    _a.moment,
    _a.manifest,
    _a.problem,
)
_about = (_a.repository_id == bindparam("repository_id")) & (_a.subject == bindparam("subject"))

_PUT: Final = Statement(
    upsert(
        attestation,
        ("repository_id", "subject", "form"),
        ("key_id", "basis", "moment", "manifest", "problem"),
    )
)
_ABOUT: Final = Statement(select(*_COLUMNS).where(_about).order_by(_a.id))
_REMOVE: Final = Statement(delete(attestation).where(_about, _a.form == bindparam("of_form")))
_ORPHANS: Final = Statement(delete(attestation).where(_a.repository_id.not_in(select(repository.c.id))))
_AGED: Final = Statement(
    select(_a.id, repository.c.name, _a.subject)
    .join(repository, repository.c.id == _a.repository_id)
    .where(
        one_of(_a.form, "forms"),
        or_(
            (_a.manifest != "") & (_a.moment < bindparam("old")),
            (_a.problem != "") & (_a.moment < bindparam("newest")),
        ),
        _a.id > bindparam("after"),
    )
    .order_by(_a.id)
    .limit(bindparam("most"))
)
_is_on = one_of(project_metadata.c.name, "switches") & (project_metadata.c.value == "true")
_ANY_ON: Final = Statement(select(project_metadata.c.project_id).where(_is_on).limit(1))
_ANY_ROW: Final = Statement(select(_a.id).limit(1))
_PLACES: Final = Statement(
    select(repository.c.name, manifest.c.digest)
    .join(manifest, manifest.c.repository_id == repository.c.id)
    .where(
        one_of(manifest.c.digest, "digests"),
        manifest.c.is_evidence.is_(False),
        or_(
            exists().where(project_metadata.c.project_id == repository.c.project_id, _is_on),
            exists().where(_a.repository_id == repository.c.id, _a.subject == manifest.c.digest),
        ),
    )
    .order_by(repository.c.name, manifest.c.digest)
)


def put(tx: Tx, row: Attestation) -> None:
    """Note what is said in a form, in place of what was said in it before."""
    tx.change(_PUT, **{column.name: getattr(row, column.name) for column in _COLUMNS})


def about(tx: Tx, repository_id: int, subject: Digest) -> list[Attestation]:
    """What is said of an artifact, or was to be."""
    return [Attestation(*row) for row in tx.rows(_ABOUT, repository_id=repository_id, subject=subject)]


def remove(tx: Tx, row: Attestation) -> None:
    """Forget what was taken away."""
    tx.change(_REMOVE, repository_id=row.repository_id, subject=row.subject, of_form=row.form)


def forget_orphans(tx: Tx) -> int:
    """Forget what was said in repositories that are gone; how much."""
    return tx.change(_ORPHANS)


def aged(tx: Tx, forms: Sequence[str], old: Moment, newest: Moment, after: int, most: int) -> list[Aged]:
    """What is said in these forms of a moment before `old`, or could not be said of one before `newest`.

    Up to `most` rows above the number `after`, in their order.
    """
    rows = tx.rows(_AGED, forms=list(forms), old=old, newest=newest, after=after, most=most)
    return [Aged(int(number), str(name), Digest(subject)) for number, name, subject in rows]


def is_any_asked(tx: Tx, switches: Collection[str]) -> bool:
    """Whether any project has one of these switches on, or anything was asked for by hand."""
    return tx.row(_ANY_ON, switches=list(switches)) is not None or tx.row(_ANY_ROW) is not None


def places(tx: Tx, digests: Iterable[str], switches: Collection[str]) -> list[tuple[str, Digest]]:
    """Repositories and digests of the artifacts among these of which anything is asked or said."""
    rows = tx.rows(_PLACES, digests=list(digests), switches=list(switches))
    return [(str(name), Digest(digest)) for name, digest in rows]

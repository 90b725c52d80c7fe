"""Rows of packages that other scanners say are inside, by the digest of a manifest and the scanner."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from pratique import db
from pratique.batches import batched
from pratique.db import Tx
from pratique.packages import Component, component_of, mark_of
from pratique.scanners.store.tables import foreign_package
from pratique.scanners.values import ForeignPackage

_p = foreign_package.c
_CHUNK: Final = 500
_HERE: Final = (_p.digest == bindparam("digest"), _p.scanner == bindparam("scanner"))
_OF: Final = db.Statement(select(_p.purl, _p.path).where(*_HERE).order_by(_p.number))
_OF_ANYBODY: Final = db.Statement(
    select(_p.purl).where(_p.digest == bindparam("digest"), _p.component != "").distinct().order_by(_p.purl)
)
_ADD: Final = db.Statement(insert(foreign_package))
_CLEAR: Final = db.Statement(delete(foreign_package).where(*_HERE))
_FORGET_SCANNER: Final = db.Statement(delete(foreign_package).where(_p.scanner == bindparam("scanner")))
_FORGET_DIGESTS: Final = db.Statement(delete(foreign_package).where(db.one_of(_p.digest, "digests")))


def of(tx: Tx, digest: str, scanner: str) -> list[ForeignPackage]:
    """What a scanner says is in a manifest, in its order."""
    return [ForeignPackage(purl, path) for purl, path in tx.rows(_OF, digest=digest, scanner=scanner)]


def put(tx: Tx, digest: str, scanner: str, packages: Sequence[ForeignPackage]) -> None:
    """Write them over those that were there."""
    tx.change(_CLEAR, digest=digest, scanner=scanner)
    rows = [
        {
            "digest": digest,
            "scanner": scanner,
            "number": number,
            "purl": one.purl,
            "path": one.path,
            "component": _mark(component_of(one.purl)),
        }
        for number, one in enumerate(packages)
    ]
    for some in batched(rows, _CHUNK):
        tx.change_many(_ADD, list(some))


def purls_of(tx: Tx, digest: str) -> list[str]:
    """The package URLs that any scanner names of a manifest, of those that advisories can speak of."""
    return [row[0] for row in tx.rows(_OF_ANYBODY, digest=digest)]


def digests_with(tx: Tx, keys: Iterable[Component]) -> set[str]:
    """The manifests of which a scanner says that any of the components is inside."""
    found: set[str] = set()
    for some in batched(sorted(map(mark_of, keys)), _CHUNK):
        asked = select(_p.digest).where(_p.component.in_(some)).distinct()
        found.update(row[0] for row in tx.execute(asked))
    return found


def held(tx: Tx, keys: Iterable[Component]) -> set[Component]:
    """Those of the components that any scanner names."""
    by_mark = {mark_of(key): key for key in keys}
    found: set[Component] = set()
    for some in batched(sorted(by_mark), _CHUNK):
        asked = select(_p.component).where(_p.component.in_(some)).distinct()
        found.update(by_mark[row[0]] for row in tx.execute(asked))
    return found


def forget_scanner(tx: Tx, scanner: str) -> None:
    """The scanner goes."""
    tx.change(_FORGET_SCANNER, scanner=scanner)


def forget_digests(tx: Tx, digests: Collection[str]) -> None:
    """The manifests are nowhere any more."""
    tx.change(_FORGET_DIGESTS, digests=list(digests))


def _mark(component: Component | None) -> str:
    return "" if component is None else mark_of(component)

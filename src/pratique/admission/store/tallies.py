"""How many findings there are in what images have from one layer, and the summary of all artifacts made of that.

A tally is of a share: many images have it, and what is found in it is the same in all of them. It says what is true
as long as it is there: whoever makes something else true of a package takes the tallies with that package away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from pratique.batches import batched
from pratique.clock import Moment
from pratique.db import Statement, Tx, insert_ignore, metadata, one_of
from pratique.inventory.store.tables import image_contents, image_layer, layer_component, layer_share
from pratique.packages import Severity
from pratique.registry.store.tables import manifest

SEVERITIES: Final = tuple(sorted(Severity, reverse=True))

share_tally: Final = Table(
    "share_tally",
    metadata,
    Column("share_id", BigInteger, primary_key=True, autoincrement=False),
    *(Column(severity.name.lower(), Integer, nullable=False) for severity in SEVERITIES),
    Column("fixable", Integer, nullable=False),
)

hub_state: Final = Table(
    "hub_state",
    metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Raised whenever tallies are taken away; whoever has counted meanwhile counts again.
    Column("changes", BigInteger, nullable=False),
    # By which rules tallies were counted.
    Column("rules", Integer, nullable=False),
    # The summary is not made again before that.
    Column("rests_until", BigInteger, nullable=False),
    Column("summary", LargeBinary),
)


class Tally(NamedTuple):
    """Findings by severity, in the order of `SEVERITIES`, and how many of them can be mended."""

    counts: tuple[int, ...]
    fixable: int


@dataclass(frozen=True, slots=True)
class State:
    """How counting stands."""

    changes: int
    rules: int
    rests_until: Moment
    summary: bytes | None


_t, _h = share_tally.c, hub_state.c
_i, _l, _m, _p, _s = image_contents.c, image_layer.c, manifest.c, layer_component.c, layer_share.c
_ROW: Final = 1
_OWNED: Final = "owned"
_CHUNK: Final = 500
_COUNTS: Final = tuple(_t[severity.name.lower()] for severity in SEVERITIES)

_BEGIN: Final = Statement(insert_ignore(hub_state, "id"))
_GET: Final = select(_h.changes, _h.rules, _h.rests_until, _h.summary)
_READ: Final = Statement(_GET)
_HOLD: Final = Statement(lambda dialect: _GET.with_for_update() if dialect == "postgresql" else _GET)
_CHANGE: Final = Statement(update(hub_state).values(changes=_h.changes + 1))
_RULES: Final = Statement(update(hub_state).values(rules=bindparam("to")))
_SAY: Final = Statement(update(hub_state).values(summary=bindparam("said"), rests_until=bindparam("until")))
_DROP: Final = Statement(
    delete(share_tally).where(
        _t.share_id.in_(select(_p.share_id).where(one_of(_p.component_id, "components")))
    )
)
_DROP_ALL: Final = Statement(delete(share_tally))
_DROP_ORPHANS: Final = Statement(delete(share_tally).where(~exists().where(_s.id == _t.share_id)))
_UNCOUNTED: Final = Statement(
    select(_s.id)
    .where(_s.id > bindparam("after"), ~exists().where(_t.share_id == _s.id))
    .order_by(_s.id)
    .limit(bindparam("most"))
)
_PARTS: Final = Statement(
    select(_p.share_id, _p.component_id).where(one_of(_p.share_id, "shares"), _p.state != _OWNED)
)
_PUT: Final = Statement(insert_ignore(share_tally))
_TALLIED: Final = (
    manifest.join(image_contents, _i.digest == _m.digest)
    .join(image_layer, _l.image_id == _i.id)
    .join(share_tally, _t.share_id == _l.share_id)
)
_CARGO: Final[ColumnElement[bool]] = _m.is_evidence.is_(False)
_TOTALS: Final = Statement(
    select(*(func.coalesce(func.sum(one), 0) for one in (*_COUNTS, _t.fixable)))
    .select_from(_TALLIED)
    .where(_CARGO)
)
_WORST: Final = Statement(
    select(_i.id, *map(func.sum, _COUNTS))
    .select_from(
        image_contents.join(image_layer, _l.image_id == _i.id).join(share_tally, _t.share_id == _l.share_id)
    )
    .where(exists().where(_m.digest == _i.digest, _CARGO))
    .group_by(_i.id)
    .having(func.sum(sum(_COUNTS[1:], start=_COUNTS[0])) > bindparam("least"))
    .order_by(*(func.sum(one).desc() for one in _COUNTS), _i.id)
    .limit(bindparam("most"))
)


def state(tx: Tx) -> State:
    """How counting stands, as this transaction sees it."""
    row = tx.row(_READ)
    return State(0, 0, Moment(0), None) if row is None else State(*row)


def hold(tx: Tx) -> State:
    """The same, held until the transaction ends: no tally is taken away meanwhile."""
    tx.change(_BEGIN, id=_ROW, changes=0, rules=0, rests_until=0, summary=None)
    row = tx.row(_HOLD)
    return State(0, 0, Moment(0), None) if row is None else State(*row)


def drop(tx: Tx, components: Collection[int]) -> None:
    """Take away the tallies of all shares that have one of the components."""
    hold(tx)
    tx.change(_CHANGE)
    for some in batched(components, _CHUNK):
        tx.change(_DROP, components=list(some))


def begin_anew(tx: Tx, rules: int) -> None:
    """Take all of them away: they were counted by other rules."""
    hold(tx)
    tx.change(_CHANGE)
    tx.change(_RULES, to=rules)
    tx.change(_DROP_ALL)


def uncounted(tx: Tx, after: int, most: int) -> list[int]:
    """Up to `most` shares behind a number that have no tally."""
    return [int(row[0]) for row in tx.rows(_UNCOUNTED, after=after, most=most)]


def parts_of(tx: Tx, shares: Sequence[int]) -> dict[int, list[int]]:
    """The components of shares, once for each place at which one lies; what another package answers for is left out."""
    found: dict[int, list[int]] = {share: [] for share in shares}
    for share, component in tx.rows(_PARTS, shares=list(shares)):
        found[share].append(int(component))
    return found


def put(tx: Tx, tallies: Mapping[int, Tally]) -> None:
    """Write tallies. The state is held."""
    rows = [
        {
            "share_id": share,
            "fixable": tally.fixable,
            **{one.name.lower(): number for one, number in zip(SEVERITIES, tally.counts, strict=True)},
        }
        for share, tally in tallies.items()
    ]
    if rows:
        tx.change_many(_PUT, rows)


def totals(tx: Tx) -> Tally:
    """All findings in all artifacts, each as often as it stands in one."""
    *counts, fixable = map(int, tx.rows(_TOTALS)[0])
    return Tally(tuple(counts), fixable)


def worst_images(tx: Tx, most: int) -> list[tuple[int, tuple[int, ...]]]:
    """The images of artifacts with the most and worst findings, and how many of each severity; none without any."""
    rows = tx.rows(_WORST, least=0, most=most)
    return [(int(image), tuple(map(int, counts))) for image, *counts in rows]


def say(tx: Tx, summary: bytes, rests_until: Moment) -> None:
    """Write the summary. Tallies of what is nowhere any more go."""
    hold(tx)
    tx.change(_DROP_ORPHANS)
    tx.change(_SAY, said=summary, until=rests_until)

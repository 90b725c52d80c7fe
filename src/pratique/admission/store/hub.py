"""Where packages are: from components by way of shares and images to the artifacts in repositories.

The joins that only this room may make: of what `inventory` and `registry` keep. Each begins at an index, so that what a
vulnerability touches costs as much as is touched, whatever else there is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, FromClause, exists, func, or_, select

from pratique.batches import batched
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.store.tables import component, image_contents, image_layer, layer_component
from pratique.policy import State
from pratique.registry.store.tables import manifest, repository, tag

AT_ONCE: Final = 500
"""Components that are asked about in one statement."""

_m, _r, _t = manifest.c, repository.c, tag.c
_i, _l, _p, _c = image_contents.c, image_layer.c, layer_component.c, component.c
_OWNED: Final = "owned"
_CARGO: Final[tuple[ColumnElement[bool], ...]] = (_m.is_evidence.is_(False),)


@dataclass(frozen=True, slots=True)
class Seen:
    """The artifacts that somebody sees: of `project_ids` (None: of all), and if `since` is there admitted ones alone.

    `since` is the generation below which no admission counts, and the time at which it must not have lapsed.
    """

    project_ids: frozenset[int] | None = None
    since: tuple[int, Moment] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Which artifacts are asked for, of those that are seen."""

    seen: Seen = Seen()
    repository: str | None = None
    digest: str | None = None
    tag: str | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it names a place."""
        return any((self.repository, self.digest, self.tag)) or self.seen.project_ids is not None


class Place(NamedTuple):
    """An artifact in a repository."""

    manifest_id: int
    project_id: int
    repository_id: int
    repository: str
    digest: str


def components_in(tx: Tx, where: Where) -> list[int]:
    """The components that the artifacts of a place have."""
    query = select(_p.component_id).distinct().select_from(_from_artifacts()).where(*_conditions(where))
    return [int(row[0]) for row in tx.execute(query.order_by(_p.component_id))]


def places_per_component(tx: Tx, components: Sequence[int], where: Where) -> dict[int, int]:
    """In how many artifacts each component is; what is in none is not named."""
    found: dict[int, int] = {}
    for start in range(0, len(components), AT_ONCE):
        query = (
            select(_p.component_id, func.count(_m.id.distinct()))
            .select_from(_from_components())
            .where(*_having(components[start : start + AT_ONCE]), *_conditions(where))
            .group_by(_p.component_id)
        )
        found |= {int(number): int(count) for number, count in tx.execute(query)}
    return found


def places_of(tx: Tx, component: int, where: Where, offset: int, limit: int) -> list[Place]:
    """The artifacts that a component is in, the newest first."""
    query = (
        select(_m.id, _r.project_id, _r.id, _r.name, _m.digest)
        .distinct()
        .select_from(_from_components())
        .where(*_having([component]), *_conditions(where))
        .order_by(_m.id.desc())
    )
    return [Place(*row) for row in tx.execute(query.offset(offset).limit(limit))]


def tags_of(tx: Tx, places: Collection[Place], *, admitted_only: bool) -> dict[int, list[str]]:
    """The tags of artifacts, by their numbers."""
    side: ColumnElement[bool] = _t.admitted == _m.digest
    if not admitted_only:
        side = or_(side, _t.candidate == _m.digest)
    query = (
        select(_m.id, _t.name)
        .join(tag, (_t.repository_id == _m.repository_id) & side)
        .where(_m.id.in_(sorted({place.manifest_id for place in places})))
        .order_by(_m.id, _t.name)
    )
    found: dict[int, list[str]] = {}
    for number, name in tx.execute(query):
        found.setdefault(int(number), []).append(str(name))
    return found


def artifacts(tx: Tx) -> tuple[int, int]:
    """How many artifacts there are, and how many of them have been examined."""
    everything = select(func.count()).select_from(manifest).where(_m.is_evidence.is_(False))
    examined = everything.join(image_contents, _i.digest == _m.digest).where(_i.problem == "")
    return int(tx.execute(everything).scalar_one()), int(tx.execute(examined).scalar_one())


def present(tx: Tx, components: Collection[int]) -> set[int]:
    """Those of the components that some artifact has."""
    found: set[int] = set()
    for some in batched(sorted(components), AT_ONCE):
        there = (
            exists()
            .where(*_CARGO, _p.component_id == _c.id, _p.state != _OWNED)
            .where(_l.share_id == _p.share_id, _i.id == _l.image_id, _m.digest == _i.digest)
        )
        found.update(int(row[0]) for row in tx.execute(select(_c.id).where(_c.id.in_(some), there)))
    return found


def places_of_images(tx: Tx, images: Iterable[int], most: int) -> list[tuple[int, Place]]:
    """Up to `most` artifacts that have the contents of each image, the oldest first, with that image's number."""
    return [found for image in images for found in _places_of_image(tx, image, most)]


def _places_of_image(tx: Tx, image: int, most: int) -> list[tuple[int, Place]]:
    query = (
        select(_i.id, _m.id, _r.project_id, _r.id, _r.name, _m.digest)
        .select_from(image_contents)
        .join(manifest, _m.digest == _i.digest)
        .join(repository, _r.id == _m.repository_id)
        .where(_i.id == image, *_CARGO)
        .order_by(_m.id)
        .limit(most)
    )
    return [(int(image), Place(*row)) for image, *row in tx.execute(query)]


def _from_components() -> FromClause:
    return (
        layer_component.join(image_layer, _l.share_id == _p.share_id)
        .join(image_contents, _i.id == _l.image_id)
        .join(manifest, _m.digest == _i.digest)
        .join(repository, _r.id == _m.repository_id)
    )


def _from_artifacts() -> FromClause:
    return (
        repository.join(manifest, _m.repository_id == _r.id)
        .join(image_contents, _i.digest == _m.digest)
        .join(image_layer, _l.image_id == _i.id)
        .join(layer_component, _p.share_id == _l.share_id)
    )


def _having(components: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return _p.component_id.in_(components), _p.state != _OWNED


def _conditions(where: Where) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_m.is_evidence.is_(False)]
    if where.seen.project_ids is not None:
        conditions.append(_r.project_id.in_(sorted(where.seen.project_ids)))
    if where.seen.since is not None:
        floor, at = where.seen.since
        conditions += [
            _m.state == State.ADMITTED.value,
            _m.generation >= floor,
            or_(_m.valid_until.is_(None), _m.valid_until > at),
        ]
    if where.repository is not None:
        conditions.append(_r.name == where.repository)
    if where.digest is not None:
        conditions.append(_m.digest == where.digest)
    if where.tag is not None:
        conditions.append(_tagged(where.tag, admitted_only=where.seen.since is not None))
    return conditions


def _tagged(name: str, *, admitted_only: bool) -> ColumnElement[bool]:
    side: ColumnElement[bool] = _t.admitted == _m.digest
    if not admitted_only:
        side = or_(side, _t.candidate == _m.digest)
    return exists().where(_t.repository_id == _m.repository_id, _t.name == name, side)

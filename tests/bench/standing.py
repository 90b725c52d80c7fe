"""A fleet of images as artifacts that stand in a registry: examined, matched and admitted."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import insert, text
from tests.bench.advised import import_advisories
from tests.bench.fleet import RELEASED_EVERY, TAGS, Fleet, Member
from tests.houses import OCI_IMAGE, Furnished

from pratique.bootstrap.judging import Court
from pratique.clock import Moment
from pratique.db import Tx, metadata
from pratique.packages import Component

PROJECTS: Final = 20
AT_ONCE: Final = TAGS
"""Images that are stored in one transaction: those of one repository."""

_BY_NAME: Final = text(
    "SELECT component.name, COUNT(DISTINCT image_layer.image_id) AS images FROM component"
    " JOIN layer_component ON layer_component.component_id = component.id"
    " JOIN image_layer ON image_layer.share_id = layer_component.share_id"
    " WHERE component.family = 'npm' GROUP BY component.name ORDER BY ABS(images - :wanted), 1 LIMIT 1"
)


def repository_of(number: int) -> str:
    """The repository of an image of the fleet."""
    of = number // TAGS
    return f"p{of % PROJECTS}/r{of}"


def name_in(tx: Tx, images: int) -> str:
    """A package that about so many images have."""
    return str(tx.execute(_BY_NAME, {"wanted": images}).scalar_one())


def fill(home: Furnished, root: Path, count: int) -> list[str]:
    """Store a fleet, whose digests these are. The advisories are in place."""
    database, court = home.house.stores.database, home.house.court
    import_advisories(root / "data")
    numbers = [home.project(f"p{number}").id for number in range(PROJECTS)]
    database.write(lambda tx: _prevent(tx, numbers))
    digests: list[str] = []
    known: set[Component] = set()
    images = Fleet().images(count)
    while members := list(itertools.islice(images, AT_ONCE)):
        start = len(digests)
        database.write(lambda tx: _store(tx, court, numbers, start, members))  # noqa: B023 - run at once
        digests += [member.digest for member in members]
        database.write(lambda tx: _match(tx, court, members, known))
    return digests


def _prevent(tx: Tx, projects: Sequence[int]) -> None:
    asked = {"prevent_vul": "true", "severity": "high"}
    rows = [
        {"project_id": number, "name": name, "value": value}
        for number in projects
        for name, value in asked.items()
    ]
    tx.execute(insert(metadata.tables["project_metadata"]), rows)


def _store(tx: Tx, court: Court, projects: Sequence[int], start: int, members: Sequence[Member]) -> None:
    of = start // TAGS
    home = {"id": of + 1, "project_id": projects[of % PROJECTS], "name": repository_of(start)}
    times = {"description": "", "created_at": 1, "updated_at": 1, "pull_count": 0}
    tx.execute(insert(metadata.tables["repository"]), [home | times])
    for member in members:
        court.recording.put(tx, member.digest, member.contents, Moment(1))
    tx.execute(
        insert(metadata.tables["manifest"]),
        [
            {
                "repository_id": of + 1,
                "digest": member.digest,
                "media_type": OCI_IMAGE,
                "size": 2,
                "body": b"{}",
                "annotations": "{}",
                "is_index": False,
                "is_evidence": False,
                "pushed_by": "user:1",
                "pushed_at": 1,
                "pulled_at": number * 7919 % 99991,
                "state": "ADMITTED",
                "generation": 1,
            }
            for number, member in enumerate(members, start)
        ],
    )


def _match(tx: Tx, court: Court, members: Sequence[Member], known: set[Component]) -> None:
    """As a worker does after it has examined them; of what was matched before nothing is asked again."""
    # Between two releases of an application its tags have the same packages, but for a rebuild of the base.
    for member in members[::RELEASED_EVERY]:
        rows = court.recording.components_of(tx, member.digest)
        new = {row.key for row in rows if row.key is not None} - known
        if new:
            court.findings.of(tx, new)
        known |= new

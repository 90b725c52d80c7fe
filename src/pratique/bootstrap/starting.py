"""What has to be so before a process answers: the schema, what a crash left behind, and an administrator."""

from pratique import migrations
from pratique.access import SYSTEM
from pratique.bootstrap.house import House
from pratique.bootstrap.upkeep import build_upkeep
from pratique.db import Tx
from pratique.identity import ensure_admin
from pratique.jobs import last_published_at
from pratique.projects import Person

LIBRARY = "library"
"""The public project that Harbor has from the start."""


def prepare(house: House) -> migrations.Upgrade | None:
    """Bring the schema up to date and clear away what a crash left. Raises Unavailable.

    A PostgreSQL database is never upgraded here but by `pratique db upgrade`, which the refusal names.
    """
    database = house.stores.database
    upgraded = migrations.prepare(database, house.stores.directory, embedded=database.dialect == "sqlite")
    catch_up(house)
    build_upkeep(house).recovery.run()
    return upgraded


def catch_up(house: House) -> None:
    """Let the clock know how late it was when the last fact was written: what had lapsed by then stays lapsed."""
    with house.stores.database.read() as tx:
        house.clock.not_before(last_published_at(tx))


def first_admin(house: House, password: str | None) -> str | None:
    """On the first start make `admin` and the project `library`. The password, when it was made up here."""
    identity, database = house.identity, house.stores.database
    with database.read() as tx:
        is_first_start = identity.users.first_admin(tx) is None
    made_up = ensure_admin(database, identity.users, identity.passwords, password)

    def make_library(tx: Tx) -> None:
        admin = identity.users.first_admin(tx)
        if admin is not None and house.departments.projects.by_name(tx, LIBRARY) is None:
            owner = Person(admin.id, admin.username)
            house.departments.projects.create(tx, SYSTEM, LIBRARY, {"public": "true"}, owner=owner)

    if is_first_start:
        database.write(make_library)
    return made_up

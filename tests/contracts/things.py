"""Tables for tests of the database."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from pratique import db

thing = Table(
    "test_thing",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
)
part = Table(
    "test_part",
    db.metadata,
    Column("thing_id", BigInteger, ForeignKey("test_thing.id"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
)
ADD = db.Statement(insert(thing).values(name=bindparam("name"), size=bindparam("size")).returning(thing.c.id))
ADD_MANY = db.Statement(insert(thing).values(name=bindparam("name"), size=bindparam("size")))
ADD_PART = db.Statement(insert(part).values(thing_id=bindparam("thing_id"), name=bindparam("name")))
ALL = db.Statement(select(thing.c.name, thing.c.size).order_by(thing.c.name))
GROW = db.Statement(update(thing).where(thing.c.name == bindparam("called")).values(size=thing.c.size + 1))
DROP = db.Statement(delete(thing).where(thing.c.name == bindparam("called")))
NAMED = db.Statement(select(thing.c.name).where(db.one_of(thing.c.name, "names")).order_by(thing.c.name))
UNNAMED = db.Statement(select(thing.c.name).where(~db.one_of(thing.c.name, "names")).order_by(thing.c.name))
NUMBERED = db.Statement(select(thing.c.name).where(db.one_of(thing.c.id, "ids")).order_by(thing.c.name))
ADD_ONCE = db.Statement(db.insert_ignore(thing, "name", returning=("id",)))
PUT = db.Statement(db.upsert(thing, ["name"], ["size"], returning=("id", "size")))


def names_in(database: db.Database) -> list[str]:
    """Every name, in order."""
    with database.read() as tx:
        return [name for name, _ in tx.rows(ALL)]


def sizes_in(database: db.Database) -> dict[str, int]:
    """Every size by name."""
    with database.read() as tx:
        return dict(tx.rows(ALL))

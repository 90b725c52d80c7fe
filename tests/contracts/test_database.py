"""What both databases promise."""

from sqlalchemy import Column, Integer, Table, Text, bindparam, insert, select

from pratique import db

thing = Table(
    "test_thing",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
)
ADD = db.Statement(insert(thing).values(name=bindparam("name"), size=bindparam("size")).returning(thing.c.id))
ALL = db.Statement(select(thing.c.name, thing.c.size).order_by(thing.c.name))


def test_what_was_written_is_read(database: db.Database) -> None:
    number = database.write(lambda tx: tx.row(ADD, name="a", size=1))
    assert number == (1,)
    with database.read() as tx:
        assert tx.rows(ALL) == [("a", 1)]

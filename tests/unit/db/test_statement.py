"""Statements as text."""

import json

import pytest
from sqlalchemy import Column, Executable, MetaData, Table, Text, bindparam, insert, select, update

from pratique.db import Id, Statement, each_of, insert_ignore, one_of, upsert

metadata = MetaData()
word = Table("word", metadata, Column("id", Id, primary_key=True), Column("text", Text), Column("note", Text))


def test_each_dialect_has_its_own_text() -> None:
    statement = Statement(select(word.c.id).where(word.c.text == bindparam("wanted")))
    assert statement.form("sqlite").text.endswith("WHERE word.text = :wanted")
    assert statement.form("postgresql").text.endswith("WHERE word.text = %(wanted)s::VARCHAR")


def test_a_statement_is_compiled_once() -> None:
    dialects: list[str] = []

    def clause(dialect: str) -> Executable:
        dialects.append(dialect)
        return select(word.c.id)

    statement = Statement(clause)
    forms = [statement.form(dialect) for dialect in ("sqlite", "postgresql") * 3]
    assert dialects == ["sqlite", "postgresql"]
    assert len(set(map(id, forms))) == 2


def test_values_of_the_statement_itself_are_kept() -> None:
    form = Statement(update(word).values(note="seen").where(word.c.text == bindparam("wanted"))).form(
        "sqlite"
    )
    assert form.bind({"wanted": "x"}) == {"note": "seen", "wanted": "x"}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_nothing_is_returned_that_was_not_asked_for(dialect: str) -> None:
    plain = insert(word).values(text=bindparam("text"))
    assert "RETURNING" not in Statement(plain).form(dialect).text
    assert "RETURNING" in Statement(plain.returning(word.c.id)).form(dialect).text


def test_a_list_is_one_parameter() -> None:
    statement = Statement(select(word.c.id).where(one_of(word.c.text, "texts")))
    sqlite = statement.form("sqlite")
    assert sqlite.text.endswith("word.text IN (SELECT value FROM json_each(:texts))")
    assert json.loads(sqlite.bind({"texts": ("a", 'b"')})["texts"]) == ["a", 'b"']
    postgresql = statement.form("postgresql")
    assert postgresql.text.endswith("word.text = ANY (%(texts)s::TEXT[])")
    assert postgresql.bind({"texts": {"a"}}) == {"texts": ["a"]}


def test_a_list_can_be_a_table() -> None:
    statement = Statement(select(each_of("texts").c.value))
    assert "FROM json_each(:texts) AS value" in statement.form("sqlite").text
    assert "FROM unnest(%(texts)s::TEXT[]) AS value" in statement.form("postgresql").text


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_inserts_leave_their_number_to_the_database(dialect: str) -> None:
    ignoring = Statement(insert_ignore(word, "text")).form(dialect).text
    assert ignoring.startswith("INSERT INTO word (text, note) VALUES")
    assert ignoring.endswith("ON CONFLICT (text) DO NOTHING")
    merging = Statement(upsert(word, ["text"], ["note"])).form(dialect).text
    assert merging.endswith("ON CONFLICT (text) DO UPDATE SET note = excluded.note")

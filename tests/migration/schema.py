"""A schema as the database itself tells it: `python -m tests.migration.schema URL DIRECTORY declared|upgraded`.

In a process of its own, whose `MetaData` holds the tables of the house and none that tests have declared.
"""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from tests.databases import Place

import pratique
from pratique import db
from pratique.migrations import Revisions

ROOT: Final = Path(__file__).parents[2]

SQLITE: Final = (
    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%alembic%' ORDER BY name"
)
COLUMNS: Final = """
    SELECT c.relname || '.' || a.attname, a.attnum || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d
         ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 ORDER BY 1"""
CONSTRAINTS: Final = """
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1"""
INDEXES: Final = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


def house_tables() -> None:
    """Import every store, so that all tables of the house are declared."""
    for module in pkgutil.walk_packages(pratique.__path__, "pratique."):
        if ".store" in module.name:
            importlib.import_module(module.name)


def told(tx: db.Tx) -> dict[str, str]:
    """Everything of the schema, by name, as the database tells it."""
    queries = [SQLITE] if tx.dialect == "sqlite" else [COLUMNS, CONSTRAINTS, INDEXES]
    rows = [tuple(row) for query in queries for row in tx.execute(text(query))]
    return {name: " ".join(sorted(_parts(what))) for name, what in rows if "alembic" not in name}


def _parts(what: str) -> list[str]:
    """SQLite keeps the text of CREATE TABLE, in which constraints may stand in any order."""
    return [part.strip().rstrip(",") for part in what.splitlines()]


def differences(tx: db.Tx) -> list[Any]:
    """What Alembic would still have to do."""

    def of_the_house(_thing: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or name != "alembic_version"

    options = {"compare_type": True, "include_object": of_the_house, "target_metadata": db.metadata}
    return list(compare_metadata(MigrationContext.configure(tx.connection, opts=options), db.metadata))


def told_by_another_process(place: Place, way: str) -> dict[str, Any]:
    """Make the schema in a new process and return what it tells."""
    done = subprocess.run(command(place, way), cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def command(place: Place, way: str) -> list[str]:
    """The command line of `main`."""
    return [sys.executable, "-m", "tests.migration.schema", place.url, str(place.directory), way]


def main() -> None:
    """Make the schema by one of the two ways, and tell it."""
    url, directory, way = sys.argv[1:]
    house_tables()
    database = db.open_database(url, Path(directory))
    if way == "declared":
        database.create_schema()
    else:
        Revisions().upgrade(database)
    schema = database.write(
        lambda tx: {"told": told(tx), "differences": [str(each) for each in differences(tx)]}
    )
    print(json.dumps(schema))  # noqa: T201 - the test reads it
    database.close()


if __name__ == "__main__":
    main()

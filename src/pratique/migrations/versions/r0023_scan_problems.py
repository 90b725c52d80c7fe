"""Why scans of all images have failed, for each image and for the whole round."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text, text

revision: Final = "0023"
down_revision: Final[str | None] = "0022"
phase: Final = "expand"

_ROUND: Final = 'id, "trigger", started_at, ended_at, position, stopped, counts'
_TARGET: Final = "round_id, project_id, digest, done_at"


def upgrade() -> None:
    """Add the columns; SQLite writes the tables anew, so that they are as the code declares them."""
    if op.get_context().dialect.name == "postgresql":
        op.add_column("scan_target", Column("problem", Text))
        op.add_column("scan_round", Column("problems", Text))
        return
    for name in ("scan_target", "scan_round"):
        op.execute(text(f"ALTER TABLE {name} RENAME TO {name}_before"))
    _create()
    for name, columns in (("scan_target", _TARGET), ("scan_round", _ROUND)):
        op.execute(text(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_before"))  # noqa: S608 - names of columns
        op.drop_table(f"{name}_before")


def _create() -> None:
    op.create_table(
        "scan_target",
        Column("round_id", BigInteger, primary_key=True, autoincrement=False),
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("digest", String(135), primary_key=True),
        Column("done_at", BigInteger),
        Column("problem", Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scan_round",
        Column("id", Integer, primary_key=True),
        Column("trigger", String(12), nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("position", BigInteger),
        Column("stopped", Boolean, nullable=False),
        Column("counts", Text, nullable=False),
        Column("problems", Text),
        sqlite_autoincrement=True,
    )

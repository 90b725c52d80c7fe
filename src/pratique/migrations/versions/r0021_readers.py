"""What was examined by older readers is counted."""

from typing import Final

from alembic import op

revision: Final = "0021"
down_revision: Final[str | None] = "0020"
phase: Final = "expand"


def upgrade() -> None:
    """Create the index."""
    op.create_index("image_contents_readers", "image_contents", ["readers"])

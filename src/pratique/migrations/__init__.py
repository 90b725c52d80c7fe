"""The schema through time: Alembic revisions, one after the other, each marked `expand` or `contract`.

Expanding adds what the next release needs and the last one ignores; contracting takes away what no running release
uses any more. A store is upgraded in one transaction: whatever fails leaves the schema as it was.
"""

from pratique.migrations.running import Behind, current, head, upgrade

__all__ = ["Behind", "current", "head", "upgrade"]

"""The schema through time: Alembic revisions, one after the other, each marked `expand` or `contract`.

Expanding adds what the next release needs and the last one ignores; contracting takes away what no running release
uses any more. A store is upgraded in one transaction: whatever fails leaves the schema as it was. There is no way back
but the copy that was made before.
"""

from pratique.migrations.preparing import check, prepare
from pratique.migrations.revisions import Revisions, SchemaMismatch, Upgrade

__all__ = ["Revisions", "SchemaMismatch", "Upgrade", "check", "prepare"]

"""Mounts: a blob of one repository linked to another without being sent (distribution-spec, "Mounting a blob").

A mount is a way out: whoever may mount may then pull. So the source is asked about as a pull from it would be, by the
principal's own rights as they are now, not by what his token says of the target (olareg read the source without
asking), within a robot's namespaces, and the gate must let this blob out to him there (gate.md 6). Whatever is missing
looks the same: not mounted, go on and upload.
"""

from pratique.clock import Clock, Moment
from pratique.db import Database, ForeignKeyViolation, Tx
from pratique.oci.digest import Digest
from pratique.oci.names import check_name
from pratique.registry import quota
from pratique.registry.founding import founded
from pratique.registry.ports import Projects, Rights
from pratique.registry.pull import Puller
from pratique.registry.store import blobs, repositories
from pratique.registry.values import Reader

HOLDERS_TRIED = 20
"""Repositories looked at for a mount that names no source; the oldest holders first."""


class Mounts:
    """Links blobs across repositories. `lease`: how long a fresh link is kept while no manifest names it."""

    def __init__(
        self,
        database: Database,
        puller: Puller,
        rights: Rights,
        projects: Projects,
        clock: Clock,
        *,
        lease: int,
    ) -> None:
        self._database = database
        self._puller = puller
        self._rights = rights
        self._projects = projects
        self._clock = clock
        self._lease = lease

    def mount(self, repository: str, digest: Digest, source: str | None, reader: Reader) -> bool:
        """Link a blob that the reader might pull from `source`; None: from any repository that holds it.

        False: there is no such blob, or he may not have it there, and it does not show which. That he may push to
        `repository` is decided at the door. Raises NameInvalid (target), RepositoryUnknown (no such project),
        QuotaExceeded.
        """
        check_name(repository)
        with self._database.read() as tx:
            if self._source(tx, digest, source, reader) is None:
                return False
        try:
            return self._database.write(lambda tx: self._link(tx, repository, digest, source, reader))
        except ForeignKeyViolation:
            return False  # the blob, or the repository, went meanwhile

    def _link(self, tx: Tx, name: str, digest: Digest, source: str | None, reader: Reader) -> bool:
        """Asks again: a right or an admission that ended meanwhile counts."""
        size = self._source(tx, digest, source, reader)
        if size is None:
            return False
        now = self._clock.now()
        project_id = self._projects.project_of(tx, name)
        quota.check_room(tx, self._projects, project_id, digest, size)
        repository = founded(tx, self._projects, name, reader.principal, now)
        blobs.link(tx, repository.id, digest, now=now, until=Moment(now + self._lease))
        tx.touch(f"blob:{name}@{digest}")
        return True

    def _source(self, tx: Tx, digest: Digest, source: str | None, reader: Reader) -> int | None:
        """The blob's size, if some source lets it out to the reader."""
        names = [source] if source is not None else blobs.holders(tx, digest, HOLDERS_TRIED)
        for name in names:
            size = self._let_out(tx, name, digest, reader)
            if size is not None:
                return size
        return None

    def _let_out(self, tx: Tx, name: str, digest: Digest, reader: Reader) -> int | None:
        there = self._rights.reader(tx, reader, name)
        repository = repositories.by_name(tx, name)
        if (
            there is None
            or repository is None
            or not self._puller.lets_blob_out(tx, repository, digest, there)
        ):
            return None
        found = blobs.linked(tx, repository.id, digest)
        return None if found is None else found[0]

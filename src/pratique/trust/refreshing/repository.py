"""A target of a TUF repository, by the client workflow of the TUF specification (section 5).

The workflow itself is the reference implementation's: roots follow one another by the signatures of both, the last one
and all below it must not have expired, and no version goes back behind one that was seen. What was seen is kept in a
directory, a failed attempt's verified part too: once a repository has said that its keys have changed, the old ones
count no more.

It asks the machine's clock, which may have gone back; so what it took is held against ours once more.
"""

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tuf.api.exceptions import DownloadError, DownloadLengthMismatchError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.updater import Updater

from pratique.clock import Clock
from pratique.errors import Conflict, Invalid, Unavailable
from pratique.net import Outbound
from pratique.trust.refreshing.fetching import FILE_LIMIT, OutboundFetcher

ROTATIONS_LIMIT: Final = 64
"""New roots that one refresh follows."""
DELEGATIONS_LIMIT: Final = 8
"""Roles that are asked for one target."""

_ROLES: Final = ("root", "timestamp", "snapshot", "targets")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TufRepository:
    """The repository at `url`, trusted from `root` on: its first root metadata, which may have expired.

    `directory` keeps what was seen of it. `outbound` opens a way out for one refresh.
    """

    def __init__(
        self, url: str, root: bytes, directory: Path, outbound: Callable[[], Outbound], clock: Clock
    ) -> None:
        self._url = url.rstrip("/")
        self._root = root
        self._directory = directory
        self._outbound = outbound
        self._clock = clock

    def target(self, name: str) -> bytes:
        """The target of that name as it is now.

        Raises Unavailable when the repository can't be asked, Invalid when what it says is not believed, Conflict
        while another process asks.
        """
        with self._alone(), closing(self._outbound()) as outbound, tempfile.TemporaryDirectory() as scratch:
            try:
                return self._fetched(name, OutboundFetcher(outbound), Path(scratch) / "target")
            except (RepositoryError, DownloadLengthMismatchError) as error:
                raise Invalid(f"the TUF repository at {self._url} is not believed: {error}") from error
            except DownloadError as error:
                raise Unavailable(f"the TUF repository can't be asked: {error}") from error
            except OSError as error:
                raise Unavailable(f"what a TUF repository says can't be kept: {error}") from error

    def _fetched(self, name: str, fetcher: OutboundFetcher, scratch: Path) -> bytes:
        updater = Updater(
            metadata_dir=str(self._directory),
            metadata_base_url=self._url,
            target_base_url=f"{self._url}/targets",
            fetcher=fetcher,
            config=_LIMITS,
            bootstrap=self._root,
        )
        updater.refresh()
        self._check_dates()
        found = updater.get_targetinfo(name)
        if found is None:
            raise RepositoryError(f"it has no target {name}")
        if found.length > FILE_LIMIT:
            raise RepositoryError(f"{name} has {found.length} bytes; {FILE_LIMIT} are read")
        updater.download_target(found, str(scratch))
        return scratch.read_bytes()

    def _check_dates(self) -> None:
        """Nothing that was taken may have expired by our clock."""
        now = _EPOCH + timedelta(microseconds=self._clock.now())
        for role in _ROLES:
            if Metadata.from_file(str(self._directory / f"{role}.json")).signed.is_expired(now):
                raise RepositoryError(f"its {role} has expired")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time uses the directory."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            file = (self._directory / "lock").open("w")
        except OSError as error:
            raise Unavailable(f"what a TUF repository says can't be kept: {error}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Conflict(
                    "another process refreshes at this moment: look again when it is done"
                ) from error
            yield


_LIMITS: Final = UpdaterConfig(
    max_root_rotations=ROTATIONS_LIMIT,
    max_delegations=DELEGATIONS_LIMIT,
    root_max_length=FILE_LIMIT,
    snapshot_max_length=FILE_LIMIT,
    targets_max_length=FILE_LIMIT,
)

"""Scanners that are commands: the programs that the settings name, and what they are given."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pratique.access import SYSTEM
from pratique.advisories.exporting import Exported
from pratique.blobs import LocalBlobs
from pratique.bootstrap.advising import FOLDER, revisions_of
from pratique.bootstrap.stores import Stores
from pratique.db import Database
from pratique.errors import Invalid, NotFound
from pratique.oci.descriptor import Descriptor
from pratique.oci.manifest import parse_manifest
from pratique.registry.store import manifests
from pratique.scanners import Registrations, Target
from pratique.scanners.commands.commanding import Commands
from pratique.scanners.commands.kinds import COMMANDS, Kind
from pratique.scanners.commands.layout import Blob, Image
from pratique.scanners.commands.running import Bounds
from pratique.settings import Settings

EXPORTED: Final = "exported"
SCANNING: Final = "scanning"


class ImagesOfRegistry:
    """`scanners.commands.commanding.Images` with the registry's manifests and blobs."""

    def __init__(self, database: Database, blobs: LocalBlobs) -> None:
        self._database = database
        self._blobs = blobs

    def image(self, target: Target) -> Image:
        """The files of an image. Raises NotFound, Invalid for what is no image."""
        with self._database.read() as tx:
            found = [one for one in manifests.of_digests(tx, [target.digest]) if not one.is_index]
            if not found:
                raise NotFound(f"there is no image {target.digest} any more")
            content = manifests.body_of(tx, found[0].id)
        manifest = parse_manifest(content, found[0].media_type, limit=len(content))
        if manifest.config is None:
            raise Invalid(f"{target.digest} is no image: it has no configuration")
        layers = tuple(map(self._blob, manifest.layers))
        return Image(content, found[0].media_type, self._blob(manifest.config), layers)

    def _blob(self, described: Descriptor) -> Blob:
        path = self._blobs.path_of(described.digest)
        if path is None:
            raise NotFound(f"a part of the image is not here: {described.digest}")
        return Blob(described.digest, path.resolve())


def programs_of(settings: Settings) -> Mapping[Kind, Path]:
    """The programs that the settings name."""
    named = {Kind.OSV_SCANNER: settings.scanners.osv_scanner, Kind.SYFT: settings.scanners.syft}
    return {kind: Path(path) for kind, path in named.items() if path}


def build_commands(settings: Settings, stores: Stores) -> Commands:
    """Who runs them."""
    scanners, directory = settings.scanners, settings.storage.directory.absolute()
    return Commands(
        programs_of(settings),
        ImagesOfRegistry(stores.database, stores.blobs),
        Exported(revisions_of(settings), directory / FOLDER / EXPORTED),
        directory / SCANNING,
        Bounds(seconds=scanners.deadline, memory=scanners.memory, disk=scanners.disk),
    )


def enlist_commands(settings: Settings, database: Database, registrations: Registrations) -> None:
    """Have the programs that the settings name among the scanners."""
    named = [COMMANDS[kind].described.registration for kind in programs_of(settings)]
    if named:
        database.write(lambda tx: registrations.enlist(tx, named, by=SYSTEM))

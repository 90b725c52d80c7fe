"""What a name on the command line leads to, and what is in it."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import click

from pratique.cli.naming import docker_config
from pratique.cli.scanning import docker_archives, layouts
from pratique.cli.scanning.docker_archives import docker_image
from pratique.cli.scanning.files import Files, Folder, opened_archive, read
from pratique.cli.scanning.images import Advance, Image, watched
from pratique.cli.scanning.layouts import layout_image
from pratique.cli.scanning.registries import registry_image
from pratique.cli.scanning.roots import examine_root
from pratique.errors import BadRequest, Invalid, PratiqueError
from pratique.inventory import CouldNotBeExamined, LayerLimits
from pratique.inventory.contents import Contents, Located
from pratique.inventory.examining import InProcess, examine_image
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.sbom import Subject, read_document
from pratique.inventory.sbom.reading import SIZE_LIMIT as SBOM_LIMIT
from pratique.net import DockerCredentials, Outbound, RemoteRepository, parse_remote_name
from pratique.oci.descriptor import Platform
from pratique.oci.digest import Digest, parse_digest

_LAYOUT: Final = "oci:"
_SBOM: Final = "sbom:"

Begin = Callable[[int | None], Advance]
"""Hears how many bytes there are to read (None: nobody knows), and tells to whom each of them is told."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An artifact that was examined: `media_type` is that of its manifest, "" without one."""

    subject: Subject
    contents: Contents
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to look: who hears of it, which image of an index (None: this machine's), and how far into a layer."""

    begin: Begin
    limits: LayerLimits
    platform: Platform | None = None
    insecure_http: bool = False


def examine(name: str, manner: Manner) -> Opened:
    """The contents of what `name` names: `sbom:FILE`, `oci:DIR[@DIGEST]`, a directory, an archive, or a registry's.

    Raises PratiqueError for what is not there or makes no sense, CouldNotBeExamined with why.
    """
    if name.startswith(_SBOM):
        return _sbom(Path(name.removeprefix(_SBOM)))
    if name.startswith(_LAYOUT):
        folder, at, digest = name.removeprefix(_LAYOUT).rpartition("@")
        path = Path(folder if at else digest)
        return _layout(name, path, parse_digest(digest) if at else None, manner)
    if not name:
        raise BadRequest("nothing is named that could be scanned; . is the directory here")
    path = Path(name)
    if path.is_dir():
        if (path / layouts.MARKER).is_file():
            return _layout(name, path, None, manner)
        return Opened(Subject(name), examine_root(path, manner.begin(None), manner.limits))
    if path.exists():
        return _archive(name, path, manner)
    return _remote(name, manner)


def _layout(name: str, path: Path, digest: Digest | None, manner: Manner) -> Opened:
    if not (path / layouts.MARKER).is_file():
        raise BadRequest(f"{path} is no image layout: it has no {layouts.MARKER}")
    return _examined(layout_image(name, Folder(path), digest, manner.platform), manner)


def _archive(name: str, path: Path, manner: Manner) -> Opened:
    with tempfile.TemporaryFile() as scratch, opened_archive(path, scratch) as files:
        return _examined(_of_archive(name, files, path.stat().st_size, manner.platform), manner)


def _of_archive(name: str, files: Files, size: int, platform: Platform | None) -> Image:
    if files.has(layouts.MARKER) and files.has("index.json"):
        return layout_image(name, files, None, platform)
    if files.has(docker_archives.MARKER):
        return docker_image(name, files, size)
    raise Invalid(f"{name} is no image: it has neither {layouts.MARKER} nor {docker_archives.MARKER}")


def _remote(name: str, manner: Manner) -> Opened:
    try:
        remote = parse_remote_name(name)
    except PratiqueError as error:
        raise BadRequest(f"there is no such file or directory, and {error.message}") from error
    credential = DockerCredentials(docker_config()).of(remote.host)
    host = frozenset((remote.bare_host,))
    # Who calls named the host, so it may be at a private address; nobody else may.
    outbound = Outbound(allowed=host, insecure_http=host if manner.insecure_http else frozenset())
    with closing(outbound):
        repository = RemoteRepository(outbound, remote, credential, insecure_http=manner.insecure_http)
        return _examined(registry_image(remote, repository, manner.platform), manner)


def _examined(image: Image, manner: Manner) -> Opened:
    advance = manner.begin(image.size)

    @contextmanager
    def opened(digest: str) -> Iterator[BinaryIO]:
        with image.opened(digest) as file, watched(file, advance) as seen:
            yield seen

    contents = examine_image(InProcess(opened, manner.limits), image.digests, image.configuration)
    return Opened(image.subject, contents, image.media_type)


def _sbom(path: Path) -> Opened:
    content = read(Folder(path.parent), path.name, SBOM_LIMIT)
    try:
        document = read_document(content)
    except Unparsable as error:
        raise CouldNotBeExamined(f"{path}: {error}") from error
    if document.nameless:
        click.echo(
            f"pratique: components of {path} without a package URL: {document.nameless}; nothing is known of them",
            err=True,
        )
    packages = tuple(Located(package, path.name, "", "sbom") for package in document.packages)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Opened(Subject(path.name, digest), Contents(document.distribution, packages))

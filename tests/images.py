"""Image layers for tests: a few words make an archive, archives an image that examination reads."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from pratique.inventory import Contents, InProcess, LayerLimits, examine_image

LINK, HARD, FOLDER = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
Member = tuple[str, bytes | str, bytes]
"""A path, what it holds or leads to, and the kind."""


def file(path: str, content: bytes | str = b"") -> Member:
    return path, content, tarfile.REGTYPE


def link(path: str, target: str) -> Member:
    return path, target, LINK


def hard(path: str, target: str) -> Member:
    return path, target, HARD


def folder(path: str) -> Member:
    return path, b"", FOLDER


def hidden(path: str) -> Member:
    """The whiteout of a path."""
    above, slash, name = path.rpartition("/")
    return file(f"{above}{slash}.wh.{name}")


def opaque(path: str) -> Member:
    """The mark that empties a directory."""
    return file(f"{path}/.wh..wh..opq")


def layer(*members: Member) -> bytes:
    """An archive with these members, in this order."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, said, kind in members:
            info = tarfile.TarInfo(path)
            info.type = kind
            content = said.encode() if isinstance(said, str) else said
            if kind in {LINK, HARD}:
                info.linkname, content = content.decode(), b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True)
class Image:
    """Layers, the lowest first, and a configuration that names them."""

    layers: tuple[bytes, ...]
    config: Mapping[str, object]

    @property
    def configuration(self) -> bytes:
        rootfs = {"type": "layers", "diff_ids": [sha256(one) for one in self.layers]}
        return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs, **self.config}).encode()

    @property
    def digests(self) -> list[str]:
        return [sha256(one) for one in self.layers]

    def opened(self) -> Callable[[str], AbstractContextManager[BinaryIO]]:
        by_digest = dict(zip(self.digests, self.layers, strict=True))
        return lambda digest: nullcontext(io.BytesIO(by_digest[digest]))

    def contents(self, limits: LayerLimits | None = None) -> Contents:
        return examine_image(InProcess(self.opened(), limits), self.digests, self.configuration)


def image(*layers: Sequence[Member], **config: object) -> Image:
    return Image(tuple(layer(*members) for members in layers), config)


DEBIAN = 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n'


def dpkg(*packages: tuple[str, str], by: str = "Somebody <somebody@debian.org>") -> str:
    """Dpkg's status file with these packages, installed, and maintained by somebody."""
    return "\n".join(
        f"Package: {name}\nStatus: install ok installed\nMaintainer: {by}\n"
        f"Architecture: amd64\nVersion: {version}\n"
        for name, version in packages
    )

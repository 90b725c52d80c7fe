"""Root filesystems that tests make, as directories, image layouts and archives; synthetic, with real formats inside."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.unit.inventory.rpmdbs import header, in_berkeley

Tree = Mapping[str, bytes]
"""What lies where; a value that begins with `-> ` is a link."""

LINK: Final = b"-> "

DEBIAN_STATUS: Final = b"""\
Package: libssl1.1
Status: install ok installed
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@lists.alioth.debian.org>
Architecture: amd64
Source: openssl
Version: 1.1.1n-0+deb11u3

Package: bsdutils
Status: install ok installed
Maintainer: Somebody <somebody@debian.org>
Architecture: amd64
Source: util-linux (2.36.1-8)
Version: 1:2.36.1-8

Package: libcurl4
Status: install ok installed
Maintainer: Somebody <somebody@debian.org>
Architecture: amd64
Source: curl
Version: 7.74.0-1.3+deb11u7

Package: python3-six
Status: install ok installed
Maintainer: Somebody <somebody@debian.org>
Architecture: all
Source: six
Version: 1.16.0-2
"""

DEBIAN: Final[Tree] = {
    "etc/os-release": b"-> ../usr/lib/os-release",
    "usr/lib/os-release": b'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n',
    "var/lib/dpkg/status": DEBIAN_STATUS,
    "var/lib/dpkg/info/python3-six.list": b"/.\n/usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO\n",
    "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO": b"Name: six\nVersion: 1.16.0\n",
    "usr/local/lib/python3.9/dist-packages/Django-2.2.0.dist-info/METADATA": (
        b"Metadata-Version: 2.1\nName: Django\nVersion: 2.2.0\nLicense: BSD-3-Clause\n\ntext\n"
    ),
}
ALPAQUITA: Final[Tree] = {
    "etc/os-release": b'ID=alpaquita\nVERSION_ID=23\nPRETTY_NAME="BellSoft Alpaquita Linux Stream 23"\n',
    "lib/apk/db/installed": (
        b"P:libssl3\nV:3.0.8-r0\nA:x86_64\no:openssl\nL:Apache-2.0\n\n"
        b"P:busybox\nV:1.36.0-r5\nA:x86_64\no:busybox\nL:GPL-2.0-only\n\n"
    ),
}
ALMALINUX: Final[Tree] = {
    "etc/os-release": b'ID="almalinux"\nVERSION_ID="8.6"\nPRETTY_NAME="AlmaLinux 8.6 (Sky Tiger)"\n',
    "var/lib/rpm/Packages": in_berkeley(
        [
            header(
                NAME="openssl-libs",
                VERSION="1.1.1k",
                RELEASE="6.el8_5",
                EPOCH=[1],
                ARCH="x86_64",
                LICENSE="OpenSSL and ASL 2.0",
                VENDOR="AlmaLinux",
                SOURCE_RPM="openssl-1.1.1k-6.el8_5.src.rpm",
            ),
            header(NAME="bash", VERSION="4.4.20", RELEASE="3.el8", ARCH="x86_64", LICENSE="GPLv3+"),
        ]
    ),
}


def write_root(folder: Path, tree: Tree) -> Path:
    """The tree as an unpacked root filesystem."""
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith(LINK):
            path.symlink_to(content.removeprefix(LINK).decode())
        else:
            path.write_bytes(content)
    return folder


def layer_of(tree: Tree) -> bytes:
    """The tree as a tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in tree.items():
            member = tarfile.TarInfo(name)
            if content.startswith(LINK):
                member.type, member.linkname = tarfile.SYMTYPE, content.removeprefix(LINK).decode()
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True)
class Built:
    """An image of layers, the lowest first; packed by gzip where a registry has it."""

    layers: Sequence[bytes]
    architecture: str = "amd64"

    @property
    def packed(self) -> list[bytes]:
        return [gzip.compress(layer, mtime=0) for layer in self.layers]

    @property
    def config(self) -> bytes:
        return json.dumps(
            {
                "architecture": self.architecture,
                "os": "linux",
                "created": "2026-01-02T03:04:05Z",
                "config": {"Env": ["TOKEN=secret"]},
                "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in self.layers]},
            }
        ).encode()

    @property
    def manifest(self) -> bytes:
        return json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": descriptor(self.config, "application/vnd.oci.image.config.v1+json"),
                "layers": [
                    descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip") for layer in self.packed
                ],
            }
        ).encode()

    def blobs(self) -> list[bytes]:
        return [self.config, *self.packed]


def build(*trees: Tree, architecture: str = "amd64") -> Built:
    return Built([layer_of(tree) for tree in trees], architecture)


def descriptor(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def index_of(*images: Built) -> bytes:
    kind = "application/vnd.oci.image.manifest.v1+json"
    children = [
        {
            **descriptor(image.manifest, kind),
            "platform": {"os": "linux", "architecture": image.architecture},
        }
        for image in images
    ]
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": children if len(children) > 1 else [descriptor(images[0].manifest, kind)],
        }
    ).encode()


def layout_files(*images: Built) -> dict[str, bytes]:
    """The files of an image layout."""
    contents = [content for image in images for content in (image.manifest, *image.blobs())]
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": index_of(*images),
        **{f"blobs/{digest(content).replace(':', '/')}": content for content in contents},
    }


def docker_files(image: Built, *tags: str) -> dict[str, bytes]:
    """The files of what `docker save` wrote before it knew layouts: the second of two equal layers is a link."""
    files: dict[str, bytes] = {}
    places: dict[bytes, str] = {}
    layers = []
    for number, layer in enumerate(image.layers):
        name = f"{number:064}/layer.tar"
        layers.append(name)
        files[name] = f"-> ../{places[layer]}".encode() if layer in places else layer
        places.setdefault(layer, name)
    config = digest(image.config).removeprefix("sha256:") + ".json"
    saved = [{"Config": config, "RepoTags": list(tags), "Layers": layers}]
    return {**files, config: image.config, "manifest.json": json.dumps(saved).encode()}


def archive_at(path: Path, files: Tree, *, packed: bool = False) -> Path:
    """The files as an archive."""
    content = layer_of(files)
    path.write_bytes(gzip.compress(content) if packed else content)
    return path

"""An OCI image layout on disk (image-spec, image-layout.md) as a source of evidence. Nothing outside it is opened.

Symbolic links are refused on every step below the directory that the caller named. Referrers of a layout are found by
reading its manifests: those of `index.json` and of the indexes that it lists. `cosign save` marks its signatures and
attestations by `kind` instead of naming a subject or tag; those are candidates for whatever is asked about.

Steps of the specification that are not taken: `org.opencontainers.image.ref.name` is taken as a tag whatever its
grammar, and blobs at `urls` are never fetched.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from pratique.cli.evidence.sources import Kept, checked, keep
from pratique.errors import BlobUnknown, Invalid, ManifestUnknown, NotFound, SizeInvalid, TooLarge
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.oci.manifest import MANIFEST_LIMIT, parse_manifest
from pratique.oci.references import Reference

MANIFESTS_READ_LIMIT: Final = 10_000
"""Manifests of a layout that are read to find referrers."""

_MARKER_LIMIT: Final = 1_024
_REF_NAME: Final = "org.opencontainers.image.ref.name"
_SAVED: Final = frozenset(("dev.cosignproject.cosign/sigs", "dev.cosignproject.cosign/atts"))


class Layout:
    """The layout in `folder`. Raises NotFound or Invalid when there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _check_marker(self._read(("oci-layout",), _MARKER_LIMIT))
        self._index = parse_manifest(self._read(("index.json",), MANIFEST_LIMIT))

    @property
    def reference(self) -> str:
        """A layout has no name that others know it by."""
        return ""

    def manifest(self, reference: Reference) -> Kept:
        """The manifest of a digest, or of a tag in `index.json`."""
        digest = reference.digest or self._tagged(str(reference))
        return keep(self._read(_place(digest), MANIFEST_LIMIT), Reference(None, digest))

    def referrers(self, subject: Digest) -> Iterator[Digest]:
        """Manifests anywhere in the layout that name `subject`, and what `cosign save` left."""
        for kept in self._manifests():
            named = kept.manifest.subject
            if named is not None and named.digest == subject:
                yield kept.digest
        for child in self._index.manifests:
            if child.annotations.get("kind") in _SAVED:
                yield child.digest

    def blob(self, descriptor: Descriptor) -> bytes:
        """The bytes of a blob."""
        content = self._read(_place(descriptor.digest), descriptor.size)
        if len(content) != descriptor.size:
            raise SizeInvalid(f"{descriptor.digest} has {len(content)} bytes instead of {descriptor.size}")
        checked(content, descriptor.digest)
        return content

    def _tagged(self, tag: str) -> Digest:
        for child in self._index.manifests:
            if child.annotations.get(_REF_NAME) == tag:
                return child.digest
        raise ManifestUnknown(f"{self._folder} has no tag {tag}")

    def _manifests(self) -> Iterator[Kept]:
        """Each manifest that can be read, once; a broken one says nothing of anybody."""
        waiting = [child.digest for child in reversed(self._index.children())]
        seen: set[Digest] = set()
        while waiting and len(seen) < MANIFESTS_READ_LIMIT:
            digest = waiting.pop()
            if digest in seen:
                continue
            seen.add(digest)
            try:
                kept = self.manifest(Reference(None, digest))
            except (NotFound, Invalid):
                continue
            waiting.extend(child.digest for child in reversed(kept.manifest.children()))
            yield kept

    def _read(self, place: tuple[str, ...], limit: int) -> bytes:
        """The file at `place`, at most `limit` bytes."""
        name = "/".join(place)
        try:
            with closing(_Steps(self._folder)) as steps:
                for folder in place[:-1]:
                    steps.enter(folder)
                return steps.read(place[-1], limit)
        except FileNotFoundError as error:
            raise BlobUnknown(f"{self._folder} has no {name}") from error
        except OSError as error:
            raise Invalid(f"{self._folder}/{name} can't be read: {error.strerror}") from error


class _Steps:
    """A way into a directory that follows no link."""

    def __init__(self, folder: Path) -> None:
        self._at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def enter(self, name: str) -> None:
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._at)
        self.close()
        self._at = below

    def read(self, name: str, limit: int) -> bytes:
        # Without O_NONBLOCK a pipe of this name would be waited for.
        number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._at)
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Invalid(f"{name} is not a file")
            content = file.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"{name} has more than {limit} bytes")
        return content

    def close(self) -> None:
        os.close(self._at)


def _check_marker(content: bytes) -> None:
    try:
        version = json.loads(content)["imageLayoutVersion"]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("its oci-layout file does not say which version of the layout it is") from error
    if version != "1.0.0":
        raise Invalid(f"its layout has the version {str(version)[:20]!r}; 1.0.0 is read")


def _place(digest: Digest) -> tuple[str, str, str]:
    return ("blobs", algorithm_of(digest), encoded_of(digest))

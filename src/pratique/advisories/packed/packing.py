"""Packs whole states of sources into a bundle. Every record is read, so that nothing is signed that fails later."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pratique.advisories.contents import exploited_in, records_in, scores_in
from pratique.advisories.editions import Edition, Packed
from pratique.advisories.packed.artifact import ARTIFACT_TYPE, Layer, index_of, manifest_of
from pratique.advisories.packed.ports import Sealer
from pratique.advisories.packed.writing import Written, written
from pratique.advisories.record import Record, RecordInvalid, read_record
from pratique.advisories.supplies import Form, Supply
from pratique.clock import Moment, rfc3339
from pratique.errors import Invalid
from pratique.oci import media
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest, digest_of

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest date that a zip can say: a folder packed twice is the same file."""
_REF_NAME: Final = "org.opencontainers.image.ref.name"


@dataclass(frozen=True, slots=True)
class Packing:
    """What a bundle is to be called: versions of one `name` must rise; it counts until `expires`."""

    name: str
    version: int
    created: Moment
    expires: Moment


def pack(supplies: Sequence[Supply], packing: Packing, sealer: Sealer, to: Path) -> Edition:
    """Write the bundle of `supplies`, signed, to a folder or a `.tar`; the edition that it is.

    Raises RecordInvalid, Invalid for what is no whole state of a source, and Conflict where `to` exists.
    """
    _check(supplies)
    created = rfc3339(packing.created)
    with written(to) as (layout, drafts):
        layers, sources = [], []
        for number, supply in enumerate(sorted(supplies, key=lambda one: one.source)):
            file = drafts / str(number)
            suffix = _drafted(supply, file)
            layer = _layer(supply, file, suffix)
            sources.append(Packed(supply.source, layer.digest, _records(supply)))
            layers.append(layer)
            layout.move(file, layer.digest)
        _check_apart(sources)
        manifest = manifest_of(layers, packing.version, created)
        edition = Edition(
            packing.name,
            packing.version,
            packing.created,
            packing.expires,
            digest_of(manifest),
            tuple(sources),
        )
        _finish(layout, manifest, edition, sealer, created)
    return edition


def _check(supplies: Sequence[Supply]) -> None:
    names = [supply.source for supply in supplies]
    for supply in supplies:
        if supply.form is Form.RECORD:
            raise Invalid(
                f"{supply.path} is one record: a bundle holds whole states of sources, zips or folders"
            )
        if names.count(supply.source) > 1:
            raise Invalid(f"two of the paths speak for {supply.source}: a bundle holds each source once")


def _check_apart(sources: Sequence[Packed]) -> None:
    by_digest = {source.digest: source.name for source in sources}
    for source in sources:
        if by_digest[source.digest] != source.name:
            raise Invalid(f"{source.name} and {by_digest[source.digest]} have the same bytes")


def _drafted(supply: Supply, to: Path) -> str:
    """Copy a supply's file, or zip its folder; how its name ends."""
    if supply.form is Form.FOLDER:
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in records_in(supply):
                entry = zipfile.ZipInfo(member.name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, member.read())
        return ".zip"
    shutil.copyfile(supply.path, to)
    if supply.form is Form.EPSS:
        return ".csv.gz" if supply.path.suffix == ".gz" else ".csv"
    return ".json" if supply.form is Form.KEV else ".zip"


def _layer(supply: Supply, file: Path, suffix: str) -> Layer:
    with file.open("rb") as content:
        digest = Digest(f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}")
    is_archive = suffix == ".zip"
    title = f"{supply.source}/all.zip" if is_archive else f"{supply.source}{suffix}"
    form = Form.ARCHIVE if is_archive else supply.form
    return Layer(form, suffix, digest, file.stat().st_size, title)


def _records(supply: Supply) -> int:
    """How many there are, each of which can be read."""
    if supply.form is Form.KEV:
        return len(exploited_in(supply))
    if supply.form is Form.EPSS:
        return len(scores_in(supply))
    return sum(1 for _ in _read(supply))


def _read(supply: Supply) -> Iterator[Record]:
    for member in records_in(supply):
        try:
            yield read_record(member.read())
        except RecordInvalid as error:
            raise RecordInvalid(f"{supply.source}, {member.name[:200]}: {error}") from error


def _finish(layout: Written, manifest: bytes, edition: Edition, sealer: Sealer, created: str) -> None:
    subject = Descriptor(media.OCI_IMAGE, edition.digest, len(manifest))
    sealed = sealer.seal(edition.statement(), subject, created)
    for content in (media.EMPTY_CONTENT, manifest, sealed.manifest, *sealed.blobs.values()):
        layout.put(content)
    named = {"artifactType": ARTIFACT_TYPE, "annotations": {_REF_NAME: str(edition.version)}}
    layout.finish(index_of([_entry(manifest) | named, _entry(sealed.manifest)]))


def _entry(manifest: bytes) -> dict[str, object]:
    return {"mediaType": media.OCI_IMAGE, "digest": digest_of(manifest), "size": len(manifest)}

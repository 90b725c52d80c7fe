"""A manifest gets its row: what it names, whose evidence it is, and the fact that it was pushed."""

from dataclasses import dataclass
from typing import Any

import msgspec

from pratique.access.principal import Principal
from pratique.clock import Moment
from pratique.db import Tx
from pratique.events import ManifestPushed, TagMoved
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.oci.manifest import Kind, Manifest
from pratique.oci.names import evidence_tag_subject, is_fallback_tag
from pratique.policy import State
from pratique.registry.needs import present_optional
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact, Repository


@dataclass(frozen=True, slots=True)
class Entry:
    """A parsed manifest with its bytes. `evidence_of`: what it was proven to be evidence of."""

    manifest: Manifest
    digest: Digest
    content: bytes
    evidence_of: Digest | None
    tags: tuple[str, ...] = ()


def enter(tx: Tx, repository: Repository, entry: Entry, by: Principal, now: Moment) -> Artifact:
    """Insert a manifest that is not there yet. It stands PENDING until the gate has judged it."""
    manifest, subject = entry.manifest, entry.evidence_of
    spoken_of = subject or (manifest.subject.digest if manifest.subject else None)
    values: dict[str, Any] = {
        "repository_id": repository.id,
        "digest": entry.digest,
        "media_type": manifest.media_type,
        "artifact_type": manifest.artifact_type,
        "config_media_type": manifest.config.media_type if manifest.config else None,
        "size": len(entry.content),
        "body": entry.content,
        "annotations": msgspec.json.encode(manifest.annotations).decode(),
        "is_index": manifest.kind is Kind.INDEX,
        "is_evidence": subject is not None,
        "subject": spoken_of,
        "pushed_by": by.key,
        "pushed_at": now,
        "pulled_at": None,
        "state": State.PENDING.value,
        "valid_until": None,
        "generation": 0,
    }
    named = [blob.digest for blob in manifest.blobs()] + present_optional(tx, repository, manifest)
    # A digest that is listed as an attestation too is still a platform's image.
    platforms = {child.digest for child in manifest.platform_children()}
    children = [(child.digest, child.digest in platforms) for child in manifest.children()]
    artifact = manifests.insert(tx, values, named, children)
    publish(
        tx,
        ManifestPushed(
            actor=by.name,
            **repository.place,
            digest=entry.digest,
            media_type=manifest.media_type,
            size=len(entry.content),
            artifact_type=manifest.artifact_type or "",
            subject=spoken_of or "",
            is_evidence=subject is not None,
            tags=entry.tags,
        ),
    )
    return artifact


def point(tx: Tx, repository: Repository, artifact: Artifact, name: str, by: Principal, now: Moment) -> None:
    """Point a tag's candidate at a manifest of the repository."""
    before = tags.by_name(tx, repository.id, name)
    # By its name, not by what is pushed: evidence at an ordinary tag must not hide the admitted side.
    single = is_fallback_tag(name) or (artifact.is_evidence and evidence_tag_subject(name) is not None)
    tags.put(tx, repository.id, name, artifact.digest, by=by.key, at=now, is_single=single)
    tx.touch(f"tag:{repository.name}:{name}")
    if before is not None and before.candidate == artifact.digest:
        return
    publish(
        tx,
        TagMoved(
            actor=by.name,
            **repository.place,
            tag=name,
            digest=artifact.digest,
            side="candidate",
            previous=before.candidate if before else "",
        ),
    )

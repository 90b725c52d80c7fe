"""The index at `<alg>-<hex>` lists all evidence of its subject, whoever wrote it last (gate.md 2).

Clients that keep it (notation, oras-go: distribution-spec, "Referrers tag schema") read it, add their entry and write
it back, without a condition: of two at once one entry is lost. The registry knows every referrer, so it stores what was
pushed under its digest, as it must, and points the tag at an index that has the missing entries too. An entry whose
manifest was deleted is taken out in the same transaction: the next writer would be refused with an index that names it.
"""

import json
from collections.abc import Sequence
from typing import Any

from pratique.access.principal import Principal
from pratique.clock import Moment
from pratique.db import Tx
from pratique.oci.descriptor import Descriptor, descriptor_json
from pratique.oci.digest import Digest, digest_of
from pratique.oci.manifest import MANIFEST_LIMIT, parse_manifest
from pratique.oci.names import fallback_tag_of
from pratique.registry.entering import Entry, enter, point
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact, Repository


def settle(tx: Tx, repository: Repository, subject: Digest, by: Principal, now: Moment) -> Artifact | None:
    """Bring the index at a subject's tag up to date. The index that was made for that; None: it is as it should be.

    Only an index that is evidence is touched: what else lies at the tag is somebody's artifact.
    """
    tag = fallback_tag_of(subject)
    sides = tags.by_name(tx, repository.id, tag)
    index = manifests.by_digest(tx, repository.id, sides.candidate) if sides else None
    if index is None or not index.is_index or not index.is_evidence or index.subject != subject:
        return None
    document: dict[str, Any] = json.loads(manifests.body_of(tx, index.id))
    listed = _still_there(tx, repository, document["manifests"])
    missing = _missing(tx, repository, subject, {each["digest"] for each in listed})
    if not missing and len(listed) == len(document["manifests"]):
        return None
    if not listed and not missing:
        tags.remove(tx, repository.id, tag)
        tx.touch(f"tag:{repository.name}:{tag}")
        return None
    return _replace(tx, repository, subject, {**document, "manifests": [*listed, *missing]}, by, now)


def _still_there(tx: Tx, repository: Repository, listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    there = manifests.present(tx, repository.id, [each["digest"] for each in listed])
    return [each for each in listed if each["digest"] in there]


def _missing(tx: Tx, repository: Repository, subject: Digest, listed: set[str]) -> list[dict[str, Any]]:
    """Descriptors of evidence that says itself what it speaks of, and that the index does not list."""
    found = []
    for evidence in manifests.evidence_of(tx, repository.id, subject):
        if evidence.is_index or evidence.digest in listed or not _names_subject(tx, evidence):
            continue
        annotations = json.loads(manifests.annotations_of(tx, evidence.id))
        described = Descriptor(
            evidence.media_type, evidence.digest, evidence.size, evidence.artifact_type, annotations
        )
        found.append(descriptor_json(described))
    return found


def _names_subject(tx: Tx, evidence: Artifact) -> bool:
    """Whether its manifest has a `subject`: classic evidence is found by a tag of its own and is no referrer."""
    return parse_manifest(manifests.body_of(tx, evidence.id), evidence.media_type).subject is not None


def _replace(
    tx: Tx, repository: Repository, subject: Digest, document: dict[str, Any], by: Principal, now: Moment
) -> Artifact | None:
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(content) > MANIFEST_LIMIT:
        return None
    entry = Entry(parse_manifest(content), digest_of(content), content, subject, (fallback_tag_of(subject),))
    made = manifests.by_digest(tx, repository.id, entry.digest) or enter(tx, repository, entry, by, now)
    point(tx, repository, made, fallback_tag_of(subject), by, now)
    return made

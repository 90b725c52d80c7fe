"""How artifacts, tags and evidence look to whoever asks (gate.md 6, the rows "API").

Of a refused artifact READ learns its digest, its state and the reasons; from INSPECT on everybody sees all of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from pratique.admission.attesting import Form, said_about
from pratique.db import Tx
from pratique.errors import ManifestInvalid, NotFound
from pratique.http.api.accessories import accessory_type
from pratique.http.api.call import PREFIX, Call
from pratique.http.api.overview import sbom_overview, scan_overview
from pratique.http.api.resources.labels import shape as label_shape
from pratique.http.api.schemas import artifacts as schemas
from pratique.http.api.schemas.fields import shown
from pratique.oci import media, strict_json
from pratique.oci.descriptor import Platform
from pratique.oci.digest import Digest
from pratique.oci.manifest import Manifest, parse_manifest
from pratique.policy import Code, Outcome, Reason, State
from pratique.policy.refusal import clean
from pratique.registry import Artifact, Reader, Repository, TagSides
from pratique.registry.pages import Shelved

IMAGE_CONFIGS: Final = frozenset({media.OCI_CONFIG, media.DOCKER_CONFIG})
_KINDS: Final = {
    "application/vnd.cncf.helm.config.v1+json": "CHART",
    "application/vnd.wasm.config.v0+json": "WASM",
    "application/vnd.wasm.config.v1+json": "WASM",
}
_CONFIG: Final = re.compile(r"application/vnd\.[\w-]+\.([\w-]+)\.config(?:\.v\d+)?(?:\+json)?")
_SUMMED: Final = ("architecture", "author", "created", "os", "variant")
_ORPHAN: Final = Reason(
    "evidence",
    Code.SUBJECT_MISSING,
    Outcome.FAIL,
    "it is evidence of something that is not in this repository",
    "push what it speaks of",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show beside an artifact. `scans`: the media type by which their overview is called."""

    tags: bool = True
    labels: bool = False
    accessories: bool = False
    scans: str = ""
    sboms: bool = False


class Appearance:
    """Shows the artifacts of one repository to one reader, within one transaction."""

    def __init__(self, call: Call, tx: Tx, repository: Repository, reader: Reader, wanted: Wanted) -> None:
        self._call = call
        self._tx = tx
        self._repository = repository
        self._reader = reader
        self._wanted = wanted

    def of(self, found: Sequence[Shelved], admitted: str | None = None) -> list[schemas.Artifact]:
        """The artifacts; `admitted` is the other side of the tag by which one was asked for."""
        catalogue, tx = self._call.rooms.catalogue, self._tx
        artifacts = [each.artifact for each in found]
        sizes = catalogue.sizes(tx, artifacts)
        tags = catalogue.tags_of(tx, self._reader, self._repository, artifacts) if self._wanted.tags else {}
        labels = self._labels([each.digest for each in artifacts])
        shapes = []
        for each in found:
            reduced = self._reduced(each, admitted)
            if not catalogue.is_shown(tx, self._reader, self._repository, each.artifact):
                shapes.append(reduced)
                continue
            beside = {
                "tags": [tag_shape(each, sides) for sides in tags.get(each.artifact.digest, ())]
                if self._wanted.tags
                else None,
                "labels": labels.get(each.artifact.digest, []) if self._wanted.labels else None,
                "accessories": self._accessories(each.artifact) if self._wanted.accessories else None,
                **self._scan(each.artifact),
            }
            shapes.append(self._whole(each, reduced, sizes[each.artifact.id], beside))
        return shapes

    def _reduced(self, each: Shelved, admitted: str | None) -> schemas.Artifact:
        """What everybody learns who may know of the repository."""
        artifact = each.artifact
        state, reasons = self._standing(artifact)
        return schemas.Artifact(
            id=artifact.id,
            digest=artifact.digest,
            project_id=self._repository.project_id,
            repository_id=self._repository.id,
            repository_name=self._repository.name,
            state=state.value,
            reasons=[reason_shape(reason) for reason in reasons],
            type="UNKNOWN",
            media_type="",
            manifest_media_type=artifact.media_type,
            artifact_type="",
            size=0,
            icon="",
            push_time=shown(artifact.pushed_at),
            pull_time=shown(None),
            admitted=admitted,
        )

    def _standing(self, artifact: Artifact) -> tuple[State, Sequence[Reason]]:
        try:
            opinion = self._call.rooms.desk.opinion(self._tx, self._repository, artifact)
        except NotFound:
            return State.PENDING, (_ORPHAN,)
        return opinion.state, opinion.reasons

    def _whole(
        self, each: Shelved, reduced: schemas.Artifact, size: int, beside: dict[str, Any]
    ) -> schemas.Artifact:
        artifact = each.artifact
        return msgspec.structs.replace(
            reduced,
            type=kind_of(each),
            media_type=each.config_media_type or artifact.media_type,
            artifact_type=artifact.artifact_type or "",
            size=size,
            pull_time=shown(each.pulled_at),
            annotations=msgspec.json.decode(each.annotations, type=dict[str, str]) or None,
            references=self._references(artifact),
            addition_links=self._additions(each),
            **beside,
        )

    def _references(self, artifact: Artifact) -> list[schemas.Reference] | None:
        if not artifact.is_index:
            return None
        catalogue = self._call.rooms.catalogue
        manifest = parse_manifest(catalogue.body_of(self._tx, artifact), artifact.media_type)
        present = {child.digest: child.id for child in catalogue.children_of(self._tx, artifact)}
        return [
            schemas.Reference(
                parent_id=artifact.id,
                child_id=present.get(child.digest, 0),
                child_digest=child.digest,
                platform=schemas.Platform(**_platform(child.platform)),
                annotations=dict(child.annotations),
                urls=list(child.urls),
            )
            for child in manifest.children()
        ]

    def _additions(self, each: Shelved) -> dict[str, schemas.Link] | None:
        is_image = each.config_media_type in IMAGE_CONFIGS
        if not is_image and not each.artifact.is_index:
            return None
        segment = self._call.segments["repository_name"]
        place = f"{PREFIX}/projects/{self._repository.project}/repositories/{_twice(segment)}"
        names = ("build_history", "vulnerabilities", "sbom") if is_image else ("vulnerabilities",)
        href = f"{place}/artifacts/{each.artifact.digest}/additions"
        return {name: schemas.Link(f"{href}/{name}") for name in names}

    def _scan(self, artifact: Artifact) -> dict[str, Any]:
        if not self._wanted.scans and not self._wanted.sboms:
            return {}
        scan = self._call.rooms.scans.of(self._tx, self._repository, artifact)
        if scan is None:
            return {}
        return {
            "scan_overview": {self._wanted.scans: scan_overview(scan)} if self._wanted.scans else None,
            "sbom_overview": sbom_overview(scan, self._bill(artifact)) if self._wanted.sboms else None,
        }

    def _bill(self, artifact: Artifact) -> str:
        """The evidence in which the registry itself lists what is inside, in the format that Harbor has; "": none."""
        said = said_about(self._tx, self._repository.id, artifact.digest)
        return next((each.manifest for each in said if each.form == Form.SPDX), "")

    def _labels(self, digests: Sequence[Digest]) -> dict[Digest, list[Any]]:
        if not self._wanted.labels:
            return {}
        found = self._call.rooms.labels.of_artifacts(self._tx, self._repository.name, digests)
        return {digest: [label_shape(label) for label in labels] for digest, labels in found.items()}

    def _accessories(self, artifact: Artifact) -> list[schemas.Accessory]:
        found = self._call.rooms.catalogue.evidence_of(self._tx, self._reader, self._repository, artifact)
        return [self.accessory(artifact, each) for each in found]

    def accessory(self, subject: Artifact, evidence: Artifact) -> schemas.Accessory:
        """A piece of evidence, in Harbor's words for what it is."""
        body = self._call.rooms.catalogue.body_of(self._tx, evidence)
        return schemas.Accessory(
            id=evidence.id,
            artifact_id=evidence.id,
            subject_artifact_id=subject.id,
            subject_artifact_digest=subject.digest,
            subject_artifact_repo=self._repository.name,
            size=self._call.rooms.catalogue.sizes(self._tx, [evidence])[evidence.id],
            digest=evidence.digest,
            type=accessory_type(evidence.artifact_type or "", body),
            icon="",
            creation_time=shown(evidence.pushed_at),
        )


# --- in words ---------------------------------------------------------------------------------------------------------


def tag_shape(artifact: Shelved, sides: TagSides) -> schemas.Tag:
    """A tag at an artifact."""
    return schemas.Tag(
        repository_id=artifact.artifact.repository_id,
        artifact_id=artifact.artifact.id,
        name=sides.name,
        push_time=shown(sides.candidate_at),
        pull_time=shown(artifact.pulled_at),
        immutable=False,
        candidate=sides.candidate,
        admitted=sides.candidate if sides.is_single else sides.admitted,
    )


def reason_shape(reason: Reason) -> schemas.Reason:
    """Why, without characters that steer a terminal."""
    return schemas.Reason(
        reason.rule, str(reason.code), reason.outcome.value, clean(reason.message), clean(reason.remedy)
    )


def kind_of(each: Shelved) -> str:
    """What Harbor calls the type of an artifact, by its config's media type; an index is one of images."""
    config = each.config_media_type
    if config is None or config in IMAGE_CONFIGS:
        return "IMAGE" if config or each.artifact.is_index else "UNKNOWN"
    if config in _KINDS:
        return _KINDS[config]
    match = _CONFIG.fullmatch(config)
    return match[1].upper() if match else "UNKNOWN"


def summary_of(manifest: Manifest, config: bytes) -> dict[str, Any] | None:
    """Harbor's `extra_attrs` of an image, from its config; None where that can't be read."""
    if manifest.config is None or manifest.config.media_type not in IMAGE_CONFIGS:
        return None
    document = config_document(config)
    if document is None:
        return None
    summary = {name: document[name] for name in _SUMMED if isinstance(document.get(name), str)}
    if isinstance(document.get("config"), dict):
        summary["config"] = document["config"]
    return summary


def config_document(config: bytes) -> dict[str, Any] | None:
    """The JSON object that a config is; None where it is none."""
    try:
        document = strict_json.parse(config)
    except ManifestInvalid:
        return None
    return document if isinstance(document, dict) else None


def _platform(platform: Platform | None) -> dict[str, str]:
    if platform is None:
        return {}
    shown_of = {"architecture": platform.architecture, "os": platform.os, "variant": platform.variant}
    return {name: value for name, value in shown_of.items() if value}


def _twice(segment: str) -> str:
    return quote(quote(segment, safe=""), safe="")

"""Evidence is not cargo: which manifests have the shape of evidence (gate.md, section 2).

A closed list, decided from the manifest and the tag it is pushed to alone. The shape is half of the proof:
the registry must still see that every blob of the shape has its descriptor's size and parses as its media
type, else the manifest is an artifact and judged as itself. That is what keeps out images with an admitted
`subject` or a `.sig` tag and referrers that name another artifact's layers.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pratique.oci import media
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.manifest import Kind, Manifest
from pratique.oci.names import evidence_tag_subject, fallback_tag_of, is_fallback_tag

LAYER_SIZE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one layer of evidence."""

LAYER_COUNT_LIMIT: Final = 1_000
"""Layers of one evidence manifest: cosign's classic tags append one per signature."""

CONFIG_SIZE_LIMIT: Final = 64 * 1024
"""Bytes of an evidence manifest's config."""


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    """What evidence may be at most; more makes an artifact of it. Settings may lower, never raise these."""

    layer_size: int = LAYER_SIZE_LIMIT
    layer_count: int = LAYER_COUNT_LIMIT
    config_size: int = CONFIG_SIZE_LIMIT


GATE_LIMITS: Final = EvidenceLimits()
NOTATION_CONFIG: Final = "application/vnd.cncf.notary.signature"

_SHA256_FALLBACK: Final = re.compile(r"sha256-([a-f0-9]{64})")


class Scheme(StrEnum):
    """What a layer of evidence claims to be. A claim: only verification makes it more."""

    COSIGN_SIMPLESIGNING = "cosign-simplesigning"
    COSIGN_BUNDLE = "cosign-bundle"
    DSSE = "dsse"
    IN_TOTO = "in-toto"
    NOTATION_JWS = "notation-jws"
    NOTATION_COSE = "notation-cose"
    SPDX = "spdx"
    CYCLONEDX = "cyclonedx"
    SYFT = "syft"
    OPENVEX = "openvex"
    SARIF = "sarif"
    HARBOR_REPORT = "harbor-report"
    EMPTY = "empty"


SCHEMES: Final[dict[str, Scheme]] = {
    "application/vnd.dev.cosign.simplesigning.v1+json": Scheme.COSIGN_SIMPLESIGNING,
    "application/vnd.dev.sigstore.bundle+json;version=0.1": Scheme.COSIGN_BUNDLE,
    "application/vnd.dev.sigstore.bundle+json;version=0.2": Scheme.COSIGN_BUNDLE,
    "application/vnd.dev.sigstore.bundle+json;version=0.3": Scheme.COSIGN_BUNDLE,
    "application/vnd.dev.sigstore.bundle.v0.1+json": Scheme.COSIGN_BUNDLE,
    "application/vnd.dev.sigstore.bundle.v0.2+json": Scheme.COSIGN_BUNDLE,
    "application/vnd.dev.sigstore.bundle.v0.3+json": Scheme.COSIGN_BUNDLE,
    "application/vnd.dsse.envelope.v1+json": Scheme.DSSE,
    "application/vnd.in-toto+json": Scheme.IN_TOTO,
    "application/jose+json": Scheme.NOTATION_JWS,
    "application/cose": Scheme.NOTATION_COSE,
    "application/spdx+json": Scheme.SPDX,
    "text/spdx": Scheme.SPDX,
    "text/spdx+json": Scheme.SPDX,
    "text/spdx+xml": Scheme.SPDX,
    "application/vnd.cyclonedx": Scheme.CYCLONEDX,
    "application/vnd.cyclonedx+json": Scheme.CYCLONEDX,
    "application/vnd.cyclonedx+xml": Scheme.CYCLONEDX,
    "application/vnd.syft+json": Scheme.SYFT,
    "application/openvex+json": Scheme.OPENVEX,
    "application/vnd.openvex+json": Scheme.OPENVEX,
    "application/vex+json": Scheme.OPENVEX,
    "application/sarif+json": Scheme.SARIF,
    "application/vnd.goharbor.harbor.sbom.v1": Scheme.HARBOR_REPORT,
    "application/vnd.security.vulnerability.report;version=1.1": Scheme.HARBOR_REPORT,
    "application/vnd.scanner.adapter.vuln.report.harbor+json;version=1.0": Scheme.HARBOR_REPORT,
    media.EMPTY: Scheme.EMPTY,
}
"""The closed list, spelled without spaces and in lower case."""


@dataclass(frozen=True, slots=True)
class EvidenceLayer:
    """One layer and what it claims to be."""

    descriptor: Descriptor
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class EvidenceShape:
    """An image manifest that is evidence of `subject` if all its `blobs()` parse as their media types."""

    subject: Digest
    config: Descriptor
    layers: tuple[EvidenceLayer, ...]

    def blobs(self) -> tuple[Descriptor, ...]:
        """What must parse, each digest once as each media type it is claimed to be; config first.

        That is also all that this evidence makes reachable.
        """
        described = (self.config, *(layer.descriptor for layer in self.layers))
        unique = {(descriptor.digest, descriptor.media_type): descriptor for descriptor in described}
        return tuple(unique.values())


@dataclass(frozen=True, slots=True)
class EvidenceIndex:
    """An index at a referrers tag: evidence if every child is, of one subject that `speaks_of` accepts."""

    tag: str
    children: tuple[Digest, ...]

    @property
    def subject(self) -> Digest | None:
        """The subject, when the tag names it whole: the tag schema cuts sha512."""
        match = _SHA256_FALLBACK.fullmatch(self.tag)
        return Digest(f"sha256:{match[1]}") if match else None

    def speaks_of(self, subject: Digest) -> bool:
        """Whether this index is at the tag of `subject`."""
        return fallback_tag_of(subject) == self.tag


def scheme_of(media_type: str) -> Scheme | None:
    """What a layer of this media type claims to be, None when it is not of the closed list."""
    return SCHEMES.get(media_type.replace(" ", "").lower())


def evidence_shape(
    manifest: Manifest, tag: str | None = None, limits: EvidenceLimits = GATE_LIMITS
) -> EvidenceShape | None:
    """The shape of an image manifest pushed to `tag` (None: by digest), or None: it is an artifact."""
    subject = _subject(manifest, tag)
    if manifest.kind is not Kind.IMAGE or subject is None or manifest.config is None:
        return None
    if not _is_config(manifest.config, limits) or not 1 <= len(manifest.layers) <= limits.layer_count:
        return None
    layers = []
    for descriptor in manifest.layers:
        scheme = scheme_of(descriptor.media_type)
        if scheme is None or descriptor.size > limits.layer_size:
            return None
        if scheme is Scheme.EMPTY and not descriptor.is_empty:
            return None
        layers.append(EvidenceLayer(descriptor, scheme))
    return EvidenceShape(subject, manifest.config, tuple(layers))


def evidence_index(manifest: Manifest, tag: str | None) -> EvidenceIndex | None:
    """The shape of an index pushed to a tag `<alg>-<hex>`, or None: it is an artifact."""
    if manifest.kind is not Kind.INDEX or manifest.subject is not None:
        return None
    if tag is None or not is_fallback_tag(tag):
        return None
    if not all(media.is_image(child.media_type) for child in manifest.manifests):
        return None
    return EvidenceIndex(tag, tuple(child.digest for child in manifest.children()))


def _subject(manifest: Manifest, tag: str | None) -> Digest | None:
    """The subject that manifest and tag agree on: a `.sig` of one that names another belongs to neither."""
    named = evidence_tag_subject(tag) if tag else None
    if manifest.subject is None:
        return named
    own = manifest.subject.digest
    return own if named is None or named == own else None


def _is_config(config: Descriptor, limits: EvidenceLimits) -> bool:
    if config.is_empty:
        return True
    return config.size <= limits.config_size and config.media_type in (media.OCI_CONFIG, NOTATION_CONFIG)

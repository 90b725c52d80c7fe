"""Media types of manifests and of what the image specification names (image-spec, media-types.md).

Docker's image manifest and manifest list (version 2, schema 2) are the same documents under older names and
are served as they were pushed. Schema 1 carries its layers in two lists that can contradict each other, and
is refused.
"""

from typing import Final

from pratique.oci.digest import Digest

OCI_IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_IMAGE: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"

EMPTY: Final = "application/vnd.oci.empty.v1+json"
EMPTY_CONTENT: Final = b"{}"
EMPTY_SIZE: Final = 2
EMPTY_DIGEST: Final = Digest("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
EMPTY_DIGESTS: Final = frozenset(
    (
        EMPTY_DIGEST,
        Digest(
            "sha512:27c74670adb75075fad058d5ceaf7b20c4e7786c83bae8a32f626f9782af34c9"
            "a33c2046ef60fd2a7878d378e29fec851806bbd9a67878f3a9f1cda4830763fd"
        ),
    )
)
"""The digests of `{}` by every supported algorithm."""

IMAGES: Final = frozenset((OCI_IMAGE, DOCKER_IMAGE))
INDEXES: Final = frozenset((OCI_INDEX, DOCKER_LIST))
MANIFESTS: Final = IMAGES | INDEXES
SCHEMA1: Final = frozenset(
    (
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    )
)
_FOREIGN_LAYERS: Final = frozenset(
    (
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    )
)


def without_parameters(content_type: str) -> str:
    """The media type of a `Content-Type`; parameters are ignored (distribution-spec, "Pushing Manifests")."""
    return content_type.partition(";")[0].strip().lower()


def is_image(media_type: str) -> bool:
    """Whether it names an image manifest."""
    return media_type in IMAGES


def is_index(media_type: str) -> bool:
    """Whether it names an image index or manifest list."""
    return media_type in INDEXES


def is_manifest(media_type: str) -> bool:
    """Whether it names a manifest that this registry keeps as one."""
    return media_type in MANIFESTS


def is_schema1(media_type: str) -> bool:
    """Whether it names Docker's schema 1, which is refused."""
    return media_type in SCHEMA1


def is_nondistributable(media_type: str) -> bool:
    """Whether a layer of this type may be missing when it has `urls` (deprecated, still pushed)."""
    return media_type in _FOREIGN_LAYERS

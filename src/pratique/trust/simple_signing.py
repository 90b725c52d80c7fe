"""cosign's classic payload (sigstore/cosign, specs/SIGNATURE_SPEC.md), the "simple signing" format of containers/image.

`critical` is closed, as the format asks of its readers: an unknown member there is refused. `optional` is
anybody's. Step not taken: `docker-reference` is not compared, as cosign does not; a party's reach (gate.md,
section 7) takes its place.
"""

from dataclasses import dataclass
from typing import Any, Final

from pratique.trust.strict import Unreadable, open_object, read_json

TYPE: Final = "cosign container image signature"
"""What `critical.type` says; podman and skopeo write the same into the same tags."""

_DIGEST_SPELLINGS: Final = ("docker-manifest-digest", "Docker-manifest-digest")
"""What cosign writes, and what its specification's example says."""


@dataclass(frozen=True, slots=True)
class SimpleSigning:
    """What was signed, under which name, and for what purpose."""

    type: str
    docker_reference: str
    digest: str


def read_simple_signing(payload: bytes) -> SimpleSigning:
    """The payload of a classic signature. Raises Unreadable or ManifestInvalid."""
    document = open_object(read_json(payload), "payload", ("critical", "optional"))
    critical = document.value("critical")
    _closed(critical, "critical", ("identity", "image", "type"))
    _closed(critical.get("identity"), "critical.identity", ("docker-reference",))
    image = critical.get("image")
    _closed(image, "critical.image", _DIGEST_SPELLINGS)
    if len(image) != 1:
        raise Unreadable(f"critical.image needs {_DIGEST_SPELLINGS[0]}, in one spelling")
    if not isinstance(document.value("optional"), dict | None):
        raise Unreadable("optional is neither an object nor null")
    reference = critical["identity"].get("docker-reference", "")
    return SimpleSigning(
        type=_text(critical.get("type"), "critical.type"),
        docker_reference=_text(reference, "critical.identity.docker-reference"),
        digest=_text(next(iter(image.values())), "critical.image.docker-manifest-digest"),
    )


def _closed(value: Any, place: str, known: tuple[str, ...]) -> None:
    if not isinstance(value, dict):
        raise Unreadable(f"{place} is missing or not an object")
    for name in value:
        if name not in known:
            raise Unreadable(f"{place} has an unknown member {name[:80]!r}")


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"{place} is not a string")
    return value

"""VEX documents and SBOMs about images of a house that knows advisories, as people attest them."""

import json
from collections.abc import Sequence
from typing import Any, Final

from tests.attested import examined, turn
from tests.scenes import Scene
from tests.signing import SigningKey, attest_bundle, descriptor_of

from pratique.oci.digest import Digest, digest_of

OPENVEX_TYPE: Final = "https://openvex.dev/ns"
CYCLONEDX_TYPE: Final = "https://cyclonedx.org/bom"
SPDX_TYPE: Final = "https://spdx.dev/Document"
OPENSSL: Final = "pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1"


def product_of(digest: str, *components: str) -> dict[str, Any]:
    """An image by its package URL, with packages in it."""
    made: dict[str, Any] = {
        "@id": f"pkg:oci/app@{digest.replace(':', '%3A')}?repository_url=registry.example/app"
    }
    return {**made, "subcomponents": [{"@id": one} for one in components]} if components else made


def says(
    *products: Any, status: str = "not_affected", name: str = "CVE-2026-1", **more: Any
) -> dict[str, Any]:
    """A statement of OpenVEX 0.2.0."""
    why = {"justification": "vulnerable_code_not_in_execute_path"} if status == "not_affected" else {}
    return {"vulnerability": {"name": name}, "products": list(products), "status": status, **why, **more}


def openvex(
    *statements: dict[str, Any], timestamp: str = "2026-06-01T12:00:00Z", **more: Any
) -> dict[str, Any]:
    """A document of OpenVEX 0.2.0."""
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "security@example.com",
        "timestamp": timestamp,
        "version": 1,
        "statements": list(statements),
        **more,
    }


def cyclonedx(digest: str, state: str = "not_affected", purls: Sequence[str] = (OPENSSL,)) -> dict[str, Any]:
    """A CycloneDX document with components, of which it says that CVE-2026-1 does not harm them."""
    components = [
        {"type": "library", "name": purl, "bom-ref": f"c{number}", "purl": purl}
        for number, purl in enumerate(purls)
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {
            "timestamp": "2026-06-01T12:00:00Z",
            "component": {"type": "container", "name": "app", "bom-ref": "app", "version": digest},
        },
        "components": components,
        "vulnerabilities": [
            {
                "id": "CVE-2026-1",
                "analysis": {"state": state, "justification": "code_not_reachable"},
                "affects": [{"ref": one["bom-ref"]} for one in components],
            }
        ],
    }


def attest(
    scene: Scene,
    image: bytes,
    predicate: Any,
    key: SigningKey | None = None,
    predicate_type: str = OPENVEX_TYPE,
) -> Digest:
    """Attach what `cosign attest --key` makes."""
    subject = descriptor_of(image, json.loads(image)["mediaType"])
    return scene.attach(attest_bundle(key or scene.key, subject, predicate_type, predicate))


def refused_image(scene: Scene, **more: Any) -> bytes:
    """An image with a vulnerable openssl in a project that prevents vulnerabilities: judged, and refused."""
    turn(scene, prevent_vul=True)
    image = scene.image(**more)
    examined(scene, image)
    judge(scene, image)
    return image


def judge(scene: Scene, *images: bytes) -> None:
    """As whoever has something examined does."""
    scene.home.house.court.digests.judge([digest_of(image) for image in images])

"""The forms in which the registry says what is inside an artifact, and which of them a project has on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pratique.projects import Project


class Form(StrEnum):
    """One kind of statement; of each there is one at most about an artifact."""

    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"
    VULNERABILITIES = "vulnerabilities"
    OPENVEX = "openvex"


BILLS: Final = (Form.CYCLONEDX, Form.SPDX)
"""Bills of materials. They speak of bytes that never change: once made they stay, whatever the project turns off."""

REPORTS: Final = (Form.VULNERABILITIES, Form.OPENVEX)
"""What is known of the contents. They grow old: a project that no longer asks for them has them taken away."""

PREDICATES: Final[Mapping[Form, str]] = {
    Form.CYCLONEDX: "https://cyclonedx.org/bom",
    Form.SPDX: "https://spdx.dev/Document",
    Form.VULNERABILITIES: "https://cosign.sigstore.dev/attestation/vuln/v1",
    Form.OPENVEX: "https://openvex.dev/ns",
}
"""Predicate types as cosign's `--type cyclonedx|spdxjson|vuln|openvex` names them, without versions.

in-toto's own vulns/v0.2 is not written: it has room for an id and a severity, and none for the package, the version
that mends it, or what was not covered; and no tool that is at hand asks for it by name.
"""

SBOM_SWITCH: Final = "auto_sbom_generation"
SCAN_SWITCHES: Final = ("auto_scan", "prevent_vul")
SWITCHES: Final = (SBOM_SWITCH, *SCAN_SWITCHES)
"""Harbor's switches that ask for any of it."""


def asked_by(project: Project) -> frozenset[Form]:
    """What a project has on."""
    is_on = {name for name in SWITCHES if project.metadata.get(name) == "true"}
    bills = BILLS if SBOM_SWITCH in is_on else ()
    return frozenset((*bills, *(REPORTS if is_on.intersection(SCAN_SWITCHES) else ())))

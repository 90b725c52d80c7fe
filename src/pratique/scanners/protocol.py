"""Harbor's pluggable scanner API (pluggable-scanner-spec, scanner-adapter-openapi-v1.2): its names, in one place.

Numbers in media types are those that Harbor's own client sends: 1.0, though the specification writes 1.1 by now.
"""

from typing import Final

METADATA: Final = "application/vnd.scanner.adapter.metadata+json; version=1.0"
SCAN_REQUEST: Final = "application/vnd.scanner.adapter.scan.request+json; version=1.0"
SCAN_RESPONSE: Final = "application/vnd.scanner.adapter.scan.response+json; version=1.0"
ERROR: Final = "application/vnd.scanner.adapter.error+json; version=1.0"

GENERIC_REPORT: Final = "application/vnd.security.vulnerability.report; version=1.1"
NATIVE_REPORT: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
SBOM_REPORT: Final = "application/vnd.security.sbom.report+json; version=1.0"
VULNERABILITY_REPORTS: Final = (GENERIC_REPORT, NATIVE_REPORT)
"""Forms of one shape, the wanted one first."""

SPDX: Final = "application/spdx+json"
CYCLONEDX: Final = "application/vnd.cyclonedx+json"

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
MANIFESTS: Final = (OCI_MANIFEST, DOCKER_MANIFEST)

REFRESH_AFTER: Final = "Refresh-After"
"""Seconds until a report is worth asking for again."""
RETRY_AFTER: Final = "Retry-After"
"""What the same is called elsewhere; adapters that send none of both are asked again after `USUAL_WAIT`."""
USUAL_WAIT: Final = 5
LONGEST_WAIT: Final = 127
"""Harbor reads the number as an int8."""

UPDATED_AT: Final = "harbor.scanner-adapter/vulnerability-database-updated-at"
AUTHORIZATION_TYPE: Final = "harbor.scanner-adapter/registry-authorization-type"


def media_key(text: str) -> tuple[str, frozenset[str]]:
    """What a media type with parameters is compared by: neither case, nor spaces, nor their order count."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    return kind, frozenset(filter(None, parameters))


def is_media(text: str, wanted: str) -> bool:
    """Whether a media type is the wanted one; a parameter that is not `version` says nothing."""
    kind, parameters = media_key(text)
    wanted_kind, wanted_parameters = media_key(wanted)
    said = {parameter for parameter in parameters if parameter.startswith("version=")}
    return kind == wanted_kind and said in (set(), set(wanted_parameters))

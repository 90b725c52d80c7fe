"""Asking a scanner (Harbor's pluggable scanner API 1.2, the client's side).

No redirect is followed: the header with the scanner's credential, and the body with ours, go to the address that an
administrator has named and to no other. Steps not taken: raw reports are not asked for, and `parameters` are sent for
lists of contents alone.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from pratique.errors import Invalid, NotFound, Unavailable
from pratique.net import Answer, Outbound
from pratique.oci import strict_json
from pratique.policy.refusal import clean
from pratique.scanners import metadata, reports
from pratique.scanners.metadata import Metadata, read_metadata
from pratique.scanners.protocol import (
    GENERIC_REPORT,
    LONGEST_WAIT,
    METADATA,
    REFRESH_AFTER,
    RETRY_AFTER,
    SBOM_REPORT,
    SCAN_REQUEST,
    SCAN_RESPONSE,
    SPDX,
    USUAL_WAIT,
    VULNERABILITY_REPORTS,
    is_media,
)
from pratique.scanners.values import Auth, Capability, Target

BASE: Final = "/api/v1"
ANSWER_LIMIT: Final = 64 * 1_024
"""Bytes of an answer that is no report."""
REQUEST_LIMIT: Final = 255
"""Characters of the scanner's name for a scan."""
PROBLEM_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class Wait:
    """The report is not there yet; it is worth asking again after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What the scanner pulls with: where this registry is, and an `Authorization` header for one repository."""

    url: str
    authorization: str


class AdapterClient:
    """Asks one scanner. Raises Unavailable when it does not answer, Invalid or TooLarge for an answer that is wrong."""

    def __init__(self, outbound: Outbound, url: str, auth: Auth = Auth.NONE, credential: str = "") -> None:
        self._outbound = outbound
        self._base = url.rstrip("/") + BASE
        self._headers = _credentials(auth, credential)

    def metadata(self) -> Metadata:
        """What it says of itself."""
        answer = self._ask("GET", "/metadata", {"accept": METADATA}, metadata.SIZE_LIMIT)
        if answer.status != 200:
            raise Invalid(f"asked what it is, the scanner answers {_said(answer)}")
        return read_metadata(answer.content)

    def scan(self, target: Target, visit: Visit, capability: Capability, form: str) -> str:
        """Have it begin; its own name for the scan."""
        document = _request(target, visit, capability, form)
        headers = {"accept": SCAN_RESPONSE, "content-type": SCAN_REQUEST}
        answer = self._ask("POST", "/scan", headers, ANSWER_LIMIT, json.dumps(document).encode())
        if answer.status != 202:
            raise Invalid(f"asked to scan, the scanner answers {_said(answer)}")
        said = strict_json.parse(answer.content, reports.DEPTH_LIMIT)
        name = said.get("id") if isinstance(said, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= REQUEST_LIMIT or not name.isprintable():
            raise Invalid("the scanner does not say what it calls the scan")
        return name

    def report(self, request: str, form: str) -> bytes | Wait:
        """The report in the form that was asked for, or how long to wait for it."""
        path = f"/scan/{quote(request, safe='')}/report"
        if is_media(form, SBOM_REPORT):
            path += "?" + urlencode({"sbom_media_type": SPDX})
        answer = self._ask("GET", path, {"accept": form}, reports.SIZE_LIMIT)
        if answer.status == 302:
            return Wait(_seconds(answer))
        if answer.status == 404:
            raise NotFound("the scanner does not know the scan any more")
        if answer.status != 200:
            raise Invalid(f"asked for the report, the scanner answers {_said(answer)}")
        kind = answer.headers.get("content-type", "")
        if not is_media(kind, form) and kind.partition(";")[0].strip().lower() != "application/json":
            raise Invalid(
                f"the scanner answers with {clean(kind)[:100] or 'no media type'} and not with a report"
            )
        return answer.content

    def _ask(
        self, method: str, path: str, headers: dict[str, str], limit: int, content: bytes = b""
    ) -> Answer:
        answer = self._outbound.ask(method, self._base + path, {**headers, **self._headers}, limit, content)
        if answer.status in {502, 503, 504}:
            raise Unavailable(f"the scanner answers {_said(answer)}")
        return answer


def form_of(capability: Capability, found: Metadata, media_type: str) -> str:
    """In which form a scanner is asked for a report on such a manifest. Raises Invalid where it makes none."""
    ability = found.ability(capability)
    if ability is None:
        raise Invalid(f"the scanner {found.maker.name} has no {capability} reports")
    if not ability.reads(media_type):
        raise Invalid(f"the scanner {found.maker.name} does not look into {clean(media_type)[:100]}")
    if capability is Capability.SBOM:
        return SBOM_REPORT
    return ability.writes(*VULNERABILITY_REPORTS) or GENERIC_REPORT


def _credentials(auth: Auth, credential: str) -> dict[str, str]:
    if not credential:
        return {}
    match auth:
        case Auth.BASIC:
            return {"authorization": "Basic " + base64.b64encode(credential.encode()).decode("ascii")}
        case Auth.BEARER:
            return {"authorization": f"Bearer {credential}"}
        case Auth.API_KEY:
            return {"x-scanneradapter-api-key": credential}
        case Auth.NONE:
            return {}


def _request(target: Target, visit: Visit, capability: Capability, form: str) -> dict[str, Any]:
    parameters = {"sbom_media_types": [SPDX]} if capability is Capability.SBOM else None
    return {
        "registry": {"url": visit.url, "authorization": visit.authorization},
        "artifact": {
            "namespace_id": target.project_id,
            "repository": target.repository,
            "tag": "",
            "digest": target.digest,
            "mime_type": target.media_type,
            "size": target.size,
        },
        "enabled_capabilities": [
            {"type": capability.value, "produces_mime_types": [form], "parameters": parameters}
        ],
    }


def _seconds(answer: Answer) -> int:
    for name in (REFRESH_AFTER, RETRY_AFTER):
        said = answer.headers.get(name.lower(), "")
        if said.isascii() and said.isdigit() and len(said) <= 9:
            return min(max(int(said), 1), LONGEST_WAIT)
    return USUAL_WAIT


def _said(answer: Answer) -> str:
    """The status, and the message of the specification's error where there is one."""
    message = ""
    if len(answer.content) <= ANSWER_LIMIT:
        try:
            document = strict_json.parse(answer.content, reports.DEPTH_LIMIT)
            error = document.get("error") if isinstance(document, dict) else None
            message = str(error.get("message", "")) if isinstance(error, dict) else ""
        except Invalid:
            message = ""
    return f"{answer.status}: {clean(message)[:PROBLEM_LIMIT]}" if message else str(answer.status)

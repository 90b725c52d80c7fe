"""Whether a blob of evidence parses as what it says it is (gate.md, section 2).

Evidence is let out with its subject and is not judged itself, so nobody may smuggle cargo through it: each media type
of the closed list (`pratique.oci.evidence_shape`) has a test here that an archive or a program can never pass. Passing
says nothing of whether a signature verifies.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pratique.errors import ManifestInvalid
from pratique.oci import media
from pratique.oci.evidence_shape import NOTATION_CONFIG, SCHEMES
from pratique.trust import documents
from pratique.trust.bundle import read_bundle
from pratique.trust.cbor import is_cose_sign1
from pratique.trust.dsse import read_alone
from pratique.trust.simple_signing import read_simple_signing
from pratique.trust.statement import read_statement
from pratique.trust.strict import Unreadable, open_object, read_json

Parses = Callable[[bytes], bool]

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


def parses_as(media_type: str, content: bytes) -> bool:
    """Whether `content` is what a layer or config of evidence of this media type must be. Never raises.

    Linear in the length of `content`. False for media types outside of the closed list.
    """
    parses = PARSERS.get(media_type.replace(" ", "").lower())
    return parses is not None and parses(content)


def _reads(read: Callable[[bytes], object]) -> Parses:
    def parses(content: bytes) -> bool:
        try:
            read(content)
        except (Unreadable, ManifestInvalid, RecursionError):
            return False
        return True

    return parses


def _read_envelope(content: bytes) -> None:
    read_alone(read_json(content), "envelope")


def _read_object(content: bytes) -> dict[str, Any]:
    document = read_json(content)
    if not isinstance(document, dict):
        raise Unreadable("not an object")
    return document


def _read_jws(content: bytes) -> None:
    """Flattened JSON serialisation (RFC 7515, section 7.2.2), as notation writes it."""
    fields = open_object(read_json(content), "envelope", ("payload", "protected", "header", "signature"))
    for name in ("payload", "protected", "signature"):
        if not _BASE64URL.fullmatch(fields.needed_text(name)):
            raise Unreadable(f"{name} is not base64url")
    if not isinstance(fields.value("header"), dict | None):
        raise Unreadable("header is not an object")


_is_envelope: Final = _reads(_read_envelope)
_is_statement: Final = _reads(read_statement)
_is_bundle: Final = _reads(read_bundle)
_is_object: Final = _reads(_read_object)
_is_jws: Final = _reads(_read_jws)
_is_simple_signing: Final = _reads(read_simple_signing)


def _is_in_toto(content: bytes) -> bool:
    """A bare statement, as BuildKit writes it, or one in an envelope."""
    return _is_statement(content) or _is_envelope(content)


def _is_cyclonedx(content: bytes) -> bool:
    return documents.is_cyclonedx_json(content) or documents.is_cyclonedx_xml(content)


def _is_empty(content: bytes) -> bool:
    return content == media.EMPTY_CONTENT


PARSERS: Final[Mapping[str, Parses]] = {
    **dict.fromkeys((name for name in SCHEMES if ".sigstore.bundle" in name), _is_bundle),
    "application/vnd.dev.cosign.simplesigning.v1+json": _is_simple_signing,
    "application/vnd.dsse.envelope.v1+json": _is_envelope,
    "application/vnd.in-toto+json": _is_in_toto,
    "application/jose+json": _is_jws,
    "application/cose": is_cose_sign1,
    "application/spdx+json": documents.is_spdx_json,
    "text/spdx": documents.is_spdx_text,
    "text/spdx+json": documents.is_spdx_json,
    "text/spdx+xml": documents.is_spdx_xml,
    "application/vnd.cyclonedx": _is_cyclonedx,
    "application/vnd.cyclonedx+json": documents.is_cyclonedx_json,
    "application/vnd.cyclonedx+xml": documents.is_cyclonedx_xml,
    "application/vnd.syft+json": documents.is_syft,
    "application/openvex+json": documents.is_openvex,
    "application/vnd.openvex+json": documents.is_openvex,
    "application/vex+json": documents.is_openvex,
    "application/sarif+json": documents.is_sarif,
    # Harbor stores the scanner's SBOM as it came: SPDX, or CycloneDX from scanners that write only that.
    "application/vnd.goharbor.harbor.sbom.v1": lambda c: (
        documents.is_spdx_json(c) or documents.is_cyclonedx_json(c)
    ),
    "application/vnd.security.vulnerability.report;version=1.1": documents.is_harbor_report,
    "application/vnd.scanner.adapter.vuln.report.harbor+json;version=1.0": documents.is_harbor_report,
    media.EMPTY: _is_empty,
    # The configs that evidence may have.
    media.OCI_CONFIG: _is_object,
    NOTATION_CONFIG: _is_object,
}
"""The test for each media type of evidence, spelled without spaces and in lower case."""

"""Evidence parses as what it says: each media type of the closed list takes its own and never cargo."""

import gzip
import io
import json
import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import SigningKey, bundle, envelope, sign_classic, simple_signing, statement

from pratique.oci import media
from pratique.oci.digest import digest_of
from pratique.oci.evidence_shape import NOTATION_CONFIG, SCHEMES
from pratique.trust import parses_as
from pratique.trust.parses import PARSERS

KEY = SigningKey()
SUBJECT = digest_of(b"the manifest")


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


SPDX2 = _json({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": []})
SPDX3 = _json({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{}]})
SPDX_TEXT = b"""# made by a tool
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
DocumentComment: <text>several
lines, with: anything <b>inside</b></text>

PackageName: app
"""
SPDX_XML = b"<Document><SPDXID>SPDXRef-DOCUMENT</SPDXID><spdxVersion>SPDX-2.3</spdxVersion></Document>"
SPDX_RDF = (
    b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:SpdxDocument/><!-- SPDX-2.3 --></rdf:RDF>'
)
CYCLONEDX = _json({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []})
CYCLONEDX_XML = (
    b'<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components/></bom>'
)
OPENVEX = _json({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "statements": []})
REPORT = _json({"generated_at": "x", "scanner": {"name": "Trivy"}, "severity": "High", "vulnerabilities": []})
SARIF = _json({"version": "2.1.0", "runs": []})
SYFT = _json({"artifacts": [], "source": {}, "schema": {"version": "16.0.0", "url": "x"}})
JWS = _json({"payload": "e30", "protected": "e30", "header": {"x5c": ["AA=="]}, "signature": "AA"})
COSE = bytes.fromhex("d28443a10126a1182181420102430102034401020304")
CONFIG = next(content for content in sign_classic(KEY, subject=SUBJECT)[1].values() if b"rootfs" in content)

GOOD: list[tuple[str, bytes]] = [
    *((name, _json(bundle(KEY, statement(SUBJECT)))) for name in SCHEMES if ".sigstore.bundle" in name),
    ("application/vnd.dev.cosign.simplesigning.v1+json", simple_signing(SUBJECT)),
    ("application/vnd.dsse.envelope.v1+json", _json(envelope(KEY, b"anything", "text/plain"))),
    ("application/vnd.in-toto+json", statement(SUBJECT, "https://slsa.dev/provenance/v1")),
    ("application/vnd.in-toto+json", _json(envelope(KEY, statement(SUBJECT)))),
    ("application/jose+json", JWS),
    ("application/cose", COSE),
    ("application/spdx+json", SPDX2),
    ("application/spdx+json", SPDX3),
    ("text/spdx", SPDX_TEXT),
    ("text/spdx+json", SPDX2),
    ("text/spdx+xml", SPDX_XML),
    ("text/spdx+xml", SPDX_RDF),
    ("application/vnd.cyclonedx", CYCLONEDX),
    ("application/vnd.cyclonedx", CYCLONEDX_XML),
    ("application/vnd.cyclonedx+json", CYCLONEDX),
    ("application/vnd.cyclonedx+xml", CYCLONEDX_XML),
    ("application/vnd.syft+json", SYFT),
    ("application/openvex+json", OPENVEX),
    ("application/vnd.openvex+json", OPENVEX),
    ("application/vex+json", OPENVEX),
    ("application/sarif+json", SARIF),
    ("application/vnd.goharbor.harbor.sbom.v1", SPDX2),
    ("application/vnd.security.vulnerability.report; version=1.1", REPORT),
    ("application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0", REPORT),
    (media.EMPTY, b"{}"),
    (media.OCI_CONFIG, CONFIG),
    (NOTATION_CONFIG, b"{}"),
]


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo('{"spdxVersion":"SPDX-2.3"}'))
        archive.addfile(tarfile.TarInfo("SPDXVersion: SPDX-2.3\n"))
    return file.getvalue()


def _zip(prefix: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app", "content")
    return prefix + file.getvalue()


CARGO: dict[str, bytes] = {
    "nothing": b"",
    "a tar": _tar(),
    "a layer": gzip.compress(_tar()),
    "a program": b"\x7fELF\x02\x01\x01" + b"\0" * 200,
    "a script": b"#!/bin/sh\nSPDXVersion: SPDX-2.3\nexec evil\n",
    "a zip after JSON": _zip(SPDX2),
    "a zip after XML": _zip(CYCLONEDX_XML),
    "a zip after text": _zip(SPDX_TEXT),
    "a zip after COSE": _zip(COSE),
    "a number": b"1",
    "a list": b"[]",
    "null": b"null",
}


@pytest.mark.parametrize(("media_type", "content"), GOOD)
def test_each_media_type_takes_its_own(media_type: str, content: bytes) -> None:
    assert parses_as(media_type, content)


def test_there_is_a_test_and_an_example_for_every_media_type_of_the_closed_list() -> None:
    exampled = {media_type.replace(" ", "") for media_type, _ in GOOD}
    assert set(SCHEMES) | {media.OCI_CONFIG, NOTATION_CONFIG} == set(PARSERS) == exampled


@pytest.mark.parametrize("media_type", sorted(PARSERS))
@pytest.mark.parametrize("cargo", CARGO)
def test_cargo_passes_for_nothing(media_type: str, cargo: str) -> None:
    assert not parses_as(media_type, CARGO[cargo])


@pytest.mark.parametrize(
    "media_type", ["application/vnd.oci.image.layer.v1.tar", "application/json", "text/plain", ""]
)
def test_what_is_not_of_the_list_never_parses(media_type: str) -> None:
    assert not parses_as(media_type, b"{}")


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/spdx+json", CYCLONEDX),
        ("application/spdx+json", b'{"spdxVersion":"SPDX-2.3"}'),
        ("application/vnd.cyclonedx+json", SPDX2),
        ("application/vnd.cyclonedx+xml", CYCLONEDX),
        ("application/vnd.cyclonedx+xml", CYCLONEDX_XML.replace(b"cyclonedx.org", b"evil.example")),
        (
            "application/vnd.cyclonedx+xml",
            b"<!DOCTYPE bom [<!ENTITY a 'b'>]>" + CYCLONEDX_XML.partition(b"?>")[2],
        ),
        ("application/vnd.cyclonedx+xml", CYCLONEDX_XML.replace(b'"1.0"', b'"1.0" encoding="no-such"', 1)),
        ("text/spdx+xml", CYCLONEDX_XML),
        ("text/spdx", b"PackageName: app\nSPDXVersion: SPDX-2.3\n"),
        ("text/spdx", SPDX_TEXT + b"not a tag line\n"),
        ("text/spdx", SPDX_TEXT + b"Tag: \x00\n"),
        ("text/spdx", b"SPDXVersion: \xff\n"),
        ("application/openvex+json", _json({"@context": "https://example.com", "statements": []})),
        ("application/sarif+json", _json({"version": "1.0.0", "runs": []})),
        ("application/vnd.syft+json", _json({"artifacts": []})),
        ("application/jose+json", _json({"payload": "e30=", "protected": "e30", "signature": "AA"})),
        ("application/jose+json", _json({"payload": "e30", "protected": "e30"})),
        (
            "application/vnd.dsse.envelope.v1+json",
            _json({"payload": "e30=", "payloadType": "x", "signatures": []}),
        ),
        (media.EMPTY, b"{ }"),
        (media.OCI_CONFIG, b'{"a":1,"a":2}'),
        ("application/cose", COSE[1:]),
        ("application/cose", COSE[:-1]),
        ("application/cose", COSE + b"\0"),
        ("application/cose", COSE.replace(b"\x43\xa1\x01\x26", b"\xa1\x01\x26", 1)),
        ("application/cose", b"\xd2\x9f" + COSE[2:] + b"\xff"),
        ("application/cose", b"\xd2\x84\x40\xa1\x01" + b"\x81" * 40 + b"\x00\x40\x40"),
        ("application/cose", b"\xd2\x84\x40\xbb" + b"\xff" * 8),
    ],
)
def test_a_document_of_another_kind_or_form_does_not_pass(media_type: str, content: bytes) -> None:
    assert not parses_as(media_type, content)


def test_a_detached_cose_payload_is_let_through() -> None:
    assert parses_as("application/cose", bytes.fromhex("d28440a0f640"))


def test_deep_nesting_is_an_answer_and_no_crash() -> None:
    deep = b'{"bomFormat":"CycloneDX","specVersion":"1.6","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert not parses_as("application/vnd.cyclonedx+json", deep)
    assert not parses_as("application/vnd.in-toto+json", deep)


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=200))
def test_no_bytes_make_it_raise(media_type: str, content: bytes) -> None:
    assert parses_as(media_type, content) in {True, False}


@given(st.binary(max_size=60))
def test_what_passes_as_cose_has_the_tag_and_the_array(content: bytes) -> None:
    assert not parses_as("application/cose", content) or content[:2] == b"\xd2\x84"

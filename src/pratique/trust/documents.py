"""SBOMs, VEX documents and reports, told by the fields that identify them: JSON, XML and SPDX's tag-value text.

These documents are unsigned and nothing is decided by them, so they are only looked at: JSON is parsed to its end and
a few fields are kept; XML may declare no document type (entities are how a small document becomes a large one).
"""

import re
from typing import Any, Final, TypeVar
from xml.parsers import expat

import msgspec

_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_SPDX2: Final = re.compile(r"SPDX-\d+\.\d+")
_TAG_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*:")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Spdx(msgspec.Struct):
    spdx_version: str = msgspec.field(name="spdxVersion", default="")
    identifier: str = msgspec.field(name="SPDXID", default="")
    context: msgspec.Raw = msgspec.field(name="@context", default=msgspec.Raw(b""))
    graph: list[msgspec.Raw] | None = msgspec.field(name="@graph", default=None)


class _CycloneDx(msgspec.Struct):
    bom_format: str = msgspec.field(name="bomFormat")
    spec_version: str = msgspec.field(name="specVersion")


class _SyftSchema(msgspec.Struct):
    version: str


class _Syft(msgspec.Struct):
    artifacts: list[msgspec.Raw]
    schema: _SyftSchema


class _OpenVex(msgspec.Struct):
    context: str = msgspec.field(name="@context")
    statements: list[msgspec.Raw]


class _Sarif(msgspec.Struct):
    version: str
    runs: list[msgspec.Raw]


class _HarborReport(msgspec.Struct):
    scanner: dict[str, Any]
    vulnerabilities: list[msgspec.Raw] | None


def is_spdx_json(content: bytes) -> bool:
    """SPDX 2 (`spdxVersion`, `SPDXID`), or SPDX 3 (`@context` of spdx.org and a `@graph`)."""
    document = _shaped(content, _Spdx)
    if document is None:
        return False
    if document.graph is not None:
        return b"spdx.org/rdf/3" in bytes(document.context)
    return bool(_SPDX2.fullmatch(document.spdx_version)) and document.identifier == "SPDXRef-DOCUMENT"


def is_spdx_text(content: bytes) -> bool:
    """SPDX's tag-value format: text whose first tag is SPDXVersion, and every line a tag, comment or part of a text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # `#!` would be a comment too: a script is not to pass for a document.
    if text.startswith("#!") or _CONTROL.search(text):
        return False
    tags = [line for line in _outside_texts(text) if line.strip() and not line.lstrip().startswith("#")]
    first = tags[0].partition(":") if tags else ("", "", "")
    return (
        first[0] == "SPDXVersion"
        and bool(_SPDX2.fullmatch(first[2].strip()))
        and all(_TAG_LINE.match(line) for line in tags)
    )


def _outside_texts(text: str) -> list[str]:
    """The lines that are no continuation of a `<text>…</text>` value."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if not inside:
            lines.append(line)
        opened, closed = line.rfind("<text>"), line.rfind("</text>")
        inside = opened > closed if opened >= 0 else inside and closed < 0
    return lines


def is_spdx_xml(content: bytes) -> bool:
    """SPDX 2 in XML, or in RDF/XML."""
    root = _root(content)
    return root in {"Document", "http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"} and b"SPDX" in content


def is_cyclonedx_json(content: bytes) -> bool:
    """`bomFormat` is CycloneDX, with a `specVersion`."""
    document = _shaped(content, _CycloneDx)
    return document is not None and document.bom_format == "CycloneDX" and document.spec_version != ""


def is_cyclonedx_xml(content: bytes) -> bool:
    """The root is `bom` of CycloneDX's namespace."""
    namespace, _, name = (_root(content) or "").rpartition(" ")
    return name == "bom" and namespace.startswith("http://cyclonedx.org/schema/bom/")


def is_syft(content: bytes) -> bool:
    """Syft's own format: `artifacts`, and a `schema` with version."""
    return _shaped(content, _Syft) is not None


def is_openvex(content: bytes) -> bool:
    """`@context` is OpenVEX's, with `statements`."""
    document = _shaped(content, _OpenVex)
    return document is not None and document.context.startswith("https://openvex.dev/ns")


def is_sarif(content: bytes) -> bool:
    """SARIF 2: `version` and `runs`."""
    document = _shaped(content, _Sarif)
    return document is not None and document.version.startswith("2.")


def is_harbor_report(content: bytes) -> bool:
    """Harbor's vulnerability report: `scanner` and `vulnerabilities`."""
    return _shaped(content, _HarborReport) is not None


def _shaped(content: bytes, shape: type[_Shape]) -> _Shape | None:
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _DoctypeDeclared(Exception):
    """The document declares a type, and with it perhaps entities."""


def _root(content: bytes) -> str | None:
    """`namespace name` of the root of a well-formed document without document type, else None."""
    names: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        names.append(name)
        parser.StartElementHandler = None

    def refuse(*_declared: object) -> None:
        raise _DoctypeDeclared

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, _DoctypeDeclared, LookupError, ValueError):
        return None
    return names[0] if names else None

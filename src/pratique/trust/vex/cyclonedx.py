"""VEX in CycloneDX 1.4 to 1.6 (CycloneDX/specification, schema/bom-1.6.schema.json, "vulnerabilities").

The product is `metadata.component`, which must name the artifact's digest: by a package URL, a hash, or, as Syft writes
it, as its version. What is affected is named by references to it or to components in the document.

Steps not taken: references to other documents (BOM-Link) name nothing here, and neither do version ranges; ratings,
responses and workarounds are passed over. A vulnerability without `analysis.state` is a finding of somebody's scanner
and no statement.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pratique.clock import Moment
from pratique.oci.digest import Digest
from pratique.oci.fields import Fields
from pratique.policy import VexStatement, VexStatus
from pratique.policy.vex import WAIVING
from pratique.trust.strict import Unreadable, open_object
from pratique.trust.vex.limits import (
    STATEMENTS_LIMIT,
    Named,
    check_count,
    moment_of,
    names_of,
    told,
)
from pratique.trust.vex.naming import is_purl, names_artifact

VERSIONS: Final = frozenset({"1.4", "1.5", "1.6"})
STATES: Final[Mapping[str, VexStatus]] = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
"""`impactAnalysisState`."""
JUSTIFICATIONS: Final = frozenset(
    {
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    }
)
"""`impactAnalysisJustification`."""
DEPTH_LIMIT: Final = 32
"""Components in components."""

_DOCUMENT: Final = ("bomFormat", "specVersion", "serialNumber", "metadata", "components", "vulnerabilities")
_METADATA: Final = ("timestamp", "authors", "component")
_COMPONENT: Final = ("bom-ref", "version", "hashes", "purl", "components")
_VULNERABILITY: Final = ("id", "references", "analysis", "affects")
_ANALYSIS: Final = ("state", "justification", "detail", "firstIssued", "lastUpdated")


def read_cyclonedx(predicate: Any, artifact: Digest) -> tuple[VexStatement, ...]:
    """The statements about `artifact`. Raises Unreadable or ManifestInvalid."""
    document = open_object(predicate, "cyclonedx", _DOCUMENT)
    entries = document.items("vulnerabilities")
    if not entries:
        return ()
    version = document.needed_text("specVersion")
    if document.needed_text("bomFormat") != "CycloneDX" or version not in VERSIONS:
        raise Unreadable(f"it is of version {version[:20]!r}; {', '.join(sorted(VERSIONS))} are read")
    check_count("vulnerabilities", len(entries), STATEMENTS_LIMIT)
    bill = _Bill(document, artifact)
    found = [
        statement
        for number, value in enumerate(entries, 1)
        if (
            statement := _statement(
                bill, open_object(value, f"vulnerabilities[{number - 1}]", _VULNERABILITY), number
            )
        )
    ]
    return tuple(found)


class _Bill:
    """What statements refer to: `purls` are those of the components, by their references."""

    def __init__(self, document: Fields, artifact: Digest) -> None:
        metadata = open_object(document.value("metadata") or {}, "metadata", _METADATA)
        self.timestamp = metadata.text("timestamp")
        self.author = told(_author(metadata))
        self.document = told(document.text("serialNumber"))
        self.purls: dict[str, str] = {}
        self.named = Named()
        component = open_object(metadata.value("component") or {}, "metadata.component", _COMPONENT)
        self.is_of_artifact = _is_artifact(component, artifact)
        self.product = component.text("bom-ref") or ""
        self._enter([*component.items("components"), *document.items("components")])

    def _enter(self, components: list[Any]) -> None:
        for _level in range(DEPTH_LIMIT):
            if not components:
                return
            below: list[Any] = []
            for value in components:
                component = open_object(value, "component", _COMPONENT)
                reference, purl = component.text("bom-ref"), component.text("purl") or ""
                if reference and (reference in self.purls or reference == self.product):
                    raise Unreadable(f"two components have the bom-ref {reference[:80]!r}")
                if reference:
                    self.purls[reference] = purl
                below += component.items("components")
            components = below
        raise Unreadable(f"its components lie in each other more than {DEPTH_LIMIT} deep")

    def purl(self, reference: str) -> str:
        """What a reference names; "" where that is not known."""
        said = self.purls.get(reference, reference)
        return said if is_purl(said) else ""


def _is_artifact(component: Fields, artifact: Digest) -> bool:
    hashes: dict[str, str] = {}
    for value in component.items("hashes"):
        one = open_object(value, "hashes", ("alg", "content"))
        if hashes.setdefault(one.needed_text("alg"), one.needed_text("content")) != one.value("content"):
            raise Unreadable("metadata.component has two hashes of one algorithm")
    purl, version = component.text("purl") or "", component.text("version") or ""
    if ":" in version:
        algorithm, _, encoded = version.partition(":")
        if algorithm in {"sha256", "sha512"} and encoded != hashes.setdefault(algorithm, encoded):
            return False
    return names_artifact([purl], hashes, artifact)


def _author(metadata: Fields) -> str:
    for value in metadata.items("authors"):
        one = open_object(value, "authors", ("name", "email"))
        return one.text("name") or one.text("email") or ""
    return ""


def _statement(bill: _Bill, said: Fields, number: int) -> VexStatement | None:
    analysis = open_object(said.value("analysis") or {}, said.place("analysis"), _ANALYSIS)
    state = analysis.text("state")
    if state is None:
        return None
    status = STATES.get(state)
    if status is None:
        raise Unreadable(f"{analysis.place('state')} is {state[:80]!r}; {', '.join(STATES)} are known")
    justification = analysis.text("justification") or ""
    if justification and justification not in JUSTIFICATIONS:
        raise Unreadable(
            f"{analysis.place('justification')} is {justification[:80]!r}, which is none of the list"
        )
    names, timestamp = names_of(_names(said)), _timestamp(bill, analysis)
    components = _components(bill, said, waives=status in WAIVING)
    if components is None or not bill.is_of_artifact:
        return None
    return VexStatement(
        status=status,
        names=names,
        timestamp=timestamp,
        components=components,
        justification=justification or ("" if state == "not_affected" else state),
        impact=told(analysis.text("detail")),
        author=bill.author,
        document=bill.document,
        number=number,
    )


def _names(said: Fields) -> Iterator[str]:
    """Its id, and those of its equivalents."""
    yield said.needed_text("id")
    for value in said.items("references"):
        yield open_object(value, said.place("references"), ("id", "source")).text("id") or ""


def _timestamp(bill: _Bill, analysis: Fields) -> Moment:
    """When the analysis was made; where it does not say, when the document was."""
    text = analysis.text("lastUpdated") or analysis.text("firstIssued") or bill.timestamp
    return moment_of(text, analysis.place("lastUpdated"))


def _components(bill: _Bill, said: Fields, *, waives: bool) -> tuple[str, ...] | None:
    """The packages of which it is said; none: of the whole artifact. None: of nothing that is known.

    What can't be told is not waived, and is affected with the whole artifact.
    """
    values = said.items("affects")
    bill.named.add("references in one vulnerability", len(values))
    named: dict[str, None] = {}
    for index, value in enumerate(values):
        one = open_object(value, f"{said.place('affects')}[{index}]", ("ref", "versions"))
        reference = one.needed_text("ref")
        if one.has("versions"):
            named[""] = None
        elif reference == bill.product:
            return ()
        else:
            named[bill.purl(reference)] = None
    if not waives:
        return () if "" in named or not named else tuple(named)
    return tuple(purl for purl in named if purl) or None

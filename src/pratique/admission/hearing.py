"""What an attestation says of the contents of its subject, read when it was verified: VEX statements, further packages.

Whether its word counts is asked each time that somebody judges; here it is only read. What can't be read whole says
nothing, and the record tells why.
"""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from pratique.admission.store.attested import AttestedPackage
from pratique.errors import ManifestInvalid
from pratique.inventory.contents import Contents, Located
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.sbom.reading import read_document
from pratique.packages import Component, InvalidPurl, component_of
from pratique.policy import VexStatement
from pratique.trust import EvidenceRecord, Item
from pratique.trust.contained import predicate_in
from pratique.trust.predicates import extends
from pratique.trust.strict import Unreadable
from pratique.trust.vex import READERS, read_vex

PACKAGES_LIMIT: Final = 10_000
"""Packages of one SBOM of somebody else's that advisories can speak of. One with more is not read."""
SBOMS: Final = ("https://spdx.dev/Document", "https://cyclonedx.org/bom")
"""How predicate types of SBOMs begin."""
PROBLEM_LIMIT: Final = 400
"""Characters of why something was not read."""

_UNREADABLE: Final = (Unreadable, ManifestInvalid, Unparsable, ValueError)
"""Package URLs of types that ask for more than others are ValueErrors."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one attestation says: `statements` of vulnerabilities, and `packages` that are inside."""

    statements: tuple[VexStatement, ...] = ()
    packages: tuple[AttestedPackage, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing."""
        return not self.statements and not self.packages


SILENT: Final = Heard()
"""Of evidence that says nothing of contents."""


def heard(item: Item, record: EvidenceRecord) -> tuple[EvidenceRecord, Heard]:
    """What verified evidence says of contents, and its record, which tells how much that is. Never raises."""
    if not record.verified or not _is_of_contents(record.predicate_type):
        return record, SILENT
    told: dict[str, Any] = {}
    found = SILENT
    try:
        predicate = predicate_in(item, record)
    except _UNREADABLE as error:
        return _telling(record, {"vex_problem": str(error)[:PROBLEM_LIMIT]}), SILENT
    try:
        found = Heard(read_vex(record.predicate_type, predicate, record.subject))
        told["vex_statements"] = len(found.statements)
    except _UNREADABLE as error:
        told["vex_problem"] = str(error)[:PROBLEM_LIMIT]
    if _is_sbom(record.predicate_type):
        try:
            found = replace(found, packages=_packages(predicate))
            told["sbom_packages"] = len(found.packages)
        except _UNREADABLE as error:
            told["sbom_problem"] = str(error)[:PROBLEM_LIMIT]
    return _telling(record, told), found


def _telling(record: EvidenceRecord, told: dict[str, Any]) -> EvidenceRecord:
    return replace(record, facts={**record.facts, **told})


def _is_of_contents(predicate_type: str) -> bool:
    return _is_sbom(predicate_type) or any(extends(predicate_type, prefix) for prefix in READERS)


def _is_sbom(predicate_type: str) -> bool:
    return any(extends(predicate_type, prefix) for prefix in SBOMS)


def _packages(predicate: Any) -> tuple[AttestedPackage, ...]:
    """What advisories can speak of, by package URLs as the inventory writes them. Raises Unparsable."""
    document = read_document(json.dumps(predicate).encode())
    contents = Contents(document.distribution, tuple(Located(package, "") for package in document.packages))
    purls = dict.fromkeys(contents.purl(located) for located in contents.packages)
    known = tuple(AttestedPackage(purl, key) for purl in purls if (key := _component(purl)) is not None)
    if len(known) > PACKAGES_LIMIT:
        raise Unparsable(f"it names {len(known)} packages; {PACKAGES_LIMIT} are read")
    return known


def _component(purl: str) -> Component | None:
    try:
        return component_of(purl)
    except InvalidPurl:
        return None

"""What an attestation says of the contents of its subject, read when it was verified: VEX statements, further packages.

Whether its word counts is asked each time that somebody judges; here it is only read. What can't be read whole says
nothing, and the record tells why.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from pratique.admission.store.attested import AttestedPackage
from pratique.errors import ManifestInvalid
from pratique.inventory.contents import Contents, Located
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.sbom.reading import read_document
from pratique.oci.digest import Digest
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

UNREADABLE: Final = (Unreadable, ManifestInvalid, Unparsable, ValueError)
"""What documents that can't be read raise; package URLs of types that ask for more than others are ValueErrors."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one attestation says: `statements` of vulnerabilities, and `packages` that are inside.

    `subject` is of what, where that is not what the evidence itself speaks of.
    """

    statements: tuple[VexStatement, ...] = ()
    packages: tuple[AttestedPackage, ...] = ()
    subject: Digest | None = None

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
    except UNREADABLE as error:
        return telling(record, {"vex_problem": str(error)}), SILENT
    try:
        found = Heard(read_vex(record.predicate_type, predicate, record.subject))
        told["vex_statements"] = len(found.statements)
    except UNREADABLE as error:
        told["vex_problem"] = str(error)
    if _is_sbom(record.predicate_type):
        try:
            found = replace(found, packages=packages_in([predicate]))
            told["sbom_packages"] = len(found.packages)
        except UNREADABLE as error:
            told["sbom_problem"] = str(error)
    return telling(record, told), found


def telling(record: EvidenceRecord, told: dict[str, Any]) -> EvidenceRecord:
    """The record with further facts; why something was not read is cut to its limit."""
    cut = {name: said[:PROBLEM_LIMIT] if isinstance(said, str) else said for name, said in told.items()}
    return replace(record, facts={**record.facts, **cut})


def _is_of_contents(predicate_type: str) -> bool:
    return _is_sbom(predicate_type) or any(extends(predicate_type, prefix) for prefix in READERS)


def _is_sbom(predicate_type: str) -> bool:
    return any(extends(predicate_type, prefix) for prefix in SBOMS)


def packages_in(documents: Iterable[Any]) -> tuple[AttestedPackage, ...]:
    """What advisories can speak of in SBOMs, by package URLs as the inventory writes them. Raises Unparsable."""
    purls = dict.fromkeys(purl for document in documents for purl in _purls(document))
    known = tuple(AttestedPackage(purl, key) for purl in purls if (key := _component(purl)) is not None)
    if len(known) > PACKAGES_LIMIT:
        raise Unparsable(f"it names {len(known)} packages; {PACKAGES_LIMIT} are read")
    return known


def _purls(said: Any) -> Iterator[str]:
    document = read_document(json.dumps(said).encode())
    contents = Contents(document.distribution, tuple(Located(package, "") for package in document.packages))
    return (contents.purl(located) for located in contents.packages)


def _component(purl: str) -> Component | None:
    try:
        return component_of(purl)
    except InvalidPurl:
        return None

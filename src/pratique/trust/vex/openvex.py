"""OpenVEX v0.2.0 and the drafts before it, 0.0.1 and 0.0.2 (openvex/spec, OPENVEX-SPEC.md and ATTESTING.md).

Steps not taken: a subject's *name* in the attestation is no proof of anything, so a product is this artifact by its
digest only; CPEs name nothing here; an `affected` statement needs no `action_statement` to be heard; supplier, role and
tooling are passed over. `last_updated` has no say: "the time at which the information was known to be true" has.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast, get_args

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

NAMESPACE: Final = "https://openvex.dev/ns"
CONTEXTS: Final = frozenset(
    {NAMESPACE, *(f"{NAMESPACE}/v{version}" for version in ("0.0.1", "0.0.2", "0.2.0"))}
)
"""What `@context` may be: any other may give the words another meaning."""
STATUSES: Final = get_args(VexStatus)
JUSTIFICATIONS: Final = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
"""OPENVEX-SPEC.md, "Status Justifications"."""

_DOCUMENT: Final = ("@context", "@id", "author", "timestamp", "last_updated", "version", "statements")
_STATEMENT: Final = (
    "@id",
    "vulnerability",
    "timestamp",
    "last_updated",
    "products",
    "subcomponents",
    "status",
    "justification",
    "impact_statement",
)
_VULNERABILITY: Final = ("@id", "name", "aliases")
_COMPONENT: Final = ("@id", "identifiers", "hashes", "subcomponents")


def read_openvex(predicate: Any, artifact: Digest) -> tuple[VexStatement, ...]:
    """The statements about `artifact`. Raises Unreadable or ManifestInvalid."""
    document = open_object(predicate, "openvex", _DOCUMENT)
    context = document.needed_text("@context")
    if context not in CONTEXTS:
        raise Unreadable(f"@context is {context[:80]!r}, which is no version known here")
    statements = document.items("statements")
    check_count("statements", len(statements), STATEMENTS_LIMIT)
    found: list[VexStatement] = []
    named = Named()
    for number, value in enumerate(statements, 1):
        said = open_object(value, f"openvex.statements[{number - 1}]", _STATEMENT)
        statement = _statement(document, said, number, _components(said, artifact, named))
        if statement is not None:
            found.append(statement)
    return tuple(found)


def _statement(
    document: Fields, said: Fields, number: int, components: tuple[str, ...] | None
) -> VexStatement | None:
    """None where it is of other products (ATTESTING.md, "Handling Product/Subject Granularity", 2)."""
    status = said.needed_text("status")
    if status not in STATUSES:
        raise Unreadable(f"{said.place('status')} is {status[:80]!r}; {', '.join(STATUSES)} are known")
    names = names_of(_names(said))
    # "A timestamp in a statement entry overrides a timestamp defined at the document level."
    source = said if said.has("timestamp") else document
    timestamp = moment_of(source.needed_text("timestamp"), source.place("timestamp"))
    justification, impact = _reasons(said, status)
    if components is None:
        return None
    return VexStatement(
        status=cast("VexStatus", status),
        names=names,
        timestamp=timestamp,
        components=components,
        justification=justification,
        impact=told(impact),
        author=told(document.needed_text("author")),
        document=told(document.needed_text("@id")),
        number=number,
    )


def _names(said: Fields) -> list[str]:
    """0.0.x has a string, 0.2.0 an object."""
    value = said.value("vulnerability")
    if isinstance(value, str):
        return [value]
    vulnerability = open_object(value, said.place("vulnerability"), _VULNERABILITY)
    return [vulnerability.needed_text("name"), *vulnerability.texts("aliases")]


def _reasons(said: Fields, status: str) -> tuple[str, str]:
    """What `not_affected` must give: a justification of the list, or a text, or both."""
    justification, impact = said.text("justification") or "", said.text("impact_statement") or ""
    if justification and justification not in JUSTIFICATIONS:
        raise Unreadable(
            f"{said.place('justification')} is {justification[:80]!r}, which is none of the list"
        )
    if status == "not_affected" and not (justification or impact.strip()):
        raise Unreadable(f"{said.place('status')} is not_affected, and nothing says why")
    return justification, impact


def _components(said: Fields, artifact: Digest, count: Named) -> tuple[str, ...] | None:
    """The packages in the artifact that a statement speaks of; none: the whole of it. None: it does not speak of it.

    Without products it speaks of the attestation's subject (ATTESTING.md, "Embedding and Inheritance"), which is the
    artifact. Whatever can't be told by a package URL is not waived, and is affected with the whole artifact.
    """
    common = _purls(said, "subcomponents", count)
    products = said.items("products")
    count.add("products in one statement", len(products))
    parts = [*_matching(said, products, artifact, count)] if products else [[]]
    if not parts:
        return None
    named = [[*common, *part] for part in parts]
    if not all(named):
        return ()
    known = dict.fromkeys(purl for part in named for purl in part if purl)
    unknown = any(not purl for part in named for purl in part)
    if unknown and said.text("status") not in WAIVING:
        return ()
    return tuple(known) or None


def _matching(said: Fields, products: list[Any], artifact: Digest, count: Named) -> Iterator[list[str]]:
    """The subcomponents of each product that is the artifact."""
    for index, value in enumerate(products):
        place = f"{said.place('products')}[{index}]"
        if isinstance(value, str):
            purls, hashes, parts = [value], dict[str, str](), list[str]()
        else:
            product = open_object(value, place, _COMPONENT)
            purls, hashes = [product.text("@id") or "", _identifier(product)], product.text_map("hashes")
            parts = _purls(product, "subcomponents", count)
        if names_artifact(purls, hashes, artifact):
            yield parts


def _purls(holder: Fields, name: str, count: Named) -> list[str]:
    """The package URL of each component; "" for one that has none."""
    values = holder.items(name)
    count.add("components of one product", len(values))
    return [_purl(value, f"{holder.place(name)}[{index}]") for index, value in enumerate(values)]


def _purl(value: Any, place: str) -> str:
    if isinstance(value, str):
        return value if is_purl(value) else ""
    component = open_object(value, place, _COMPONENT)
    said = _identifier(component) or component.text("@id") or ""
    return said if is_purl(said) else ""


def _identifier(component: Fields) -> str:
    identifiers: Mapping[str, str] = component.text_map("identifiers")
    return identifiers.get("purl", "")

"""What the registry says of an artifact's contents: ours. Which attestations there are, and why others are not."""

from typing import Final

from msgspec import Struct

from pratique.access import Permission
from pratique.admission.attesting import Form, said_about
from pratique.admission.attesting.forms import PREDICATES
from pratique.admission.store.attestations import Attestation as Row
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Operation, Reads
from pratique.http.api.resources.artifacts import place_of
from pratique.http.api.rules import InProject
from pratique.http.api.schemas.fields import Time, shown


class Attestation(Struct, kw_only=True):
    """A statement of one kind: the referrer that carries it, or why there is none (`problem`), or neither yet.

    `digest` is the referrer's. `time`: of which moment the statement is.
    """

    kind: str
    predicate_type: str
    digest: str
    problem: str
    time: Time | None


def _attestations(call: Call, tx: Tx) -> Reply:
    """Of what is not shown to somebody, nothing is told that speaks of its contents."""
    repository, reader = place_of(call, tx)
    catalogue = call.rooms.catalogue
    found, _ = catalogue.find(tx, repository, call.text("reference"))
    if not catalogue.is_shown(tx, reader, repository, found.artifact):
        return Reply([])
    return Reply([_shape(row) for row in said_about(tx, repository.id, found.artifact.digest)])


def _shape(row: Row) -> Attestation:
    return Attestation(
        kind=row.form,
        predicate_type=PREDICATES[Form(row.form)],
        digest=row.manifest,
        problem=row.problem,
        time=shown(row.moment) if row.moment else None,
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/attestations",
        "listAttestations",
        "List what the registry says of an artifact's contents, and what it can't say and why",
        "artifact",
        InProject(Permission("accessory", "list")),
        Reads(_attestations),
        list[Attestation],
        errors=(BadRequest, NotFound),
    ),
)

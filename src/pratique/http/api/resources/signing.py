"""What the registry signs with: ours. Public halves and the documents for consumers, and the rotation of keys."""

from collections.abc import Callable
from typing import Any, Final, Literal

from msgspec import Struct

from pratique.access import PULL
from pratique.access.permissions import CHANGE_ADMISSION
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound, Unavailable
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME
from pratique.http.api.rules import InProject
from pratique.http.api.schemas.fields import Time, shown
from pratique.trust.signing import KeyKind
from pratique.trust.signing import SigningKey as Key

Kind = Literal["countersignature", "verdict", "notation", "scan"]


class SigningKey(Struct, kw_only=True):
    """A published key. `certificate` is the root of a notation key's certificates, PEM, valid until `valid_until`."""

    kind: str
    state: str
    fingerprint: str
    public_key: str
    certificate: str
    valid_until: Time | None
    creation_time: Time


class SigningKeyRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which key is to be followed by another."""

    kind: Kind


def _list(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    return Reply([_shape(key) for key in call.rooms.signing.keys(tx, project)])


def _announce(call: Call) -> Reply:
    project, _ = call.at_project
    kind = KeyKind(call.body(SigningKeyRequest).kind)
    key = call.rooms.signing.announce(project, kind, call.principal)
    return Reply(_shape(key), call.location("projects", project.name, "signing-keys", kind.value))


def _activate(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    try:
        kind = KeyKind(call.text("kind"))
    except ValueError:
        raise NotFound(f"keys are of these kinds: {', '.join(KeyKind)}") from None
    return Reply(_shape(call.rooms.signing.activate(tx, project, kind, call.principal)))


def _document(name: str) -> Callable[[Call, Tx], Reply]:
    def read(call: Call, tx: Tx) -> Reply:
        project, _ = call.at_project
        return Reply(call.rooms.signing.document(tx, project, name))

    return read


def _shape(key: Key) -> SigningKey:
    return SigningKey(
        kind=key.kind.value,
        state=key.state.value,
        fingerprint=key.public_key.fingerprint,
        public_key=key.public_key.pem,
        certificate=key.chain.root_pem if key.chain else "",
        valid_until=shown(key.chain.ends) if key.chain else None,
        creation_time=shown(key.stored.created_at),
    )


_KEYS: Final = "/projects/{project_name_or_id}/signing-keys"
PEM: Final = "application/x-pem-file"
_IN_PROJECT: Final = "project_name_or_id"
_FILES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("cosign.pub", "getCosignKey", PEM, "The keys of countersignatures, for cosign"),
    ("verdict.pub", "getVerdictKey", PEM, "The keys of verification summaries"),
    ("scan.pub", "getScanKey", PEM, "The keys of what the registry says of contents: SBOMs and reports"),
    ("notation.pem", "getNotationStore", PEM, "The roots for notation's trust store"),
    ("trustpolicy.json", "getNotationTrustPolicy", "application/json", "A trust policy for notation"),
    ("policy.json", "getContainersPolicy", "application/json", "A policy for podman, skopeo and CRI-O"),
    ("registries.d.yaml", "getContainersRegistries", "application/yaml", "A file for registries.d beside it"),
)


def _operation(name: str, operation_id: str, media: str, summary: str) -> Operation:
    handler: Any = Reads(_document(name))
    return Operation(
        "GET",
        "/projects/{project_name}/trust/" + name,
        operation_id,
        summary,
        "signing",
        InProject(PULL),
        handler,
        str if media == PEM else dict[str, Any],
        media=media,
        errors=(NotFound,),
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        _KEYS,
        "listSigningKeys",
        "List the public halves of the keys that the registry signs with in a project",
        "signing",
        InProject(PULL, segment=_IN_PROJECT),
        Reads(_list),
        list[SigningKey],
        parameters=(IS_NAME,),
    ),
    Operation(
        "POST",
        _KEYS,
        "announceSigningKey",
        "Make and publish the next key of a kind; it signs nothing yet",
        "signing",
        InProject(CHANGE_ADMISSION, segment=_IN_PROJECT),
        Acts(_announce),
        SigningKey,
        request=SigningKeyRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict, Unavailable),
        headers=("Location",),
    ),
    Operation(
        "POST",
        _KEYS + "/{kind}/activation",
        "activateSigningKey",
        "Sign with the next key from now on; everything is signed again, then the old key retires",
        "signing",
        InProject(CHANGE_ADMISSION, segment=_IN_PROJECT),
        Changes(_activate),
        SigningKey,
        success=202,
        parameters=(IS_NAME,),
        errors=(NotFound, Conflict),
    ),
    *(_operation(*row) for row in _FILES),
)

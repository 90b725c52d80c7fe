"""Verdicts and trusted keys: ours. Why something is refused, and whose signatures count."""

from collections.abc import Sequence
from typing import Final

from pratique.access import PULL, PUSH, Permission
from pratique.admission.desk import NewKey
from pratique.clock import Moment, parse_rfc3339
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.appearance import reason_shape
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, PAGE, PAGE_SIZE
from pratique.http.api.resources.artifacts import place_of
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import artifacts as schemas
from pratique.http.api.schemas.fields import Time, shown
from pratique.trust import Purpose, TrustedKey
from pratique.trust.reach import Reach

EVERYTHING: Final = "**"


def _verdict(call: Call, tx: Tx) -> Reply:
    """By tag the candidate's, with what the tag gives to everybody beside it."""
    repository, _ = place_of(call, tx)
    found, sides = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    opinion = call.rooms.desk.opinion(tx, repository, found.artifact)
    return Reply(
        schemas.Verdict(
            state=opinion.state.value,
            digest=opinion.digest,
            admitted=sides.admitted if sides else None,
            reasons=[reason_shape(reason) for reason in opinion.reasons],
            policy_digest=opinion.policy_digest,
            evidence_digest=opinion.evidence_digest,
            trust_digest=opinion.trust_digest,
            judged_at=_optional(opinion.judged_at),
            valid_until=_optional(opinion.valid_until),
        )
    )


def _examine(call: Call, tx: Tx) -> Reply:
    repository, _ = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    call.rooms.desk.examine(tx, repository, found.artifact)
    return Reply()


# --- trusted keys -----------------------------------------------------------------------------------------------------


def _list(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    keys: Sequence[TrustedKey] = call.rooms.keys.list(tx, project.id)
    return page_of(call, [_shape(key) for key in call.page.of(keys)], len(keys))


def _add(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.TrustedKeyRequest)
    wanted = NewKey(
        asked.name,
        asked.public_key,
        Reach(
            (Purpose.SIGNATURE,),
            tuple([EVERYTHING] if asked.repositories is None else asked.repositories),
            _moment("valid_from", asked.valid_from),
            _moment("valid_until", asked.valid_until),
        ),
    )
    key = call.rooms.desk.add_key(tx, call.principal, project, wanted)
    return Reply(_shape(key), call.location("projects", project.name, "trusted-keys", key.name))


def _remove(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.desk.remove_key(tx, call.principal, project, call.text("key_name"))
    return Reply()


def _shape(key: TrustedKey) -> schemas.TrustedKey:
    return schemas.TrustedKey(
        id=key.id,
        name=key.name,
        public_key=key.public_key,
        fingerprint=key.fingerprint,
        repositories=list(key.reach.repositories),
        valid_from=_optional(key.reach.valid_from),
        valid_until=_optional(key.reach.valid_until),
        creation_time=shown(key.created_at),
        creator=key.creator,
    )


def _moment(name: str, text: str | None) -> Moment | None:
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        raise BadRequest(f"{name} is a time as 2026-01-31T12:00:00Z, not {text[:40]!r}") from None


def _optional(moment: Moment | None) -> Time | None:
    return None if moment is None else shown(moment)


_ARTIFACT: Final = "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}"
_KEYS: Final = "/projects/{project_name_or_id}/trusted-keys"


def _keys_rule(action: str) -> InProject:
    return InProject(Permission("trusted-key", action), segment="project_name_or_id")


OPERATIONS: Final = (
    Operation(
        "GET",
        f"{_ARTIFACT}/verdict",
        "getVerdict",
        "Whether an artifact is let out, and why",
        "verdict",
        InProject(Permission("verdict", "read"), PULL),
        Reads(_verdict),
        schemas.Verdict,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "POST",
        f"{_ARTIFACT}/examine",
        "examineArtifact",
        "Have an artifact judged again",
        "verdict",
        InProject(Permission("verdict", "examine"), PUSH),
        Changes(_examine),
        success=202,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "GET",
        _KEYS,
        "listTrustedKeys",
        "List the keys whose signatures count in a project",
        "trustedKey",
        _keys_rule("list"),
        Reads(_list),
        list[schemas.TrustedKey],
        parameters=(IS_NAME, PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _KEYS,
        "addTrustedKey",
        "Trust a further key",
        "trustedKey",
        _keys_rule("create"),
        Changes(_add),
        schemas.TrustedKey,
        request=schemas.TrustedKeyRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _KEYS + "/{key_name}",
        "removeTrustedKey",
        "Trust a key no more: what rests on it is refused when this returns",
        "trustedKey",
        _keys_rule("delete"),
        Changes(_remove),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
)

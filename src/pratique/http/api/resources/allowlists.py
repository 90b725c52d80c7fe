"""CVE allowlists: the system's, and how a project's own goes in and out with the project."""

from typing import Final

from pratique.clock import SECOND
from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.http.api.call import Call, Reply, reply_waiting
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.rules import ADMINISTRATORS, AUTHENTICATED
from pratique.http.api.schemas import projects as schemas
from pratique.http.api.schemas.fields import shown
from pratique.projects import Allowlist, read_allowlist

PENDING: Final = "X-Pratique-Pending"
"""What says how many artifacts wait to be judged because of a change."""


def allowlist_shape(listed: Allowlist) -> schemas.Allowlist:
    """A list as clients read it."""
    return schemas.Allowlist(
        project_id=listed.project_id,
        items=[schemas.AllowlistItem(name) for name in listed.ids],
        creation_time=shown(listed.created_at),
        update_time=shown(listed.updated_at),
        id=listed.id,
        expires_at=None if listed.expires_at is None else listed.expires_at // SECOND,
    )


def asked_allowlist(asked: schemas.AllowlistRequest | None, project_id: int) -> Allowlist | None:
    """The list that a body asks for, None where it speaks of none. Raises BadRequest, also for another project's."""
    if asked is None:
        return None
    if asked.project_id not in {None, 0, project_id}:
        raise BadRequest(
            f"project_id in cve_allowlist must be {project_id} or left out, not {asked.project_id}"
        )
    return read_allowlist([item.cve_id for item in asked.items or ()], asked.expires_at)


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(allowlist_shape(call.rooms.allowlists.of(tx)))


def _put(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.AllowlistRequest)
    # Harbor passes over whose list the body says it is; here it may not be another's.
    listed = asked_allowlist(asked, 0) or Allowlist()
    return reply_waiting(call.rooms.allowlists.write_system(tx, call.principal, listed))


_PATH: Final = "/system/CVEAllowlist"
_TAG: Final = "SystemCVEAllowlist"

OPERATIONS: Final = (
    Operation(
        "GET",
        _PATH,
        "getSystemCVEAllowlist",
        "The vulnerabilities that every project accepts which keeps no list of its own",
        _TAG,
        AUTHENTICATED,
        Reads(_get),
        schemas.Allowlist,
    ),
    Operation(
        "PUT",
        _PATH,
        "putSystemCVEAllowlist",
        "Write the system's CVE allowlist: what is accepted no more is refused when this returns",
        _TAG,
        ADMINISTRATORS,
        Changes(_put),
        request=schemas.AllowlistRequest,
        errors=(BadRequest,),
        headers=(PENDING,),
    ),
)

"""Whether a project may store more: checked in the transaction that stores, against an aggregate over what it links.

Harbor counts every blob once a project, however many of its repositories hold it; so does this.
"""

from pratique.db import Tx
from pratique.errors import QuotaExceeded
from pratique.oci.digest import Digest
from pratique.registry.ports import Projects
from pratique.registry.store import locks, usage

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def check_room(tx: Tx, projects: Projects, project_id: int, digest: Digest, size: int) -> None:
    """Raise QuotaExceeded when linking a blob for the first time in a project would exceed its limit."""
    if projects.allotment(tx, project_id).limit is None or usage.holds(tx, project_id, digest):
        return
    locks.hold_quota(tx, project_id)
    allotment = projects.allotment(tx, project_id)
    if allotment.limit is not None and allotment.used + size > allotment.limit:
        raise _exceeded(size, allotment.used, allotment.limit)


def check_not_full(tx: Tx, projects: Projects, project_id: int) -> None:
    """Raise QuotaExceeded when nothing is left, before anything is sent."""
    allotment = projects.allotment(tx, project_id)
    if allotment.limit is not None and allotment.used >= allotment.limit:
        raise _exceeded(0, allotment.used, allotment.limit)


def shown(size: int) -> str:
    """`510.7 MiB`: bytes for people, as Harbor writes them."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}"


def _exceeded(adding: int, used: int, limit: int) -> QuotaExceeded:
    """In Harbor's words, which its users' scripts look for."""
    return QuotaExceeded(
        f"adding {shown(adding)} of storage resource, which when updated to current usage of {shown(used)} "
        f"will exceed the configured upper limit of {shown(limit)}.",
        {"adding": adding, "used": used, "limit": limit},
    )

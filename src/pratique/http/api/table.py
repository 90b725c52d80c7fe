"""Every operation of the management API."""

from typing import Final

from pratique.http.api.operations import Operation
from pratique.http.api.resources import (
    artifacts,
    audit,
    denied,
    garbage,
    labels,
    members,
    metadata,
    notation,
    projects,
    quotas,
    refresh_tokens,
    repositories,
    revocation_lists,
    robots,
    signing,
    system,
    tags,
    trusted_keys,
    trusted_roots,
    users,
    verdicts,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *system.OPERATIONS,
    *projects.OPERATIONS,
    *metadata.OPERATIONS,
    *members.OPERATIONS,
    *repositories.OPERATIONS,
    *artifacts.OPERATIONS,
    *tags.OPERATIONS,
    *verdicts.OPERATIONS,
    *signing.OPERATIONS,
    *trusted_keys.OPERATIONS,
    *notation.OPERATIONS,
    *denied.OPERATIONS,
    *trusted_roots.OPERATIONS,
    *revocation_lists.OPERATIONS,
    *labels.OPERATIONS,
    *quotas.OPERATIONS,
    *users.OPERATIONS,
    *robots.OPERATIONS,
    *refresh_tokens.OPERATIONS,
    *garbage.OPERATIONS,
    *audit.OPERATIONS,
)

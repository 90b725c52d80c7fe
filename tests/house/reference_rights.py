"""The reference pages of permissions and roles, and of the management API's operations."""

from collections.abc import Iterator, Mapping

from pratique.access.permissions import PROJECT, ROBOT_PROJECT, ROBOT_SYSTEM, Permission
from pratique.access.roles import BY_RANK, PUBLIC_PERMISSIONS, ROLE_PERMISSIONS
from pratique.http.api import OPERATIONS, Operation

MADE_FROM = "Generated from `{}` by `make docs`."
ROLE_NAMES = {role: role.name.lower().replace("_", " ") for role in BY_RANK}


def permissions_page() -> str:
    """Who may do what."""
    return "\n".join(
        (
            "# Permissions and roles",
            "",
            MADE_FROM.format("src/pratique/access/"),
            "",
            "Resources and actions are Harbor's, with a few of our own: `repository:inspect` and",
            "`repository:examine` (see [tiers](../explanation/the-gate.md#who-sees-what)), verdicts, trusted",
            "keys, and the switch between `open` and `signed`.",
            "",
            "## Roles in a project",
            "",
            "In the last column: what everybody may do in a public project. A system administrator may do everything.",
            "",
            f"| resource | {' | '.join(ROLE_NAMES.values())} | public |",
            f"| --- |{' --- |' * (len(BY_RANK) + 1)}",
            *_matrix(),
            "",
            "## What a robot may be given in a project",
            "",
            "`push` implies `pull`. A robot never gets what decides whom the gate believes.",
            "",
            *_catalogue(ROBOT_PROJECT),
            "",
            "## What a system robot may be given besides",
            "",
            *_catalogue(ROBOT_SYSTEM),
            "",
        )
    )


def api_page() -> str:
    """What the management API can."""
    head = (
        "# Management API",
        "",
        MADE_FROM.format("src/pratique/http/api/table.py"),
        "",
        "Below `/api/v2.0`: Harbor's API v2.0, and our own resources in the same manner. Basic authentication with a",
        "user's password or a robot's secret. Lists take `page`, `page_size`, `q` and `sort`, and answer with",
        '`X-Total-Count` and `Link`. Errors are `{"errors": [{"code", "message", "detail"}]}`. The whole',
        "document, with every schema, is served at `/api/v2.0/openapi.json`.",
        "",
    )
    tags = dict.fromkeys(operation.tag for operation in OPERATIONS)
    return "\n".join((*head, *(line for tag in tags for line in _operations(tag))))


def _operations(tag: str) -> Iterator[str]:
    yield f"## {tag}\n"
    yield "| operation | what it does | who may |"
    yield "| --- | --- | --- |"
    yield from (_operation(each) for each in OPERATIONS if each.tag == tag)
    yield ""


def _operation(operation: Operation) -> str:
    summary = operation.summary.replace("|", "\\|")
    return f"| `{operation.method} {operation.path}` | {summary} | {operation.rule.says} |"


def _matrix() -> Iterator[str]:
    columns = [*(ROLE_PERMISSIONS[role] for role in BY_RANK), PUBLIC_PERMISSIONS]
    for resource, actions in sorted(PROJECT.items()):
        cells = [
            ", ".join(action for action in actions if Permission(resource, action) in column)
            for column in columns
        ]
        if any(cells):
            yield f"| `{resource}` | {' | '.join(cells)} |"


def _catalogue(catalogue: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield "| resource | actions |"
    yield "| --- | --- |"
    yield from (f"| `{resource}` | {', '.join(actions)} |" for resource, actions in sorted(catalogue.items()))

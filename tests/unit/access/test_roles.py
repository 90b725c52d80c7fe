"""The role matrix, cell by cell against the table read from Harbor's code, typed here a second time."""

import itertools

import pytest

from pratique.access.permissions import PROJECT, permissions_of
from pratique.access.roles import BY_RANK, PUBLIC_PERMISSIONS, ROLE_PERMISSIONS, Role, highest

# resource | projectAdmin | maintainer | developer | guest | limitedGuest
HARBOR = """
project           | read, update, delete | read | read | read | read
member            | create, read, update, delete, list | read, list | read, list | read, list |
metadata          | create, read, update, delete | read | | |
log               | list | | | |
label             | create, read, update, delete, list | create, read, update, delete, list \
| read, list | read, list |
quota             | read | read | read | read | read
repository        | create, read, update, delete, list, pull, push \
| create, read, update, delete, list, push, pull \
| create, read, update, list, push, pull | read, list, pull | list, read, pull
tag-retention     | create, read, update, delete, list, operate \
| create, read, update, delete, list, operate | create, read, update, delete, list, operate | |
immutable-tag     | create, update, delete, list | create, update, delete, list | | |
configuration     | read, update | read | read | read | read
robot             | create, read, update, delete, list | read, list | read, list | read, list |
notification-policy | create, update, delete, list, read | read, list | | |
scan              | create, read, stop | create, read, stop | read | read | read
sbom              | create, stop, read | create, stop, read | read | read | read
scanner           | read, create | read | read | read | read
artifact          | create, read, delete, list | create, read, delete, list | create, read, list \
| read, list | read, list
artifact-addition | read | read | read | read | read
tag               | list, create, delete | list, create, delete | list, create | list | list
accessory         | list | list | list | list | list
artifact-label    | create, delete | create, delete | create, delete | |
preheat-policy    | create, read, update, delete, list | | | |
export-cve        | create, read, list | create, read, list | create, read, list | |
"""

OURS = """
verdict           | read, examine | read, examine | read, examine | read | read
trusted-key       | create, read, delete, list | | | |
trusted-identity  | create, read, delete, list | | | |
notation-trust    | create, read, update, delete, list | | | |
denied            | create, delete, list | | | |
admission         | update | | | |
"""

COLUMNS = ("projectAdmin", "maintainer", "developer", "guest", "limitedGuest")
ROWS = [[cell.strip() for cell in line.split("|")] for line in (HARBOR + OURS).splitlines() if line.strip()]
ROLES = {role.harbor_name: role for role in Role}


@pytest.mark.parametrize("column", range(1, 6), ids=COLUMNS)
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_cell_of_the_matrix(row: list[str], column: int) -> None:
    expected = {action.strip() for action in row[column].split(",") if action.strip()}
    role = ROLES[COLUMNS[column - 1]]
    assert {held.action for held in ROLE_PERMISSIONS[role] if held.resource == row[0]} == expected


def test_the_matrix_has_no_row_more() -> None:
    resources = {permission.resource for held in ROLE_PERMISSIONS.values() for permission in held}
    assert resources == {row[0] for row in ROWS}


@pytest.mark.parametrize(
    ("role", "number", "name"),
    [
        (Role.PROJECT_ADMIN, 1, "projectAdmin"),
        (Role.DEVELOPER, 2, "developer"),
        (Role.GUEST, 3, "guest"),
        (Role.MAINTAINER, 4, "maintainer"),
        (Role.LIMITED_GUEST, 5, "limitedGuest"),
    ],
)
def test_harbors_ids_and_names(role: Role, number: int, name: str) -> None:
    assert (role.value, role.harbor_name) == (number, name)
    assert len(Role) == 5


def test_a_higher_role_may_do_all_that_a_lower_one_may() -> None:
    for higher, lower in itertools.pairwise(BY_RANK):
        assert ROLE_PERMISSIONS[higher] >= ROLE_PERMISSIONS[lower]


def test_public_is_less_than_any_role() -> None:
    written = """project:read label:read label:list repository:list repository:pull scan:read scanner:read
    tag:list artifact:read artifact:list artifact-addition:read accessory:list verdict:read"""
    assert {str(permission) for permission in PUBLIC_PERMISSIONS} == set(written.split())
    assert permissions_of(PROJECT) >= PUBLIC_PERMISSIONS
    assert ROLE_PERMISSIONS[Role.GUEST] >= PUBLIC_PERMISSIONS


def test_the_highest_role_goes_by_rank_and_not_by_id() -> None:
    assert highest([Role.LIMITED_GUEST, Role.DEVELOPER, Role.MAINTAINER]) is Role.MAINTAINER
    assert highest([Role.GUEST, Role.LIMITED_GUEST]) is Role.GUEST
    assert highest([]) is None

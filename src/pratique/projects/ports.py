"""What projects ask of rooms that they do not know; joined in bootstrap.

All methods run in the caller's transaction, so that what they read and write commits with it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pratique.access import Permission, Principal
from pratique.db import Tx
from pratique.projects.values import Person, Project


class People(Protocol):
    """Who has an account (identity)."""

    def named(self, tx: Tx, username: str) -> Person | None:
        """The user with this name."""
        ...

    def by_id(self, tx: Tx, user_id: int) -> Person | None:
        """The user with this number."""
        ...

    def first_admin(self, tx: Tx) -> Person:
        """The administrator with the lowest number: the owner of what robots create."""
        ...


class AccountBumper(Protocol):
    """Ends the tokens of an account (identity)."""

    def bump(self, tx: Tx, key: str) -> object:
        """Raise the generation of the account `user:<id>`: its tokens end with this commit."""
        ...


class Holdings(Protocol):
    """What lies in projects (registry)."""

    def repositories(self, tx: Tx, project_id: int) -> int:
        """How many repositories the project has."""
        ...

    def used(self, tx: Tx, project_ids: Sequence[int]) -> Mapping[int, int]:
        """Bytes of the unique blobs of each project; a project that is not named has none."""
        ...


class AdmissionSwitch(Protocol):
    """Carries out a change of what a project asks of artifacts (admission)."""

    def turn(
        self, tx: Tx, project_id: int, *, narrows: bool, taken_back: Collection[str] = frozenset()
    ) -> int:
        """Judge by what the project asks from now on; returns how many artifacts are left PENDING by that.

        What `narrows` takes ADMITTED away from every verdict of before, in this transaction, and else from those that
        rest on a mark which is `taken_back`. What can be judged in the transaction is, and the rest waits.
        """
        ...


class Leaver(Protocol):
    """Clears what another room keeps of a project: robots, trusted keys, policies."""

    def forget_project(self, tx: Tx, project: Project) -> None:
        """Delete it; the project goes with this commit."""
        ...


class RobotReach(Protocol):
    """What robots were granted (identity)."""

    def granted(self, tx: Tx, robot: Principal, project: Project) -> frozenset[Permission]:
        """The robot's permissions that reach this project, with what they imply."""
        ...

"""Whom projects trust: the stores of it, and what is kept of them in memory."""

from dataclasses import dataclass

from pratique.clock import Clock
from pratique.db import Tx
from pratique.projects import Project
from pratique.trust import (
    DenyLists,
    NotationStores,
    RevocationLists,
    TrustedIdentities,
    TrustedKeys,
    TrustedRoots,
    TrustSets,
)
from pratique.trust.embedded import public_good_root
from pratique.trust.logs.trusted_root import read_trusted_root


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything that says whose word is taken."""

    keys: TrustedKeys
    identities: TrustedIdentities
    stores: NotationStores
    roots: TrustedRoots
    revocations: RevocationLists
    denied: DenyLists
    sets: TrustSets


class LeaverOfTrust:
    """`projects.ports.Leaver` with all that a project trusts and denies."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def forget_project(self, tx: Tx, project: Project) -> None:
        """It goes with the project."""
        self._trust.keys.remove_all(tx, project.id)
        self._trust.identities.remove_all(tx, project.id)
        self._trust.stores.remove_all(tx, project.id)
        self._trust.denied.remove_all(tx, project.id)


def build_trust(clock: Clock) -> Trust:
    """The trust of a house."""
    roots = TrustedRoots(clock, read_trusted_root, public_good_root().decode())
    revocations = RevocationLists(clock)
    return Trust(
        keys=TrustedKeys(clock),
        identities=TrustedIdentities(clock),
        stores=NotationStores(clock),
        roots=roots,
        revocations=revocations,
        denied=DenyLists(clock),
        sets=TrustSets(roots, revocations),
    )

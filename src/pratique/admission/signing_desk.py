"""What people ask of signing: which keys there are, the next one, and the documents that consumers configure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pratique.access.principal import Principal
from pratique.admission.countersign_sweep import RETIRE, sweep_later
from pratique.db import Tx
from pratique.errors import NotFound
from pratique.projects import Project
from pratique.registry.store import repositories
from pratique.registry.values import Page
from pratique.trust.signing import KeyKind, Owner, SigningKey, SigningKeys, published


@dataclass(frozen=True, slots=True)
class Published:
    """All that a document is made of. `repositories` are those in which something is admitted."""

    host: str
    project: str
    keys: tuple[SigningKey, ...]
    repositories: tuple[str, ...]


DOCUMENTS: Final[Mapping[str, tuple[KeyKind, Callable[[Published], str]]]] = {
    "cosign.pub": (
        KeyKind.COUNTERSIGNATURE,
        lambda of: published.public_keys(of.keys, KeyKind.COUNTERSIGNATURE),
    ),
    "verdict.pub": (KeyKind.VERDICT, lambda of: published.public_keys(of.keys, KeyKind.VERDICT)),
    "scan.pub": (KeyKind.SCAN, lambda of: published.public_keys(of.keys, KeyKind.SCAN)),
    "notation.pem": (KeyKind.NOTATION, lambda of: published.authorities(of.keys)),
    "trustpolicy.json": (
        KeyKind.NOTATION,
        lambda of: published.notation_policy(of.host, of.project, of.repositories),
    ),
    "policy.json": (
        KeyKind.COUNTERSIGNATURE,
        lambda of: published.containers_policy(of.host, of.project, of.keys),
    ),
    "registries.d.yaml": (
        KeyKind.COUNTERSIGNATURE,
        lambda of: published.containers_registries(of.host, of.project),
    ),
}
"""What is published about a project's signatures, by file name, and the keys that it is about."""


class SigningDesk:
    """Keys and documents of projects. `host` is what clients call the registry."""

    def __init__(self, keys: SigningKeys, host: str) -> None:
        self._keys = keys
        self._host = host

    def keys(self, tx: Tx, project: Project) -> list[SigningKey]:
        """The published keys of a project."""
        return self._keys.of(tx, project.id)

    def announce(self, project: Project, kind: KeyKind, by: Principal) -> SigningKey:
        """Make and publish the next key of a kind. Not in a transaction. Raises Conflict."""
        return self._keys.announce(Owner(project.id, project.name), kind, by)

    def activate(self, tx: Tx, project: Project, kind: KeyKind, by: Principal) -> SigningKey:
        """Sign with the next key from now on, and have everything signed again. Raises NotFound, Conflict."""
        key = self._keys.activate(tx, Owner(project.id, project.name), kind, by)
        sweep_later(tx, project.id, RETIRE)
        return key

    def document(self, tx: Tx, project: Project, name: str) -> str:
        """One of `DOCUMENTS`. Raises NotFound while the project has no such keys."""
        kind, write = DOCUMENTS[name]
        keys = tuple(self._keys.of(tx, project.id))
        if not any(key.kind is kind for key in keys):
            raise NotFound(f"{project.name} has signed nothing of that kind yet: the first makes its keys")
        only = frozenset({project.id})
        seen = repositories.listed(tx, Page(published.SCOPES_LIMIT), project_ids=only, admitted_only=only)
        names = tuple(repository.name for repository in seen)
        return write(Published(self._host, project.name, keys, names))

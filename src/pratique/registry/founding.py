"""Repositories come into being with the first upload, mount or push, and only in a project that stays.

The project is held before its repository is made: a deletion that has begun is waited for and then there is no such
project; one that begins later finds the repository. (On SQLite the single writer does that by itself.)
"""

from pratique.access.principal import Principal
from pratique.clock import Moment
from pratique.db import Tx
from pratique.events import RepositoryCreated
from pratique.jobs import publish
from pratique.registry.ports import Projects
from pratique.registry.store import repositories
from pratique.registry.values import Repository


def founded(tx: Tx, projects: Projects, name: str, by: Principal, now: Moment) -> Repository:
    """The repository of that name, made if need be. Raises RepositoryUnknown where there is no such project.

    Whoever takes the gate's lock too takes it after this one.
    """
    found = repositories.by_name(tx, name)
    if found is not None:
        return found
    repository, is_new = repositories.ensure(tx, projects.hold(tx, name), name, now)
    if is_new:
        publish(tx, RepositoryCreated(actor=by.name, **repository.place))
    return repository

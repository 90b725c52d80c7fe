"""What a page of the catalogue is asked by, and what stands on it."""

from dataclasses import dataclass

from pratique.clock import Moment
from pratique.oci.digest import Digest
from pratique.registry.values import Artifact


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of a list, in which order. `sort` has Harbor's names, with `-` for descending."""

    offset: int
    limit: int
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryFilter:
    """Which repositories. None everywhere: all of them.

    Of projects in `admitted_only` only repositories in which some tag has an admitted side (gate.md 6).
    """

    name: str | None = None
    name_like: str | None = None
    project_ids: frozenset[int] | None = None
    admitted_only: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ArtifactFilter:
    """Which artifacts of a repository. `admitted_only`: by their tags' admitted sides alone."""

    digest: str | None = None
    digest_like: str | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    state: str | None = None
    among: frozenset[Digest] | None = None
    pushed: tuple[Moment | None, Moment | None] = (None, None)
    is_tagged: bool | None = None
    tag: str | None = None
    tag_like: str | None = None
    admitted_only: bool = False


@dataclass(frozen=True, slots=True)
class Shelved:
    """An artifact with what people want to see beside it. `annotations` are JSON, as they are stored."""

    artifact: Artifact
    pulled_at: Moment | None
    config_media_type: str | None
    annotations: str

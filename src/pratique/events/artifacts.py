"""What happens to repositories, manifests, tags, blobs and verdicts."""

from typing import Literal

from pratique.events.base import InRepository

State = Literal["PENDING", "ADMITTED", "QUARANTINED"]


class RepositoryCreated(InRepository, frozen=True, kw_only=True):
    """The first manifest or blob has come to a repository that did not exist."""


class RepositoryUpdated(InRepository, frozen=True, kw_only=True):
    """Somebody has changed a repository's description."""


class RepositoryDeleted(InRepository, frozen=True, kw_only=True):
    """A repository and everything in it was deleted; there is no event for each of its manifests and tags."""


class ManifestPushed(InRepository, frozen=True, kw_only=True):
    """A manifest was stored, evidence included. Pushing bytes that are there already tells it again.

    `tags` are the tags it was pushed to, empty when it was pushed by digest. `subject` is the digest that it
    refers to, `artifact_type` what it says it is, and `is_evidence` whether it speaks of its subject only
    (gate.md 2).
    """

    digest: str
    media_type: str
    size: int
    artifact_type: str = ""
    subject: str = ""
    is_evidence: bool = False
    tags: tuple[str, ...] = ()


class ManifestDeleted(InRepository, frozen=True, kw_only=True):
    """A manifest was taken out of a repository, by a request or by retention. `tags` went with it."""

    digest: str
    media_type: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()


class TagMoved(InRepository, frozen=True, kw_only=True):
    """A side of a tag points elsewhere: the candidate with a push, the admitted side with an admission.

    `previous` is the digest it pointed to before, empty for a new tag.
    """

    tag: str
    digest: str
    side: Literal["candidate", "admitted"]
    previous: str = ""


class TagDeleted(InRepository, frozen=True, kw_only=True):
    """A tag was deleted, by a request, by retention or with its manifest. `digest` is its candidate's."""

    tag: str
    digest: str


class BlobDeleted(InRepository, frozen=True, kw_only=True):
    """A blob was unlinked from a repository by a request; what garbage collection deletes is told once."""

    digest: str
    size: int = 0


class CopyMade(InRepository, frozen=True, kw_only=True):
    """An artifact was copied here by the API, from `source_repository`; `tag` is empty for a digest."""

    digest: str
    source_repository: str
    tag: str = ""


class VerdictChanged(InRepository, frozen=True, kw_only=True):
    """An artifact was judged, and its state or its reasons are others than before.

    `previous` is empty at the first verdict. `reasons` are the codes of the rules that did not pass,
    `message` the first of them in words. `valid_until` is in microseconds since the epoch, None for ever.
    """

    digest: str
    state: State
    previous: State | Literal[""] = ""
    reasons: tuple[str, ...] = ()
    message: str = ""
    policy_digest: str = ""
    valid_until: int | None = None
    tags: tuple[str, ...] = ()


class LabelAttached(InRepository, frozen=True, kw_only=True):
    """A label was put on an artifact."""

    digest: str
    label: str


class LabelDetached(InRepository, frozen=True, kw_only=True):
    """A label was taken off an artifact."""

    digest: str
    label: str

"""Everything that can be refused, as a tree that knows nothing of HTTP.

The doors translate: `pratique.http.v2.errors` and `pratique.http.api.errors` each hold one table from these classes
to a status and a code, and a test walks the tree and fails on a class that a table does not reach.

A message is one sentence for a person and says what to do next where something can be done.
"""

from collections.abc import Mapping
from typing import Any


class PratiqueError(Exception):
    """The root. `message` is shown to clients, `detail` is added to the body as it is (JSON values only)."""

    def __init__(self, message: str, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail: Mapping[str, Any] = detail or {}


# --- what was sent is wrong ---------------------------------------------------------------------------------------


class Invalid(PratiqueError):
    """What was sent can't be accepted as it is."""


class NameInvalid(Invalid):
    """A repository name that the distribution specification does not allow."""


class TagInvalid(Invalid):
    """A tag that the distribution specification does not allow."""


class DigestInvalid(Invalid):
    """A digest that is malformed, of an unsupported algorithm, or not that of the bytes."""


class ManifestInvalid(Invalid):
    """Manifest bytes that the image specification does not allow."""


class SizeInvalid(Invalid):
    """The length announced is not the length received."""


class UploadInvalid(Invalid):
    """An upload request that makes no sense as it is (malformed ranges, unfinished bodies)."""


class RangeInvalid(Invalid):
    """A chunk that does not start where the upload stands."""

    def __init__(self, message: str, *, offset: int) -> None:
        super().__init__(message, {"offset": offset})
        self.offset = offset


class TooLarge(Invalid):
    """Larger than a named limit allows."""


class BadRequest(Invalid):
    """A field, query or document of the management API that fails its schema or makes no sense."""


# --- there is no such thing ---------------------------------------------------------------------------------------


class NotFound(PratiqueError):
    """What was named does not exist, or may not be known to exist."""


class RepositoryUnknown(NotFound):
    """No such repository."""


class ManifestUnknown(NotFound):
    """No such manifest or tag in the repository."""


class BlobUnknown(NotFound):
    """No such blob in the repository."""


class UploadUnknown(NotFound):
    """No such upload, or somebody else's."""


class ManifestBlobUnknown(NotFound):
    """A manifest names a blob or manifest that its repository does not have."""


# --- who asks may not ---------------------------------------------------------------------------------------------


class Unauthenticated(PratiqueError):
    """Credentials are missing or wrong. Never answered with less rights instead: wrong is never anonymous."""


class TooManyAttempts(PratiqueError):
    """Throttled. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, {"retry_after": retry_after})
        self.retry_after = retry_after


class Forbidden(PratiqueError):
    """Authenticated, and without the right."""


class Quarantined(Forbidden):
    """The gate does not let it out. `detail` holds every reason and the verdict's URL.

    `message` is at most 1,000 characters and `phrase` at most 200 printable ASCII characters without quotes, both
    without control and bidirectional characters (gate.md, section 6: clients print them raw).
    """

    def __init__(self, message: str, detail: Mapping[str, Any], *, phrase: str) -> None:
        super().__init__(message, detail)
        self.phrase = phrase


class QuotaExceeded(Forbidden):
    """The project's storage quota would be exceeded."""


class StillNamed(Forbidden):
    """A blob that a manifest of its repository names can't be deleted."""


# --- the state of things forbids it -------------------------------------------------------------------------------


class Conflict(PratiqueError):
    """It exists already, or somebody else is at it."""


class PreconditionFailed(PratiqueError):
    """A condition of the request (`If-Match`, `If-None-Match`) or of the resource (not empty) does not hold."""


class Unsupported(PratiqueError):
    """A route, method or feature that this server does not have."""


# --- the server can't, at the moment ------------------------------------------------------------------------------


class Unavailable(PratiqueError):
    """A store is full, read-only or out of reach. Nothing was changed; trying again later may work."""


class Corrupt(PratiqueError):
    """Stored bytes do not hash to their digest. They are never served."""

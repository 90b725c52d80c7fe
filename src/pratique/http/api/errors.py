"""How a refusal is said on the management API: one table from the tree of errors to a status and Harbor's code.

The body is `{"errors": [{"code", "message", "detail"}]}`, `detail` only where there is one. A 5xx says nothing but
the request's id: what went wrong inside is in the log under it.
"""

from collections.abc import Mapping
from typing import Any, Final

from pratique import errors
from pratique.errors import PratiqueError
from pratique.http.answers import Answer, Headers, json_answer
from pratique.http.refusals import MethodNotAllowed, TooSlow

JSON: Final = "application/json; charset=utf-8"


class Unprocessable(errors.BadRequest):
    """A parameter or a body that fails the operation's schema."""


class UnsupportedMedia(errors.BadRequest):
    """A body that is not JSON."""


CODES: Final[Mapping[type[PratiqueError], tuple[int, str]]] = {
    PratiqueError: (500, "UNKNOWN"),
    errors.Invalid: (400, "BAD_REQUEST"),
    errors.NameInvalid: (400, "BAD_REQUEST"),
    errors.TagInvalid: (400, "BAD_REQUEST"),
    errors.DigestInvalid: (400, "DIGEST_INVALID"),
    errors.ManifestInvalid: (400, "MANIFEST_INVALID"),
    errors.SizeInvalid: (400, "BAD_REQUEST"),
    errors.UploadInvalid: (400, "BAD_REQUEST"),
    errors.RangeInvalid: (400, "BAD_REQUEST"),
    TooSlow: (408, "REQUEST_TIMEOUT"),
    errors.TooLarge: (413, "REQUEST_ENTITY_TOO_LARGE"),
    errors.BadRequest: (400, "BAD_REQUEST"),
    Unprocessable: (422, "UNPROCESSABLE_ENTITY"),
    UnsupportedMedia: (415, "UNSUPPORTED_MEDIA_TYPE"),
    errors.NotFound: (404, "NOT_FOUND"),
    errors.RepositoryUnknown: (404, "NOT_FOUND"),
    errors.ManifestUnknown: (404, "NOT_FOUND"),
    errors.BlobUnknown: (404, "NOT_FOUND"),
    errors.UploadUnknown: (404, "NOT_FOUND"),
    errors.ManifestBlobUnknown: (404, "NOT_FOUND"),
    errors.Unauthenticated: (401, "UNAUTHORIZED"),
    errors.TooManyAttempts: (429, "TOO_MANY_REQUEST"),
    errors.Forbidden: (403, "FORBIDDEN"),
    errors.Quarantined: (403, "DENIED"),
    errors.QuotaExceeded: (403, "DENIED"),
    errors.StillNamed: (403, "DENIED"),
    errors.Conflict: (409, "CONFLICT"),
    errors.PreconditionFailed: (412, "PRECONDITION"),
    errors.Unsupported: (400, "UNSUPPORTED"),
    MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    errors.Unavailable: (503, "UNKNOWN"),
    errors.Corrupt: (500, "UNKNOWN"),
}
"""Every class of the tree by itself: a new one must be decided about here (a test walks the tree)."""

CHALLENGE: Final = 'Basic realm="pratique", charset="UTF-8"'
RETRY_AFTER_SECONDS: Final = 5
"""When to come back after a 503."""

_INTERNAL: Final = "internal server error"
_UNAVAILABLE: Final = "the server can't do this at the moment; nothing was changed, try again"


def code_of(kind: type[PratiqueError]) -> tuple[int, str]:
    """The status and the code of an error, of its nearest ancestor where it has no row of its own."""
    return next(CODES[each] for each in kind.__mro__ if each in CODES)


def error_answer(error: PratiqueError, request_id: str) -> Answer:
    """The answer that says `error`."""
    status, code = code_of(type(error))
    if status >= 500:
        message = _UNAVAILABLE if status == 503 else _INTERNAL
        return _answer(status, code, message, {"request_id": request_id}, _headers(error, status))
    return _answer(status, code, error.message, error.detail, _headers(error, status))


def _headers(error: PratiqueError, status: int) -> Headers:
    if status == 401:
        return (("www-authenticate", CHALLENGE),)
    if isinstance(error, MethodNotAllowed):
        return (("allow", ", ".join(error.allowed)),)
    if isinstance(error, errors.TooManyAttempts):
        return (("retry-after", str(error.retry_after)),)
    return (("retry-after", str(RETRY_AFTER_SECONDS)),) if status == 503 else ()


def _answer(status: int, code: str, message: str, detail: Mapping[str, Any], headers: Headers) -> Answer:
    said: dict[str, Any] = {"code": code, "message": message}
    if detail:
        said["detail"] = detail
    return json_answer(status, {"errors": [said]}, headers, content_type=JSON)

"""Errors of the OCI door: one table from what rooms raise to a status and one of the specification's 14 codes.

distribution-spec, "Error Codes". Of a 5xx the client learns the id of its request and nothing else (gate.md 6).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pratique import errors
from pratique.http import refusals
from pratique.http.answers import JSON, Answer, Headers
from pratique.policy import warning_value
from pratique.policy.refusal import HEADER_LIMIT, PHRASE_LIMIT, clean

CODES: Final = frozenset(
    {
        "BLOB_UNKNOWN",
        "BLOB_UPLOAD_INVALID",
        "BLOB_UPLOAD_UNKNOWN",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "SIZE_INVALID",
        "UNAUTHORIZED",
        "DENIED",
        "UNSUPPORTED",
        "TOOMANYREQUESTS",
    }
)
UNKNOWN: Final = "UNKNOWN"
"""The code of every 5xx."""

TABLE: Final[Mapping[type[errors.PratiqueError], tuple[int, str]]] = {
    errors.Invalid: (400, "UNSUPPORTED"),
    errors.BadRequest: (400, "UNSUPPORTED"),
    errors.NameInvalid: (400, "NAME_INVALID"),
    errors.TagInvalid: (400, "MANIFEST_INVALID"),
    errors.DigestInvalid: (400, "DIGEST_INVALID"),
    errors.ManifestInvalid: (400, "MANIFEST_INVALID"),
    errors.SizeInvalid: (400, "SIZE_INVALID"),
    errors.UploadInvalid: (400, "BLOB_UPLOAD_INVALID"),
    errors.RangeInvalid: (416, "BLOB_UPLOAD_INVALID"),
    errors.TooLarge: (413, "SIZE_INVALID"),
    refusals.TooManyTags: (414, "SIZE_INVALID"),
    refusals.TooSlow: (408, "BLOB_UPLOAD_INVALID"),
    errors.NotFound: (404, "NAME_UNKNOWN"),
    errors.RepositoryUnknown: (404, "NAME_UNKNOWN"),
    errors.ManifestUnknown: (404, "MANIFEST_UNKNOWN"),
    errors.BlobUnknown: (404, "BLOB_UNKNOWN"),
    errors.UploadUnknown: (404, "BLOB_UPLOAD_UNKNOWN"),
    # The endpoint table has 404 and 413 for end-7, and clients print the code, not the status.
    errors.ManifestBlobUnknown: (404, "MANIFEST_BLOB_UNKNOWN"),
    errors.Unauthenticated: (401, "UNAUTHORIZED"),
    refusals.Challenge: (401, "UNAUTHORIZED"),
    errors.TooManyAttempts: (429, "TOOMANYREQUESTS"),
    errors.Forbidden: (403, "DENIED"),
    errors.Quarantined: (403, "DENIED"),
    errors.QuotaExceeded: (403, "DENIED"),
    errors.StillNamed: (403, "DENIED"),
    errors.Conflict: (409, "DENIED"),
    errors.PreconditionFailed: (412, "DENIED"),
    errors.Unsupported: (404, "UNSUPPORTED"),
    refusals.MethodNotAllowed: (405, "UNSUPPORTED"),
    errors.Unavailable: (503, UNKNOWN),
    errors.Corrupt: (500, UNKNOWN),
}

RETRY_SECONDS: Final = 5
"""When to try again what is not available at the moment."""


def status_and_code(problem: errors.PratiqueError) -> tuple[int, str]:
    """The row of the nearest class; of a class that nobody has mapped, 500."""
    for kind in type(problem).__mro__:
        if kind in TABLE:
            return TABLE[kind]
    return 500, UNKNOWN


def answer_to(problem: errors.PratiqueError, request_id: str) -> Answer:
    """How a refusal is answered."""
    status, code = status_and_code(problem)
    if status >= 500:
        retry = (("retry-after", str(RETRY_SECONDS)),) if status == 503 else ()
        return failure(status, request_id, retry)
    body = error_body(code, clean(problem.message), _cleaned(dict(problem.detail)))
    headers = (("content-type", JSON), *_headers(problem))
    phrase = problem.phrase[:PHRASE_LIMIT] if isinstance(problem, errors.Quarantined) else None
    return Answer(status, headers, body, phrase)


def failure(status: int, request_id: str, headers: Headers = ()) -> Answer:
    """The answer to what is not the client's fault."""
    body = error_body(UNKNOWN, f"request {request_id} failed", {"request_id": request_id})
    return Answer(status, (("content-type", JSON), *headers), body)


def error_body(code: str, message: str, detail: Mapping[str, Any]) -> bytes:
    """`{"errors": [{"code", "message", "detail"}]}`, in ASCII."""
    entry = {"code": code, "message": message, "detail": detail}
    return json.dumps({"errors": [entry]}, separators=(",", ":")).encode("ascii")


def _headers(problem: errors.PratiqueError) -> Headers:
    match problem:
        case refusals.Challenge():
            return (("www-authenticate", problem.value),)
        case errors.TooManyAttempts():
            return (("retry-after", str(max(1, problem.retry_after))),)
        case errors.Quarantined():
            value = warning_value(problem.message, HEADER_LIMIT - len(problem.phrase))
            return (("warning", value),)
        case refusals.MethodNotAllowed():
            return (("allow", ", ".join(problem.allowed)),)
        case errors.RangeInvalid():
            return (("range", uploaded_range(problem.offset)),)
    return ()


def uploaded_range(offset: int) -> str:
    """The `Range` of an upload that holds `offset` bytes: `0-0` for none too, as everybody has it."""
    return f"0-{max(0, offset - 1)}"


def _cleaned(value: Any) -> Any:
    """JSON values without control and bidirectional characters: clients print them raw."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(key)): _cleaned(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_cleaned(each) for each in value]
    return value

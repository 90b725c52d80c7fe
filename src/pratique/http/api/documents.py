"""Bodies in and out: JSON from strangers into the struct of its operation, replies into bytes.

Keys that occur twice are refused everywhere, since the first or the last of them would decide. Unknown keys are passed
over as Harbor does, but not in our own resources, whose structs forbid them.
"""

from typing import Any

import msgspec

from pratique.errors import BadRequest, ManifestInvalid
from pratique.http.answers import Answer
from pratique.http.api.call import Reply
from pratique.http.api.errors import JSON, Unprocessable, UnsupportedMedia
from pratique.http.api.operations import Operation
from pratique.http.api.parameters import readable
from pratique.oci import strict_json


def check_media(content_type: str | None) -> None:
    """Raise UnsupportedMedia unless a body says that it is JSON."""
    media, _, _ = (content_type or "application/json").partition(";")
    if media.strip().lower() not in {"application/json", "text/json"}:
        raise UnsupportedMedia(f"send application/json, not {media.strip()[:80]!r}")


def decode(content: bytes, kind: Any) -> Any:
    """The value of `kind` that a body is. Raises BadRequest where it is not JSON, Unprocessable where it is another."""
    try:
        document = strict_json.parse(content)
    except ManifestInvalid as error:
        raise BadRequest(f"the body is {error.message}") from error
    if b"\\u0000" in content:
        _check_text(document)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"the body does not fit: {error}") from error


def encode(operation: Operation, reply: Reply) -> Answer:
    """The answer that a reply becomes."""
    headers = tuple(reply.headers.items())
    if reply.body is None:
        return Answer(operation.success, headers)
    if isinstance(reply.body, str):
        return Answer(
            operation.success,
            (("content-type", f"{operation.media}; charset=utf-8"), *headers),
            reply.body.encode("utf-8", "replace"),
        )
    return Answer(operation.success, (("content-type", JSON), *headers), msgspec.json.encode(reply.body))


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        readable("the body", value)
    elif isinstance(value, list):
        for each in value:
            _check_text(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            _check_text(key)
            _check_text(each)

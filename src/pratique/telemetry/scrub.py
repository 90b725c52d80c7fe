"""Secrets taken out of what is logged.

By name: a field whose name has a part that names a secret loses its value. By form: header values, JSON web
tokens and passwords in URLs are taken out of any text, tracebacks included.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "********"
TEXT_LIMIT: Final = 8_000
"""Characters of one text in a log line; the rest is cut."""
DEPTH_LIMIT: Final = 8
"""Levels of nesting that are logged."""

_NAMES: Final = re.compile(
    r"authorization|password|passwd|secret|credential|cookie|token|private[_-]?key|api[_-]?key|signing[_-]?key|^key$|_key$",
    re.IGNORECASE,
)
_FORMS: Final = (
    # `Basic` and `Bearer` with what follows, as in Authorization headers
    (re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/=_.~-]{4,}", re.IGNORECASE), rf"\1 {MASK}"),
    # three parts of base64url, the first one a JSON object: a JSON web token
    (re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    # user:password@ in a URL
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{MASK}@"),
    # password=… and the like in queries, DSNs and messages
    (
        re.compile(
            r"\b(password|passwd|secret|token|api[_-]?key)(\"?\s*[=:]\s*\"?)[^\s&\",;]+", re.IGNORECASE
        ),
        rf"\1\2{MASK}",
    ),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
        MASK,
    ),
)


def scrub(value: Any, name: str = "", depth: int = 0) -> Any:
    """`value` as it may be logged under `name`: JSON values, secrets masked, bounded in depth and length."""
    if name and value not in (None, "", False, True) and _NAMES.search(name):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEPTH_LIMIT:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): scrub(item, str(key), depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(item, name, depth + 1) for item in value]
    return _text(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _text(text: str) -> str:
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…"

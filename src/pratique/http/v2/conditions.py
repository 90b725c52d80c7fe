"""Conditional requests (RFC 9110, section 13). An entity tag here is a digest in quotes, and always a strong one."""

from typing import Final

from starlette.datastructures import Headers

from pratique.registry import Conditions

TAGS_LIMIT: Final = 100
"""Entity tags of one header that are looked at."""


def etag(digest: str) -> str:
    """The entity tag of content with this digest."""
    return f'"{digest}"'


def conditions_of(headers: Headers) -> Conditions:
    """The conditions of a PUT. Weak tags never match `If-Match`, which compares strongly (13.1.1)."""
    wanted, unwanted = headers.getlist("if-match"), headers.getlist("if-none-match")
    return Conditions(
        if_match=_tags(wanted, keep_weak=False) if wanted else None,
        if_none_match=_tags(unwanted, keep_weak=True) if unwanted else None,
    )


def is_unchanged(headers: Headers, digest: str) -> bool:
    """Whether `If-None-Match` of a GET or HEAD names what would be sent, so that 304 does (13.1.2)."""
    tags = _tags(headers.getlist("if-none-match"), keep_weak=True)
    return bool(tags & {"*", digest})


def ranges_hold(headers: Headers, digest: str) -> bool:
    """Whether `Range` counts: no `If-Range`, or one that names exactly this content (13.1.5).

    Dates never do: content here has none. Weak tags neither.
    """
    value = headers.get("if-range")
    return value is None or value.strip() == etag(digest)


def _tags(values: list[str], *, keep_weak: bool) -> frozenset[str]:
    tags = set()
    for part in ",".join(values).split(",", TAGS_LIMIT)[:TAGS_LIMIT]:
        text = part.strip()
        if text.startswith("W/"):
            if not keep_weak:
                continue
            text = text.removeprefix("W/")
        tags.add(text.removeprefix('"').removesuffix('"'))
    return frozenset(tags - {""})

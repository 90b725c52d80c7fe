"""Pages as Harbor has them: `page`, `page_size`, `X-Total-Count` and a relative `Link` (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

SIZE: Final = 10
LARGEST_SIZE: Final = 100
LAST_PAGE: Final = 10**9


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for: `number` from 1, at most LARGEST_SIZE entries.

    A size of 0, which on some of Harbor's lists means everything, is the largest page here: nothing is unbounded, and
    clients that follow `Link` get everything all the same.
    """

    number: int = 1
    size: int = SIZE

    @property
    def limit(self) -> int:
        """How many entries at most."""
        return self.size or LARGEST_SIZE

    @property
    def offset(self) -> int:
        """How many entries come before the page."""
        return (self.number - 1) * self.limit

    def of(self, items: Sequence[Any]) -> Sequence[Any]:
        """The page of a list that is all in hand."""
        return items[self.offset : self.offset + self.limit]


def page_headers(
    path: str, parameters: Sequence[tuple[str, str]], asked: PageRequest, total: int
) -> dict[str, str]:
    """`X-Total-Count`, and `Link` to the pages before and after as far as there are any.

    `path` is the path of the request as it was sent, `parameters` its query.
    """
    links = []
    if asked.number > 1:
        links.append(f'<{_url(path, parameters, asked.number - 1, asked.limit)}>; rel="prev"')
    if asked.offset + asked.limit < total:
        links.append(f'<{_url(path, parameters, asked.number + 1, asked.limit)}>; rel="next"')
    headers = {"X-Total-Count": str(total)}
    if links:
        headers["Link"] = " , ".join(links)
    return headers


def _url(path: str, parameters: Sequence[tuple[str, str]], number: int, size: int) -> str:
    """The other parameters stay; percent-encoded, although Harbor's are not: a value may hold anything."""
    kept = [(name, value) for name, value in parameters if name not in {"page", "page_size"}]
    pairs = sorted([*kept, ("page", str(number)), ("page_size", str(size))])
    return f"{path}?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)

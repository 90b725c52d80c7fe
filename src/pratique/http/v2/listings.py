"""Lists (distribution-spec, end-8 and end-12; Docker's `_catalog`)."""

from collections.abc import Sequence

from pratique.http.answers import Answer, Headers, json_answer
from pratique.http.callers import Access, Callers
from pratique.http.rooms import Rooms
from pratique.http.v2.call import Call, Reply
from pratique.http.v2.paths import PREFIX, ReferrersPath, TagsPath, with_query
from pratique.oci.referrers import CONTENT_TYPE, FILTERED_BY_ARTIFACT_TYPE, referrers_page
from pratique.registry import Page


class Listings:
    """Handles `tags/list`, `referrers/<digest>` and `_catalog`."""

    def __init__(self, rooms: Rooms, callers: Callers) -> None:
        self._lister = rooms.lister
        self._callers = callers
        self._database = rooms.threads.database

    async def tags(self, call: Call, path: TagsPath, access: Access) -> Reply:
        """end-8a and end-8b."""
        page = call.page()
        found = await self._database(self._lister.tags, path.name, access.reader(), _one_more(page))
        shown, link = _paged(f"{PREFIX}{path.name}/tags/list", found, page)
        return json_answer(200, {"name": path.name, "tags": shown}, link)

    async def catalog(self, call: Call) -> Reply:
        """Names of the repositories that the caller sees."""
        page = call.page()
        shelf = await self._callers.catalog(call.caller)
        found = await self._database(self._lister.catalog, shelf, _one_more(page))
        shown, link = _paged(f"{PREFIX}_catalog", found, page)
        return json_answer(200, {"repositories": shown}, link)

    async def referrers(self, call: Call, path: ReferrersPath, access: Access) -> Reply:
        """end-12a and end-12b: always 200 with an index, of unknown subjects and repositories too."""
        wanted = call.query.get("artifactType") or None
        reader, last = access.reader(), call.query.get("last")
        found = await self._database(self._lister.referrers, path.name, path.digest, reader, wanted, last)
        page = referrers_page(found.descriptors)
        shown = found.descriptors[: page.taken]
        headers: list[tuple[str, str]] = [("content-type", CONTENT_TYPE)]
        if wanted is not None:
            headers.append(("oci-filters-applied", FILTERED_BY_ARTIFACT_TYPE))
        if shown and (found.last is not None or page.taken < len(found.descriptors)):
            address = f"{PREFIX}{path.name}/referrers/{path.digest}"
            headers.extend(_next(with_query(address, artifactType=wanted, last=shown[-1].digest)))
        return Answer(200, tuple(headers), page.content)


def _one_more(page: Page) -> Page:
    """One entry more than the page has, which tells whether there is a next one."""
    return Page(None if page.limit is None else page.limit + 1, page.last)


def _paged(path: str, found: Sequence[str], page: Page) -> tuple[list[str], Headers]:
    """What a page shows and its `Link`. `n=0` shows nothing and links nowhere (distribution-spec, end-8b)."""
    shown = list(found[: page.limit])
    if not shown or len(shown) == len(found):
        return shown, ()
    return shown, _next(with_query(path, n=page.limit, last=shown[-1]))


def _next(address: str) -> Headers:
    """The next page (RFC 5988)."""
    return (("link", f'<{address}>; rel="next"'),)

"""Blobs (distribution-spec, end-2 and end-10)."""

from dataclasses import dataclass

from pratique.errors import BlobUnknown
from pratique.http.answers import Answer, Headers
from pratique.http.callers import Access
from pratique.http.rooms import Rooms
from pratique.http.v2.call import Call, Reply, empty
from pratique.http.v2.conditions import etag, is_unchanged, ranges_hold
from pratique.http.v2.downloads import Download
from pratique.http.v2.errors import error_body
from pratique.http.v2.manifests import NO_CACHE, warnings
from pratique.http.v2.paths import BlobPath
from pratique.oci.ranges import parse_range, unsatisfied
from pratique.registry import PulledBlob, Reader

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class BlobHead:
    """The headers of a blob's answers."""

    pulled: PulledBlob

    def common(self) -> Headers:
        """What 200, 206, 304 and 416 all have."""
        return (
            ("docker-content-digest", self.pulled.digest),
            ("etag", etag(self.pulled.digest)),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
            NO_CACHE,
            *warnings(self.pulled.passage),
        )

    def whole(self) -> Headers:
        """Those of the whole blob."""
        return (("content-type", OCTETS), ("content-length", str(self.pulled.size)), *self.common())

    def unsatisfiable(self) -> Answer:
        """416 (RFC 9110, 15.5.17)."""
        size = self.pulled.size
        body = error_body(
            "SIZE_INVALID", f"no part of the range lies within the {size} bytes", {"size": size}
        )
        headers = (("content-type", "application/json"), ("content-range", unsatisfied(size)))
        return Answer(416, (*headers, *self.common()), body)


class Blobs:
    """Handles `/v2/<name>/blobs/<digest>`."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._database = rooms.threads.database

    async def get(self, call: Call, path: BlobPath, access: Access) -> Reply:
        """end-2, GET: all of it, a part, or several (RFC 9110, section 14)."""
        head = await self._database(self._let_out, call, path, access.blob_reader(), head=False)
        pulled = head.pulled
        if is_unchanged(call.headers, pulled.digest):
            return Answer(304, head.common())
        parts = None
        if ranges_hold(call.headers, pulled.digest):
            parts = parse_range(call.headers.get("range"), pulled.size)
        if parts is not None and not parts:
            return head.unsatisfiable()
        return Download(self._rooms, pulled, head.common(), OCTETS, parts)

    async def head(self, call: Call, path: BlobPath, access: Access) -> Reply:
        """end-2, HEAD. `Range` means nothing here (RFC 9110, 14.2)."""
        reader = access.blob_reader()
        head = await self._database(self._let_out, call, path, reader, head=True)
        # A pusher who is told that it is there will not send it: it must still be there when he names it.
        if reader.may_push and not await self._database(self._rooms.uploads.renew, path.name, path.digest):
            raise BlobUnknown(f"{path.name} has no blob {path.digest}")
        if is_unchanged(call.headers, head.pulled.digest):
            return Answer(304, head.common())
        return Answer(200, head.whole())

    def _let_out(self, call: Call, path: BlobPath, reader: Reader, *, head: bool) -> BlobHead:
        pulled = self._rooms.puller.blob(path.name, path.digest, reader, head=head)
        found = BlobHead(pulled)
        self._rooms.keeper.blob(pulled, found.whole(), found.common(), call.known)
        return found

    async def delete(self, _call: Call, path: BlobPath, access: Access) -> Reply:
        """end-10. A blob that a manifest of the repository names stays."""
        await self._database(self._rooms.deleter.blob, path.name, path.digest, access.principal)
        return empty(202)

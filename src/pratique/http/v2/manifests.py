"""Manifests (distribution-spec, end-3, end-7 and end-9)."""

from typing import Final

from pratique.http.answers import Answer, Headers
from pratique.http.callers import Access
from pratique.http.refusals import TooManyTags
from pratique.http.rooms import Rooms
from pratique.http.v2.call import Call, Reply, empty
from pratique.http.v2.conditions import conditions_of, etag, is_unchanged
from pratique.http.v2.paths import ManifestPath, manifest_path
from pratique.policy import warning_value
from pratique.registry import Accepted, Passage, Pulled, Received

TAGS_LIMIT: Final = 100
"""`tag` parameters of one PUT; the specification wants 10 at least."""

TAGS_IN_HEADER: Final = 10
"""Tags in one `OCI-Tag` line, so that no line grows past what proxies take."""

NO_CACHE: Final = ("cache-control", "private, no-cache")
"""What is let out today may be held back tomorrow: caches ask again, and 304 is cheap."""


class Manifests:
    """Handles `/v2/<name>/manifests/<reference>`."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._database = rooms.threads.database

    async def get(self, call: Call, path: ManifestPath, access: Access) -> Reply:
        """end-3, GET and HEAD."""
        reference, keeper = str(path.reference), self._rooms.keeper
        pulled = await self._database(self._rooms.puller.manifest, path.name, reference, access.reader())
        whole = manifest_answer(pulled, unchanged=False)
        keeper.manifest(reference, pulled, whole, call.known)
        if is_unchanged(call.headers, pulled.artifact.digest):
            return manifest_answer(pulled, unchanged=True)
        if call.method == "GET":
            keeper.went_out(pulled)
        return whole

    async def put(self, call: Call, path: ManifestPath, access: Access) -> Reply:
        """end-7a and end-7b."""
        tags = call.query.getlist("tag")
        if len(tags) > TAGS_LIMIT:
            raise TooManyTags(f"{len(tags)} tags in one request; at most {TAGS_LIMIT} go at once")
        content = await call.body.whole(self._rooms.settings.manifest_size, "a manifest")
        received = Received(
            repository=path.name,
            reference=str(path.reference),
            content=content,
            media_type=call.headers.get("content-type"),
            tags=tuple(tags),
            conditions=conditions_of(call.headers),
        )
        accepted = await self._database(self._rooms.pusher.put, received, access.principal)
        return Answer(201, _pushed(call, path, accepted))

    async def delete(self, _call: Call, path: ManifestPath, access: Access) -> Reply:
        """end-9: a tag with both its sides, or a manifest."""
        deleter, reference = self._rooms.deleter, path.reference
        if reference.digest is not None:
            await self._database(deleter.manifest, path.name, reference.digest, access.principal)
        else:
            await self._database(deleter.tag, path.name, str(reference), access.principal)
        return empty(202)


def manifest_answer(pulled: Pulled, *, unchanged: bool) -> Answer:
    """The answer to a GET or HEAD: the bytes as they were pushed, without parameters on the type."""
    headers: Headers = (
        ("docker-content-digest", pulled.artifact.digest),
        ("etag", etag(pulled.artifact.digest)),
        NO_CACHE,
        *warnings(pulled.passage),
    )
    if unchanged:
        return Answer(304, headers)
    return Answer(200, (("content-type", pulled.artifact.media_type), *headers), pulled.content)


def warnings(passage: Passage) -> Headers:
    """`Warning: 299` on a success (distribution-spec, "Warnings")."""
    return () if passage.warning is None else (("warning", warning_value(passage.warning)),)


def _pushed(call: Call, path: ManifestPath, accepted: Accepted) -> Headers:
    headers = [
        ("location", call.url(manifest_path(path.name, accepted.digest))),
        ("docker-content-digest", accepted.digest),
        ("etag", etag(accepted.digest)),
    ]
    if accepted.subject is not None:
        headers.append(("oci-subject", accepted.subject))
    if path.reference.digest is not None:
        firsts = range(0, len(accepted.tags), TAGS_IN_HEADER)
        headers.extend(("oci-tag", ", ".join(accepted.tags[n : n + TAGS_IN_HEADER])) for n in firsts)
    return tuple(headers)

"""Blobs come in (distribution-spec, end-4 to end-6, end-11, end-13, end-14)."""

from contextlib import suppress

from pratique.errors import RangeInvalid, SizeInvalid, UploadInvalid, UploadUnknown
from pratique.http.answers import Answer
from pratique.http.callers import Access
from pratique.http.rooms import Rooms
from pratique.http.streams import receive_into
from pratique.http.v2.call import Call, Reply, empty
from pratique.http.v2.errors import uploaded_range
from pratique.http.v2.paths import UploadPath, UploadsPath, blob_path, upload_path
from pratique.oci.digest import Digest, algorithm_of
from pratique.oci.ranges import parse_content_range
from pratique.registry.uploads import UploadState
from pratique.telemetry.table import BYTES_RECEIVED


class BlobUploads:
    """Handles `/v2/<name>/blobs/uploads/` and what lies below."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._uploads = rooms.uploads
        self._blobs = rooms.threads.blobs
        self._chunk_min_length = rooms.settings.chunk_min_length

    async def post(self, call: Call, path: UploadsPath, access: Access) -> Reply:
        """end-4a, end-4b, end-4c and end-11."""
        mounted = call.digest("mount")
        if mounted is not None:
            source = call.query.get("from")
            mounts, reader = self._rooms.mounts, access.blob_reader()
            if await self._rooms.threads.database(mounts.mount, path.name, mounted, source, reader):
                return self._created(call, path.name, mounted)
        digest = call.digest("digest")
        algorithm = algorithm_of(digest) if digest else call.query.get("digest-algorithm", "sha256")
        state = await self._blobs(self._uploads.begin, path.name, access.principal, algorithm=algorithm)
        if digest is None or mounted is not None:
            return self._opened(call, state)
        try:
            return await self._finished(call, UploadPath(path.name, state.id), access, digest)
        except BaseException:
            # Nobody was told of this upload, so nobody could go on with it. A refused commit has cancelled it already.
            with suppress(UploadUnknown):
                await self._blobs(self._uploads.cancel, path.name, state.id, access.principal)
            raise

    async def patch(self, call: Call, path: UploadPath, access: Access) -> Reply:
        """end-5: a chunk where `Content-Range` says so, a stream where it is missing (docker, podman)."""
        await self._take(call, path, access)
        return await self._stands(call, path, access, 202)

    async def put(self, call: Call, path: UploadPath, access: Access) -> Reply:
        """end-6: the closing request, with the last bytes or without."""
        digest = call.digest("digest")
        if digest is None:
            raise UploadInvalid("an upload is closed with ?digest=<digest>")
        return await self._finished(call, path, access, digest)

    async def get(self, call: Call, path: UploadPath, access: Access) -> Reply:
        """end-13: how far it is."""
        return await self._stands(call, path, access, 204)

    async def delete(self, _call: Call, path: UploadPath, access: Access) -> Reply:
        """end-14."""
        await self._blobs(self._uploads.cancel, path.name, path.upload, access.principal)
        return empty(204)

    async def _finished(self, call: Call, path: UploadPath, access: Access, digest: Digest) -> Answer:
        if call.body.is_expected:
            await self._take(call, path, access)
        await self._blobs(self._uploads.commit, path.name, path.upload, access.principal, digest)
        return self._created(call, path.name, digest)

    async def _take(self, call: Call, path: UploadPath, access: Access) -> None:
        """Append the body. On 416 the answer says where the upload goes on."""
        start = _start_of(call)
        context = self._uploads.append(path.name, path.upload, access.principal, start)
        try:
            await receive_into(context, call.body, self._blobs)
        except RangeInvalid:
            call.more["location"] = call.url(upload_path(path.name, path.upload))
            raise
        finally:
            self._rooms.metrics.count(BYTES_RECEIVED, call.body.received)

    async def _stands(self, call: Call, path: UploadPath, access: Access, status: int) -> Answer:
        state = await self._blobs(self._uploads.status, path.name, path.upload, access.principal)
        return empty(status, *self._where(call, state))

    def _opened(self, call: Call, state: UploadState) -> Answer:
        headers = self._where(call, state)
        if self._chunk_min_length:
            headers = (*headers, ("oci-chunk-min-length", str(self._chunk_min_length)))
        return empty(202, *headers)

    def _where(self, call: Call, state: UploadState) -> tuple[tuple[str, str], ...]:
        return (
            ("location", call.url(upload_path(state.repository, state.id))),
            ("range", uploaded_range(state.offset)),
            ("docker-upload-uuid", state.id),
        )

    def _created(self, call: Call, name: str, digest: Digest) -> Answer:
        location = call.url(blob_path(name, digest))
        return empty(201, ("location", location), ("docker-content-digest", digest))


def _start_of(call: Call) -> int | None:
    """Where the chunk starts; None: it is a stream. Raises UploadInvalid, and SizeInvalid when the lengths differ."""
    header = call.headers.get("content-range")
    if header is None:
        return None
    chunk = parse_content_range(header)
    if call.body.announced is None:
        raise UploadInvalid("a chunk with a Content-Range needs a Content-Length")
    if call.body.announced != len(chunk):
        raise SizeInvalid(f"Content-Range has {len(chunk)} bytes, Content-Length {call.body.announced}")
    return chunk.start

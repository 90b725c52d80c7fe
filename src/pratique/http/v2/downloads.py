"""A blob on its way out: whole, one part, or several as `multipart/byteranges` (RFC 9110, sections 14 and 15.3.7)."""

import secrets
from collections.abc import Sequence
from typing import Final

from starlette.types import Receive, Scope, Send

from pratique.errors import Corrupt
from pratique.http.answers import Headers, started
from pratique.http.refusals import Disconnected, TooSlow
from pratique.http.rooms import Rooms
from pratique.http.streams import CHUNK, Pace, Sender, abort
from pratique.oci.ranges import ByteRange
from pratique.registry import PulledBlob
from pratique.telemetry.table import BYTES_SENT

_END: Final = b"\r\n"


class Download:
    """Sends what the gate has let out. `parts` None: all of it; they are sent in the order asked for."""

    def __init__(
        self,
        rooms: Rooms,
        pulled: PulledBlob,
        headers: Headers,
        content_type: str,
        parts: Sequence[ByteRange] | None,
    ) -> None:
        self._rooms = rooms
        self._pulled = pulled
        self._headers = headers
        self._type = content_type
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. What can't be read raises before anything is sent; later the connection is dropped."""
        pace = Pace(self._rooms.settings.stall_time, self._rooms.settings.least_rate)
        sender = Sender(scope, send, self._rooms.threads.blobs, pace)
        try:
            async with sender.watching(receive):
                if self._parts is not None and len(self._parts) > 1:
                    sent = await self._several(self._parts, send, sender)
                else:
                    sent = await self._one(self._parts[0] if self._parts else None, send, sender)
        except TooSlow:
            await abort(scope, send)
        except Disconnected:
            return
        else:
            self._rooms.metrics.count(BYTES_SENT, sent)

    async def _one(self, part: ByteRange | None, send: Send, sender: Sender) -> int:
        size = self._pulled.size if part is None else len(part)
        headers: list[tuple[str, str]] = [("content-type", self._type), ("content-length", str(size))]
        if part is not None:
            headers.append(("content-range", part.content_range(self._pulled.size)))
        start = started(200 if part is None else 206, (*headers, *self._headers))
        if size <= CHUNK:
            content = await self._rooms.threads.blobs(self._read, part)
            await send(start)
            await sender.bytes(content, more=False)
        else:
            await self._stream(part, size, send, sender, start)
        return size

    async def _stream(
        self, part: ByteRange | None, size: int, send: Send, sender: Sender, start: dict[str, object]
    ) -> None:
        wanted = part or ByteRange(0, size)
        async with sender.opened(self._rooms.puller.open_blob(self._pulled, wanted)) as source:
            await send(start)
            await sender.file(source, wanted.start, size)
        await sender.bytes(b"", more=False)

    async def _several(self, parts: Sequence[ByteRange], send: Send, sender: Sender) -> int:
        boundary = secrets.token_hex(16)
        heads = [self._part_head(boundary, part) for part in parts]
        end = f"\r\n--{boundary}--\r\n".encode()
        size = sum(map(len, heads)) + sum(map(len, parts)) + len(end)
        content_type = f"multipart/byteranges; boundary={boundary}"
        first = await self._rooms.threads.blobs(self._read, parts[0]) if len(parts[0]) <= CHUNK else None
        headers = (("content-type", content_type), ("content-length", str(size)), *self._headers)
        await send(started(206, headers))
        for head, part in zip(heads, parts, strict=True):
            if len(part) <= CHUNK:
                content = first if first is not None else await self._rooms.threads.blobs(self._read, part)
                first = None
                await sender.bytes(head + content)
                continue
            await sender.bytes(head)
            async with sender.opened(self._rooms.puller.open_blob(self._pulled, part)) as source:
                await sender.file(source, part.start, len(part))
        await sender.bytes(end, more=False)
        return size

    def _part_head(self, boundary: str, part: ByteRange) -> bytes:
        lines = (
            f"\r\n--{boundary}",
            f"content-type: {self._type}",
            f"content-range: {part.content_range(self._pulled.size)}",
        )
        return "\r\n".join(lines).encode() + _END + _END

    def _read(self, part: ByteRange | None) -> bytes:
        wanted = self._pulled.size if part is None else len(part)
        with self._rooms.puller.open_blob(self._pulled, part) as source:
            content = source.read(wanted)
        if len(content) != wanted:
            raise Corrupt(f"the stored bytes of {self._pulled.digest} end early")
        return content

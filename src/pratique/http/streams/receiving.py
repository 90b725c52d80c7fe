"""Bodies into rooms: batches handed to threads, the next one received while the last is being written.

Large ones are moved by the server itself where it can (`wire.bodies`). Memory of one body: two batches here, whatever
the length. A client that is faster than the disk waits, because
nothing more is read from its socket.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pratique.http.ports import Writer, WriterContext
from pratique.http.streams.body import Body
from pratique.http.threads import Pool


async def receive_into(context: WriterContext, body: Body, pool: Pool) -> None:
    """Write all of `body`.

    A client that goes away, or is too slow, leaves what it has sent: the upload keeps it, and Disconnected or TooSlow
    is raised afterwards. After any other exception nothing was added: SizeInvalid, and what the writer raises.
    """
    if body.is_native:
        async with _opened(context, pool) as writer:
            await body.move_into(writer)
            if rest := await body.left_behind():
                await pool(writer.write, rest)
    else:
        batch = await body.batch()
        if body.has_ended:
            await pool(_write_at_once, context, batch)
        else:
            async with _opened(context, pool) as writer:
                await _pump(writer, batch, body, pool)
    if body.problem is not None:
        raise body.problem


def _write_at_once(context: WriterContext, content: bytearray) -> None:
    """A small body costs one thread once."""
    with context as writer:
        writer.write(content)


@contextlib.asynccontextmanager
async def _opened(context: WriterContext, pool: Pool) -> AsyncIterator[Writer]:
    """A writer, entered and left in threads."""
    writer = await pool(context.__enter__)
    try:
        yield writer
    except BaseException as problem:
        await pool(context.__exit__, type(problem), problem, problem.__traceback__)
        raise
    await pool(context.__exit__, None, None, None)


async def _pump(writer: Writer, batch: bytearray, body: Body, pool: Pool) -> None:
    writing = asyncio.ensure_future(pool(writer.write, batch))
    try:
        while not body.has_ended:
            batch = await body.batch()
            await writing
            writing = asyncio.ensure_future(pool(writer.write, batch))
        await writing
    finally:
        # A writer that is left while a thread still writes would publish what is not there yet.
        await asyncio.wait([writing])
        _seen(writing)


def _seen(done: "asyncio.Future[int]") -> None:
    """Take note of its exception; the one on its way is the first."""
    if not done.cancelled():
        done.exception()

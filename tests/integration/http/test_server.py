"""The server's end: SIGTERM drains, and the process exits 0."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

PROGRAM = """
    import asyncio, sys
    from pratique.http.answers import Answer
    from pratique.http.server import ServerLimits, build_server, serve

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": (await receive())["type"] + ".complete"})
            return
        if scope["path"] == "/slow":
            print("begun", flush=True)
            await asyncio.sleep(float(scope["query_string"]))
        await Answer(200, (), b"done")(scope, receive, send)

    serve(build_server(app, "127.0.0.1", 0, ServerLimits(drain=1), on_started=lambda h, p: print(p, flush=True)))
    print("ended", flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM))
    return path


@pytest.mark.parametrize(("seconds", "is_finished"), [("0.4", True), ("30", False)])
def test_open_requests_may_finish_within_the_drain(program: Path, seconds: str, is_finished: bool) -> None:
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        slow = subprocess.Popen(
            [sys.executable, "-c", _FETCH, f"http://127.0.0.1:{port}/slow?{seconds}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "begun\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        answer = slow.communicate(timeout=20)[0]
        assert process.wait(20) == 0
        assert time.monotonic() - began < 10
        assert process.stdout.read() == "ended\n"
        assert (answer == "done") is is_finished
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/")


_FETCH = """
import sys, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1]).read().decode(), end="")
except Exception as problem:
    print(type(problem).__name__, end="")
"""

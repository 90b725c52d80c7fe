"""`python -m tests.bench`: start the peers, measure row by row in turns, print the table, write it where asked.

make bench
make bench ROWS="manifest-get-1 blob-10k"
make bench ROWS=verification
make bench ROWS=following
make bench ARGS="--tls --olareg /path/to/olareg --write docs/performance.md"
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import following, verifying
from tests.bench.clients import Load
from tests.bench.content import Content
from tests.bench.peers import Distribution, Nginx, Olareg, Peer, Pratique
from tests.bench.report import described, placed, table, where
from tests.bench.rows import ROWS, Result, Row, Tools, tag_names
from tests.toolbox.cache import Cache
from tests.toolbox.toolbox import Toolbox

VERIFICATION = "verification"
"""The row that needs no registry: what it takes to verify one signature (`tests.bench.verifying`)."""
FOLLOWING = "following"
"""Advisories about a fleet (`tests.bench.following`): some ten minutes, so only where it is asked for."""


def main() -> None:
    """Measure."""
    options = _options()
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    command = _without_paths("python -m tests.bench " + " ".join(sys.argv[1:]))
    if not options.rows or VERIFICATION in options.rows:
        text = f"{verifying.described(command)}\n\n{verifying.table()}"
        _tell(text, options.write, VERIFICATION)
    if FOLLOWING in options.rows:
        figures = list(following.measured(options.images, options.directory))
        _tell(f"{where(command)}.\n\n{following.table(figures)}", options.write, FOLLOWING)
    if rows:
        results, names = _registries(options, rows)
        text = f"{described(command)}\n\n{table(results, names)}"
        _tell(text, options.write, "tls" if options.tls else "table")


def _tell(text: str, page: str | None, part: str) -> None:
    print(text)
    if page:
        file = Path(page)
        file.write_text(placed(file.read_text(), text, part))


def _registries(options: argparse.Namespace, rows: Sequence[Row]) -> tuple[list[Result], list[str]]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
        root = Path(directory)
        content = Content(root / "content")
        tools = Tools(Load(_binary("wrk"), seconds=options.seconds), shutil.which("curl") or "curl", content)
        with _peers(options, root) as peers:
            for peer in peers:
                peer.furnish(content)
            return list(_measured(rows, peers, tools, options.rounds)), [peer.name for peer in peers]


def _measured(rows: Sequence[Row], peers: Sequence[Peer], tools: Tools, rounds: int) -> Iterator[Result]:
    tagged = 1
    for row in rows:
        result = Result(row)
        asked = [peer for peer in peers if peer.name in row.peers]
        for peer in asked if row.tags > tagged else ():
            peer.tag(tools.content, tag_names(row.tags))
        tagged = max(tagged, row.tags)
        for _ in range(min(rounds, row.rounds)):
            for peer in asked:
                try:
                    result.figures.setdefault(peer.name, []).append(row.measure(tools, peer))
                except (RuntimeError, subprocess.CalledProcessError) as problem:
                    result.notes[peer.name] = "refused"
                    print(f"{row.name}: {peer.name}: {problem}", file=sys.stderr)
        print(table([result], [peer.name for peer in peers]).splitlines()[-1], file=sys.stderr, flush=True)
        yield result


@contextlib.contextmanager
def _peers(options: argparse.Namespace, root: Path) -> Iterator[list[Peer]]:
    certificate, key = _certificate(root) if options.tls else (None, None)
    made: list[Peer] = [
        Pratique("pratique", sys.executable, root / "pratique", certificate, key),
        Distribution("distribution", _binary("registry"), root / "distribution", certificate, key),
        Nginx("nginx", _binary("nginx"), root / "nginx", certificate, key),
    ]
    if options.olareg:
        made.append(Olareg("olareg", options.olareg, root / "olareg"))
    try:
        for peer in made:
            peer.start()
        yield made
    finally:
        for peer in made:
            peer.stop()


def _binary(name: str) -> str:
    toolbox = Toolbox(Cache.default())
    tool = toolbox.locate(name)
    if tool is None:
        sys.exit(toolbox.why_not(name))
    return tool.argv()[0]


def _certificate(root: Path) -> tuple[Path, Path]:
    certificate, key = root / "server.pem", root / "server.key"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *names, "-out", str(certificate), "-keyout", str(key)],
        check=True,
        capture_output=True,
    )
    return certificate, key


def _without_paths(command: str) -> str:
    return " ".join(
        word.rpartition("/")[2] if word.startswith("/") and not word.startswith("/dev/") else word
        for word in command.split()
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", nargs="*", default=os.environ.get("ROWS", "").split(), help="default: all")
    parser.add_argument("--seconds", type=int, default=4, help="how long wrk measures")
    parser.add_argument("--rounds", type=int, default=3, help="how often each peer has its turn")
    parser.add_argument("--tls", action="store_true", help="over TLS, all of it")
    parser.add_argument("--images", type=int, default=following.IMAGES, help="how many the fleet has")
    parser.add_argument("--olareg", help="a binary of olareg")
    parser.add_argument("--directory", help="where data is kept while measuring")
    parser.add_argument("--write", help="a page with marks for the table")
    return parser.parse_args()


main()

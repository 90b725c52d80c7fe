"""`pratique gc`: what a grace is, and what it is not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pratique.blobs import Layout, LocalBlobs, LocalSpool
from pratique.cli import main
from pratique.clock import SystemClock
from pratique.oci.digest import digest_of

CONTENT = b"nobody names this"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory in which a file lies that no row speaks of."""
    assert CliRunner().invoke(main, ["db", "upgrade", "--data", str(tmp_path)]).exit_code == 0
    layout = Layout(tmp_path)
    layout.prepare()
    spool = LocalSpool(layout, SystemClock(), keep_free=0)
    spool.begin("one")
    with spool.append("one", 0) as writer:
        writer.write(CONTENT)
    spool.commit("one", digest_of(CONTENT))
    return tmp_path


def collected(data: Path, *words: str) -> dict[str, int]:
    done = CliRunner().invoke(main, ["gc", "--data", str(data), "--format", "json", *words])
    assert done.exit_code == 0, done.output
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def test_no_grace_for_garbage_is_none_for_the_trash(data: Path) -> None:
    assert collected(data, "--grace", "0")["files"] == 1
    blobs = LocalBlobs(Layout(data), SystemClock())
    assert blobs.stat(digest_of(CONTENT)) is None
    assert list(blobs.trashed()) == [digest_of(CONTENT)]
    assert collected(data, "--grace", "0")["emptied_bytes"] == 0
    assert blobs.restore(digest_of(CONTENT))


def test_the_trash_is_emptied_when_that_is_asked(data: Path) -> None:
    assert collected(data, "--grace", "0", "--empty-trash")["emptied_bytes"] == len(CONTENT)
    assert not list(LocalBlobs(Layout(data), SystemClock()).trashed())

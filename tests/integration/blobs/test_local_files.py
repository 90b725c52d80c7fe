"""What is particular to a store of local files: paths, strangers in its directories, other processes, memory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contracts.blob_shelves import LocalShelf, push, stored

from pratique.blobs import known_hashes
from pratique.blobs.durable import hash_of
from pratique.errors import BlobUnknown, Conflict, Unavailable
from pratique.oci.digest import digest_of, new_hasher

CONTENT = b"content" * 1000
DIGEST = digest_of(CONTENT)
WRITER = """
import sys
from pathlib import Path
from pratique.blobs import Layout, LocalSpool
from pratique.clock import SystemClock
spool = LocalSpool(Layout(Path(sys.argv[1])), SystemClock(), keep_free=0)
with spool.append("upload", 7) as writer:
    writer.write(b"x" * 3_000_000)
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_blob_is_a_file_of_its_digits(shelf: LocalShelf) -> None:
    push(shelf, CONTENT, DIGEST)
    digits = DIGEST.partition(":")[2]
    path = shelf.local_blobs.path_of(DIGEST)
    assert path == shelf.directory / "blobs" / "sha256" / digits[:2] / digits
    assert path.read_bytes() == CONTENT
    assert shelf.local_blobs.path_of(digest_of(b"absent")) is None


def test_strangers_are_passed_over(shelf: LocalShelf) -> None:
    push(shelf, CONTENT, DIGEST)
    place = shelf.layout.blob(DIGEST).parent
    (place / "lost+found").mkdir()
    (place / (DIGEST.partition(":")[2] + ".tmp")).write_bytes(b"stray")
    assert [blob.digest for blob in shelf.blobs.walk()] == [DIGEST]


def test_a_link_in_the_place_of_a_blob_is_not_followed(shelf: LocalShelf, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    shelf.layout.blob(DIGEST).symlink_to(secret)
    with pytest.raises(Unavailable), shelf.blobs.open(DIGEST):
        pytest.fail("followed a link out of the store")


def test_a_store_without_its_directories_has_nothing(tmp_path: Path) -> None:
    shelf = LocalShelf(tmp_path / "data")
    shelf.layout.blob(DIGEST).parent.rmdir()
    with pytest.raises(BlobUnknown), shelf.blobs.open(DIGEST):
        pytest.fail("there is nothing")
    assert shelf.opened_again().blobs.stat(DIGEST) is None
    assert shelf.layout.blob(DIGEST).parent.is_dir()


def test_only_the_owner_may_read_the_directories(shelf: LocalShelf) -> None:
    assert shelf.layout.uploads.stat().st_mode & 0o777 == 0o700


def test_a_writer_that_is_killed_blocks_nobody_and_fools_nobody(shelf: LocalShelf) -> None:
    push(shelf, CONTENT, DIGEST, "other")
    shelf.spool.begin("upload")
    with shelf.spool.append("upload", 0) as writer:
        writer.write(b"content")
    command = [sys.executable, "-c", WRITER, str(shelf.directory)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        with pytest.raises(Conflict), shelf.spool.append("upload", 7):
            pytest.fail("two processes write")
        process.send_signal(signal.SIGKILL)
    torn = shelf.spool.size("upload")
    assert torn > 7
    with shelf.spool.append("upload", torn) as writer:
        writer.write(b"tail")
    received = shelf.layout.upload("upload").read_bytes()
    assert received.startswith(b"contentxxx")
    assert shelf.spool.commit("upload", digest_of(received)) == torn + 4
    assert stored(shelf, DIGEST) == CONTENT


def test_what_is_known_of_uploads_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_hashes, "UPLOADS_LIMIT", 2)
    hashes = known_hashes.KnownHashes()
    for number, upload in enumerate(("one", "two", "three")):
        hashes.remember(upload, known_hashes.KnownHash("sha256", new_hasher("sha256"), 0, number))
    assert hashes.of("one", 0, 0) is None
    assert hashes.of("two", 1, 0) is not None
    assert hashes.of("three", 2, 1) is None
    assert hashes.of("three", 9, 0) is None


def test_a_file_is_hashed_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        file.seek(100)
        assert hash_of(file.fileno(), "sha512") == digest_of(CONTENT, "sha512")
        assert file.tell() == 100

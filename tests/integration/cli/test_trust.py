"""`pratique trust import-revocations`: all of the files or none, beside a server or without one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.revoking import crl, crl_place, entry, ocsp_answer, signer_of

from pratique.cli import main
from pratique.clock import DAY, Moment, SystemClock

ROOT = Authority.new("acme")
SIGNER = signer_of(ROOT, crl_place())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["db", "upgrade", "--data", str(tmp_path / "data")]).exit_code == 0
    return tmp_path / "data"


@pytest.fixture
def now() -> Moment:
    return SystemClock().now()


def run(data: Path, *files: Path) -> tuple[int, str]:
    words = ["trust", "import-revocations", *map(str, files), "--data", str(data), "--format", "json"]
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def written(where: Path, name: str, content: bytes) -> Path:
    path = where / name
    path.write_bytes(content)
    return path


def test_lists_are_imported_once(data: Path, tmp_path: Path, now: Moment) -> None:
    der = crl(ROOT, entry(SIGNER, when=now - DAY), start=now - DAY, end=now + DAY)
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    answer = ocsp_answer(ROOT, SIGNER, start=now - DAY, end=now + DAY)
    files = (written(tmp_path, "a.crl", pem), written(tmp_path, "b.ocsp", answer))
    code, said = run(data, *files)
    found = json.loads(said)
    assert code == 0
    assert [(one["kind"], one["changed"], one["revoked"]) for one in found] == [
        ("crl", True, 1),
        ("ocsp", True, 0),
    ]
    _code, again = run(data, written(tmp_path, "c.crl", der))
    assert [one["changed"] for one in json.loads(again)] == [False]
    text = CliRunner().invoke(main, ["trust", "import-revocations", str(files[0]), "--data", str(data)])
    assert text.output.endswith("it is here already\n")


def test_one_that_is_none_keeps_all_out(data: Path, tmp_path: Path, now: Moment) -> None:
    good = written(tmp_path, "a.crl", crl(ROOT, start=now - DAY, end=now + DAY))
    for wrong in (b"nothing", b"-----BEGIN X509 CRL-----", b"\x30" * (3 * 2**20)):
        code, said = run(data, good, written(tmp_path, "b.crl", wrong))
        assert code == 1
        assert "this is no revocation list" in said
    assert json.loads(run(data, good)[1])[0]["changed"]

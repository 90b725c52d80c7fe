"""What a server refuses to start with: all that is wrong is said at once, exit 2, and nothing was made."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.abuse.victim import HURRIED, running, serve_once


def refused(data: Path, *flags: str, environment: Mapping[str, str] | None = None) -> str:
    ended = serve_once("--data", str(data), *flags, environment=environment or {})
    assert ended.returncode == 2, ended
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert not data.exists(), "nothing was made"
    return ended.stderr


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[limits]\nmanifest_size = "tiny"\npagee = 5\n[nowhere]\na = 1\n[log]\nlevel = "loud"\n')
    said = refused(
        tmp_path / "data",
        "--config",
        str(file),
        environment={"PRATIQUE_SERVER_LISTEN": "x", "PRATIQUE_LIMITS__PAGE": "-"},
    )
    for part in (
        "limits.manifest_size",
        "'page'",
        "'nowhere'",
        "log.level",
        "PRATIQUE_SERVER__LISTEN",
        "limits.page",
    ):
        assert part in said, said
    assert len(said.splitlines()) == 6


def test_rules_between_settings_are_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[server]\nlisten = "0.0.0.0:5000"\ntls_key = "k.pem"\nexternal_url = "ftp://a/b"\ntrusted_proxies = ["x"]\n'
        '[database]\nurl = "mysql://user:hunter2@db/x"\n'
    )
    said = refused(tmp_path / "data", "--config", str(file))
    for part in (
        "server.listen",
        "server.tls_cert",
        "server.external_url",
        "server.trusted_proxies",
        "database.url",
    ):
        assert part in said, said
    assert "hunter2" not in said


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:5000", "registry.test:5000"])
def test_passwords_do_not_cross_a_network_in_the_clear(tmp_path: Path, listen: str) -> None:
    said = refused(tmp_path / "data", "--listen", listen)
    assert "insecure_http" in said


@pytest.mark.parametrize(
    "listen", ["", "5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:5000", "127.0.0.1:http"]
)
def test_an_address_that_is_none(tmp_path: Path, listen: str) -> None:
    assert "server.listen" in refused(tmp_path / "data", "--listen", listen)


def test_certificates_that_are_none_are_said(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("nowhere.pem", "empty.pem"):
        path = str(tmp_path / name)
        ended = serve_once(
            "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--tls-cert", path, "--tls-key", path
        )
        assert ended.returncode in {1, 2}, ended
        assert "Traceback" not in ended.stderr
        assert path in ended.stderr


def test_it_listens_everywhere_when_it_is_told_that_this_is_safe(tmp_path: Path) -> None:
    settings = HURRIED.replace("[server]", "[server]\ninsecure_http = true")
    with running(tmp_path, settings, ("--listen", "0.0.0.0:0")) as victim:
        assert victim.is_well()

"""Where settings come from, which origin wins, and how mistakes are said."""

from pathlib import Path

import pytest

from pratique.settings import SettingsInvalid, load


def test_defaults_are_usable_and_frozen() -> None:
    settings = load()
    assert settings.server.listen == "127.0.0.1:5000"
    assert settings.limits.manifest_size == 4 * 2**20
    assert settings.gate.candidate_window == 15 * 60
    with pytest.raises(AttributeError):
        settings.server.listen = "other"  # type: ignore[misc]  # that it can't be set is what is tested


def test_options_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "pratique.toml"
    file.write_text('[server]\nlisten = "127.0.0.1:1"\ndrain = 1\n[log]\nlevel = "error"\n')
    settings = load(
        file,
        {"PRATIQUE_SERVER__LISTEN": "127.0.0.1:2", "PRATIQUE_SERVER__DRAIN": "2s"},
        {"server": {"listen": "127.0.0.1:3"}},
    )
    assert (settings.server.listen, settings.server.drain, settings.log.level) == ("127.0.0.1:3", 2, "error")


def test_a_secret_file_wins_over_its_variable(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:from-file@h/d\n")
    environ = {
        "PRATIQUE_DATABASE__URL_FILE": str(file),
        "PRATIQUE_DATABASE__URL": "postgresql://u:from-variable@h/d",
    }
    assert load(environ=environ).database.url.reveal() == "postgresql://u:from-file@h/d"


def test_only_secrets_may_come_from_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"no setting server\.listen_file; did you mean 'listen'"):
        load(environ={"PRATIQUE_SERVER__LISTEN_FILE": str(tmp_path / "x")})


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"PRATIQUE_DATABASE__URL_FILE: .*gone can't be read"):
        load(environ={"PRATIQUE_DATABASE__URL_FILE": str(tmp_path / "gone")})


@pytest.mark.parametrize(
    ("variable", "text", "section", "key", "value"),
    [
        ("PRATIQUE_LIMITS__UPLOAD_EXPIRY", "36h", "limits", "upload_expiry", 36 * 3_600),
        ("PRATIQUE_LIMITS__BLOB_SIZE", "10 GiB", "limits", "blob_size", 10 * 2**30),
        ("PRATIQUE_LIMITS__BLOB_SIZE", "5GB", "limits", "blob_size", 5 * 10**9),
        (
            "PRATIQUE_SERVER__TRUSTED_PROXIES",
            "10.0.0.7, ::1",
            "server",
            "trusted_proxies",
            ("10.0.0.7", "::1"),
        ),
        ("PRATIQUE_WORKERS__EMBEDDED", "false", "workers", "embedded", False),
        ("PRATIQUE_STORAGE__DIRECTORY", "/srv/p", "storage", "directory", Path("/srv/p")),
        ("PRATIQUE_PROJECTS__STORAGE", "-1", "projects", "storage", -1),
    ],
)
def test_text_of_the_environment_becomes_a_value(
    variable: str, text: str, section: str, key: str, value: object
) -> None:
    assert getattr(getattr(load(environ={variable: text}), section), key) == value


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("PRATIQUE_SERVER__LISTN", "x", "no setting server.listn; did you mean 'listen'?"),
        ("PRATIQUE_SERVR__LISTEN", "x", "no section 'servr'; did you mean 'server'?"),
        ("PRATIQUE_SERVER__BLOB_SIZE", "1", "did you mean limits.blob_size?"),
        ("PRATIQUE_SERVER_LISTEN", "x", "did you mean PRATIQUE_SERVER__LISTEN?"),
        ("PRATIQUE_LIMITS__BLOB_SIZE", "lots", "'lots' is not a number of bytes; write 1048576, 64 KiB"),
        ("PRATIQUE_LIMITS__UPLOAD_EXPIRY", "7w", "is not a number of seconds; write 90, 90s, 15m"),
        ("PRATIQUE_TOKENS__LIFETIME", "10m", "tokens.lifetime"),
        ("PRATIQUE_LIMITS__MANIFEST_SIZE", "1 MiB", "limits.manifest_size"),
        ("PRATIQUE_WORKERS__EMBEDDED", "maybe", "workers.embedded"),
        ("PRATIQUE_LOG__LEVEL", "loud", "log.level"),
    ],
)
def test_a_mistake_is_said_with_its_origin(variable: str, text: str, said: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load(environ={variable: text})
    assert len(caught.value.problems) == 1
    assert variable in caught.value.problems[0]
    assert said in caught.value.problems[0]


def test_variables_of_others_are_left_alone() -> None:
    environ = {"PRATIQUE_ADMIN_PASSWORD": "x", "PRATIQUE_TEST_REQUIRE": "all", "SERVER__LISTEN": "y"}
    assert load(environ=environ) == load()


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "pratique.toml"
    file.write_text('stray = 1\n[server]\nlisten = 5000\ndrian = 3\n[log]\nlevel = "loud"\n')
    with pytest.raises(SettingsInvalid) as caught:
        load(file)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("content", ["[server", "\x00"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(content)
    with pytest.raises(SettingsInvalid, match=r"broken\.toml: can't be read"):
        load(file)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"missing\.toml: can't be read"):
        load(tmp_path / "missing.toml")


@pytest.mark.parametrize("url", ["mysql://root:hunter2@h/d", "hunter2", "root:hunter2@h"])
def test_a_wrong_value_of_a_secret_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load(environ={"PRATIQUE_DATABASE__URL": url})
    assert "hunter2" not in str(caught.value)
    assert "is not a database of ours" in str(caught.value)

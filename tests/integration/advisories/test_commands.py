"""`pratique advisories`: what scripts rely on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.advising import Desk, record

from pratique.cli import main


class Terminal(Desk):
    """Runs commands on the desk's data directory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / "k.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )
        (folder / "k.pub").write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    def run(
        self, command: str, *words: str | Path, data: bool = True, settings: Mapping[str, str] | None = None
    ) -> Result:
        where = ["--data", str(self.folder / "data")] if data else []
        variables = {
            f"PRATIQUE_ADVISORIES__{name.upper()}": value for name, value in (settings or {}).items()
        }
        words = ("advisories", command, *words, *where, "--format", "json")
        return CliRunner().invoke(main, list(map(str, words)), env=variables)

    def pack(self, *words: str | Path) -> Result:
        wanted = ("--key", self.folder / "k.key", "--output", self.folder / "bundle.tar", *words)
        return self.run("pack", self.folder / "PyPI", *wanted, data=False)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    made = Terminal(tmp_path)
    made.zip("PyPI", record(1))
    return made


def answer(result: Result, code: int = 0) -> Any:
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_import_status_and_query(terminal: Terminal) -> None:
    data = ["--data", str(terminal.folder / "data")]
    run = CliRunner()
    imported = run.invoke(
        main, ["advisories", "import", str(terminal.folder / "PyPI"), *data, "--format", "json"]
    )
    assert imported.exit_code == 0, imported.output
    assert json.loads(imported.stdout)[0]["added"] == 1
    status = json.loads(run.invoke(main, ["advisories", "status", *data, "--format", "json"]).stdout)
    assert (status["total"], status["sources"][0]["name"]) == (1, "PyPI")
    purls = ["pkg:pypi/package_1@1.0", "nonsense"]
    asked = run.invoke(main, ["advisories", "query", *purls, *data, "--format", "json"])
    assert asked.exit_code == 2
    assert json.loads(asked.stdout) == {"pkg:pypi/package_1@1.0": ["PYSEC-2026-1"], "nonsense": None}
    missing = run.invoke(main, ["advisories", "import", str(terminal.folder), *data, "--source", "x"])
    assert missing.exit_code == 0, missing.output


def test_status_says_what_is_known_of_each_source(terminal: Terminal) -> None:
    answer(terminal.run("import", terminal.folder / "PyPI"))
    status = answer(terminal.run("status"))
    (source,) = status["sources"]
    assert {
        "name": "PyPI",
        "records": 1,
        "withdrawn": 0,
        "signed": False,
        "refused": {},
    }.items() <= source.items()
    assert source["newest"] == record(1)["modified"]
    assert source["ecosystems"] == {"PyPI": {"records": 1, "newest": record(1)["modified"]}}
    assert source["imported_at"].endswith("Z")
    assert (status["total"], status["kev"], status["epss"], status["bundles"]) == (1, 0, 0, [])


def test_what_was_packed_verifies_and_is_imported_where_only_bundles_count(terminal: Terminal) -> None:
    packed = answer(terminal.pack("--version", "7", "--days", "3"))
    assert (packed["name"], packed["version"]) == ("advisories", 7)
    assert packed["sources"][0]["records"] == 1
    bundle, key = terminal.folder / "bundle.tar", str(terminal.folder / "k.pub")
    verified = answer(terminal.run("verify", bundle, "--key", key))
    assert (verified["verified"], verified["problem"], verified["digest"]) == (True, "", packed["digest"])
    strict = {"allow_unsigned": "false", "bundle_keys": key}
    assert answer(terminal.run("verify", bundle, settings=strict))["verified"] is True
    assert answer(terminal.run("import", bundle, settings=strict))[0]["signed"] is True
    assert answer(terminal.run("status"))["bundles"][0]["version"] == 7


def test_plain_files_where_only_bundles_count(terminal: Terminal) -> None:
    refused = terminal.run("import", terminal.folder / "PyPI", settings={"allow_unsigned": "false"})
    assert refused.exit_code == 1
    assert "advisories.allow_unsigned = true" in refused.stderr
    assert answer(terminal.run("status"))["total"] == 0


def test_verify_says_why_a_bundle_would_not_be_taken(terminal: Terminal) -> None:
    answer(terminal.pack("--version", "1"))
    bundle, key = terminal.folder / "bundle.tar", terminal.folder / "k.pub"
    nobody = answer(terminal.run("verify", bundle), code=1)
    assert (nobody["verified"], "names no key" in nobody["problem"]) == (False, True)
    bundle.rename(terminal.folder / "older.tar")
    answer(terminal.pack("--version", "2"))
    answer(terminal.run("import", bundle, settings={"bundle_keys": str(key)}))
    older = answer(terminal.run("verify", terminal.folder / "older.tar", "--key", key), code=1)
    assert "is older than what is here" in older["problem"]
    assert older["version"] == 1
    refused = terminal.run("import", terminal.folder / "older.tar", settings={"bundle_keys": str(key)})
    assert refused.exit_code == 1
    assert "is older than what is here" in refused.stderr


def test_bundles_and_plain_files_in_one_call(terminal: Terminal) -> None:
    answer(terminal.pack())
    terminal.zip("npm", record(2, id="GHSA-1", affected=[]))
    wanted = (terminal.folder / "bundle.tar", terminal.folder / "npm")
    imported = answer(
        terminal.run("import", *wanted, settings={"bundle_keys": str(terminal.folder / "k.pub")})
    )
    assert {one["source"]: one["signed"] for one in imported} == {"PyPI": True, "npm": False}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "k.pub"), "no private key that can be opened"),
        (("--output", "PyPI"), "exists: a bundle is written anew"),
    ],
)
def test_what_can_not_be_packed(terminal: Terminal, words: tuple[str, str], said: str) -> None:
    refused = terminal.pack(words[0], terminal.folder / words[1])
    assert refused.exit_code == 1
    assert said in refused.stderr


def test_a_shrinking_source_at_the_command_line(terminal: Terminal) -> None:
    terminal.zip("PyPI", *[record(number) for number in range(1, 11)])
    answer(terminal.run("import", terminal.folder / "PyPI"))
    terminal.zip("PyPI", record(1))
    refused = terminal.run("import", terminal.folder / "PyPI")
    assert refused.exit_code == 1
    assert "which artifacts that would release is not known here" in refused.stderr
    assert answer(terminal.run("import", terminal.folder / "PyPI", "--allow-shrink"))[0]["removed"] == 9


@pytest.mark.parametrize("command", ["import", "pack", "verify", "status", "query"])
def test_help_has_an_example(command: str) -> None:
    shown = CliRunner().invoke(main, ["advisories", command, "--help"])
    assert shown.exit_code == 0
    assert f"pratique advisories {command}" in shown.output.partition("Example")[2]

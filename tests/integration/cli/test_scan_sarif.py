"""SARIF as its schema has it (OASIS, sarif-schema-2.1.0), whatever is found, and wherever it lies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from click.testing import CliRunner
from tests.clocks import ManualClock
from tests.osv import SUMMER, import_records
from tests.roots import ALMALINUX, DEBIAN, write_root

from pratique.cli.scanning import command, scan_command

SCHEMA: Final = jsonschema_rs.Draft4Validator(
    json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_bytes()),
    validate_formats=True,
)
DJANGO: Final = b"Name: Django\nVersion: 2.2.0\n"
NAMES: Final = (
    "a b",
    "50%",
    "a:b",
    "?x#y",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "a\\b",
    "\x1b[2J",
    "[x]",
    "\udce9",
)

Sarif = Callable[[Path | str], dict[str, Any]]


@pytest.fixture
def sarif(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sarif:
    """The run of a scan, whose document is valid."""
    clock = ManualClock(SUMMER)
    monkeypatch.setattr(command, "SystemClock", lambda: clock)
    data = import_records(tmp_path / "data", clock.now())

    def scan(what: Path | str) -> dict[str, Any]:
        said = [str(what), "--data", str(data), "--format", "sarif"]
        document = json.loads(CliRunner().invoke(scan_command, said, catch_exceptions=False).stdout)
        assert [f"{error.instance_path} {error.message}" for error in SCHEMA.iter_errors(document)] == []
        (run,) = document["runs"]
        assert isinstance(run, dict)
        return run

    return scan


@pytest.mark.parametrize("tree", [DEBIAN, ALMALINUX], ids=["debian", "almalinux"])
def test_findings(sarif: Sarif, tmp_path: Path, tree: dict[str, bytes]) -> None:
    run = sarif(write_root(tmp_path / "root", tree))
    assert run["results"]


def test_places_of_any_name(sarif: Sarif, tmp_path: Path) -> None:
    about = {f"{name}/Django-2.2.0.dist-info/METADATA": DJANGO for name in NAMES}
    run = sarif(write_root(tmp_path / "root", {**DEBIAN, **about}))
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert len({place for place in places if place.endswith("/Django-2.2.0.dist-info/METADATA")}) >= len(
        NAMES
    )


def test_nothing_found(sarif: Sarif, tmp_path: Path) -> None:
    run = sarif(write_root(tmp_path / "root", {"etc/hostname": b"x\n"}))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_what_could_not_be_examined(sarif: Sarif, tmp_path: Path) -> None:
    run = sarif(write_root(tmp_path / "root", {**DEBIAN, "var/lib/rpm/Packages": b"x" * 600}))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "can't be read" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_bill_of_materials(sarif: Sarif, tmp_path: Path) -> None:
    bill = tmp_path / "bill.cdx.json"
    component = {"type": "library", "name": "Django", "version": "2.2.0", "purl": "pkg:pypi/django@2.2.0"}
    bill.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component]}))
    assert sarif(f"sbom:{bill}")["results"]


def test_the_schema_refuses_what_is_wrong(sarif: Sarif, tmp_path: Path) -> None:
    run = sarif(write_root(tmp_path / "root", DEBIAN))
    for wrong in (
        {**run, "results": [{}]},
        {**run, "columnKind": "bytes"},
        {**run, "tool": {}},
        {**run, "more": 1},
    ):
        assert not SCHEMA.is_valid({"version": "2.1.0", "runs": [wrong]})

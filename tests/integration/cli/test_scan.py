"""`pratique scan`: synthetic roots of real distributions, wherever they come from, against advisories made here."""

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from tests.clocks import ManualClock
from tests.osv import SUMMER, import_records
from tests.roots import (
    ALMALINUX,
    ALPAQUITA,
    DEBIAN,
    Built,
    Tree,
    archive_at,
    build,
    digest,
    docker_files,
    layout_files,
    write_root,
)

from pratique.cli.scanning import command, scan_command
from pratique.clock import DAY

GOLDEN: Final = Path(__file__).parent / "golden"
ROOTS: Final = {"debian-11": DEBIAN, "alpaquita-23": ALPAQUITA, "almalinux-8": ALMALINUX}

Scan = Callable[..., Result]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_records(tmp_path_factory.mktemp("data"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    clock = ManualClock(SUMMER)
    monkeypatch.setattr(command, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def scan(data: Path, clock: ManualClock) -> Scan:
    def run(artifact: Path | str, *more: str, style: str = "json") -> Result:
        assert clock.now()
        said = [str(artifact), "--data", str(data), "--format", style, *more]
        return CliRunner().invoke(scan_command, said, catch_exceptions=False)

    return run


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def ids(result: Result) -> list[str]:
    return [finding["id"] for finding in told(result)["findings"]]


@pytest.mark.parametrize("name", ROOTS)
def test_a_root_filesystem(scan: Scan, tmp_path: Path, name: str) -> None:
    """Checked by hand against the records in tests/osv.py, line by line."""
    found = scan(write_root(tmp_path / name, ROOTS[name]))
    assert found.exit_code == 1, found.output
    assert found.stderr == ""
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert told(found) == expected


def forms(image: Built, folder: Path) -> dict[str, Path | str]:
    layout = write_root(folder / "layout", layout_files(image))
    return {
        "layout": layout,
        "named layout": f"oci:{layout}",
        "layout by digest": f"oci:{layout}@{digest(image.manifest)}",
        "oci archive": archive_at(folder / "oci.tar", layout_files(image)),
        "packed oci archive": archive_at(folder / "oci.tar.gz", layout_files(image), packed=True),
        "docker archive": archive_at(folder / "docker.tar", docker_files(image, "app:1.0")),
        "packed docker archive": archive_at(
            folder / "docker.tar.gz", docker_files(image, "app:1.0"), packed=True
        ),
    }


def test_the_same_image_in_every_form(scan: Scan, tmp_path: Path) -> None:
    base: Tree = {name: content for name, content in DEBIAN.items() if "Django" not in name}
    top: Tree = {name: content for name, content in DEBIAN.items() if "Django" in name}
    image = build(base, top, base)
    root = told(scan(write_root(tmp_path / "root", DEBIAN)))
    for form, artifact in forms(image, tmp_path).items():
        found = scan(artifact)
        assert found.exit_code == 1, (form, found.output)
        document = told(found)
        assert ids(found) == [finding["id"] for finding in root["findings"]], form
        layers = image.layers if "docker" in form else image.packed
        for package in document["packages"]:
            assert package["layer"] == digest(layers[1 if "django" in package["purl"] else 0]), form


def test_an_index_is_asked_for_a_platform(
    scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amd, arm = build(DEBIAN), build(ALPAQUITA, architecture="arm64")
    layout = write_root(tmp_path / "layout", layout_files(amd, arm))
    assert "DSA-9001-1" in ids(scan(layout, "--platform", "linux/amd64"))
    assert ids(scan(layout, "--platform", "linux/arm64")) == ["BELL-CVE-2026-0003"]
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert ids(scan(layout)) == ["BELL-CVE-2026-0003"], "this machine's own"
    missing = scan(layout, "--platform", "linux/riscv64")
    assert missing.exit_code == 2
    assert "linux/amd64, linux/arm64" in missing.stderr
    assert scan(layout, "--platform", "amd64").exit_code == 2


def test_an_sbom(scan: Scan, tmp_path: Path) -> None:
    root = write_root(tmp_path / "root", DEBIAN)
    expected = [one for one in ids(scan(root)) if one != "PYSEC-2026-2"]
    for style in ("cyclonedx", "spdx"):
        (tmp_path / style).write_text(scan(root, style=style).stdout)
        found = scan(f"sbom:{tmp_path / style}")
        assert found.exit_code == 1
        # An SBOM does not say that the distribution owns six.
        assert [one for one in ids(found) if one != "PYSEC-2026-2"] == expected
        assert {finding["path"] for finding in told(found)["findings"]} == {style}


def test_unnamed_components_of_an_sbom_are_told(scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / "app.cdx.json"
    path.write_text('{"bomFormat": "CycloneDX", "components": [{"name": "curl", "version": "1"}]}')
    found = scan(f"sbom:{path}")
    assert found.exit_code == 0
    assert "without a package URL: 1;" in found.stderr


def test_nothing_is_known_to_be_wrong(scan: Scan, tmp_path: Path) -> None:
    tree = {**ALPAQUITA, "lib/apk/db/installed": b"P:busybox\nV:1.36.0-r5\nA:x86_64\n\n"}
    found = scan(write_root(tmp_path / "root", tree))
    assert (found.exit_code, told(found)["findings"], told(found)["errors"]) == (0, [], [])


def test_what_no_source_covers(scan: Scan, tmp_path: Path) -> None:
    release = b"ID=debian\nVERSION_ID=12\n"
    tree = {
        **{name: content for name, content in DEBIAN.items() if "ython" not in name},
        "usr/lib/os-release": release,
    }
    found = scan(write_root(tmp_path / "root", tree))
    assert found.exit_code == 2
    assert told(found)["errors"] == ["could not be examined: no current advisories for debian:12"]
    assert "no current advisories for debian:12" in found.stderr
    table = scan(tmp_path / "root", style="table")
    assert "could not be examined: no current advisories for debian:12" in table.stdout


def test_without_any_advisories(clock: ManualClock, tmp_path: Path) -> None:
    assert clock.now()
    root = write_root(tmp_path / "root", ALPAQUITA)
    said = [str(root), "--data", str(tmp_path / "none"), "--format", "json"]
    found = CliRunner().invoke(scan_command, said)
    assert found.exit_code == 2
    assert told(found)["errors"] == ["could not be examined: no current advisories for alpaquita:23"]


def test_advisories_grow_old(scan: Scan, clock: ManualClock, tmp_path: Path) -> None:
    root = write_root(tmp_path / "root", ALPAQUITA)
    assert not told(scan(root))["errors"]
    clock.advance(31 * DAY / 1_000_000)
    assert "31 days ago" in told(scan(root))["errors"][0]


def test_what_is_found_is_found_although_more_could_not_be_examined(
    scan: Scan, clock: ManualClock, tmp_path: Path
) -> None:
    clock.advance(40 * DAY / 1_000_000)
    found = scan(write_root(tmp_path / "root", DEBIAN))
    assert found.exit_code == 1
    assert told(found)["errors"]


def test_what_can_not_be_examined_is_told_in_every_format(scan: Scan, tmp_path: Path) -> None:
    image = build({**DEBIAN, "var/lib/rpm/rpmdb.sqlite": b"no database"})
    layout = write_root(tmp_path / "layout", layout_files(image))
    for style in ("json", "sarif", "harbor", "cyclonedx", "spdx"):
        found = scan(layout, style=style)
        assert found.exit_code == 2, style
        assert "could not be examined" in found.stderr, style
        assert told(found), style
    assert told(scan(layout))["errors"]
    assert "could not be examined" in scan(layout, style="table").stdout


LIMITS: Final = {
    "unpacked": ("1 MiB", "unpacks to more than 1048576 bytes"),
    "entries": (3, "more than 3 entries"),
    "path": (256, "a path has more than 256 bytes"),
    "pax": (1024, "1024 are allowed"),
    "metadata": ("1 MiB", "1048576 are allowed"),
}


# A directory is read as an archive that has no pax headers.
@pytest.mark.parametrize(
    ("setting", "packed"),
    [(name, packed) for name in LIMITS for packed in (True, False) if packed or name != "pax"],
)
def test_how_far_a_layer_is_looked_into_is_set(
    scan: Scan, tmp_path: Path, setting: str, packed: bool
) -> None:
    value, why = LIMITS[setting]
    long = f"usr/{'x' * 100}/{'y' * 100}/{'z' * 100}"
    large = {"usr/lib/x.egg-info/PKG-INFO": bytes(2**20 + 1)} if setting in {"metadata", "unpacked"} else {}
    pax = {"a" * 2_000: b""} if setting == "pax" and packed else {}
    tree = {**ALPAQUITA, long: b"", **large, **pax}
    config = tmp_path / "pratique.toml"
    config.write_text(f"[inventory]\n{setting} = {json.dumps(value)}\n")
    artifact = (
        archive_at(tmp_path / "app.tar", docker_files(build(tree)))
        if packed
        else write_root(tmp_path / "root", tree)
    )
    found = scan(artifact, "--config", str(config))
    assert found.exit_code == 2, found.output
    assert why in told(found)["errors"][0]

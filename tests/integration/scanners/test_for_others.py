"""This registry as a scanner for others: asked over the same API, looking into images of another registry."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from tests.adapters import DESCRIBED, GENERIC, SBOM
from tests.databases import Place
from tests.images import file, layer
from tests.integration.scanners.conftest import Harbour
from tests.registries import Registry, registering

SECRET = "the-credential-of-this-scanner-00000000"
BASE = "/scanner/api/v1"
MINE = {"authorization": f"Bearer {SECRET}"}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with registering() as place:
        yield place


@pytest.fixture
def guests(
    make_place: Callable[[str], Place], make_harbour: Callable[..., Harbour], registry: Registry
) -> Harbour:
    adapter = {"credential": SECRET, "registries": [registry.url]}
    harbour = make_harbour(make_place("sqlite"), adapter=adapter)
    harbour.shop()
    return harbour


def asked(registry: Registry, **artifact: Any) -> dict[str, Any]:
    return {
        "registry": {"url": registry.url, "authorization": registry.authorization},
        "artifact": {
            "repository": "team/app",
            "digest": registry.digest,
            "mime_type": registry.media_type,
            **artifact,
        },
    }


def scan(harbour: Harbour, document: Mapping[str, Any]) -> Any:
    return harbour.api.client.post(f"{BASE}/scan", None, headers=MINE, json=document)


def test_it_is_closed_unless_the_settings_open_it(sqlite_harbour: Harbour) -> None:
    assert sqlite_harbour.api.client.get(f"{BASE}/metadata", None, headers=MINE).status_code == 404


def test_only_who_shows_the_credential_is_answered(guests: Harbour) -> None:
    client = guests.api.client
    basic = "Basic " + base64.b64encode(f"harbor:{SECRET}".encode()).decode()
    for shown in (f"Bearer {SECRET}", basic):
        assert client.get(f"{BASE}/metadata", None, headers={"authorization": shown}).status_code == 200
    for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic %%%"}, {"authorization": ""}):
        assert client.get(f"{BASE}/metadata", None, headers=wrong).status_code == 401
    told = client.get(f"{BASE}/metadata", None, headers=MINE).json()
    assert told["scanner"]["name"] == "Pratique"
    assert {one["type"] for one in told["capabilities"]} == {one["type"] for one in DESCRIBED["capabilities"]}


def test_an_image_of_another_registry_is_scanned_and_reported(guests: Harbour, registry: Registry) -> None:
    registry.holds(
        layer(
            file(
                "app/package_1-1.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: package_1\nVersion: 1.0\n",
            )
        )
    )
    client = guests.api.client
    answer = scan(guests, asked(registry))
    assert answer.status_code == 202, answer.text
    path = f"{BASE}/scan/{answer.json()['id']}/report"
    waits = client.get(path, None, headers={**MINE, "accept": GENERIC})
    assert (waits.status_code, waits.headers["refresh-after"]) == (302, "5")
    guests.work()
    report = client.get(path, None, headers={**MINE, "accept": GENERIC})
    assert (report.status_code, report.headers["content-type"]) == (200, GENERIC)
    assert [one["id"] for one in report.json()["vulnerabilities"]] == ["PYSEC-2026-1"]
    sbom = client.get(path, None, headers={**MINE, "accept": SBOM}).json()
    assert sbom["media_type"] == "application/spdx+json"
    assert "package_1" in json.dumps(sbom["sbom"])
    assert client.get(path, None, headers={**MINE, "accept": "text/html"}).status_code == 415
    assert {head for _, head in registry.asked} == {registry.authorization}


def test_what_is_not_on_the_list_is_asked_for_nothing(guests: Harbour, registry: Registry) -> None:
    port = registry.url.rpartition(":")[2]
    for url in (
        f"http://localhost:{port}",
        "http://169.254.169.254",
        f"{registry.url}@x.example",
        f"{registry.url}/x",
    ):
        document = asked(registry)
        document["registry"]["url"] = url
        assert scan(guests, document).status_code == 403
    assert registry.asked == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"repository": "../x"}, 422),
        ({"digest": "latest"}, 422),
        ({"digest": None}, 422),
        ({"repository": ""}, 422),
    ],
)
def test_fields_that_are_wrong_are_refused(
    guests: Harbour, registry: Registry, change: dict[str, Any], status: int
) -> None:
    assert scan(guests, asked(registry, **change)).status_code == status
    client = guests.api.client
    assert client.post(f"{BASE}/scan", None, headers=MINE, content=b"{").status_code == 400
    assert client.get(f"{BASE}/scan/nobody/report", None, headers=MINE).status_code == 404
    assert client.delete(f"{BASE}/scan/nobody/report", None, headers=MINE).status_code == 404


def test_a_layer_that_is_another_or_leads_elsewhere_is_an_error(guests: Harbour, registry: Registry) -> None:
    registry.holds(layer(file("etc/hostname", "x")))
    for change in (registry.lie, lambda: registry.redirect("http://169.254.169.254/latest")):
        change()
        number = scan(guests, asked(registry)).json()["id"]
        guests.work()
        report = guests.api.client.get(
            f"{BASE}/scan/{number}/report", None, headers={**MINE, "accept": GENERIC}
        )
        assert report.status_code == 500
        assert "could not be examined" in report.json()["error"]["message"]


def test_what_no_advisories_cover_is_an_error_and_not_clean(guests: Harbour, registry: Registry) -> None:
    registry.holds(
        layer(file("etc/os-release", "ID=debian\nVERSION_ID=12\n"), file("var/lib/dpkg/status", STATUS))
    )
    number = scan(guests, asked(registry)).json()["id"]
    guests.work()
    report = guests.api.client.get(f"{BASE}/scan/{number}/report", None, headers={**MINE, "accept": GENERIC})
    assert report.status_code == 500
    assert "no current advisories for debian:12" in report.text


STATUS = b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"

"""Scanners that answer with too much, for ever, or with a way to somewhere else."""

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.adapters import GENERIC, Adapter, Said, adapting

from pratique.errors import Invalid, TooLarge, Unavailable
from pratique.net import Outbound, OutboundLimits
from pratique.scanners.adapter_client import AdapterClient, Visit, Wait
from pratique.scanners.protocol import GENERIC_REPORT
from pratique.scanners.values import Auth, Capability, Target

TARGET = Target(1, "shop/app", f"sha256:{'a' * 64}", "application/vnd.oci.image.manifest.v1+json", 10)
SECRET = "the-credential-of-the-scanner"


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    with adapting() as place:
        yield place


def client(adapter: Adapter, whole: float = 5) -> AdapterClient:
    named = frozenset({"127.0.0.1"})
    limits = OutboundLimits(connect=2, read=2, whole=whole)
    outbound = Outbound(allowed=named, insecure_http=named, limits=limits)
    return AdapterClient(outbound, adapter.url, Auth.BEARER, SECRET)


def begin(adapter: Adapter) -> str:
    return client(adapter).scan(
        TARGET, Visit("https://r.example", "Basic c2VjcmV0"), Capability.VULNERABILITY, GENERIC_REPORT
    )


def endless(file: Any) -> None:
    with contextlib.suppress(OSError):
        while True:
            file.write(b" " * 65_536)


def dripping(file: Any) -> None:
    never = threading.Event()
    with contextlib.suppress(OSError):
        while not never.wait(0.2):
            file.write(b" ")
            file.flush()


def test_a_body_without_end_is_cut_off(adapter: Adapter) -> None:
    adapter.reports = [Said(200, endless, {"content-type": GENERIC})]
    with pytest.raises(TooLarge):
        client(adapter).report("1", GENERIC_REPORT)
    adapter.scan = Said(202, endless)
    with pytest.raises(TooLarge):
        begin(adapter)
    adapter.metadata = Said(200, endless)
    with pytest.raises(TooLarge):
        client(adapter).metadata()


def test_a_body_that_drips_is_given_up(adapter: Adapter) -> None:
    adapter.reports = [Said(200, dripping, {"content-type": GENERIC})]
    with pytest.raises(Unavailable, match="longer than 1 seconds"):
        client(adapter, whole=1).report("1", GENERIC_REPORT)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(adapter: Adapter, status: int) -> None:
    elsewhere = Said(status, b"", {"Location": f"{adapter.url}/elsewhere"})
    adapter.metadata, adapter.scan, adapter.reports = elsewhere, elsewhere, [elsewhere]
    with pytest.raises(Invalid):
        client(adapter).metadata()
    with pytest.raises(Invalid):
        begin(adapter)
    if status == 302:
        assert client(adapter).report("1", GENERIC_REPORT) == Wait(5)
    else:
        with pytest.raises(Invalid):
            client(adapter).report("1", GENERIC_REPORT)
    assert not [path for _, path, _ in adapter.heads if "elsewhere" in path]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 1), ("9", 9), ("999999999", 127), ("-1", 5), ("x", 5), ("9" * 5_000, 5), ("\u0663", 5)],
)
def test_a_wait_has_bounds(adapter: Adapter, said: str, seconds: int) -> None:
    adapter.reports = [Said(302, b"", {"Retry-After": said.encode().decode("latin-1")})]
    assert client(adapter).report("1", GENERIC_REPORT) == Wait(seconds)


@pytest.mark.parametrize("kind", ["text/html", "", "application/vnd.security.sbom.report+json; version=1.0"])
def test_another_media_type_is_no_report(adapter: Adapter, kind: str) -> None:
    adapter.reports = [Said(200, b'{"vulnerabilities": []}', {"content-type": kind})]
    with pytest.raises(Invalid, match="not with a report"):
        client(adapter).report("1", GENERIC_REPORT)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"id": 1}', b'{"id": ""}', b'{"id": "a\\u001b"}', b'{"id":' + b"[" * 99]
)
def test_a_scan_without_a_name_is_none(adapter: Adapter, content: bytes) -> None:
    adapter.scan = Said(202, content)
    with pytest.raises(Invalid):
        begin(adapter)


def test_a_name_that_climbs_stays_a_name(adapter: Adapter) -> None:
    with pytest.raises(Invalid):
        client(adapter).report("../../admin?x=", GENERIC_REPORT)
    assert adapter.heads[-1][1] == "/api/v1/scan/..%2F..%2Fadmin%3Fx%3D/report"


def test_what_an_error_says_is_cut_and_made_harmless(adapter: Adapter) -> None:
    message = "\x1b[31m" + "x" * 10_000 + "\u202e"
    adapter.scan = Said(500, json.dumps({"error": {"message": message}}).encode())
    with pytest.raises(Invalid) as refused:
        begin(adapter)
    assert len(refused.value.message) < 400
    assert refused.value.message.isprintable()
    assert SECRET not in refused.value.message

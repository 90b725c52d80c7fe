"""What every request passes: ids, doors, health, and the net below mistakes."""

import pytest
from tests.doors import errors_of
from tests.integration.conftest import Registry


def test_every_answer_has_a_request_id(registry: Registry) -> None:
    client = registry.client
    kept = client.get("/v2/", None, headers={"x-request-id": "from-the-client:1"})
    assert kept.headers["x-request-id"] == "from-the-client:1"
    for offered in ("x" * 200, "two words", "a\tb", "<script>"):
        made = client.get("/healthz", None, headers={"x-request-id": offered}).headers["x-request-id"]
        assert made != offered
        assert len(made) == 36


def test_health_and_metrics(registry: Registry) -> None:
    client = registry.client
    assert client.get("/healthz", None).text == "ok\n"
    assert client.get("/readyz", None).status_code == 200
    assert "pratique_http_requests_in_flight" in client.get("/metrics", None).text


def test_elsewhere_is_404(registry: Registry) -> None:
    for path in ("/", "/v1/", "/v2x", "/service", "/service/tokens", "/%2e%2e/v2/"):
        answer = registry.client.get(path, None)
        assert (answer.status_code, errors_of(answer)) == (404, ["UNSUPPORTED"])


def test_a_mistake_of_ours_says_only_the_id(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.home.project("team")

    def broken(*_: object) -> None:
        raise KeyError("a secret place")

    monkeypatch.setattr(registry.home.house.warehouse.lister, "tags", broken)
    answer = registry.client.get("/v2/team/app/tags/list", headers={"x-request-id": "mine"})
    assert answer.status_code == 500
    error = {"code": "UNKNOWN", "message": "request mine failed", "detail": {"request_id": "mine"}}
    assert answer.json() == {"errors": [error]}

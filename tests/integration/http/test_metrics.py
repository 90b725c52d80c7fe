"""`/metrics`: there for whoever asks, unless the settings say otherwise, and what the journal counts in it."""

import re
from pathlib import Path

from tests.doors import furnish_door, in_process
from tests.integration.conftest import Registry

REFUSALS = re.compile(r'pratique_gate_refusals_total\{method="GET"\} (\d)')


def test_what_the_gate_refuses_is_counted(registry: Registry) -> None:
    registry.home.project("team", "signed", public=True)
    registry.home.image("team/app", "1.0")
    token = registry.client.get("/service/token?scope=repository:team/app:pull&service=pratique", None)
    refused = registry.client.get("/v2/team/app/manifests/1.0", token.json()["token"])
    assert refused.status_code == 403
    # The journal is written by a thread of its own, after the answer.
    while (counted := REFUSALS.search(registry.client.get("/metrics", None).text)) is None:
        pass
    assert counted[1] == "1"


def test_metrics_can_be_switched_off(tmp_path: Path) -> None:
    home = furnish_door(
        f"sqlite:///{tmp_path}/pratique.db", tmp_path, settings={"server": {"metrics": False}}
    )
    with in_process(home) as client:
        assert client.get("/metrics", None).status_code == 404
        assert client.get("/healthz", None).status_code == 200
    home.house.close()

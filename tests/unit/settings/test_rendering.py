"""What people are shown of settings."""

import json

from pratique.settings import Settings, load, reference_markdown, show
from pratique.settings.rendering import kinds_of, sections
from pratique.settings.values import metas


def test_show_is_json_and_masks_secrets() -> None:
    shown = show(load(environ={"PRATIQUE_DATABASE__URL": "postgresql://me:hunter2@host/db"}))
    assert shown["database"]["url"] == "postgresql://me:********@host/db"
    assert "hunter2" not in json.dumps(shown)
    assert list(shown) == list(Settings.__struct_fields__)


def test_every_setting_is_described_and_in_the_reference() -> None:
    reference = reference_markdown()
    for section, struct in sections().items():
        assert struct.__doc__
        for key, kind in kinds_of(struct).items():
            assert any(meta.description for meta in metas(kind)), f"{section}.{key} says nothing about itself"
            assert f"| `{key}` |" in reference
            assert f"`PRATIQUE_{section.upper()}__{key.upper()}`" in reference


def test_defaults_are_readable() -> None:
    reference = reference_markdown()
    assert "| `candidate_window` | seconds | `15m` |" in reference
    assert "| `manifest_size` | bytes | `4 MiB` |" in reference
    assert "| `insecure_http` | boolean | `false` |" in reference
    assert "| `storage` | bytes | `-1` |" in reference


def test_what_is_shown_can_be_loaded_again() -> None:
    assert load(options=show(Settings())) == Settings()

"""The furnished house that is attacked."""

from tests.furnishing import home, open_scene, scene

__all__ = ["home", "open_scene", "scene"]

"""The furnished house that the tests of admission play in."""

from tests.furnishing import home, open_scene, scene

__all__ = ["home", "open_scene", "scene"]

"""Where the advisories are: beside the blobs, in files of their own."""

from pratique.advisories import Revisions
from pratique.settings import Settings

FOLDER = "advisories"


def revisions_of(settings: Settings) -> Revisions:
    """The revisions in the data directory."""
    return Revisions(settings.storage.directory / FOLDER)

"""What lies where in the data directory."""

from typing import Final

DATABASE: Final = "pratique.db"
"""The embedded database."""

"""Where everything is built, once: stores, rooms, their joints, the processes that serve and work."""

from pratique.bootstrap.house import House, build, public_url

__all__ = ["House", "build", "public_url"]

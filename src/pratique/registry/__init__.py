"""The warehouse of artifacts: repositories, manifests, tags, blobs, uploads, referrers, garbage collection.

It declares the ports `Gate`, `Projects`, `Rights` and `Origin` and knows none of their implementations. `Puller` is
the one way out (design, wall 1).
"""

from pratique.registry.pull import Puller
from pratique.registry.push import Accepted, Conditions, Pusher, Received
from pratique.registry.values import (
    Artifact,
    Page,
    Passage,
    Pulled,
    PulledBlob,
    Reader,
    Repository,
    Standing,
    TagSides,
)

__all__ = [
    "Accepted",
    "Artifact",
    "Conditions",
    "Page",
    "Passage",
    "Pulled",
    "PulledBlob",
    "Puller",
    "Pusher",
    "Reader",
    "Received",
    "Repository",
    "Standing",
    "TagSides",
]

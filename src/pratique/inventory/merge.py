"""The contents of an image from its catalogued layers: both trees that a runtime may make of them.

Pure. Where a link leads to a file that its layer's catalogue did not look at, the answer is `Missing`, and the layer is
catalogued again with that path.
"""

from collections.abc import Sequence
from dataclasses import replace

from pratique.inventory.contents import Contents, ImageFacts
from pratique.inventory.layer import LayerCatalogue
from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.overlay import OverlayTree, is_same
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.table import READERS
from pratique.inventory.tree import TooManySteps, Tree
from pratique.inventory.within import Missing, Within


def merge(
    layers: Sequence[LayerCatalogue],
    digests: Sequence[str] = (),
    facts: ImageFacts | None = None,
    readers: Sequence[Reader] = READERS,
) -> Contents | Missing:
    """The contents of the image that `layers` make, the lowest first; `digests` are those of the manifest.

    Raises CouldNotBeExamined.
    """
    plain = Tree()
    for layer in layers:
        plain.apply(layer.acts)
    found = Within(layers, digests, readers, plain).contents(facts)
    mounted = _mounted(layers)
    if mounted is None or is_same(plain, mounted):
        return found
    return _united(found, Within(layers, digests, readers, mounted).contents(facts))


def _mounted(layers: Sequence[LayerCatalogue]) -> OverlayTree | None:
    """The tree where layers are mounted one over the other; None where they can't be."""
    tree = OverlayTree()
    try:
        for layer in layers:
            tree.apply(layer.acts)
    except TooManySteps:
        raise
    except CouldNotBeExamined:
        return None
    return tree


def _united(plain: Contents | Missing, mounted: Contents | Missing) -> Contents | Missing:
    """What runtimes of either kind would find: of the second what the first does not have, wherever that is."""
    if isinstance(plain, Missing):
        return plain if isinstance(mounted, Contents) else plain.joined(mounted)
    return mounted if isinstance(mounted, Missing) else _together(plain, mounted)


def unpacked_alone(
    archive: LayerCatalogue, digest: str = "", readers: Sequence[Reader] = READERS
) -> Contents | Missing:
    """The contents of an archive that is no layer of an image: nothing lies below it, and it has no whiteouts.

    Raises CouldNotBeExamined.
    """
    tree = Tree(has_marks=False)
    tree.apply(archive.acts)
    return Within([archive], [digest], readers, tree).contents(None)


def _together(plain: Contents, mounted: Contents) -> Contents:
    if _release(plain) != _release(mounted):
        raise CouldNotBeExamined("runtimes would not agree on the distribution")
    known = {(one.package, one.state) for one in plain.packages}
    added = (one for one in mounted.packages if (one.package, one.state) not in known)
    packages = sorted((*plain.packages, *added), key=lambda one: one.place)
    return replace(plain, packages=tuple(packages))


def _release(contents: Contents) -> tuple[str, str] | None:
    of = contents.distribution
    return None if of is None else (of.id, of.release)

"""What images contain, kept: examined once, looked up by whoever judges, reports, or asks who has a package."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory import recorded
from pratique.inventory.contents import Contents, ImageFacts
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.table import VERSION
from pratique.inventory.store import components, images, shares
from pratique.inventory.store.values import ComponentRow, StoredImage
from pratique.packages import Component

PROBLEM_LIMIT: Final = 4_096
"""Characters that are kept of why an image could not be examined."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An image that could not be examined, and why; `readers` is the version that tried, `at` when."""

    reason: str
    readers: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Image:
    """An image that was examined: its distribution, what it says of itself, and its packages."""

    distribution: Distribution | None
    facts: ImageFacts | None
    rows: tuple[ComponentRow, ...]
    readers: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Outline:
    """An image that was examined, by what it has in common with others: the numbers of its shares by their marks.

    A mark is a hash of all that is in a share: by the same mark there is always the same.
    """

    distribution: Distribution | None
    shares: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Examination:
    """When an image was examined last, and whether it could not be."""

    at: Moment
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """That an image was examined, by which version of the readers and when; `problem`: why it could not be.

    `is_image`: it has a configuration, and so was examined as something that runs.
    """

    problem: str
    readers: str
    at: Moment
    is_image: bool


class Recording:
    """Writes and reads contents, by the digest of an image's manifest. It belongs to no project.

    Whatever takes something away returns the keys that no image has any more.
    """

    def put(
        self, tx: Tx, digest: str, contents: Contents, at: Moment, readers: str = VERSION
    ) -> set[Component]:
        """Keep what an image contains, in place of what was known of it."""
        found = recorded.shares_of(contents)
        shares.hold(tx)
        known = shares.numbers(tx, [share.mark for share in found])
        for share in found:
            if share.mark not in known:
                numbers = components.put(tx, share.components.values())
                known[share.mark] = shares.insert_share(tx, share.mark, share.layer, share.parts, numbers)
        image = recorded.stored_image(digest, readers, contents, at)
        return self._replace(tx, image, list(known.values()))

    def put_problem(
        self, tx: Tx, digest: str, reason: str, at: Moment, readers: str = VERSION
    ) -> set[Component]:
        """Keep that an image could not be examined: what was known of it before is not relied on any more."""
        shares.hold(tx)
        kept = recorded.storable(reason)[:PROBLEM_LIMIT] or "no reason was given"
        return self._replace(tx, StoredImage(digest, readers, kept, None, "", "{}", at), [])

    def image_of(self, tx: Tx, digest: str) -> Image | Problem | None:
        """What is known of an image; None: it was never examined."""
        image = images.get(tx, digest)
        if image is None:
            return None
        if image.problem:
            return Problem(image.problem, image.readers, image.examined_at)
        said, rows = recorded.said_of(image), self.components_of(tx, digest)
        of = recorded.distribution_of(image, said)
        return Image(of, said.facts, rows, image.readers, image.examined_at)

    def outline_of(self, tx: Tx, digest: str) -> Outline | Problem | None:
        """The same without the packages."""
        image = images.get(tx, digest)
        if image is None:
            return None
        if image.problem:
            return Problem(image.problem, image.readers, image.examined_at)
        distribution = recorded.distribution_of(image, recorded.said_of(image))
        return Outline(distribution, images.shares(tx, digest))

    def share(self, tx: Tx, number: int) -> tuple[ComponentRow, ...]:
        """The packages of a share, in the order of `Contents`."""
        return recorded.rows_of(images.of_share(tx, number))

    def examinations(self, tx: Tx, digests: Collection[str]) -> dict[str, Examination]:
        """When images were examined; what never was is not named."""
        rows = images.examined(tx, digests)
        return {digest: Examination(Moment(at), bool(failed)) for digest, at, failed in rows}

    def noted(self, tx: Tx, digest: str) -> Noted | None:
        """Whether an image was examined, without what is in it; None: it was not."""
        image = images.get(tx, digest)
        if image is None:
            return None
        is_image = bool(image.problem) or recorded.said_of(image).facts is not None
        return Noted(image.problem, image.readers, image.examined_at, is_image)

    def contents_of(self, tx: Tx, digest: str) -> Contents | Problem | None:
        """The same, as whoever examines an image has it."""
        image = self.image_of(tx, digest)
        if not isinstance(image, Image):
            return image
        return Contents(image.distribution, tuple(row.located for row in image.rows), image.facts)

    def components_of(self, tx: Tx, digest: str) -> tuple[ComponentRow, ...]:
        """The packages of an image, in the order of `Contents`; none where it was not examined."""
        return recorded.rows_of(images.parts(tx, digest))

    def images_with(self, tx: Tx, keys: Collection[Component]) -> Sequence[str]:
        """The digests of the images that have a package which advisories look up by one of `keys`, sorted."""
        return images.with_components(tx, components.with_keys(tx, keys))

    def components_with(self, tx: Tx, keys: Collection[Component]) -> Sequence[int]:
        """The numbers of the packages that advisories look up by one of `keys`."""
        return components.with_keys(tx, keys)

    def components(self, tx: Tx, numbers: Collection[int]) -> Mapping[int, ComponentRow]:
        """Packages by their numbers, as part of no image in particular."""
        return {int(number): recorded.anywhere(row) for number, *row in components.rows(tx, numbers)}

    def of_other_readers(
        self, tx: Tx, after: str = "", most: int = 1_000, readers: str = VERSION
    ) -> Sequence[str]:
        """Up to `most` images behind the digest `after` that were examined by another version of the readers."""
        return images.of_other_readers(tx, readers, after, most)

    def count_of_other_readers(self, tx: Tx, readers: str = VERSION) -> int:
        """How many images were examined by another version of the readers."""
        return images.count_of_other_readers(tx, readers)

    def keep(self, tx: Tx, digest: str) -> None:
        """Have nobody forget an image before the transaction ends: what is read of it from now on stays true."""
        images.hold(tx, [digest], alone=False)

    def claim(self, tx: Tx, digests: Collection[str]) -> None:
        """Hold images that are to be forgotten. Whoever keeps one is waited for: look again whether it has to go."""
        images.hold(tx, digests, alone=True)

    def forget(self, tx: Tx, digest: str) -> set[Component]:
        """Forget an image, with the shares and packages that no other has."""
        shares.hold(tx)
        return self._sweep(tx, images.remove(tx, digest))

    def _replace(self, tx: Tx, image: StoredImage, has: Collection[int]) -> set[Component]:
        had = images.replace_shares(tx, images.put(tx, image), has)
        return self._sweep(tx, [number for number in had if number not in has])

    def _sweep(self, tx: Tx, unused: Sequence[int]) -> set[Component]:
        return components.drop_orphans(tx, shares.drop_orphans(tx, unused)) if unused else set()

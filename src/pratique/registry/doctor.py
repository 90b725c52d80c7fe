"""The doctor: whether everything that was promised is still so. It changes nothing and runs beside a server.

A finding is something that neither start-up recovery nor the next garbage collection mends by itself; what a crash
leaves over (files without a row, rows of uploads cut short, copies in the trash) is garbage and none. So the doctor
is clean after any crash, before recovery as after it, and exits 0 exactly when there is no finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pratique.blobs import Spool
from pratique.clock import DAY, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import Invalid, UploadUnknown
from pratique.oci.digest import Digest, algorithm_of, digest_of
from pratique.oci.manifest import parse_manifest
from pratique.registry.disposal import Store
from pratique.registry.store import checkups, scrubs
from pratique.registry.store.checkups import ManifestRow

PAGE: Final = 500
MANIFESTS: Final = 50
"""Manifests in one look: each with its bytes."""

LEFTOVER_AFTER: Final = 2 * DAY
"""How long after its expiry an upload's file may lie about: as long as garbage collection may be late."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: the rule it breaks, what is concerned, and what it is and what to do about it."""

    rule: str
    subject: str
    message: str


class Doctor:
    """Looks at rows and files. `expiry` of uploads in microseconds."""

    def __init__(self, database: Database, store: Store, spool: Spool, clock: Clock, *, expiry: int) -> None:
        self._database = database
        self._store = store
        self._spool = spool
        self._clock = clock
        self._expiry = expiry

    def examine(self) -> Iterator[Finding]:
        """Everything that is wrong, as it is found. Raises Unavailable."""
        for rule in (_tags, _links):
            with self._database.read() as tx:
                yield from rule(tx)
        yield from self._manifests()
        yield from self._blobs()
        yield from self._leftovers()

    def _manifests(self) -> Iterator[Finding]:
        last = 0
        while True:
            with self._database.read() as tx:
                page = checkups.manifests(tx, last, MANIFESTS)
                for row in page:
                    yield from _manifest(tx, row)
            if len(page) < MANIFESTS:
                return
            last = page[-1].id

    def _blobs(self) -> Iterator[Finding]:
        last = ""
        while True:
            with self._database.read() as tx:
                page = scrubs.page(tx, last, PAGE)
            for row in page:
                if row.is_corrupt:
                    yield Finding(
                        "blob-corrupt",
                        row.digest,
                        "its bytes are damaged and not served; push it again to heal it",
                    )
                elif self._store.stat(row.digest) != row.size and self._is_lost(row.digest):
                    found = self._store.stat(row.digest)
                    what = "has no file" if found is None else f"has a file of {found} bytes"
                    yield Finding(
                        "blob-file",
                        row.digest,
                        f"recorded with {row.size} bytes, {what}; run `pratique scrub`, then push it again",
                    )
            if len(page) < PAGE:
                return
            last = page[-1].digest

    def _is_lost(self, digest: Digest) -> bool:
        """Row, file, row, file, again: a collection or a push that runs meanwhile is no finding.

        Nor is what lies in the trash: start-up recovery brings it back (`disposal`, "a COMMIT that nobody saw").
        """
        for _ in range(2):
            with self._database.read() as tx:
                size = checkups.size_of(tx, digest)
            if size is None or self._store.stat(digest) == size or self._store.is_trashed(digest):
                return False
        return True

    def _leftovers(self) -> Iterator[Finding]:
        now = self._clock.now()
        before = Moment(now - self._expiry - LEFTOVER_AFTER)
        old = [upload for upload in self._spool.walk() if self._touched_at(upload, now) <= before]
        with self._database.read() as tx:
            live = checkups.live_uploads(tx, now)
        for upload in old:
            if upload not in live:
                yield Finding("upload-leftover", upload, "nobody has touched it for long; run `pratique gc`")

    def _touched_at(self, upload: str, now: Moment) -> Moment:
        try:
            return self._spool.touched_at(upload)
        except UploadUnknown:
            return now  # closed meanwhile


def _tags(tx: Tx) -> Iterator[Finding]:
    for repository, tag, digest in checkups.lost_sides(tx):
        yield Finding(
            "tag-resolves", f"{repository}:{tag}", f"names {digest}, which is not in the repository"
        )
    for repository, tag, digest in checkups.lost_entries(tx):
        yield Finding(
            "tag-history", f"{repository}:{tag}", f"{digest} of its history is not in the repository"
        )


def _links(tx: Tx) -> Iterator[Finding]:
    for manifest, blob in checkups.unlinked(tx):
        yield Finding("manifest-blobs", manifest, f"names {blob}, which its repository does not link")
    for repository, blob in checkups.unrecorded(tx):
        yield Finding("link-blob", repository, f"links {blob}, which is not recorded")
    for manifest in checkups.homeless(tx):
        yield Finding("manifest-home", manifest, "belongs to no repository")


def _manifest(tx: Tx, row: ManifestRow) -> Iterator[Finding]:
    """The bytes are what they are called, and the rows say what the bytes say."""
    name = f"{row.repository}@{row.digest}"
    if digest_of(row.body, algorithm_of(row.digest)) != row.digest or len(row.body) != row.size:
        yield Finding("manifest-bytes", name, "its bytes are damaged; restore the database from a backup")
        return
    try:
        manifest = parse_manifest(row.body, row.media_type)
    except Invalid as refusal:
        yield Finding("manifest-parses", name, f"would not be accepted today: {refusal.message}")
        return
    blobs, children = checkups.named_by(tx, row.id)
    wanted = {blob.digest for blob in manifest.blobs()}
    optional = {blob.digest for blob in manifest.optional_blobs()}
    if not wanted <= blobs <= wanted | optional:
        yield Finding(
            "manifest-rows", name, "its rows name other blobs than its bytes; delete and push it again"
        )
    if children != {child.digest for child in manifest.children()}:
        yield Finding(
            "manifest-rows", name, "its rows name other children than its bytes; delete and push it again"
        )
    subject = manifest.subject.digest if manifest.subject else None
    # Evidence at a tag of the classic schema gets its subject from the tag's name (gate.md 2).
    if row.subject != subject and not (row.is_evidence and subject is None):
        yield Finding("manifest-subject", name, f"is kept as a referrer of {row.subject} and names {subject}")

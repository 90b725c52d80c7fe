"""The job that looks into an image of another registry, for which this one is a scanner.

The `Authorization` that came with the request is sent to the registry that was named and to no other origin; what a
redirect leads to is asked without it, past the guard of `net`. Bytes are held against their digests before anything is
read of them, and nothing is kept but the report.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pratique.admission.covering import Expectations
from pratique.admission.looking import Looking
from pratique.admission.report import make_report
from pratique.admission.reports.harbor import FORMS, Reported, harbor_report
from pratique.advisories.findings import Findings
from pratique.clock import Clock, rfc3339
from pratique.errors import DigestInvalid, PratiqueError, Unavailable
from pratique.inventory import Cataloguing, Contents, CouldNotBeExamined
from pratique.inventory.examining import OpenLayer
from pratique.inventory.sbom import Subject, write_spdx
from pratique.net import Outbound
from pratique.oci.manifest import MANIFEST_LIMIT, parse_manifest
from pratique.scanners.guests import Guest, GuestScans
from pratique.scanners.protocol import MANIFESTS, SBOM_REPORT, SPDX
from pratique.scanners.values import OURS


@dataclass(frozen=True, slots=True)
class GuestLimits:
    """Of one image, in bytes: a blob, and all that is fetched."""

    blob: int
    image: int


class GuestScanning:
    """Handles `scanners.scan_for_others`."""

    def __init__(
        self,
        scans: GuestScans,
        way: Callable[[], Outbound],
        cataloguing: Callable[[OpenLayer], Cataloguing],
        findings: Findings,
        expected: Expectations,
        clock: Clock,
        limits: GuestLimits,
    ) -> None:
        self._scans = scans
        self._way = way
        self._cataloguing = cataloguing
        self._findings = findings
        self._expected = expected
        self._clock = clock
        self._limits = limits

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Look into an image and keep the reports, or what went wrong."""
        number = str(payload["scan"])
        guest = self._scans.asked(number)
        if guest is None:
            return
        try:
            with closing(self._way()) as outbound, tempfile.TemporaryDirectory() as folder:
                contents = self._contents(_Remote(outbound, guest, self._limits, Path(folder)), guest)
        except (PratiqueError, CouldNotBeExamined) as problem:
            self._scans.end(number, None, f"could not be examined: {problem}")
            return
        reports, errors = self._reports(guest, contents)
        # Others don't know `errors`: they would read what could not be covered as clean.
        self._scans.end(number, None if errors else reports, "; ".join(errors))

    def _contents(self, remote: "_Remote", guest: Guest) -> Contents:
        content, media_type = remote.manifest()
        manifest = parse_manifest(content, media_type or guest.media_type, limit=MANIFEST_LIMIT)
        return Looking(remote.opened, self._cataloguing(remote.opened))(manifest)

    def _reports(self, guest: Guest, contents: Contents) -> tuple[dict[str, Any], tuple[str, ...]]:
        at, of = self._clock.now(), Reported(guest.repository, guest.digest, guest.media_type)
        report = make_report(contents, self._findings.answers(), at, self._expected)
        told = harbor_report(report, of, at)
        subject = Subject(f"{guest.repository}@{guest.digest}", guest.digest, guest.repository)
        sbom = {
            "generated_at": rfc3339(at),
            "artifact": told["artifact"],
            "scanner": {"name": OURS.name, "vendor": OURS.vendor, "version": OURS.version},
            "media_type": SPDX,
            "sbom": msgspec.json.decode(write_spdx(contents, subject)),
        }
        return {**dict.fromkeys(FORMS, told), SBOM_REPORT: sbom}, report.errors


class _Remote:
    """One image at its registry."""

    def __init__(self, outbound: Outbound, guest: Guest, limits: GuestLimits, folder: Path) -> None:
        self._outbound = outbound
        self._guest = guest
        self._limits = limits
        self._folder = folder
        self._files: dict[str, Path] = {}
        self._fetched = 0

    def manifest(self) -> tuple[bytes, str]:
        """The manifest, as its digest says it is."""
        url = f"{self._base}/manifests/{self._guest.digest}"
        answer = self._outbound.get(url, {**self._headers, "accept": ", ".join(MANIFESTS)}, MANIFEST_LIMIT)
        _check(answer.status, "the manifest")
        _prove(self._guest.digest, hashlib.new(_algorithm(self._guest.digest), answer.content).hexdigest())
        return answer.content, answer.headers.get("content-type", "")

    @contextmanager
    def opened(self, digest: str) -> Iterator[BinaryIO]:
        """A blob, which is fetched once."""
        if digest not in self._files:
            self._files[digest] = self._fetch(digest, self._folder / str(len(self._files)))
        with self._files[digest].open("rb") as file:
            yield file

    def _fetch(self, digest: str, path: Path) -> Path:
        room = min(self._limits.blob, self._limits.image - self._fetched)
        with path.open("w+b") as file:
            answer = self._outbound.download(f"{self._base}/blobs/{digest}", self._headers, room, file)
            _check(answer.status, f"the blob {digest}")
            self._fetched += file.tell()
            file.seek(0)
            _prove(digest, hashlib.file_digest(file, lambda: hashlib.new(_algorithm(digest))).hexdigest())
        return path

    @property
    def _base(self) -> str:
        return f"{self._guest.origin}/v2/{self._guest.repository}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": self._guest.authorization} if self._guest.authorization else {}


def _algorithm(digest: str) -> str:
    return digest.partition(":")[0]


def _check(status: int, what: str) -> None:
    if status != 200:
        raise Unavailable(f"asked for {what}, the registry answers {status}")


def _prove(digest: str, found: str) -> None:
    if digest.partition(":")[2] != found:
        raise DigestInvalid(f"what the registry gives as {digest} is something else")

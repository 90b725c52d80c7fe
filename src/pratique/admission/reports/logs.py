"""What a scan has done, in lines: when, which layers, how many packages and findings, what covers them, what failed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from pratique.admission.report import Report
from pratique.admission.reports.harbor import counted, harmful
from pratique.admission.reports.scans import ScannedImage
from pratique.advisories import Coverage
from pratique.clock import rfc3339
from pratique.policy.refusal import clean


def log_of(images: Sequence[ScannedImage]) -> str:
    """The log of a scan, an image after the other. Characters that steer a terminal are taken out."""
    return "".join(f"{clean(line)}\n" for image in images for line in _lines(image))


def _lines(image: ScannedImage) -> Iterator[str]:
    if image.asked is not None:
        yield f"{rfc3339(image.asked.asked_at)} scan of {image.digest} asked for"
        if image.asked.stopped_at is not None:
            yield f"{rfc3339(image.asked.stopped_at)} scan of {image.digest} stopped"
    if image.job is not None:
        yield f"{image.digest} {_progress(image)}"
    if image.examination is not None:
        yield f"{rfc3339(image.examination.at)} {image.digest} examined"
    if isinstance(image.found, Report):
        yield from _found(image.found)
    yield from (f"error: {error}" for error in image.errors)


def _progress(image: ScannedImage) -> str:
    if image.job is None:
        return ""
    state = {"ready": "waits for a worker", "claimed": "is examined", "dead": "has failed for good"}
    again = f"; the last try ended with: {image.job.last_error}" if image.job.last_error else ""
    return f"{state[image.job.state]}{again}"


def _found(report: Report) -> Iterator[str]:
    layers = Counter(one.layer for one in report.packages)
    yield from (f"layer {layer or '(unknown)'}: {number} packages" for layer, number in layers.items())
    yield f"{len(report.packages)} packages"
    findings = harmful(report.findings)
    harmless = len(report.findings) - len(findings)
    numbers = ", ".join(f"{number} {severity}" for severity, number in counted(findings).items())
    yield f"{len(findings)} findings{f': {numbers}' if numbers else ''}; {harmless} more that refuse nothing"
    yield from map(_covered, report.coverage)


def _covered(coverage: Coverage) -> str:
    if not coverage.holdings:
        return f"coverage of {coverage.ecosystem}: none"
    by = ", ".join(
        f"{one.source} (imported {rfc3339(one.imported_at)}, newest {one.newest or 'unknown'})"
        for one in coverage.holdings
    )
    return f"coverage of {coverage.ecosystem}: {by}"

"""`pratique scan`: what is inside an image, a root filesystem or an SBOM, and what is known to be wrong with it."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from pratique.admission.report import Report, make_report
from pratique.admission.reports.harbor import records_of
from pratique.advisories import Answers
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.examining import layer_limits
from pratique.bootstrap.judging import expectations_of
from pratique.cli.options import USAGE, config_option, data_option, settings_of, storage_options
from pratique.cli.scanning.formats import FORMATS
from pratique.cli.scanning.formats.table import printable
from pratique.cli.scanning.ignoring import IgnoreList, read_ignore_file
from pratique.cli.scanning.images import Advance, parse_platform
from pratique.cli.scanning.opening import Begin, Manner, examine
from pratique.cli.scanning.scanned import Scanned
from pratique.cli.scanning.selecting import NAMES, Selection, severity_named
from pratique.clock import Moment, SystemClock
from pratique.errors import PratiqueError
from pratique.inventory import CouldNotBeExamined
from pratique.inventory.sbom import Subject
from pratique.packages import Severity

FOUND = 1
"""Exit code of findings; that something could not be examined is `USAGE`, like everything that can't be answered."""

_SEVERITY = click.Choice(NAMES, case_sensitive=False)


@click.command("scan")
@click.argument("artifact", metavar="REF|ARCHIVE|DIR|sbom:FILE")
@data_option
@config_option
@click.option(
    "--format",
    "style",
    type=click.Choice(tuple(FORMATS)),
    default="table",
    show_default=True,
    help="A table for people, JSON for scripts, SARIF for code hosts, the bill of materials, or Harbor's report.",
)
@click.option("--severity", type=_SEVERITY, help="Tell only of findings as bad as this, or worse.")
@click.option("--ignore-unfixed", is_flag=True, help="Tell only of findings that a newer version mends.")
@click.option(
    "--ignore-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ids that are not to be told of: one a line, perhaps exp:2026-12-31 after it; # begins a comment.",
)
@click.option("--fail-on", type=_SEVERITY, help="End with 1 only for findings as bad as this, or worse.")
@click.option(
    "--platform", metavar="OS/ARCH", help="Which image of an index.  [default: linux, this machine's]"
)
@click.option("--insecure-http", is_flag=True, help="Ask the registry without TLS.")
def scan_command(
    artifact: str,
    data: Path | None,
    config_file: Path | None,
    style: str,
    severity: str | None,
    ignore_unfixed: bool,
    ignore_file: Path | None,
    fail_on: str | None,
    platform: str | None,
    insecure_http: bool,
) -> None:
    """Say which packages are inside, and what the imported advisories know to be wrong with them. No server is needed.

    REF is host/repository:tag or @digest, asked with docker's credentials. ARCHIVE is what `docker save` or an OCI tool
    wrote, packed or not. DIR is an OCI image layout (oci:DIR@DIGEST names one of several images) or an unpacked root
    filesystem. sbom:FILE is CycloneDX or SPDX 2 in JSON. Exit code 0: nothing is known to be wrong, 1: something is,
    2: it could not be examined, or not all of it, and nothing was found.

    \b
    Examples:
      pratique scan registry.example.org/library/app:1.0 --data ./data
      pratique scan app.tar --data ./data --severity high --ignore-unfixed
      pratique scan ./rootfs --data ./data --format json
      pratique scan sbom:app.cdx.json --data ./data --format sarif
    """
    settings = settings_of(config_file, storage_options(data))
    at = SystemClock().now()
    expected = expectations_of(settings)
    try:
        ignored = _ignored(ignore_file, at)
        selection = Selection(
            _severity(severity), ignore_unfixed, ignored, _severity(fail_on), expected.unknown_as
        )
        wanted = None if platform is None else parse_platform(platform)
        with closing(Answers(revisions_of(settings))) as answers:
            with _progress(artifact) as begin:
                manner = Manner(begin, layer_limits(settings), wanted, insecure_http)
                opened = examine(artifact, manner)
            report = selection.of(make_report(opened.contents, answers, at, expected))
            details = answers.details(records_of(report.findings)) if style == "harbor" else {}
    except CouldNotBeExamined as error:
        report = Report(errors=(f"could not be examined: {error}",))
        _end(Scanned(Subject(artifact), None, report, at), style, USAGE)
    except PratiqueError as error:
        click.echo(f"pratique: {printable(error.message)}", err=True)
        sys.exit(USAGE)
    code = FOUND if selection.fails(report) else (USAGE if report.errors else 0)
    _end(Scanned(opened.subject, opened.contents, report, at, opened.media_type, details), style, code)


def _end(scanned: Scanned, style: str, code: int) -> NoReturn:
    click.echo(FORMATS[style](scanned))
    if style != "table":
        for error in scanned.report.errors:
            click.echo(f"pratique: {printable(error)}", err=True)
    sys.exit(code)


def _severity(name: str | None) -> Severity:
    return Severity.NONE if name is None else severity_named(name)


def _ignored(path: Path | None, at: Moment) -> IgnoreList:
    if path is None:
        return IgnoreList()
    ignored = read_ignore_file(path, at)
    for entry in ignored.expired:
        click.echo(f"pratique: {entry.id} is told of again: it was ignored until {entry.until}", err=True)
    return ignored


@contextmanager
def _progress(artifact: str) -> Iterator[Begin]:
    """A bar on standard error while layers are read; nothing where nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def begin(total: int | None) -> Advance:
            task = progress.add_task(printable(artifact), total=total)
            return lambda count: progress.advance(task, count)

        yield begin

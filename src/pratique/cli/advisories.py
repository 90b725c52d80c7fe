"""`pratique advisories`: take in what is known to be wrong with packages, and ask about one."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pratique.advisories import Answers, Edition, Outcome, Supply, UnknownSupply, supplies
from pratique.advisories.packed import is_layout, opened
from pratique.advisories.record import RecordInvalid
from pratique.bootstrap.advising import FOLDER, importer_of, revisions_of, witness_of
from pratique.bootstrap.releases import releases_of
from pratique.cli.bundling import pack_command, verify_bundle_command
from pratique.cli.options import (
    USAGE,
    config_option,
    data_option,
    fail,
    format_option,
    settings_of,
    show,
    storage_options,
)
from pratique.clock import SystemClock, rfc3339
from pratique.errors import PratiqueError
from pratique.packages import InvalidPurl, component_of
from pratique.settings import Settings


@click.group()
def advisories() -> None:
    """What is known to be wrong with packages: OSV records, KEV and EPSS, taken from files.

    \b
    Examples:
      pratique advisories import ./osv --data ./data
      pratique advisories query 'pkg:pypi/django@2.2.0' --data ./data
    """


@advisories.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@data_option
@config_option
@click.option("--source", help="Who says it, where that is not the name of the folder.")
@click.option("--allow-shrink", is_flag=True, help="Take it even if a source says much less than before.")
@format_option
def take(
    paths: Sequence[Path],
    data: Path | None,
    config_file: Path | None,
    source: str | None,
    allow_shrink: bool,
    style: str,
) -> None:
    """Take in packed bundles, zips and folders of OSV records, single records, KEV and EPSS files: all or none.

    A zip or a folder is the complete new state of its source, which is called as the folder is. A bundle says itself
    what it holds; it must be signed by a key of advisories.bundle_keys. All else is recorded as unsigned.

    \b
    Examples:
      pratique advisories import ./osv/Debian/all.zip ./osv/npm --data ./data
      pratique advisories import ./advisories.tar --data ./data --config pratique.toml
      pratique advisories import GHSA-xxxx.json --source npm --data ./data
    """
    settings = settings_of(config_file, storage_options(data))
    with Console(stderr=True).status("reading") as status, ExitStack() as stack:
        importer = importer_of(
            settings,
            SystemClock(),
            lambda name, count: status.update(f"{name}: {count} records"),
            releases_of(settings, SystemClock()),
        )
        try:
            wanted, editions = _wanted(stack, paths, source, settings)
            outcomes = importer.take(wanted, editions, allow_shrink=allow_shrink).outcomes
        except RecordInvalid as error:
            click.echo(f"pratique: {error}; nothing was imported", err=True)
            sys.exit(1)
        except PratiqueError as error:
            fail(error)
    show(style, [_outcome(outcome) for outcome in outcomes], "\n".join(map(_line, outcomes)))


@advisories.command()
@data_option
@config_option
@format_option
def status(data: Path | None, config_file: Path | None, style: str) -> None:
    """Say which sources are here, how many advisories each has, and of which date.

    \b
    Example:
      pratique advisories status --data ./data --format json
    """
    with closing(Answers(revisions_of(settings_of(config_file, storage_options(data))))) as answers:
        found = answers.status()
    for source in found["sources"]:
        source["imported_at"] = rfc3339(source["imported_at"])
    for bundle in found["bundles"]:
        bundle |= {"created": rfc3339(bundle["created"]), "expires": rfc3339(bundle["expires"])}
    show(style, found, _status(found))


@advisories.command()
@click.argument("purls", nargs=-1, required=True)
@data_option
@config_option
@format_option
def query(purls: Sequence[str], data: Path | None, config_file: Path | None, style: str) -> None:
    """Say which advisories speak of a package, by their ids as published; withdrawn ones do not.

    Packages of a distribution need its release (distro=debian-11), and are looked up by their source (upstream=...).

    \b
    Example:
      pratique advisories query 'pkg:deb/debian/libcurl4@7.74.0-1.3?distro=debian-11&upstream=curl' --data ./data
    """
    with closing(Answers(revisions_of(settings_of(config_file, storage_options(data))))) as answers:
        found = {purl: _ids(answers, purl) for purl in purls}
    show(style, found, "\n".join(f"{purl}: {_ids_text(ids)}" for purl, ids in found.items()))
    if None in found.values():
        sys.exit(USAGE)


def _wanted(
    stack: ExitStack, paths: Sequence[Path], source: str | None, settings: Settings
) -> tuple[list[Supply], list[Edition]]:
    """What there is to import, and the bundles that some of it comes in, open as long as `stack` is."""
    wanted: list[Supply] = []
    editions: list[Edition] = []
    for path in paths:
        if is_layout(path):
            drafts = settings.storage.directory / FOLDER
            drafts.mkdir(parents=True, exist_ok=True)
            bundle = stack.enter_context(opened(path, witness_of(settings, SystemClock()), drafts))
            wanted += bundle.supplies
            editions.append(bundle.edition)
            continue
        try:
            wanted += supplies(path, source)
        except UnknownSupply as error:
            raise click.UsageError(str(error)) from error
    return wanted, editions


def _ids(answers: Answers, purl: str) -> list[str] | None:
    try:
        component = component_of(purl)
    except InvalidPurl as error:
        click.echo(f"pratique: {error}", err=True)
        return None
    if component is not None and component.ecosystem.is_vague:
        click.echo(f"pratique: {purl} does not say of which release it is (distro=...)", err=True)
    found = [] if component is None else answers.about(component)
    return list(dict.fromkeys(answer.id for answer in found))


def _ids_text(ids: list[str] | None) -> str:
    if ids is None:
        return "no package URL"
    return ", ".join(ids) or "nothing is known"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "source": outcome.source,
        "added": outcome.added,
        "changed": outcome.changed,
        "removed": outcome.removed,
        "withdrawn": outcome.withdrawn,
        "unchanged": outcome.unchanged,
        "refused": dict(outcome.refused),
        "signed": outcome.signed,
    }


def _line(outcome: Outcome) -> str:
    refused = "".join(f", {count} refused ({why})" for why, count in sorted(outcome.refused.items()))
    return (
        f"{outcome.source}: {outcome.added} added, {outcome.changed} changed, {outcome.removed} removed, "
        f"{outcome.unchanged} unchanged{refused}, {'signed' if outcome.signed else 'unsigned'}"
    )


def _status(found: dict[str, Any]) -> str:
    lines = [
        f"{source['name']}: {source['records']} advisories ({source['withdrawn']} withdrawn), "
        f"newest {source['newest'] or 'unknown'}, imported {source['imported_at']}, "
        f"{'signed' if source['signed'] else 'unsigned'}"
        for source in found["sources"]
    ]
    lines += [
        f"bundle {bundle['name']} {bundle['version']}: expires {bundle['expires']}"
        for bundle in found["bundles"]
    ]
    revision = f"revision {found['revision']}: {found['total']} records"
    return "\n".join([*lines, f"{revision}, {found['kev']} known exploited, {found['epss']} scores"])


for command in (pack_command, verify_bundle_command):
    advisories.add_command(command)

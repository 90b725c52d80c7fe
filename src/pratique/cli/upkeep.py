"""`pratique gc`, `doctor`, `scrub`, `backup`: beside a running server or without one."""

import sys
from pathlib import Path

import click

from pratique.bootstrap.house import House, build
from pratique.bootstrap.upkeep import build_backup, build_upkeep
from pratique.cli.options import (
    config_option,
    data_option,
    fail,
    format_option,
    settings_of,
    show,
    storage_options,
    working,
)
from pratique.clock import SECOND, SystemClock
from pratique.errors import PratiqueError
from pratique.migrations import check
from pratique.registry.scrub import Damage
from pratique.registry.sweep import Gone, Terms


def open_house(data: Path | None, config_file: Path | None) -> House:
    """The house on a data directory that exists; ends the program where it can't be opened."""
    settings = settings_of(config_file, storage_options(data))
    directory = settings.storage.directory
    if not directory.is_dir():
        raise click.UsageError(
            f"{directory} is not a data directory; name the one that `pratique serve` uses"
        )
    try:
        house = build(settings, SystemClock())
        check(house.stores.database)
    except PratiqueError as error:
        fail(error)
        raise
    return house


@click.command()
@data_option
@config_option
@click.option(
    "--grace", type=click.IntRange(min=0), help="Seconds that garbage is left alone; never shortens a lease."
)
@click.option("--untagged", is_flag=True, help="Delete manifests that no tag and no index leads to.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
@click.option("--empty-trash", is_flag=True, help="Free the disk at once: nothing can be undone then.")
@format_option
def gc(
    data: Path | None,
    config_file: Path | None,
    grace: int | None,
    untagged: bool,
    dry_run: bool,
    empty_trash: bool,
    style: str,
) -> None:
    """Collect garbage: what no manifest, tag, lease or upload needs any more.

    \b
    Examples:
      pratique gc --data ./data --dry-run
      pratique gc --data ./data --untagged --format json
    """
    house = open_house(data, config_file)
    settings = house.settings
    lull = settings.registry.gc_grace if grace is None else grace
    terms = Terms(
        grace=lull * SECOND,
        undo=0 if empty_trash else max(lull, settings.registry.gc_grace) * SECOND,
        inspection=settings.registry.corrupt_kept * SECOND,
        delete_untagged=untagged,
        is_dry_run=dry_run,
    )

    def tell(gone: Gone) -> None:
        if style == "text":
            click.echo(gone.line())

    try:
        with working("looking for garbage"):
            outcome = build_upkeep(house).collector.run(terms, tell)
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    counts = {name: getattr(outcome.counts, name) for name in outcome.counts.__dataclass_fields__}
    would = "would be freed" if dry_run else "freed"
    show(
        style,
        {"status": outcome.status, **counts},
        f"{outcome.status}: {counts['freed_bytes']} bytes {would}",
    )


@click.command()
@data_option
@config_option
@format_option
def doctor(data: Path | None, config_file: Path | None, style: str) -> None:
    """Look whether everything that was promised is there. Exit code 0 when it is, 1 when something is wrong.

    \b
    Example:
      pratique doctor --data ./data
    """
    house = open_house(data, config_file)
    try:
        with working("comparing what is recorded with what is there"):
            findings = [
                (finding.rule, f"{finding.subject}: {finding.message}")
                for finding in build_upkeep(house).doctor.examine()
            ]
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    lines = [f"{rule}: {what}" for rule, what in findings]
    text = "\n".join(lines) or "clean: every manifest, tag and blob is whole"
    show(
        style,
        {"clean": not findings, "findings": [{"rule": rule, "what": what} for rule, what in findings]},
        text,
    )
    sys.exit(1 if findings else 0)


@click.command()
@data_option
@config_option
@format_option
def scrub(data: Path | None, config_file: Path | None, style: str) -> None:
    """Read every blob again and compare it with its digest. Exit code 1 when damage was found.

    What is damaged is not served any more; pushing the same content again heals it.

    \b
    Example:
      pratique scrub --data ./data --format json
    """
    house = open_house(data, config_file)
    damaged: list[dict[str, str]] = []

    def tell(damage: Damage) -> None:
        damaged.append({"digest": damage.digest, "health": damage.health.value})
        if style == "text":
            click.echo(f"{damage.health.value}: {damage.digest}")

    try:
        with working("reading every blob"):
            build_upkeep(house).scrubber.run(tell)
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    show(style, {"clean": not damaged, "damaged": damaged}, "damage was found" if damaged else "clean")
    sys.exit(1 if damaged else 0)


@click.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@data_option
@config_option
@click.option(
    "--allow-links", is_flag=True, help="Blobs may share their bytes with the data directory (same disk)."
)
@format_option
def backup(target: Path, data: Path | None, config_file: Path | None, allow_links: bool, style: str) -> None:
    """Copy the database, then the blobs it names, into TARGET, while the server runs.

    To restore, stop the server, copy the backup to an empty data directory, and run `pratique doctor` on it.

    \b
    Example:
      pratique backup --data ./data /backups/2026-11-21
    """
    house = open_house(data, config_file)
    try:
        with working("copying"):
            report = build_backup(house, allow_links=allow_links).run(target)
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    value = {"target": str(target), "blobs": report.blobs, "linked": report.linked, "size": report.size}
    show(style, value, f"{report.blobs} blobs, {report.size} bytes in {target}")

"""`pratique gc`, `doctor`, `scrub`, `backup`, `restore`: beside a running server or without one."""

from pathlib import Path

import click

from pratique.bootstrap import House, build
from pratique.bootstrap.upkeep import build_upkeep
from pratique.cli.options import (
    config_option,
    data_option,
    fail,
    format_option,
    settings_of,
    show,
    storage_options,
)
from pratique.clock import SECOND, SystemClock
from pratique.errors import PratiqueError
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
        return build(settings, SystemClock())
    except PratiqueError as error:
        fail(error)
        raise


@click.command()
@data_option
@config_option
@click.option(
    "--grace", type=click.IntRange(min=0), help="Seconds that garbage is left alone; never shortens a lease."
)
@click.option("--untagged", is_flag=True, help="Delete manifests that no tag and no index leads to.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
@format_option
def gc(
    data: Path | None, config_file: Path | None, grace: int | None, untagged: bool, dry_run: bool, style: str
) -> None:
    """Collect garbage: what no manifest, tag, lease or upload needs any more.

    \b
    Examples:
      pratique gc --data ./data --dry-run
      pratique gc --data ./data --untagged --format json
    """
    house = open_house(data, config_file)
    lull = (house.settings.registry.gc_grace if grace is None else grace) * SECOND
    terms = Terms(grace=lull, undo=lull, delete_untagged=untagged, is_dry_run=dry_run)

    def tell(gone: Gone) -> None:
        if style == "text":
            click.echo(gone.line())

    try:
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

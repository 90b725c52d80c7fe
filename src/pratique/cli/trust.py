"""`pratique trust`: bring what is trusted up to date, beside a running server or without one."""

from pathlib import Path

import click

from pratique.admission.root_refresh import Refreshed
from pratique.bootstrap.refreshing import build_root_refresh
from pratique.cli.options import config_option, data_option, fail, format_option, show, working
from pratique.cli.upkeep import open_house
from pratique.errors import PratiqueError


@click.group()
def trust() -> None:
    """Whose word is taken everywhere: the root of Sigstore's public instance.

    \b
    Example:
      pratique trust refresh --data ./data
    """


@trust.command()
@data_option
@config_option
@format_option
def refresh(data: Path | None, config_file: Path | None, style: str) -> None:
    """Look for a newer root of Sigstore's public instance in its TUF repository, and import it.

    Everything is verified from the TUF root on that is part of this program; versions never go back. Exit code 1 when
    the repository can't be reached or is not believed: nothing has changed then.

    \b
    Example:
      pratique trust refresh --data ./data --format json
    """
    house = open_house(data, config_file)
    try:
        with working("asking the TUF repository"):
            refreshed = build_root_refresh(house).run()
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    change = refreshed.change
    value = {
        "version": refreshed.version,
        "digest": refreshed.digest,
        "changed": change is not None,
        "adds": list(change.adds) if change else [],
        "removes": list(change.removes) if change else [],
        "lengthens": list(change.lengthens) if change else [],
        "shortens": list(change.shortens) if change else [],
    }
    show(style, value, _text(refreshed))


def _text(refreshed: Refreshed) -> str:
    change = refreshed.change
    if change is None:
        return f"{refreshed.digest} is the newest root: it is here already"
    lines = [f"{refreshed.digest} is the root from now on, as version {refreshed.version}"]
    for word in ("adds", "removes", "lengthens", "shortens"):
        lines += [f"{word} {service}" for service in getattr(change, word)]
    return "\n".join(lines)

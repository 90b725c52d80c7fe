"""The command line: `pratique serve` and the upkeep that runs beside it or without it."""

import click

from pratique import __version__
from pratique.cli.advisories import advisories
from pratique.cli.configuration import config
from pratique.cli.database import db
from pratique.cli.scanning import scan_command
from pratique.cli.serving import serve, worker
from pratique.cli.trust import trust
from pratique.cli.upkeep import backup, doctor, gc, scrub
from pratique.cli.verifying import verify_command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", "-V", message="%(prog)s %(version)s")
def main() -> None:
    """Pratique: a trusted artifact registry. Nothing leaves it that has not been examined.

    \b
    Example:
      pratique serve --data ./data --listen 127.0.0.1:5000
    """


for command in (
    serve,
    worker,
    gc,
    doctor,
    scrub,
    backup,
    advisories,
    scan_command,
    trust,
    verify_command,
    db,
    config,
):
    main.add_command(command)

__all__ = ["main"]

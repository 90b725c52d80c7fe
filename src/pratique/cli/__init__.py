"""The command line: `pratique serve` and the upkeep that runs beside it or without it."""

from importlib import import_module
from typing import Final

import click

from pratique import __version__

_COMMANDS: Final = {
    "advisories": "advisories:advisories",
    "backup": "upkeep:backup",
    "config": "configuration:config",
    "db": "database:db",
    "doctor": "upkeep:doctor",
    "gc": "upkeep:gc",
    "scan": "scanning:scan_command",
    "scrub": "upkeep:scrub",
    "serve": "serving:serve",
    "trust": "trust:trust",
    "verify": "verifying:verify_command",
    "worker": "serving:worker",
}
"""By name the module that a command is in, and what it is called there."""


class Commands(click.Group):
    """Imports a command when it is called: a scan does not wait for a server's rooms."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All there are."""
        return sorted([*_COMMANDS, *super().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _colon, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", "-V", message="%(prog)s %(version)s")
def main() -> None:
    """Pratique: a trusted artifact registry. Nothing leaves it that has not been examined.

    \b
    Example:
      pratique serve --data ./data --listen 127.0.0.1:5000
    """


__all__ = ["main"]

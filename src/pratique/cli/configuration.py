"""`pratique config`: what holds, and where it may be set."""

from pathlib import Path
from typing import Any

import click

from pratique.cli.options import config_option, format_option, settings_of, show
from pratique.settings import show as shown


@click.group()
def config() -> None:
    """Look at the settings.

    \b
    Example:
      pratique config show --config /etc/pratique.toml
    """


@config.command("show")
@config_option
@format_option
def show_settings(config_file: Path | None, style: str) -> None:
    """Print the settings that hold here, secrets masked.

    \b
    Example:
      pratique config show --config /etc/pratique.toml --format json
    """
    tree = shown(settings_of(config_file, {}))
    show(style, tree, "\n\n".join(_section(name, keys) for name, keys in tree.items()))


def _section(name: str, keys: dict[str, Any]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in keys.items())])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)

"""Options that several commands have, and the settings that come of them."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from pratique.errors import PratiqueError
from pratique.settings import Settings, SettingsInvalid, load

Command = TypeVar("Command", bound=Callable[..., Any])

USAGE = 2
"""Exit code of a call that makes no sense; 1 is a command that found or met a problem."""


def data_option(command: Command) -> Command:
    """`--data DIR`."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Data directory: blobs, uploads, the embedded database.  [default: ./data]",
    )(command)


def config_option(command: Command) -> Command:
    """`--config FILE`."""
    return click.option(
        "--config",
        "config_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Settings (TOML); the environment and options win over it.",
    )(command)


def format_option(command: Command) -> Command:
    """`--format text|json`."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people or for scripts.",
    )(command)


def settings_of(config_file: Path | None, options: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings of this call; ends the program with every mistake said."""
    said = {
        section: {key: value for key, value in keys.items() if value is not None}
        for section, keys in options.items()
    }
    try:
        return load(config_file, os.environ, said)
    except SettingsInvalid as invalid:
        for problem in invalid.problems:
            click.echo(f"pratique: {problem}", err=True)
        sys.exit(USAGE)


def storage_options(data: Path | None) -> dict[str, dict[str, Any]]:
    """`--data` as a setting."""
    return {"storage": {"directory": None if data is None else str(data)}}


def working(on: str) -> AbstractContextManager[object]:
    """A sign of life on a terminal while something long runs; nothing where nobody looks."""
    return Console(stderr=True).status(on)


def fail(error: PratiqueError) -> None:
    """Say what went wrong and end with 1."""
    click.echo(f"pratique: {error.message}", err=True)
    sys.exit(1)


def show(style: str, value: Any, text: str) -> None:
    """Print a result: JSON for scripts, text for people."""
    click.echo(json.dumps(value, indent=2, sort_keys=True) if style == "json" else text)

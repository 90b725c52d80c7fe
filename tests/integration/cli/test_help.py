"""Each command explains itself with an example that begins with its name."""

from collections.abc import Iterator
from typing import Final

import click
import pytest
from click.testing import CliRunner

from pratique.cli import main


def commands(command: click.Command, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield names
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*names, name))


ALL: Final = list(commands(main))


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_help_has_an_example(names: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*names, "--help"])
    assert shown.exit_code == 0
    assert " ".join(("pratique", *names)) in shown.output.partition("Example")[2]

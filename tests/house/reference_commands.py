"""The reference page of the command line, made of the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from pratique.cli import main

MADE_FROM = "Generated from the commands themselves by `make docs`."


def commands_page() -> str:
    """Every command with its options."""
    return "\n".join(
        (
            "# Commands",
            "",
            MADE_FROM,
            "",
            "All of them run beside a server or without one. Exit codes: 0 done, 1 a problem was found or met,",
            "2 the call makes no sense. With `--format json` the result goes to standard output, and nothing else.",
            "",
            *(line for path, command in commands() for line in _command(path, command)),
        )
    )


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    yield from _below("pratique", main)


def _below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _below(f"{path} {name}", child)
    else:
        yield path, command


def _command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    pieces = command.collect_usage_pieces(context)
    yield f"## `{path}`\n"
    yield f"```text\n{' '.join((path, *pieces))}\n```\n"
    yield from _prose(command.help or "")
    records = [record for each in command.params if (record := each.get_help_record(context))]
    if records:
        yield "| option | what it is for |"
        yield "| --- | --- |"
        yield from (f"| `{_escaped(name)}` | {_escaped(text)} |" for name, text in records)
        yield ""


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _prose(text: str) -> Iterator[str]:
    """Paragraphs; what click is told to leave as it is, by a backspace, is an example."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            examples = [line.strip() for line in paragraph.splitlines()[2:]]
            yield "```console\n" + "\n".join(f"$ {line}" for line in examples) + "\n```\n"
        else:
            yield " ".join(paragraph.split()) + "\n"

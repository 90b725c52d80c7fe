"""The documentation leads somewhere, and names only what there is: links, commands, targets, settings, resources."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.house.reference_commands import commands
from tests.house.source import ROOT

from pratique.http.api import OPERATIONS
from pratique.settings import Settings, load

DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")),
    ]
)
EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Written by whoever measures; a build without them is a build whose figures are not there yet.
MEASURED = {DOCS / "performance.md", DOCS / "conformance.md"}


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What can be linked to within a page, as GitHub names it."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def typed(page: Path) -> Iterator[str]:
    """What a reader is told to type, continued lines joined."""
    for body in blocks(page, "console"):
        text = re.sub(r"\\\n\s*", "", body)
        yield from re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]


@EVERY
def test_every_link_resolves(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if target in MEASURED:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_page_can_be_reached_from_the_index() -> None:
    seen, wanted = set(), [DOCS / "index.md"]
    while wanted:
        page = wanted.pop()
        if page in seen or not page.is_file() or page.suffix != ".md":
            continue
        seen.add(page)
        wanted += [(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(page))]
    assert {page for page in PAGES if DOCS in page.parents} - MEASURED <= seen


@EVERY
def test_commands_and_their_options_exist(page: Path) -> None:
    known = dict(commands())
    for line in typed(page):
        first = line.splitlines()[0]
        words = shlex.split(first, comments=True) if first.startswith("pratique ") else []
        if not words or words[1].startswith("-"):
            continue
        path = " ".join(words[:3]) if " ".join(words[:3]) in known else " ".join(words[:2])
        assert path in known, first
        command = known[path]
        with click.Context(command) as context:
            command.make_parser(context).parse_args(words[len(path.split()) :])


@EVERY
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {line.split()[1] for line in typed(page) if line.startswith("make ")}
    assert asked <= targets


@EVERY
def test_settings_in_examples_are_settings(page: Path) -> None:
    for body in blocks(page, "toml"):
        assert isinstance(load(None, {}, tomllib.loads(body)), Settings)


@EVERY
def test_resources_of_the_api_exist(page: Path) -> None:
    known = {
        (operation.method, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))))
        for operation in OPERATIONS
    }
    for line in typed(page):
        for call in re.findall(r"curl [^|]*", line, re.DOTALL):
            found = re.search(r"\$\{?api\}?(/[^\s'\"?]+)", call)
            if found is None:
                continue
            named = re.search(r"-X (\w+)", call)
            method = named[1] if named else "POST" if " -d" in call else "GET"
            assert any(method == each and path.fullmatch(found[1]) for each, path in known), call


def test_every_setting_variable_that_is_named_is_a_setting() -> None:
    reference = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    for page in PAGES:
        for variable in re.findall(r"PRATIQUE_[A-Z]+__[A-Z_]+", page.read_text(encoding="utf-8")):
            assert f"`{variable.removesuffix('_FILE')}`" in reference, (page, variable)


@pytest.mark.parametrize("path", [path for path, _ in commands()])
def test_every_command_shows_an_example_and_speaks_to_scripts(path: str) -> None:
    command = dict(commands())[path]
    assert f"      {path} " in (command.help or ""), "no example"
    assert command.params
    talks = path not in {"pratique serve", "pratique worker"}
    assert any(parameter.name == "style" for parameter in command.params) is talks

"""Where settings come from, and everything that is wrong with them said at once."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from pratique.settings.checks import problems_of
from pratique.settings.rendering import kinds_of, sections
from pratique.settings.sections import Settings
from pratique.settings.values import is_secret, read_value

PREFIX: Final = "PRATIQUE_"
_SEPARATOR: Final = "__"
_FILE: Final = "_file"
_SECRET_FILE_LIMIT: Final = 64 * 1024

Tree = Mapping[str, Mapping[str, Any]]
"""Section -> key -> value, as written."""


class SettingsInvalid(ValueError):
    """Settings that can't be used. `problems` has a sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load(
    file: Path | None = None, environ: Mapping[str, str] | None = None, options: Tree | None = None
) -> Settings:
    """The settings of a process.

    `environ` is the process's environment, `options` what the command line says. Raises SettingsInvalid.
    """
    problems: list[str] = []
    values: dict[str, dict[str, Any]] = {name: {} for name in sections()}
    for origin, section, key, raw in (
        *_from_file(file, problems),
        *_from_environment(environ or {}, problems),
        *_from_options(options or {}),
    ):
        kind = _kind_of(origin, section, key, problems)
        if kind is None:
            continue
        try:
            values[section][key] = read_value(kind, raw)
        except ValueError as problem:
            problems.append(f"{origin}: {section}.{key}: {problem}")
    if problems:
        raise SettingsInvalid(tuple(problems))
    tree: dict[str, Any] = {name: struct(**values[name]) for name, struct in sections().items()}
    settings = Settings(**tree)
    if found := problems_of(settings):
        raise SettingsInvalid(found)
    return settings


_Found = tuple[str, str, str, Any]
"""Origin, section, key, raw value."""


def _from_file(file: Path | None, problems: list[str]) -> Iterator[_Found]:
    if file is None:
        return
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        problems.append(f"{file}: can't be read: {problem}")
        return
    for section, keys in tree.items():
        if not isinstance(keys, dict):
            problems.append(f"{file}: {section!r} stands outside a section; write it below [section]")
            continue
        for key, raw in keys.items():
            yield str(file), section, key, raw


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> Iterator[_Found]:
    """Variables of settings, files of secrets last. Others that begin with PRATIQUE_ are none of ours."""
    secrets: list[_Found] = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        section, separator, key = variable.removeprefix(PREFIX).lower().partition(_SEPARATOR)
        if not separator:
            problems.extend(_missing_underscore(variable))
        elif key.endswith(_FILE) and _is_secret_at(section, key.removesuffix(_FILE)):
            secrets.extend(_from_secret_file(variable, section, key.removesuffix(_FILE), text, problems))
        else:
            yield variable, section, key, text
    yield from secrets


def _from_secret_file(
    variable: str, section: str, key: str, path: str, problems: list[str]
) -> Iterator[_Found]:
    try:
        with Path(path).open(encoding="utf-8") as file:
            yield variable, section, key, file.read(_SECRET_FILE_LIMIT).strip()
    except (OSError, ValueError) as problem:
        problems.append(f"{variable}: {path} can't be read: {problem}")


def _from_options(options: Tree) -> Iterator[_Found]:
    for section, keys in options.items():
        for key, raw in keys.items():
            yield "command line", section, key, raw


def _is_secret_at(section: str, key: str) -> bool:
    struct = sections().get(section)
    return struct is not None and key in kinds_of(struct) and is_secret(kinds_of(struct)[key])


def _missing_underscore(variable: str) -> Iterator[str]:
    """PRATIQUE_SERVER_LISTEN is a slip; PRATIQUE_ADMIN_PASSWORD is no setting."""
    written = variable.removeprefix(PREFIX).lower()
    for section, struct in sections().items():
        key = written.removeprefix(section + "_")
        if key != written and key in kinds_of(struct):
            wanted = f"{PREFIX}{section.upper()}{_SEPARATOR}{key.upper()}"
            yield f"{variable} is not a setting; did you mean {wanted}?"


def _kind_of(origin: str, section: str, key: str, problems: list[str]) -> Any:
    """The type of a setting, or None after saying that there is no such setting."""
    struct = sections().get(section)
    if struct is None:
        problems.append(f"{origin}: there is no section {section!r}{_suggestion(section, tuple(sections()))}")
        return None
    kinds = kinds_of(struct)
    if key not in kinds:
        problems.append(f"{origin}: there is no setting {section}.{key}{_near(section, struct, key)}")
    return kinds.get(key)


def _near(section: str, struct: type[msgspec.Struct], key: str) -> str:
    here = _suggestion(key, tuple(kinds_of(struct)))
    if here:
        return here
    elsewhere = [name for name, other in sections().items() if key in kinds_of(other) and name != section]
    return f"; did you mean {elsewhere[0]}.{key}?" if elsewhere else ""


def _suggestion(written: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(written, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""

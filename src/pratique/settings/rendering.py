"""Settings shown to people: as they are now, and as a reference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from pratique.settings.sections import Settings
from pratique.settings.values import Secret, metas, unit_of

_HEAD: Final = """\
# Settings

Generated from the structs that `src/pratique/settings/sections.py` composes, by `make docs`.

Each setting can stand in the file given by `--config` (TOML, one table per section) and in the environment:
`PRATIQUE_SERVER__LISTEN` is `listen` of `[server]`. The environment wins over the file, an option of the
command line over both. Of secrets, `…_FILE` names a file that holds the value. Lists are separated by commas
in the environment. Durations are seconds or `90s`, `15m`, `24h`, `7d`; sizes are bytes or `64 KiB`, `4 MiB`,
`10 GB`. A name that does not exist is an error. `pratique config show` prints what holds, secrets masked.
"""


def sections() -> Mapping[str, type[msgspec.Struct]]:
    """Section name -> its struct, in the order of the tree."""
    hints = get_type_hints(Settings)
    return {name: hints[name] for name in Settings.__struct_fields__}


def kinds_of(struct: type[msgspec.Struct]) -> Mapping[str, Any]:
    """Key -> its annotated type, in order."""
    hints = get_type_hints(struct, include_extras=True)
    return {name: hints[name] for name in struct.__struct_fields__}


def show(settings: Settings) -> dict[str, dict[str, Any]]:
    """The tree as JSON values, secrets masked."""
    return {
        name: {key: _plain(getattr(getattr(settings, name), key)) for key in kinds_of(struct)}
        for name, struct in sections().items()
    }


def reference_markdown() -> str:
    """The reference page: every setting with its kind, default and variable."""
    return "\n".join(
        (_HEAD, *(line for name, struct in sections().items() for line in _section(name, struct)))
    )


def _section(name: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    yield f"## `[{name}]`\n\n{struct.__doc__}\n"
    yield "| setting | kind | default | environment | what it is for |"
    yield "| --- | --- | --- | --- | --- |"
    defaults = struct()
    for key, kind in kinds_of(struct).items():
        default = _plain(getattr(defaults, key))
        variable = f"PRATIQUE_{name.upper()}__{key.upper()}"
        yield f"| `{key}` | {_kind(kind)} | {_default(default, kind)} | `{variable}` | {_description(kind)} |"
    yield ""


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.masked()
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _description(kind: Any) -> str:
    return " ".join(meta.description for meta in metas(kind) if meta.description)


def _kind(kind: Any) -> str:
    bare = kind.__origin__
    if unit := unit_of(kind):
        return unit
    if get_origin(bare) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(bare))
    if get_origin(bare) is tuple:
        return "list of text"
    names = {
        str: "text",
        bool: "boolean",
        int: "number",
        float: "number",
        Path: "path",
        Secret: "secret text",
    }
    return names[bare]


def _default(value: Any, kind: Any) -> str:
    if value in ("", []):
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_readable(value, unit_of(kind))}`"


def _readable(value: Any, unit: str) -> str:
    scales = {
        "seconds": (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)),
        "bytes": ((" GiB", 2**30), (" MiB", 2**20), (" KiB", 2**10)),
    }
    for suffix, size in scales.get(unit, ()):
        if value >= size and value % size == 0:
            return f"{value // size}{suffix}"
    return str(value)

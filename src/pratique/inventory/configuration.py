"""What an image's configuration says (image-spec, config.md): its layers by diffID, and facts about it."""

from typing import Any, Final

import msgspec

from pratique.inventory.contents import ImageFacts
from pratique.inventory.limits import CouldNotBeExamined

SIZE_LIMIT: Final = 4 * 2**20
"""Bytes of a configuration."""


class _RootFs(msgspec.Struct):
    diff_ids: list[str] = []


class _Run(msgspec.Struct):
    User: str | None = None
    ExposedPorts: dict[str, Any] | None = None
    Env: list[str] | None = None
    Labels: dict[str, str] | None = None


class _Configuration(msgspec.Struct):
    rootfs: _RootFs
    created: str | None = None
    architecture: str | None = None
    os: str | None = None
    config: _Run | None = None


def read_configuration(content: bytes, size: int = 0) -> tuple[tuple[str, ...], ImageFacts]:
    """The diffIDs of the layers, the lowest first, and what is said of the image. Raises CouldNotBeExamined."""
    if len(content) > SIZE_LIMIT:
        raise CouldNotBeExamined(f"the configuration has {len(content)} bytes; {SIZE_LIMIT} are read")
    try:
        said = msgspec.json.decode(content, type=_Configuration)
    except (msgspec.DecodeError, RecursionError) as error:
        raise CouldNotBeExamined(f"its configuration is not that of an image: {error}") from error
    run = said.config or _Run()
    names = (variable.partition("=")[0] for variable in run.Env or ())
    facts = ImageFacts(
        user=run.User or "",
        ports=tuple(sorted(run.ExposedPorts or {})),
        labels=run.Labels or {},
        created=said.created or "",
        size=size,
        env=tuple(names),
        architecture=said.architecture or "",
        os=said.os or "",
    )
    return tuple(said.rootfs.diff_ids), facts

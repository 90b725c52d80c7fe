"""Durations, sizes and numbers as the rooms' settings have them: plain integers that say what they count."""

from typing import Annotated, Final

from msgspec import Meta

Seconds = Annotated[int, Meta(extra={"unit": "seconds"})]
"""A duration in whole seconds; in settings written `90`, `"90s"`, `"15m"`, `"24h"` or `"7d"`."""

Bytes = Annotated[int, Meta(extra={"unit": "bytes"})]
"""A size in bytes; in settings written `4194304`, `"4 MiB"` or `"10 GB"`."""

Count = Annotated[int, Meta(ge=1)]
"""How many of something, at least one."""

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
KIB: Final = 2**10
MIB: Final = 2**20
GIB: Final = 2**30
